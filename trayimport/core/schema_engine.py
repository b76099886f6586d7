"""The one regular-expression engine, and how both validators are made: offline, bounded, without formats.

Language ruling 21: Python's `re` and Rust differ on `$`, `\\d` and `\\p{L}`, so jsonschema-rs judges patterns for
jsonschema as well. It reads ECMAScript's syntax; what needs no look-around runs in linear time, the rest stops after
a number of steps, and a pattern that was stopped does not match.
"""

from functools import lru_cache
from typing import Any, Final

import jsonschema_rs

from trayimport.model import Json

STEPS: Final = 10_000
"""Steps back that a pattern with look-arounds or back-references may take on one text."""
SIZE: Final = 1 << 23
"""Bytes that a compiled pattern may take."""
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_OPTIONS: Final = jsonschema_rs.FancyRegexOptions(backtrack_limit=STEPS, size_limit=SIZE, dfa_size_limit=SIZE)


class UnusableError(ValueError):
    """No validator can be made from the schema; holds no text of the schema."""


def compiled(schema: dict[str, Any]) -> jsonschema_rs.Draft202012Validator:
    """A fast validator of a schema in normal form. Raises UnusableError."""
    try:
        return jsonschema_rs.Draft202012Validator(
            schema, pattern_options=_OPTIONS, validate_formats=False, offline=True
        )
    except (ValueError, TypeError, OverflowError, RecursionError, jsonschema_rs.ReferencingError):
        raise UnusableError from None


def accepts(validator: jsonschema_rs.Draft202012Validator, instance: Json) -> bool:
    """The verdict; what the engine can't even read (half a surrogate pair, endless depth) is refused."""
    try:
        return bool(validator.is_valid(instance))
    except (ValueError, TypeError, OverflowError, RecursionError):
        return False


@lru_cache(maxsize=2048)
def _pattern(pattern: str) -> jsonschema_rs.Draft202012Validator | None:
    try:
        return compiled({"pattern": pattern})
    except UnusableError:
        return None


def pattern_usable(pattern: str) -> bool:
    """Whether the engine can compile it."""
    return _pattern(pattern) is not None


def matches(pattern: str, text: str) -> bool:
    """Whether `pattern` is found anywhere in `text`; False for what can't be compiled or takes too long."""
    validator = _pattern(pattern)
    return validator is not None and accepts(validator, text)


@lru_cache(maxsize=256)
def _multiple(divisor: float) -> jsonschema_rs.Draft202012Validator | None:
    try:
        return compiled({"multipleOf": divisor})
    except UnusableError:
        return None


def is_multiple(number: float, divisor: float) -> bool:
    """Whether `number` is a multiple; decimals count as written (0.3 is one of 0.1)."""
    validator = _multiple(divisor)
    return validator is not None and accepts(validator, number)
