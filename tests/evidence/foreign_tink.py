"""A foreign reader and writer of what we seal: Google's own Tink, given our raw key."""

import io
from typing import IO, cast

import tink
from tink import secret_key_access, streaming_aead
from tink.proto import aes_gcm_hkdf_streaming_pb2, common_pb2, tink_pb2

_CHUNK, _DERIVED = 4096, 32


def primitive(key: bytes) -> streaming_aead.StreamingAead:
    """Tink's AES256_GCM_HKDF_4KB over `key` (32 bytes)."""
    streaming_aead.register()
    parameters = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingParams(
        ciphertext_segment_size=_CHUNK, derived_key_size=_DERIVED, hkdf_hash_type=common_pb2.SHA256
    )
    value = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKey(params=parameters, key_value=key).SerializeToString()
    keyset = tink_pb2.Keyset(primary_key_id=1)
    entry = keyset.key.add(key_id=1, status=tink_pb2.ENABLED, output_prefix_type=tink_pb2.RAW)
    entry.key_data.type_url = "type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey"
    entry.key_data.value = value
    entry.key_data.key_material_type = tink_pb2.KeyData.SYMMETRIC
    handle = tink.proto_keyset_format.parse(keyset.SerializeToString(), secret_key_access.TOKEN)
    return handle.primitive(streaming_aead.StreamingAead)


class _Kept(io.BytesIO):
    """A buffer that keeps its bytes when Tink closes it."""

    written = b""

    def close(self) -> None:
        if not self.closed:
            self.written = self.getvalue()
        super().close()


def seal(key: bytes, associated: bytes, plaintext: bytes) -> bytes:
    """Tink's own ciphertext."""
    target = _Kept()
    with primitive(key).new_encrypting_stream(target, associated) as stream:
        stream.write(plaintext)
    return target.written


def open_all(key: bytes, associated: bytes, ciphertext: bytes) -> bytes:
    """Tink's own plaintext; raises tink.TinkError or ValueError where it refuses."""
    with primitive(key).new_decrypting_stream(io.BytesIO(ciphertext), associated) as stream:
        return cast(IO[bytes], stream).read()
