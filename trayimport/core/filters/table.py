"""Every filter and test under its name; a new one is a function and one line."""

from collections.abc import Callable
from typing import Any

from trayimport.core.filters import crypto, lists, patterns, text, values
from trayimport.core.runtime import Undefined, compare, contains, number
from trayimport.core.tree import OMIT

FILTERS: dict[str, Callable[..., Any]] = {
    **text.FILTERS,
    **lists.FILTERS,
    **values.FILTERS,
    **patterns.FILTERS,
    **crypto.FILTERS,
}
"""(state, value, *arguments) → value."""
LENIENT = frozenset({"default", "d", "default_omit"})
"""Filters that take what isn't there."""
DECIDING = frozenset({"default", "d"})
"""Filters whose second argument makes them choose by what the value is, not only by whether it is there."""
TIMED = frozenset({"seconds_until"})
"""Filters that ask for `now`."""
PATTERNS = frozenset(patterns.FILTERS)
"""Filters with a regular expression, which is a constant."""
HIGHER = frozenset({"map", "select", "reject", "selectattr", "rejectattr"})
"""Filters that take another filter or test by name."""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


TESTS: dict[str, Callable[..., bool]] = {
    "defined": lambda value: not isinstance(value, Undefined),
    "undefined": lambda value: isinstance(value, Undefined),
    "none": lambda value: value is None,
    "omitted": lambda value: value is OMIT,
    "boolean": lambda value: isinstance(value, bool),
    "true": lambda value: value is True,
    "false": lambda value: value is False,
    "string": lambda value: isinstance(value, str),
    "number": _is_number,
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "float": lambda value: isinstance(value, float),
    "mapping": lambda value: isinstance(value, dict),
    "sequence": lambda value: isinstance(value, str | list | dict),
    "iterable": lambda value: isinstance(value, str | list | dict),
    "lower": lambda value: isinstance(value, str) and value.islower(),
    "upper": lambda value: isinstance(value, str) and value.isupper(),
    "odd": lambda value: number(value, "odd") % 2 == 1,
    "even": lambda value: number(value, "even") % 2 == 0,
    "divisibleby": lambda value, by: bool(by) and number(value, "divisibleby") % number(by, "divisibleby") == 0,
    "in": lambda value, whole: contains(whole, value),
    "eq": lambda value, other: compare("eq", value, other),
    "equalto": lambda value, other: compare("eq", value, other),
    "ne": lambda value, other: compare("ne", value, other),
    "gt": lambda value, other: compare("gt", value, other),
    "ge": lambda value, other: compare("gteq", value, other),
    "lt": lambda value, other: compare("lt", value, other),
    "le": lambda value, other: compare("lteq", value, other),
}
GUARDS = frozenset({"defined", "undefined"})
"""Tests that take what isn't there."""
