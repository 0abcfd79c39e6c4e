"""A parser as every driver sees it: bytes in, taken or refused; anything else that comes out is a finding.

The list of them is `targets.py`. Two drivers read it: hypothesis (`test_parsers.py`, in `make test`) and atheris (`run.py`, in
`make faults`), which watches what an input reaches inside the parser.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOUND: Final = Path(__file__).resolve().parents[1] / "vectors" / "fuzz"
"""Inputs that once broke a parser, in a folder for each target, named by what went wrong."""


@dataclass(frozen=True, slots=True)
class Target:
    """`run` reads bytes and may raise `refusals` only, which its parser documents; `seeds` are real inputs, which it takes.

    `longest` is the most bytes that a driver gives it, `examples` how many inputs hypothesis makes in `make test`. One may cost
    `allowance` bytes of memory, and `a_byte` more for each of its own.
    """

    name: str
    run: Callable[[bytes], object]
    refusals: tuple[type[Exception], ...]
    seeds: Callable[[], Sequence[bytes]]
    longest: int = 1 << 15
    examples: int = 80
    allowance: int = 2 << 20
    a_byte: int = 200

    def takes(self, data: bytes) -> bool:
        """True if the parser took it, False if it refused it as documented. Whatever else it raises comes through."""
        try:
            self.run(data)
        except self.refusals:
            return False
        return True

    @property
    def folder(self) -> Path:
        """Where inputs stand that once broke it."""
        return FOUND / self.name.replace(" ", "-")

    def found(self) -> list[Path]:
        """Those inputs."""
        return sorted(self.folder.glob("*"))

    def corpus(self) -> list[bytes]:
        """Where mutations begin: real inputs, and what once broke it."""
        return [*self.seeds(), *(path.read_bytes() for path in self.found())]
