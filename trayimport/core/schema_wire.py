"""What Tray's API takes of no authentication, whatever its schema says."""

from collections.abc import Iterator
from typing import Final

from trayimport.codes import schema as codes
from trayimport.codes.base import Code
from trayimport.core.schema_words import found
from trayimport.core.tree import Path, pointer
from trayimport.model import Json, Problem

EXACT: Final = (1 << 53) - 1
"""The largest integer that every reader of JSON keeps exact (language ruling 12)."""
DEPTH: Final = 64
"""Levels of maps and lists (language ruling 12)."""
MOST: Final = 100
"""Problems reported of one value; a map of a thousand wrong keys says the same a thousand times."""

HIDDEN: Final = "[…]"
"""Stands for a key that neither the mapping nor the schema writes (commands, ruling 34)."""


def masked(path: Path, prefix: str, known: frozenset[str]) -> str:
    """`credentials.expires_in`; keys that are not known could be a record's values, and show as `[…]`."""
    return pointer(tuple(step if isinstance(step, int) or step in known else HIDDEN for step in path), prefix)


def wire_problems(instance: Json, prefix: str, known: frozenset[str]) -> list[Problem]:
    """Null, fractions, inexact integers, unsendable texts, endless depth (language ruling 12; contract, REST).

    `known` are the names of keys that may be shown.
    """
    result: list[Problem] = []
    for path, code, message in wire_findings(instance):
        problem = Problem.of(code, masked(path, prefix, known), message)
        if problem not in result:
            result.append(problem)
        if len(result) >= MOST:
            break
    return result


def sendable(instance: Json) -> bool:
    """Whether `wire_problems` would find nothing."""
    return next(wire_findings(instance), None) is None


def wire_findings(instance: Json) -> Iterator[tuple[Path, Code, str]]:
    """What cannot be sent, with whole paths: not for printing."""
    ahead: list[tuple[Path, Json]] = [((), instance)]
    while ahead:
        path, value = ahead.pop()
        if isinstance(value, dict | list):
            if len(path) >= DEPTH:
                yield path, codes.TOO_DEEP, f"nested more than {DEPTH} levels deep"
                continue
            if isinstance(value, list):
                ahead += [((*path, index), value[index]) for index in reversed(range(len(value)))]
            else:
                for key in value:
                    if (wrong := _text(key)) is not None:
                        yield (*path, key), *wrong
                ahead += [((*path, key), value[key]) for key in reversed(value)]
        elif (wrong := _scalar(value)) is not None:
            yield path, *wrong


def _scalar(value: Json) -> tuple[Code, str] | None:
    if value is None:
        return codes.NULL_VALUE, "null cannot be sent; `| default_omit` leaves the key out"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, float):
        return codes.FRACTION, f"expected an integer, found {found(value)}"
    if isinstance(value, int) and not -EXACT <= value <= EXACT:
        return codes.LARGE_INTEGER, "an integer beyond 2^53 - 1 loses digits on the way"
    return None


def _text(text: str) -> tuple[Code, str] | None:
    if "\0" in text:
        return codes.UNSENDABLE_TEXT, f"{found(text)} with the character NUL in it"
    if text.isascii():
        return None
    try:
        text.encode()
    except UnicodeEncodeError:
        return codes.UNSENDABLE_TEXT, f"{found(text)} with half of a surrogate pair in it"
    return None
