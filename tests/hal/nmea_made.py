"""NMEA sentences for tests."""


def sealed(content: str) -> bytes:
    """A sentence with its checksum, without the end of its line."""
    checksum = 0
    for byte in content.encode():
        checksum ^= byte
    return f"${content}*{checksum:02X}".encode()
