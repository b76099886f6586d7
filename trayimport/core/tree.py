"""A mapping's values as read: literals, templates, maps and lists, each with its place in the file."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Protocol

from trayimport.model import Json, Position

Path = tuple[str | int, ...]
"""Keys and indices from the top of `credentials`, `userData`, … down to a value."""


class Omit:
    """The type of OMIT, the value that drops its key or list item (language, ruling 11)."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "omit"


OMIT: Final = Omit()


@dataclass(frozen=True, slots=True)
class Column:
    """A field of the record that a template reads: the first name after `record`."""

    name: str
    guarded: bool
    """True where the template can do without it (under `default`, `default_omit`, `is defined`)."""
    at: Position


class Template(Protocol):
    """A compiled template (core/template.py)."""

    at: Position
    text: str
    typed: bool
    """True for exactly one expression, whose type is kept; False: text."""
    names: frozenset[str]
    """Names it reads from the scope: of `record`, `vars`, `secrets`, `user`, `auth`, `now`."""
    variables: frozenset[str]
    """Which `vars` it reads."""
    secrets: frozenset[str]
    """Which `secrets` it reads."""
    columns: tuple[Column, ...]
    needed: tuple[tuple[tuple[str, ...], Position], ...]
    """Values of `user` and `auth` that it can't do without, each with its place: ("auth", "credentials", "dc")."""
    compared: tuple[Column, ...]
    """Those that it compares with a number or a boolean."""
    conditions: frozenset[str]
    """Which `vars` decide what it gives: in conditions, selections, computed keys."""
    time_dependent: bool
    """Whether `now` or `seconds_until` occurs in it (not: in the vars that it reads)."""
    conditional_on_time: bool
    """Whether such a decision in it reads `now` or `seconds_until`."""

    def render(self, scope: dict[str, object]) -> Json:
        """The value for a scope of names (maps as dict, `now` as RFC 3339 text); may be OMIT.

        Raises RecordError with a problem whose `path` is empty and whose text shows no value.
        """


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that stands in the mapping as it is: number, text without a template, boolean, null."""

    value: Json
    at: Position


@dataclass(frozen=True, slots=True)
class Hole:
    """A value that a template gives."""

    template: Template
    at: Position


@dataclass(frozen=True, slots=True)
class Branch:
    """A map. `at` of an entry's key is in `key_positions`."""

    entries: tuple[tuple[str, "Node"], ...]
    at: Position
    key_positions: dict[str, Position] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple["Node", ...]
    at: Position


Node = Literal | Hole | Branch | Items


def holes(node: Node, path: Path = ()) -> Iterator[tuple[Path, Hole]]:
    """Every template below `node`, with its path."""
    if isinstance(node, Hole):
        yield path, node
    elif isinstance(node, Branch):
        for key, child in node.entries:
            yield from holes(child, (*path, key))
    elif isinstance(node, Items):
        for index, child in enumerate(node.items):
            yield from holes(child, (*path, index))


def child_of(node: Node | None, step: str | int) -> Node | None:
    """The value under a key or index; None where the tree has none."""
    if isinstance(node, Branch):
        return dict(node.entries).get(str(step))
    if isinstance(node, Items) and isinstance(step, int) and step < len(node.items):
        return node.items[step]
    return None


def pointer(path: Path, prefix: str = "") -> str:
    """`credentials.scopes[0]` from a path."""
    text = prefix
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text
