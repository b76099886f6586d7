"""What a template gives → the type that the schema wants there, where that loses nothing (language ruling 12)."""

import re
from collections.abc import Callable
from typing import Final

from trayimport.core.schema_look import Types, at_path, child, types
from trayimport.core.schema_wire import DEPTH, EXACT
from trayimport.core.schema_words import Schema
from trayimport.core.tree import Path
from trayimport.model import Json

Convert = Callable[[Json], Json]

_INTEGER: Final = re.compile(r"-?(0|[1-9][0-9]{0,18})", re.ASCII)
"""Up to 19 digits; a longer number stays a text, which the schema then refuses."""
_ONLY_TEXT: Final = (frozenset({"string"}), frozenset({"string", "null"}))
_REMEMBERED: Final = 1000
"""Keys whose schema is kept; names of keys may come from records, and there may be any number."""


def conversion(schema: Schema, path: Path) -> Convert | None:
    """A function for the value that a template gives at `path`, None where it could never change anything.

    The function is total and idempotent, and gives the same object where nothing is to be converted. What can't be
    converted without loss stays as it is: the schema refuses it. `schema` is in normal form.
    """
    converter = _Converter(schema, at_path(schema, path))
    return converter.convert if converter.useful() else None


class _Converter:
    """Converts what stands at one place; knows the places below."""

    def __init__(self, root: Schema, schema: Schema) -> None:
        self._root = root
        self._schema = schema
        self._types: Types = types(root, schema)
        self._below: dict[str | int, _Converter] = {}

    def useful(self) -> bool:
        """Whether any value could be converted here or below; text that stays text needs nothing."""
        if self._types in _ONLY_TEXT:
            return True
        return bool(self._types & {"integer", "boolean", "array", "object"}) and self._types != {"string", "boolean"}

    def convert(self, value: Json, depth: int = 0) -> Json:
        """The value in the type that is wanted."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, bool):
            return value
        if isinstance(value, int):
            return str(value) if self._types in _ONLY_TEXT and value.bit_length() <= 256 else value
        if isinstance(value, float):
            return self._fraction(value)
        if isinstance(value, list | dict) and depth < DEPTH:
            return self._list(value, depth) if isinstance(value, list) else self._map(value, depth)
        return value

    def _text(self, value: str) -> Json:
        if "string" in self._types:
            return value
        if "integer" in self._types and value != "-0" and _INTEGER.fullmatch(value):
            return int(value)
        if "boolean" in self._types and value in ("true", "false"):
            return value == "true"
        return value

    def _fraction(self, value: float) -> Json:
        if "integer" in self._types and value.is_integer() and abs(value) <= EXACT:
            return int(value)
        return value

    def _list(self, value: list[Json], depth: int) -> Json:
        if "array" not in self._types:
            return value
        items = [self._at(index).convert(item, depth + 1) for index, item in enumerate(value)]
        return value if all(new is old for new, old in zip(items, value, strict=True)) else items

    def _map(self, value: dict[str, Json], depth: int) -> Json:
        if "object" not in self._types:
            return value
        converted = {key: self._at(key).convert(item, depth + 1) for key, item in value.items()}
        return value if all(converted[key] is value[key] for key in value) else converted

    def _at(self, step: str | int) -> "_Converter":
        converter = self._below.get(step)
        if converter is None:
            converter = _Converter(self._root, child(self._root, self._schema, step))
            if len(self._below) < _REMEMBERED:
                self._below[step] = converter
        return converter
