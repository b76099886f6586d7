"""JSON texts as records: no key twice, no NaN, no endless nesting or numbers."""

import json
from typing import Any

from trayimport.model import Json

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
        return json.loads(text, object_pairs_hook=unique, parse_constant=_constant, parse_int=_integer)
    except RecursionError:
        raise BadJsonError("nested too deeply") from None
    except ValueError as error:
        place = getattr(error, "colno", None)
        raise BadJsonError("not JSON" + (f" at character {place}" if place else "")) from None


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
