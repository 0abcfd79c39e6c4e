"""What pydantic found wrong, said as a colleague would: place, key, what is allowed, the nearest mend."""

import difflib
import re
from collections.abc import Iterable, Sequence
from typing import Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bwc_agent.fleet.places import Path, line_of, nearest, places
from bwc_agent.fleet.units import shown

_BARE: Final = re.compile(r"[A-Za-z0-9_-]{1,60}")
_WRITE: Final = {
    "bool_type": ": write true or false, without quotes",
    "int_type": ": write a whole number, without quotes",
    "int_from_float": ": write a whole number, without quotes",
    "float_type": ": write a number, without quotes",
    "string_type": ": write it in quotes",
    "timezone_aware": ": write Z after it for UTC, or an offset as in -05:00",
    "datetime_type": ": write date, time and zone without quotes, as in 2026-03-14T15:09:26Z",
    "model_type": ": write it as a table, [name], or in one line as { key = value }",
    "list_type": ": write each one as a table of its own, [[name]]",
}
"""The mend for a value of the wrong type, by pydantic's name of the error, as the end of a sentence."""


def complaint(model: type[BaseModel], error: ValidationError, text: str, where: str, prefix: Sequence[str | int]) -> str:
    """One sentence for the first thing wrong in `text` (the whole file), and how many more there are.

    `prefix` is the key of the table that `model` read, `where` the name of the file.
    """
    found, wrong = places(text), error.errors(include_url=False)
    # What is missing comes last: a slip in a name makes both a missing key and an unknown one, and only that has the mend.
    first = min(wrong, key=lambda each: (each["type"] == "missing", nearest(found, (*prefix, *each["loc"]))))
    key = (*prefix, *first["loc"])
    more = f" ({len(wrong) - 1} more wrong in this file)" if len(wrong) > 1 else ""
    return f"{where}, line {nearest(found, key)}: {name(key)}: {_say(model, first)}{more}".replace(": : ", ": ", 1)


def place(text: str, where: str, key: Path) -> str:
    """File, line and key, as every refusal begins."""
    return f"{where}, line {line_of(text, key)}: {name(key)}"


def name(key: Iterable[str | int]) -> str:
    """A key as TOML writes it, dotted; parts that need quotes have them, so that no terminal reads an escape."""
    return ".".join(str(part) if isinstance(part, int) or _BARE.fullmatch(part) else shown(part) for part in key)


def did_you_mean(word: str, known: Iterable[str], instead: str) -> str:
    """The nearest of `known` as a question, or all of them after `instead`."""
    words = list(known)
    close = difflib.get_close_matches(word[:60].lower(), words, 1)
    return f"did you mean {close[0]!r}?" if close else f"{instead}: {', '.join(words)}"


def _say(model: type[BaseModel], error: ErrorDetails) -> str:
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "extra_forbidden":
        return f"unknown key; {_unknown(model, error['loc'])}"
    if kind == "missing":
        return "field required: it has no default"
    nearest = next((f": set {context[bound]}" for bound in ("ge", "le") if bound in context), "")
    mend = _choice(value, str(context["expected"])) if kind == "literal_error" else _WRITE.get(kind, nearest)
    if kind == "list_type" and isinstance(value, str):
        mend = ': write each word in quotes, as in ["one", "two"]'
    return f"{error['msg'][:1].lower()}{error['msg'][1:]}, not {shown(value)}{mend}"


def _choice(value: object, expected: str) -> str:
    known = re.findall(r"'([^']*)'", expected)
    close = difflib.get_close_matches(str(value)[:60].lower(), known, 1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _unknown(model: type[BaseModel], key: Sequence[str | int]) -> str:
    fields = model
    for part in key[:-1]:
        if isinstance(part, str):
            fields = _inner(fields, part) or fields
    return did_you_mean(str(key[-1]), fields.model_fields, "known here")


def _inner(model: type[BaseModel], field: str) -> type[BaseModel] | None:
    """The model of a table below `model`: of the field itself, or of the elements of its list."""
    annotation = model.model_fields[field].annotation
    candidates = (annotation, *get_args(annotation))
    return next((each for each in candidates if isinstance(each, type) and issubclass(each, BaseModel)), None)
