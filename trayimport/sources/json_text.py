"""JSON texts as records: no key twice, no NaN, no endless nesting or numbers."""

import json
from typing import Any

from trayimport.model import Json

DEEPEST = 200
"""Levels of a record."""
DIGITS = 400
"""Of an integer; Tray takes none beyond 2^53."""


class BadJsonError(Exception):
    """The text is no record; `message` says why, without any of it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def parse(text: str) -> Json:
    """A JSON text. Raises BadJsonError."""
    try:
        value: Json = json.loads(text, object_pairs_hook=unique, parse_constant=_constant, parse_int=_integer)
    except RecursionError:
        raise BadJsonError("nested too deeply") from None
    except ValueError as error:
        place = getattr(error, "colno", None)
        raise BadJsonError("not JSON" + (f" at character {place}" if place else "")) from None
    if text.count("[") + text.count("{") > DEEPEST and _too_deep(value):
        raise BadJsonError("nested too deeply")
    return value


def _too_deep(value: Json) -> bool:
    level = [value]
    for _ in range(DEEPEST + 1):
        below: list[Json] = []
        for one in level:
            children = one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
            below += [child for child in children if isinstance(child, list | dict)]
        if not below:
            return False
        level = below
    return True


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A map whose keys are all different. Raises BadJsonError."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadJsonError("a key that is used twice")
    return found


def _constant(_name: str) -> None:
    raise BadJsonError("NaN and Infinity are no JSON")


def _integer(digits: str) -> int:
    if len(digits) > DIGITS:
        raise BadJsonError(f"a number of {len(digits)} digits")
    return int(digits)
