"""A schema in normal form → the keys that a mapping may have to give, one by one."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from trayimport.core.schema_words import IN_PLACE, Schema, shown, target, type_of, type_set
from trayimport.core.starter.columns import plain
from trayimport.model import Json

DEEPEST: Final = 6
MOST: Final = 300
"""Keys that are written; the largest schema that is known has some thirty."""


@dataclass(frozen=True, slots=True)
class SchemaKey:
    """One key: where it stands (`("oauth", "token")`), and what the schema says of it."""

    part: str
    """`credentials` or `userData`."""
    path: tuple[str, ...]
    required_from: int | None
    """See `needed`."""
    title: str
    description: str
    types: tuple[str, ...]
    """JSON Schema's names, sorted; empty where any type will do."""
    choices: tuple[Json, ...]
    """What `enum` or `const` allows; empty where there is neither."""
    schema: Schema
    """The key's own, references followed."""

    @property
    def required(self) -> bool:
        """Whether it must be given, whatever else is."""
        return self.required_from == 0

    @property
    def place(self) -> tuple[str, ...]:
        """Its path within the body; both parts may have a key of one name."""
        return (self.part, *self.path)

    @property
    def name(self) -> str:
        """The last step."""
        return self.path[-1]

    @property
    def has_default(self) -> bool:
        """Whether the schema names a value that stands in for a missing one."""
        return "default" in self.schema


@dataclass(frozen=True, slots=True)
class SchemaKeys:
    """All keys, required ones first, and the groups of which one is wanted whole (`anyOf` and `oneOf`)."""

    keys: tuple[SchemaKey, ...]
    groups: tuple[tuple[str, ...], ...]
    maps: Mapping[tuple[str, ...], int | None]
    """The maps that the keys stand in: `required_from` of each."""
    excluded: frozenset[tuple[str, ...]]
    """Keys of alternatives that were not taken, of which only one may be given."""
    open: bool
    """Whether other keys are accepted as well."""


def needed(path: tuple[str, ...], required_from: int | None, given: Iterable[tuple[str, ...]]) -> bool:
    """Whether what stands at `path` must be given, where these paths are.

    `required_from` is the depth of the map that can't be without it: 0 for the whole, 1 for the map under the first
    step of `path`; None where none needs it.
    """
    if required_from is None or required_from >= len(path):
        return False
    above = path[:required_from]
    return not above or any(other[:required_from] == above for other in given)


def schema_keys(part: str, schema: Schema, columns: frozenset[str]) -> SchemaKeys:
    """The keys of a part's schema in normal form.

    Of alternatives the first is taken that these columns' names (as `plain` has them) give whole, else the first.
    """
    walk = _Walk(part, schema, columns)
    found = list(walk.keys(schema, (), 0))
    unique: dict[tuple[str, ...], SchemaKey] = {}
    for key in found[:MOST]:
        unique[key.path] = _both(unique[key.path], key) if key.path in unique else key
    for path in [path for path in unique if any(other[: len(path)] == path for other in walk.maps)]:
        leaf = unique.pop(path)
        walk.maps[path] = _least(walk.maps.get(path), leaf.required_from)
    excluded = frozenset(walk.excluded) - {key.path for key in unique.values() if key.required_from is not None}
    ordered = tuple(_ordered(list(unique.values()), 0))
    return SchemaKeys(
        ordered, tuple(walk.groups), walk.maps, excluded, schema.get("additionalProperties") != {"not": {}}
    )


def _both(known: SchemaKey, other: SchemaKey) -> SchemaKey:
    """One key that two places of the schema speak of: alternatives often require what is described above them."""
    described = known if known.types or known.choices or not other.types else other
    return replace(described, required_from=_least(known.required_from, other.required_from))


def _least(*depths: int | None) -> int | None:
    return min((depth for depth in depths if depth is not None), default=None)


def _ordered(keys: list[SchemaKey], depth: int) -> Iterator[SchemaKey]:
    """Required ones first, with the keys of a map together."""
    groups: dict[str, list[SchemaKey]] = {}
    for key in keys:
        groups.setdefault(key.path[depth], []).append(key)
    for group in sorted(groups.values(), key=lambda group: not any(key.required for key in group)):
        yield from (key for key in group if len(key.path) == depth + 1)
        yield from _ordered([key for key in group if len(key.path) > depth + 1], depth + 1)


class _Walk:
    def __init__(self, part: str, root: Schema, columns: frozenset[str]) -> None:
        self._part = part
        self._columns = columns
        self._root = root
        self.groups: list[tuple[str, ...]] = []
        self.maps: dict[tuple[str, ...], int | None] = {}
        self.excluded: set[tuple[str, ...]] = set()

    def followed(self, schema: Schema) -> Schema:
        """What a reference leads to."""
        for _ in range(20):
            if not isinstance(schema.get("$ref"), str):
                break
            schema = {**target(self._root, schema["$ref"]), **{k: v for k, v in schema.items() if k != "$ref"}}
        return schema

    def keys(self, schema: Schema, path: tuple[str, ...], required_from: int | None) -> Iterator[SchemaKey]:
        """Keys below `path`; a map with properties of its own stands for them.

        `required_from` is what SchemaKey has it, for keys that this schema requires.
        """
        if len(path) > DEEPEST:
            return
        schema = self.followed(schema)
        required = set(schema.get("required", []))
        for keyword in IN_PLACE:
            branches = [self.followed(branch) for branch in schema.get(keyword, [])]
            first = 0
            if keyword != "allOf":
                self._note(branches, path)
                first = self._given_whole(branches)
            for number, branch in enumerate(branches):
                taken = keyword == "allOf" or number == first
                if keyword == "oneOf" and not taken:
                    self.excluded |= {(*path, name) for name in branch.get("required", [])}
                yield from self.keys(branch, path, required_from if taken else None)
                if taken:
                    required |= set(branch.get("required", []))
        properties = dict(schema.get("properties", {}))
        for name in sorted(required - properties.keys()):
            if required_from == 0 and len(path) == 0:
                properties.setdefault(name, {})
        for name, child in properties.items():
            own, below = self.followed(child), (*path, name)
            if own.get("properties") and type_set(own) in (None, frozenset({"object"})):
                self.maps[below] = _least(self.maps.get(below), required_from if name in required else None)
                yield from self.keys(own, below, required_from if name in required else len(below))
            else:
                yield _key(self._part, below, own, required_from if name in required else None)

    def _given_whole(self, branches: list[Schema]) -> int:
        """The number of the first branch whose required keys are all called as columns are; 0 if none is."""
        for number, branch in enumerate(branches):
            wanted = {plain(name) for name in branch.get("required", [])}
            if wanted and wanted <= self._columns:
                return number
        return 0

    def _note(self, branches: list[Schema], path: tuple[str, ...]) -> None:
        wanted = [tuple(".".join((*path, str(name))) for name in branch.get("required", [])) for branch in branches]
        if sum(bool(names) for names in wanted) > 1:
            self.groups += [names for names in wanted if names]


def _key(part: str, path: tuple[str, ...], schema: Schema, required_from: int | None) -> SchemaKey:
    choices = [schema["const"]] if "const" in schema else list(schema.get("enum", []))
    types = type_set(schema)
    if types is None and choices:
        types = frozenset(type_of(choice) for choice in choices)
    return SchemaKey(
        part,
        path,
        required_from,
        _line(schema.get("title")),
        _line(schema.get("description")),
        tuple(sorted(types or ())),
        tuple(choices),
        schema,
    )


def _line(text: Json) -> str:
    """A title or description on one line, escaped: it goes into a comment."""
    return shown(" ".join(text.split()), 160) if isinstance(text, str) else ""
