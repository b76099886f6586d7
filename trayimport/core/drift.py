"""What changed between a snapshot and the live service environment, and whether the old still passes.

Commands, ruling 38: harmless are titles, descriptions, defaults, order, a new optional property, a wider enum, type or
bound, fewer required, more scopes, ids. All else breaks. Whatever this can't explain breaks too.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from trayimport.core.schema_normal import NormalSchema, normalise
from trayimport.core.schema_words import (
    ANNOTATIONS,
    BOUNDS,
    COUNTS,
    NOTHING,
    Schema,
    identity,
    listed,
    number,
    shown,
    target,
    type_set,
)
from trayimport.model import Environment, Json

_ANY: Final[Schema] = {}


@dataclass(frozen=True, slots=True)
class DriftChange:
    """One change: `credentials.dc` `became required`. `breaking`: what the snapshot accepted may be refused now."""

    path: str
    change: str
    breaking: bool

    def __str__(self) -> str:
        return f"{self.path} {self.change}"


def drift(snapshot: Environment, live: Environment) -> list[DriftChange]:
    """What changed, in the order of the snapshot's schemas; empty where nothing that matters did."""
    changes = [*_outside(snapshot, live)]
    for name, old, new in (
        ("credentials", snapshot.credentials_schema, live.credentials_schema),
        ("userData", snapshot.user_data_schema, live.user_data_schema),
    ):
        changes += _schemas(name, old, new)
    return list(dict.fromkeys(changes))


def _outside(snapshot: Environment, live: Environment) -> Iterator[DriftChange]:
    if snapshot.title != live.title:
        yield DriftChange("title", "changed", breaking=False)
    if snapshot.authentication_type != live.authentication_type:
        text = f"changed from {shown(snapshot.authentication_type)} to {shown(live.authentication_type)}"
        yield DriftChange("authenticationType", text, breaking=True)
    for scope in sorted(set(snapshot.scopes) - set(live.scopes)):
        yield DriftChange("scopes", f"lost {shown(scope)}", breaking=True)
    for scope in sorted(set(live.scopes) - set(snapshot.scopes)):
        yield DriftChange("scopes", f"gained {shown(scope)}", breaking=False)


def _schemas(name: str, old_raw: Json, new_raw: Json) -> list[DriftChange]:
    old, new = normalise(old_raw, name), normalise(new_raw, name)
    if old.usable != new.usable:
        if new.usable:
            return [DriftChange(name, "schema can be used now", breaking=False)]
        return [DriftChange(name, "schema can no longer be used", breaking=True)]
    if not old.usable:
        return _unusable(name, old, new, same=identity_of(old_raw) == identity_of(new_raw))
    return list(_Compare(old.schema, new.schema).compare(old.schema, new.schema, name))


def _unusable(name: str, old: NormalSchema, new: NormalSchema, *, same: bool) -> list[DriftChange]:
    if same or old.notes == new.notes:
        return []
    return [DriftChange(name, "schema changed, and can't be used before or after", breaking=True)]


def identity_of(raw: Json) -> str:
    """A text that is equal for equal JSON, however deep; for comparing only."""
    try:
        return repr(identity(raw))
    except RecursionError:
        return ""


def _bare(value: Any) -> object:
    """A schema less its annotations, for comparing."""
    if isinstance(value, dict):
        return {key: _bare(child) for key, child in value.items() if key not in ANNOTATIONS or isinstance(child, dict)}
    if isinstance(value, list):
        return [_bare(child) for child in value]
    return value


def _annotations(schema: Schema) -> dict[str, Json]:
    return {key: value for key, value in schema.items() if key in ANNOTATIONS and key != "format"}


class _Compare:
    """Two schemas in normal form, walked side by side."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old = old
        self._new = new
        self._open: set[tuple[int, int]] = set()

    def compare(self, old_site: Schema, new_site: Schema, path: str) -> Iterator[DriftChange]:
        """All changes at `path` and below."""
        old, new = _followed(self._old, old_site), _followed(self._new, new_site)
        pair = (id(old), id(new))
        if pair in self._open or old == new == NOTHING:
            return
        self._open.add(pair)
        yield from self._own(old, new, path)
        yield from _noted({**old, **_annotations(old_site)}, {**new, **_annotations(new_site)}, path)
        yield from self._properties(old, new, path)
        yield from self._inner(old, new, path)
        if "$ref" in old and "$ref" in new:
            yield from self.compare(target(self._old, old["$ref"]), target(self._new, new["$ref"]), path)
        self._open.discard(pair)

    def _own(self, old: Schema, new: Schema, path: str) -> Iterator[DriftChange]:
        yield from _types(old, new, path)
        yield from _values(old, new, path)
        yield from _bounds(old, new, path)
        yield from _others(old, new, path)

    def _properties(self, old: Schema, new: Schema, path: str) -> Iterator[DriftChange]:
        before, after = old.get("properties", {}), new.get("properties", {})
        was, required = set(old.get("required", ())), set(new.get("required", ()))
        for name in [*before, *(name for name in after if name not in before)]:
            at = f"{path}.{shown(name)}"
            if name not in after:
                yield DriftChange(at, "is gone", breaking=True)
            elif name in before:
                yield from self.compare(before[name], after[name], at)
            elif name not in required:
                yield DriftChange(at, "is new and optional", breaking=False)
        for name in sorted(required - was):
            yield DriftChange(f"{path}.{shown(name)}", "became required", breaking=True)
        for name in sorted(was - required):
            yield DriftChange(f"{path}.{shown(name)}", "is no longer required", breaking=False)

    def _inner(self, old: Schema, new: Schema, path: str) -> Iterator[DriftChange]:
        """Schemas for children without a name, and alternatives."""
        for keyword, where in (("additionalProperties", f"{path}.*"), ("items", f"{path}[]")):
            before, after = old.get(keyword, _ANY), new.get(keyword, _ANY)
            if before == after and "$ref" not in repr(before):
                continue
            if after == NOTHING:
                what = "takes only the keys that it lists now" if keyword != "items" else "takes no more items now"
                yield DriftChange(path, what, breaking=True)
            elif before == NOTHING:
                yield DriftChange(path, f"takes more {'keys' if keyword != 'items' else 'items'} now", breaking=False)
            else:
                yield from self.compare(before, after, where)
        for keyword in ("allOf", "anyOf"):
            before, after = old.get(keyword, []), new.get(keyword, [])
            if len(before) == len(after):
                for left, right in zip(before, after, strict=True):
                    yield from self.compare(left, right, path)
            else:
                yield DriftChange(path, f"changed its {keyword}", breaking=True)


def _noted(old: Schema, new: Schema, path: str) -> Iterator[DriftChange]:
    before, after = _annotations(old), _annotations(new)
    names = [name for name in sorted(before.keys() | after.keys()) if before.get(name) != after.get(name)]
    if names:
        yield DriftChange(path, f"changed its {', '.join(shown(name) for name in names)}", breaking=False)


def _followed(root: Schema, schema: Schema) -> Schema:
    """A schema that is nothing but a reference stands for what it leads to."""
    for _ in range(100):
        if schema.keys() - ANNOTATIONS - {"$defs"} != {"$ref"}:
            return schema
        schema = target(root, schema["$ref"])
    return schema


def _types(old: Schema, new: Schema, path: str) -> Iterator[DriftChange]:
    before, after = type_set(old), type_set(new)
    if before == after:
        return
    if after is None:
        yield DriftChange(path, "takes any type now", breaking=False)
    elif before is None:
        yield DriftChange(path, f"takes {_names(after)} only now", breaking=True)
    else:
        lost = {name for name in before - after if not (name == "integer" and "number" in after)}
        change = f"changed its type from {_names(before)} to {_names(after)}"
        yield DriftChange(path, change, breaking=bool(lost))


def _names(types: frozenset[str]) -> str:
    return " or ".join(sorted(types))


def _values(old: Schema, new: Schema, path: str) -> Iterator[DriftChange]:
    before, after = _listed(old), _listed(new)
    if before is None and after is None:
        return
    if after is None:
        yield DriftChange(path, "is no enum any more", breaking=False)
    elif before is None:
        yield DriftChange(path, f"became an enum of {listed(list(after.values()))}", breaking=True)
    else:
        lost = [value for key, value in before.items() if key not in after]
        gained = [value for key, value in after.items() if key not in before]
        if lost:
            yield DriftChange(path, f"enum lost {_plain(lost)}", breaking=True)
        if gained:
            yield DriftChange(path, f"enum gained {_plain(gained)}", breaking=False)


def _listed(schema: Schema) -> dict[object, Json] | None:
    """The values of `enum`, or the one of `const`, under their identities."""
    if "enum" in schema:
        return {identity(value): value for value in schema["enum"]}
    return {identity(schema["const"]): schema["const"]} if "const" in schema else None


def _plain(values: list[Json]) -> str:
    """Values of an enum; texts without quotes: `eu, us`."""
    texts = [shown(value) if isinstance(value, str) and value else listed([value]) for value in values[:20]]
    return ", ".join(texts) + (f" and {len(values) - 20} more" if len(values) > 20 else "")


def _bounds(old: Schema, new: Schema, path: str) -> Iterator[DriftChange]:
    for keyword in sorted(BOUNDS | COUNTS):
        before, after = old.get(keyword), new.get(keyword)
        if before == after:
            continue
        if before is not None and after is None:
            yield DriftChange(path, f"lost its {keyword} of {number(before)}", breaking=False)
        elif before is None and after is not None:
            yield DriftChange(path, f"got a {keyword} of {number(after)}", breaking=True)
        elif before is not None and after is not None:
            upper = keyword.lower().endswith(_UPPER)
            tighter = after < before if upper else after > before
            text = f"changed its {keyword} from {number(before)} to {number(after)}"
            yield DriftChange(path, text, breaking=tighter)


def _others(old: Schema, new: Schema, path: str) -> Iterator[DriftChange]:
    """Rules that are the same or are not; to be rid of one is wider only where it stands alone."""
    if ("$ref" in old) != ("$ref" in new):
        yield DriftChange(path, "changed its $ref", breaking=True)
    for keyword in _STRICT:
        before, after = _bare(old.get(keyword)), _bare(new.get(keyword))
        if before == after:
            continue
        if keyword in _ALONE and after is None:
            yield DriftChange(path, f"lost its {keyword}", breaking=False)
        elif keyword == "format" and {before, after} <= {None, "password"}:
            yield DriftChange(path, "changed its format", breaking=False)
        else:
            yield DriftChange(path, f"changed its {keyword}", breaking=True)


_UPPER: Final = ("maximum", "maxlength", "maxitems", "maxproperties", "maxcontains")
_ALONE: Final = frozenset({"pattern", "multipleOf", "uniqueItems", "dependentRequired", "dependentSchemas", "format"})
_STRICT: Final = (
    *("pattern", "multipleOf", "uniqueItems", "format", "dependentRequired", "dependentSchemas", "patternProperties"),
    *("propertyNames", "prefixItems", "contains", "oneOf", "not", "if", "then", "else"),
    *("unevaluatedItems", "unevaluatedProperties"),
)
"""Compared as a whole: any difference breaks."""
