"""A schema in normal form → the keys that a mapping may have to give, one by one."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from trayimport.core.schema_words import IN_PLACE, Schema, shown, target, type_of, type_set
from trayimport.model import Json

DEEPEST: Final = 6
MOST: Final = 300
"""Keys that are written; the largest schema that is known has some thirty."""


@dataclass(frozen=True, slots=True)
class SchemaKey:
    """One key: where it stands (`("oauth", "token")`), and what the schema says of it."""

    path: tuple[str, ...]
    required: bool
    title: str
    description: str
    types: tuple[str, ...]
    """JSON Schema's names, sorted; empty where any type will do."""
    choices: tuple[Json, ...]
    """What `enum` or `const` allows; empty where there is neither."""
    schema: Schema
    """The key's own, references followed."""

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
    open: bool
    """Whether other keys are accepted as well."""


def schema_keys(schema: Schema) -> SchemaKeys:
    """The keys of a schema in normal form; of alternatives, the first is taken as what is wanted."""
    walk = _Walk(schema)
    found = list(walk.keys(schema, (), required=True))
    unique: dict[tuple[str, ...], SchemaKey] = {}
    for key in found[:MOST]:
        known = unique.get(key.path)
        if known is None or (key.required and not known.required):
            unique[key.path] = key
    ordered = sorted(unique.values(), key=lambda key: not key.required)
    return SchemaKeys(tuple(ordered), tuple(walk.groups), schema.get("additionalProperties") != {"not": {}})


class _Walk:
    def __init__(self, root: Schema) -> None:
        self._root = root
        self.groups: list[tuple[str, ...]] = []

    def followed(self, schema: Schema) -> Schema:
        """What a reference leads to."""
        for _ in range(20):
            if not isinstance(schema.get("$ref"), str):
                break
            schema = {**target(self._root, schema["$ref"]), **{k: v for k, v in schema.items() if k != "$ref"}}
        return schema

    def keys(self, schema: Schema, path: tuple[str, ...], *, required: bool) -> Iterator[SchemaKey]:
        """Keys below `path`; a map with properties of its own stands for them."""
        if len(path) > DEEPEST:
            return
        schema = self.followed(schema)
        needed = set(schema.get("required", []))
        for keyword in IN_PLACE:
            branches = [self.followed(branch) for branch in schema.get(keyword, [])]
            if keyword != "allOf":
                self._note(branches, path)
            for number, branch in enumerate(branches):
                yield from self.keys(branch, path, required=required and (keyword == "allOf" or number == 0))
                if keyword == "allOf" or number == 0:
                    needed |= set(branch.get("required", []))
        properties = dict(schema.get("properties", {}))
        for name in sorted(needed - properties.keys()):
            if required and len(path) == 0:
                properties.setdefault(name, {})
        for name, child in properties.items():
            own = self.followed(child)
            is_needed = required and name in needed
            if own.get("properties") and type_set(own) in (None, frozenset({"object"})):
                yield from self.keys(own, (*path, name), required=is_needed)
            else:
                yield _key((*path, name), own, required=is_needed)

    def _note(self, branches: list[Schema], path: tuple[str, ...]) -> None:
        wanted = [tuple(".".join((*path, str(name))) for name in branch.get("required", [])) for branch in branches]
        if sum(bool(names) for names in wanted) > 1:
            self.groups += [names for names in wanted if names]


def _key(path: tuple[str, ...], schema: Schema, *, required: bool) -> SchemaKey:
    choices = [schema["const"]] if "const" in schema else list(schema.get("enum", []))
    types = type_set(schema)
    if types is None and choices:
        types = frozenset(type_of(choice) for choice in choices)
    return SchemaKey(
        path,
        required,
        _line(schema.get("title")),
        _line(schema.get("description")),
        tuple(sorted(types or ())),
        tuple(choices),
        schema,
    )


def _line(text: Json) -> str:
    """A title or description on one line, escaped: it goes into a comment."""
    return shown(" ".join(text.split()), 160) if isinstance(text, str) else ""
