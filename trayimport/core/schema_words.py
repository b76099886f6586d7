"""What JSON Schema's keywords are, and how schemas and values are spoken of without showing a record's values."""

import json
from difflib import get_close_matches
from typing import Any, Final

from trayimport.model import Json

Schema = dict[str, Any]
"""A schema in normal form (draft 2020-12, references within only)."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NOTHING: Final[Schema] = {"not": {}}
"""The schema that accepts nothing."""

TYPES: Final = ("null", "boolean", "object", "array", "number", "integer", "string")

ONE_SCHEMA: Final = _words(
    "additionalProperties propertyNames items contains not if then else unevaluatedItems unevaluatedProperties"
)
SCHEMA_LISTS: Final = _words("allOf anyOf oneOf prefixItems")
SCHEMA_MAPS: Final = _words("properties patternProperties dependentSchemas $defs")
COUNTS: Final = _words("maxLength minLength maxItems minItems maxContains minContains maxProperties minProperties")
BOUNDS: Final = _words("maximum minimum exclusiveMaximum exclusiveMinimum")
ASSERTIONS: Final = (
    ONE_SCHEMA
    | SCHEMA_LISTS
    | SCHEMA_MAPS
    | COUNTS
    | BOUNDS
    | _words("type enum const multipleOf pattern uniqueItems required dependentRequired $ref")
)
LEGACY: Final = _words(
    "definitions additionalItems dependencies extends disallow divisibleBy $recursiveRef $dynamicRef"
)
IDENTITY: Final = _words("id $id $schema schema $anchor $dynamicAnchor $recursiveAnchor $vocabulary $comment")
"""Names of schemas and dialects, `schema` (sic, contract: NetSuite 1) among them; they decide nothing here."""
ANNOTATIONS: Final = _words(  # The specifications' own, of all drafts and of OpenAPI.
    "title description default examples example deprecated readOnly readonly writeOnly format contentEncoding "
    "contentMediaType contentSchema media links fragmentResolution pathStart nullable discriminator xml externalDocs "
    # What forms are built from; `advanced` stands in a schema that the vendor shows (contract: Slack 4).
    "advanced order propertyOrder placeholder hidden lookup control ui uiSchema widget help hint label options "
    "enumNames enumTitles errorMessage default_jsonpath sensitive secret"
)
KNOWN: Final = ASSERTIONS | LEGACY | IDENTITY | ANNOTATIONS

IN_PLACE: Final = ("allOf", "anyOf", "oneOf")
IN_PLACE_ONE: Final = ("not", "if", "then", "else")


def nearest(word: str, known: frozenset[str] | tuple[str, ...]) -> str:
    """` (did you mean type?)` where something known is near, else nothing."""
    found = get_close_matches(word[:100], sorted(known), 1, 0.75)
    return f" (did you mean {shown(found[0])}?)" if found else ""


def shown(text: str, limit: int = 80) -> str:
    """A name or pattern of a schema, fit to be printed: escaped and not too long."""
    clean = "".join(
        character if character.isprintable() else f"\\u{ord(character):04x}" for character in text[: limit + 1]
    )
    return clean if len(text) <= limit else clean[:limit] + "…"


def listed(values: list[Json], limit: int = 20) -> str:
    """Allowed values as the schema has them: `"eu", "us"`."""
    texts = [shown(json.dumps(value, ensure_ascii=False)) for value in values[:limit]]
    more = f" and {len(values) - limit} more" if len(values) > limit else ""
    return ", ".join(texts) + more


def number(value: float) -> str:
    """A bound as text, whatever its size."""
    if isinstance(value, int) and value.bit_length() > 256:
        return "a huge number"
    return f"{value}"


def found(value: object) -> str:
    """The type and length of a value, never the value: `a text of 12 characters`."""
    if isinstance(value, str | list | dict):
        kind, part = {str: ("a text of", "character"), list: ("a list of", "item"), dict: ("a map with", "key")}[
            type(value)
        ]
        return f"{kind} {len(value)} {part}{'' if len(value) == 1 else 's'}"
    if isinstance(value, float):
        return "a whole number" if value.is_integer() else "a fraction"
    return {"null": "null", "boolean": "a boolean", "integer": "an integer"}.get(type_of(value), "no JSON")


_TYPES: tuple[tuple[type, str], ...] = ((str, "string"), (list, "array"), (dict, "object"))


def type_of(value: object) -> str:
    """JSON Schema's narrowest name for a value's type; empty for what is no JSON."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "integer" if value.is_integer() else "number"
    names: dict[type, str] = {str: "string", list: "array", dict: "object"}
    return names.get(type(value), "")


def same(left: Json, right: Json) -> bool:
    """Equality as JSON Schema has it: 1 equals 1.0, and not true."""
    return identity(left) == identity(right)


def identity(value: Json) -> object:
    """A hashable stand-in, equal for values that JSON Schema calls equal."""
    if isinstance(value, bool):
        return ("boolean", value)
    if isinstance(value, dict):
        return ("object", frozenset((key, identity(child)) for key, child in value.items()))
    if isinstance(value, list):
        return ("array", tuple(identity(child) for child in value))
    return value


def type_set(schema: Schema) -> frozenset[str] | None:
    """The types that `type` names, or None where it is absent."""
    types = schema.get("type")
    if types is None:
        return None
    return frozenset([types] if isinstance(types, str) else types)


def children(schema: Schema) -> list[tuple[tuple[str, ...], Schema]]:
    """Every schema directly within, with the steps that lead there; `$defs` last."""
    result: list[tuple[tuple[str, ...], Schema]] = []
    for keyword in sorted(schema, key=lambda name: (name == "$defs", name)):
        value = schema[keyword]
        if keyword in ONE_SCHEMA:
            result.append(((keyword,), value))
        elif keyword in SCHEMA_LISTS:
            result += [((keyword, str(index)), child) for index, child in enumerate(value)]
        elif keyword in SCHEMA_MAPS:
            result += [((keyword, name), child) for name, child in value.items()]
    return result


def in_place(schema: Schema) -> list[Schema]:
    """The schemas within that judge the same value, references not followed."""
    result: list[Schema] = []
    for keyword in IN_PLACE:
        result += schema.get(keyword, ())
    result += [schema[keyword] for keyword in IN_PLACE_ONE if keyword in schema]
    result += schema.get("dependentSchemas", {}).values()
    return result


def target(root: Schema, reference: str) -> Schema:
    """What a `$ref` of a normal form leads to; they all are `#/$defs/NAME`."""
    result: Schema = root["$defs"][reference.removeprefix("#/$defs/")]
    return result


def alone(schema: Schema, root: Schema) -> Schema:
    """A schema that stands somewhere within `root`, with the definitions that its references lead to."""
    return {**schema, "$defs": root.get("$defs", {})}
