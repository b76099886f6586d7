"""Filters on texts."""

import re
import urllib.parse

from trayimport.core.filters.base import Function
from trayimport.core.runtime import State, as_text, number, refuse_growth
from trayimport.model import Json


def lower(_state: State, value: Json) -> str:
    """Lower case."""
    return as_text(value).lower()


def upper(_state: State, value: Json) -> str:
    """Upper case."""
    return as_text(value).upper()


def capitalize(_state: State, value: Json) -> str:
    """First letter upper, the rest lower case."""
    return as_text(value).capitalize()


def title(_state: State, value: Json) -> str:
    """Every word capitalised."""
    return re.sub(r"[^\s\-({\[<]+", lambda found: found[0][:1].upper() + found[0][1:].lower(), as_text(value))


def trim(_state: State, value: Json, chars: Json = None) -> str:
    """Without surrounding white space, or the characters given."""
    return as_text(value).strip(None if chars is None else as_text(chars))


def replace(_state: State, value: Json, old: Json, new: Json, count: Json = -1) -> str:
    """Every occurrence replaced."""
    text, one, two = as_text(value), as_text(old), as_text(new)
    refuse_growth(text, one, two)
    return text.replace(one, two, int(number(count, "replace")))


def string(_state: State, value: Json) -> str:
    """A text of a text or an integer."""
    return as_text(value)


def truncate(_state: State, value: Json, length: Json = 255, killwords: Json = False, end: Json = "...") -> str:
    """At most `length` characters."""
    text, most, tail = as_text(value), int(number(length, "truncate")), as_text(end)
    if len(text) <= most or most < 0:
        return text
    cut = text[: max(0, most - len(tail))]
    return (cut if killwords else cut.rsplit(" ", 1)[0]) + tail


def urlencode(_state: State, value: Json) -> str:
    """Percent-encoded; a map becomes a query."""
    if isinstance(value, dict):
        return "&".join(f"{_quote(key)}={_quote(as_text(one))}" for key, one in value.items())
    return urllib.parse.quote(as_text(value), safe="/")


def _quote(text: str) -> str:
    return urllib.parse.quote(text, safe="")


def wordcount(_state: State, value: Json) -> int:
    """How many words."""
    return len(re.findall(r"\w+", as_text(value)))


FILTERS: dict[str, Function] = {
    "lower": lower,
    "upper": upper,
    "capitalize": capitalize,
    "title": title,
    "trim": trim,
    "replace": replace,
    "string": string,
    "truncate": truncate,
    "urlencode": urlencode,
    "wordcount": wordcount,
}
