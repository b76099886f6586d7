"""The values of a YAML file, which know where they stand."""

from collections.abc import Iterator, Sequence
from typing import Literal

from trayimport.core.yaml_text import SourceText, Style, scalar_indices
from trayimport.core.yaml_types import plain_value
from trayimport.model import Json, Position


class _Placed:
    """What stands somewhere in a file; where is computed when it is asked for."""

    __slots__ = ("_source", "_start")

    def __init__(self, source: SourceText, start: int) -> None:
        self._source = source
        self._start = start

    @property
    def at(self) -> Position:
        """Where it begins in the file."""
        return self._source.position(self._start)


class Scalar(_Placed):
    """A text, number, boolean or null. `text` is what was written, whatever its type."""

    __slots__ = ("_end", "_indices", "style", "text")

    def __init__(self, source: SourceText, text: str, style: Style, start: int, end: int) -> None:
        self._source = source
        self._start = start
        self._end = end
        self._indices: Sequence[int] | None = None
        self.text = text
        self.style = style

    @property
    def value(self) -> Json:
        """What was meant: only a plain scalar may be something else than a text."""
        return plain_value(self.text) if self.style == "plain" else self.text

    def locate(self, offset: int) -> Position:
        """The place in the file of the character `offset` of `text`; the end where it lies beyond."""
        if self._indices is None:
            self._indices = scalar_indices(self._source.text, self._start, self._end, self.style, self.text)
        indices = self._indices
        if not indices:
            return self.at
        if offset < len(indices):
            return self._source.position(indices[max(0, offset)])
        return self._source.position(indices[-1] + 1)


class Entry:
    """A key of a map, and its value."""

    __slots__ = ("_scalar", "key", "value")

    def __init__(self, key: Scalar, value: "Value") -> None:
        self._scalar = key
        self.key = key.text
        self.value = value

    @property
    def at(self) -> Position:
        """Where the key begins in the file."""
        return self._scalar.at


class Map(_Placed):
    """A map, in the order of the file; keys that `<<` merges come last."""

    __slots__ = ("entries",)

    def __init__(self, source: SourceText, start: int, entries: tuple[Entry, ...]) -> None:
        super().__init__(source, start)
        self.entries = entries

    @classmethod
    def empty(cls, value: Scalar) -> "Map":
        """The map that a value which was left empty stands for."""
        return cls(value._source, value._start, ())

    def get(self, key: str) -> "Value | None":
        """The value of a key, or None."""
        return next((entry.value for entry in self.entries if entry.key == key), None)


class List(_Placed):
    """A list."""

    __slots__ = ("items",)

    def __init__(self, source: SourceText, start: int, items: tuple["Value", ...]) -> None:
        super().__init__(source, start)
        self.items = items


Value = Scalar | Map | List


Kind = Literal["map", "list", "text", "integer", "number", "boolean", "null"]


def kind_of(value: Value) -> Kind:
    """The name of a value's type, for messages."""
    if isinstance(value, Map):
        return "map"
    if isinstance(value, List):
        return "list"
    names: dict[type, Kind] = {bool: "boolean", int: "integer", float: "number", str: "text"}
    return names.get(type(value.value), "null")


def plain_json(value: Value) -> Json:
    """The value without its places."""
    if isinstance(value, Map):
        return {entry.key: plain_json(entry.value) for entry in value.entries}
    if isinstance(value, List):
        return [plain_json(item) for item in value.items]
    return value.value


def scalars(value: Value, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Scalar]]:
    """Every scalar below a value, with its path."""
    if isinstance(value, Map):
        for entry in value.entries:
            yield from scalars(entry.value, (*path, entry.key))
    elif isinstance(value, List):
        for index, item in enumerate(value.items):
            yield from scalars(item, (*path, index))
    else:
        yield path, value
