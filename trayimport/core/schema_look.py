"""What a schema says of the place at a path: its types, enum, required keys.

`anyOf` and `oneOf` are unions, all else is an intersection (language ruling 12). What depends on the value (`not`,
`if`, dependencies) is left out, so that an answer may be too wide, never too narrow.
"""

from typing import Final

from trayimport.core.schema_engine import matches
from trayimport.core.schema_words import (
    NOTHING,
    TYPES,
    Schema,
    children,
    identity,
    same,
    target,
    type_of,
    type_set,
)
from trayimport.core.tree import Path
from trayimport.model import Json

ALL: Final = frozenset(TYPES)
Types = frozenset[str]

PUBLIC_FORMATS: Final = frozenset(
    {"date", "date-time", "email", "hostname", "idn-email", "idn-hostname", "ipv4", "ipv6"}
)
"""Formats (JSON Schema validation, section 7.3) that no secret has."""


def types(root: Schema, schema: Schema) -> Types:
    """The types that may stand where `schema` judges; `number` includes `integer`, which is then listed too."""
    if schema.get("not") == {}:
        return frozenset()
    allowed = _widened(type_set(schema))
    if "enum" in schema:
        allowed &= frozenset(type_of(value) for value in schema["enum"])
    if "const" in schema:
        allowed &= {type_of(schema["const"])}
    if "$ref" in schema:
        allowed &= types(root, target(root, schema["$ref"]))
    for part in schema.get("allOf", ()):
        allowed &= types(root, part)
    for keyword in ("anyOf", "oneOf"):
        if keyword in schema:
            allowed &= frozenset().union(*(types(root, part) for part in schema[keyword]))
    return allowed


def _widened(named: Types | None) -> Types:
    if named is None:
        return ALL
    return named | {"integer"} if "number" in named else named


def child(root: Schema, schema: Schema, step: str | int) -> Schema:
    """A schema of what stands under a key or at an index of a value that `schema` judges."""
    container = "array" if isinstance(step, int) else "object"
    if container not in types(root, schema):
        return NOTHING
    parts = _index(schema, step) if isinstance(step, int) else _property(schema, step)
    if "$ref" in schema:
        parts.append(child(root, target(root, schema["$ref"]), step))
    parts += [child(root, part, step) for part in schema.get("allOf", ())]
    for keyword in ("anyOf", "oneOf"):
        if keyword in schema:
            options = [child(root, part, step) for part in schema[keyword]]
            parts.append({"anyOf": options} if {} not in options else {})
    parts = [part for part in parts if part]
    if NOTHING in parts:
        return NOTHING
    return parts[0] if len(parts) == 1 else {"allOf": parts} if parts else {}


def _property(schema: Schema, key: str) -> list[Schema]:
    parts = [schema["properties"][key]] if key in schema.get("properties", {}) else []
    parts += [part for pattern, part in schema.get("patternProperties", {}).items() if matches(pattern, key)]
    if not parts and "additionalProperties" in schema:
        parts.append(schema["additionalProperties"])
    return parts


def _index(schema: Schema, index: int) -> list[Schema]:
    first = schema.get("prefixItems", [])
    if index < len(first):
        return [first[index]]
    return [schema["items"]] if "items" in schema else []


def at_path(root: Schema, path: Path) -> Schema:
    """A schema of what stands at `path`; its references lead into `root`."""
    schema = root
    for step in path:
        schema = child(root, schema, step)
    return schema


def required_keys(schema: Schema, path: Path) -> frozenset[str]:
    """The keys that the map at `path` must have, whatever its values (language ruling 11)."""
    return _required(schema, at_path(schema, path))


def _required(root: Schema, schema: Schema) -> frozenset[str]:
    names = frozenset(schema.get("required", ()))
    if "$ref" in schema:
        names |= _required(root, target(root, schema["$ref"]))
    for part in schema.get("allOf", ()):
        names |= _required(root, part)
    for keyword in ("anyOf", "oneOf"):
        options = [part for part in schema.get(keyword, ()) if "object" in types(root, part)]
        if options:
            names |= frozenset.intersection(*(_required(root, part) for part in options))
    return names


def secret_keys(schema: Schema) -> frozenset[str]:
    """Names of properties of `format: password`, anywhere in the schema (language ruling 22)."""
    return frozenset(_secret(schema, schema))


def _secret(root: Schema, schema: Schema) -> set[str]:
    found = {name for name, part in schema.get("properties", {}).items() if _is_password(root, part)}
    for _, part in children(schema):
        found |= _secret(root, part)
    return found


def _is_password(root: Schema, schema: Schema) -> bool:
    if schema.get("format") == "password":
        return True
    parts = [part for keyword in ("allOf", "anyOf", "oneOf") for part in schema.get(keyword, ())]
    if "$ref" in schema:
        parts.append(target(root, schema["$ref"]))
    return any(_is_password(root, part) for part in parts)


def public_at(schema: Schema, path: Path) -> bool:
    """Whether the schema says that what stands at `path` is no secret: by a format for addresses and instants, or by
    `writeOnly: false`, which a mapping's own `schema:` may say of what else identifies an account."""
    return _public(schema, at_path(schema, path))


def _public(root: Schema, schema: Schema) -> bool:
    if schema.get("format") in PUBLIC_FORMATS or schema.get("writeOnly") is False:
        return True
    parts = list(schema.get("allOf", ()))
    if "$ref" in schema:
        parts.append(target(root, schema["$ref"]))
    return any(_public(root, part) for part in parts)


def enum_at(schema: Schema, path: Path) -> list[Json] | None:
    """The values that may stand at `path` where the schema lists them, else None (language ruling 23)."""
    return _enum(schema, at_path(schema, path))


def _enum(root: Schema, schema: Schema) -> list[Json] | None:
    lists: list[list[Json]] = []
    if "enum" in schema:
        lists.append(schema["enum"])
    if "const" in schema:
        lists.append([schema["const"]])
    parts = list(schema.get("allOf", ()))
    if "$ref" in schema:
        parts.append(target(root, schema["$ref"]))
    lists += [values for part in parts if (values := _enum(root, part)) is not None]
    for keyword in ("anyOf", "oneOf"):
        options = [_enum(root, part) for part in schema.get(keyword, ())]
        known = [option for option in options if option is not None]
        if known and len(known) == len(options):
            lists.append(_distinct([value for option in known for value in option]))
    if not lists:
        return None
    first, *others = lists
    return [value for value in first if all(any(same(value, one) for one in other) for other in others)]


def _distinct(values: list[Json]) -> list[Json]:
    found: dict[object, Json] = {}
    for value in values:
        found.setdefault(identity(value), value)
    return list(found.values())


def known_names(schema: Schema) -> frozenset[str]:
    """Names of properties that the schema writes, anywhere."""
    names = set(schema.get("properties", ())) | set(schema.get("required", ()))
    for needs in schema.get("dependentRequired", {}).values():
        names |= set(needs)
    names |= set(schema.get("dependentRequired", ())) | set(schema.get("dependentSchemas", ()))
    for _, child in children(schema):
        names |= known_names(child)
    return frozenset(names)
