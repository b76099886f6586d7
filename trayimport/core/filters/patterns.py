"""Regular expressions on a linear engine (RE2), so that none can hang (language, ruling 14)."""

import functools
import re
from typing import Any

import re2

from trayimport.codes import template as codes
from trayimport.core.filters.base import Function
from trayimport.core.runtime import TEXT, State, as_text, fail
from trayimport.model import Json


class BadPatternError(Exception):
    """A pattern that RE2 does not take."""


@functools.lru_cache(maxsize=1024)
def compiled(pattern: str, ignorecase: bool = False, multiline: bool = False) -> Any:
    """The pattern, compiled; `$` is the end of the text. Raises BadPatternError."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 8 << 20
    options.case_sensitive = not ignorecase
    text = f"(?m:{pattern})" if multiline else _ends(pattern)
    try:
        return re2.compile(text, options)
    except re2.error:
        raise BadPatternError from None


def _ends(pattern: str) -> str:
    """RE2's `$` without (?m) is the end of the text already."""
    return pattern


def regex_search(_state: State, value: Json, pattern: Json, ignorecase: Json = False, multiline: Json = False) -> Json:
    """No group: the whole match; one: that group; several: a list; no match: null."""
    found = _pattern(pattern, ignorecase, multiline).search(as_text(value))
    if found is None:
        return None
    groups = found.groups()
    if not groups:
        return found.group(0)
    return groups[0] if len(groups) == 1 else list(groups)


def regex_replace(
    _state: State,
    value: Json,
    pattern: Json,
    replacement: Json = "",
    ignorecase: Json = False,
    multiline: Json = False,
) -> str:
    """Every match replaced; `\\1` is the first group."""
    text = as_text(value)
    # Between the groups' numbers stand texts: literal, number, literal, number, …, literal.
    parts = re.split(r"\\(\d)", as_text(replacement), flags=re.ASCII)
    pieces: list[str] = []
    at = size = 0
    for found in _pattern(pattern, ignorecase, multiline).finditer(text):
        new = "".join([_group(found, part) if index % 2 else part for index, part in enumerate(parts)])
        size += found.start() - at + len(new)
        if size > TEXT:
            raise fail(codes.RAN_AWAY, "a text of more than 1 MiB")
        pieces += (text[at : found.start()], new)
        at = found.end()
    return "".join(pieces) + text[at:]


def _group(found: Any, number: str) -> str:
    try:
        return found.group(int(number)) or ""
    except (IndexError, re2.error):
        raise fail(codes.FILTER_FAILED, "regex_replace: no such group") from None


def _pattern(pattern: Json, ignorecase: Json, multiline: Json) -> Any:
    try:
        return compiled(as_text(pattern), bool(ignorecase), bool(multiline))
    except BadPatternError:
        raise fail(codes.BAD_PATTERN, "a pattern that can't be compiled") from None


FILTERS: dict[str, Function] = {"regex_search": regex_search, "regex_replace": regex_replace}
