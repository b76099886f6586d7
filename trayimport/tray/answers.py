"""Answers' shapes, read strictly: what is not as documented is not guessed at."""

import json
from typing import Any

from trayimport.codes import tray as codes
from trayimport.errors import UncertainError
from trayimport.model import Json


def parsed(body: bytes) -> Json:
    """JSON without duplicate keys. Raises UncertainError."""
    try:
        return json.loads(body.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse)
    except (ValueError, RecursionError):
        if body.lstrip()[:1] == b"<":
            # A proxy's page, or a URL that leads to pages for people (contract, hosts and limits).
            raise UncertainError(codes.NOT_JSON, "a page in place of JSON") from None
        raise unreadable() from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _refuse(_constant: str) -> None:
    raise ValueError


def unreadable() -> UncertainError:
    """The error for an answer that is not of the documented shape."""
    return UncertainError(codes.NOT_JSON, "the answer is not of the documented shape")


def a_map(value: Json) -> dict[str, Json]:
    """A map. Raises UncertainError."""
    if not isinstance(value, dict):
        raise unreadable()
    return value


def a_list(value: Json) -> list[Json]:
    """A list. Raises UncertainError."""
    if not isinstance(value, list):
        raise unreadable()
    return value


def a_text(value: Json) -> str:
    """A text that is not empty. Raises UncertainError."""
    if not isinstance(value, str) or not value:
        raise unreadable()
    return value
