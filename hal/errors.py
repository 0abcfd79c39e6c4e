"""What a part can do wrong, as one error that the agent journals and survives."""


class HardwareError(OSError):
    """A part failed or is missing. Recording goes on without it; the message says what to check.

    `part` is the part's name as the configuration has it ("camera", "microphone", …).
    """

    code = "hardware"
    exit_status = 6

    def __init__(self, part: str, message: str) -> None:
        super().__init__(f"{part}: {message}")
        self.part = part
