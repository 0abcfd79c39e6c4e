"""Every way in which a damaged certificate can surprise its parser, as one refusal.

`cryptography` reads most of a certificate only when it is asked, and says "no" in eight kinds of exception; measured by
flipping each bit of a chain.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509 import DuplicateExtension, ExtensionNotFound, InvalidVersion, UnsupportedGeneralNameType

from bwc_agent.errors import IntegrityError

# UserWarning is the root of the library's own warnings, for programs that turn warnings into errors.
_SURPRISES: Final = (
    DuplicateExtension,
    ExtensionNotFound,
    InvalidVersion,
    TypeError,
    UnsupportedAlgorithm,
    UnsupportedGeneralNameType,
    UserWarning,
    ValueError,
)


@contextmanager
def readable(what: str) -> Iterator[None]:
    """What happens inside is a reading of `what`; whatever it cannot read is an IntegrityError."""
    try:
        yield
    except _SURPRISES as error:
        raise IntegrityError(f"{what} cannot be read: {str(error)[:200]}; it is damaged, or of another kind") from error
