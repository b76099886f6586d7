"""The mapping language as a JSON Schema (draft 2020-12), for editors: completion, hover texts, marks.

Made from the table of keys, so that editors and `validate` can't disagree on what there is.
"""

import json
from typing import Any

from trayimport.core import keys
from trayimport.core.keys import Key

_TEXT = {"type": ["string", "number"]}
_EXPRESSION = {"type": "string", "pattern": r"^\s*\{\{[\s\S]*\}\}\s*$"}
_PATH = {"type": "string", "pattern": r"^[^.\[\]]+(\.[^.\[\]]+|\[[0-9]+\])*$"}

_SIMPLE: dict[str, dict[str, Any]] = {
    "text": _TEXT,
    "choice": {"type": "string"},
    "encoding": {"type": ["string", "number"]},
    "character": {"type": "string", "minLength": 1, "maxLength": 1},
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "duration": {"type": "string", "pattern": "^[0-9]+[smhd]$"},
    "instant": {"type": ["string", "integer"]},
    "path": _PATH,
    "expression": _EXPRESSION,
    "template": {"type": "string"},
    "identity": _TEXT,
    "filled": {"type": "string", "minLength": 1},
    "tree": {},
    "data": {},
    "scopes": {
        "anyOf": [
            {"type": "array", "items": {"type": "string", "minLength": 1}, "uniqueItems": True},
            _EXPRESSION,
            {"type": "null"},
        ]
    },
    "provider": {"type": "object", "minProperties": 1, "maxProperties": 1},
}
_MAPS = {"credentials", "userData"}


def mapping_schema() -> dict[str, Any]:
    """The schema of a mapping file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "trayimport mapping",
        **_schema(keys.MAPPING),
    }


def mapping_schema_text() -> str:
    """The schema as `schemas/mapping.schema.json` holds it."""
    return json.dumps(mapping_schema(), indent=2, ensure_ascii=False) + "\n"


def _schema(key: Key) -> dict[str, Any]:
    described = {"description": key.about} if key.about else {}
    return described | _shape(key)


def _shape(key: Key) -> dict[str, Any]:
    each = {} if key.each is None else _schema(key.each)
    if key.kind in ("map", "source"):
        return _map(key) if key.kind == "map" else _source(key)
    if key.kind == "named":
        return {"type": ["object", "null"], "additionalProperties": each}
    if key.kind == "list":
        return {"type": ["array", "null"], "items": each}
    return _leaf(key)


def _leaf(key: Key) -> dict[str, Any]:
    if key.choices:
        return {"enum": [int(choice) if key.kind == "integer" else choice for choice in key.choices]}
    if key.kind == "tree" and key.name in _MAPS:
        return {"anyOf": [{"type": ["object", "null"]}, _EXPRESSION]}
    least = {} if key.least is None else {"minimum": key.least}
    return _SIMPLE[key.kind] | least


def _map(key: Key) -> dict[str, Any]:
    required = [child.name for child in key.below if child.required]
    return {
        "type": "object" if required else ["object", "null"],
        "properties": {child.name: _schema(child) for child in key.below},
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def _source(key: Key) -> dict[str, Any]:
    """Keys by `type`; a plugin's type has keys of its own, so none is refused there."""
    conditions = []
    for kind in keys.SOURCES:
        own = [child for child in key.below if not child.sources or kind in child.sources]
        then: dict[str, Any] = {
            "properties": {child.name: _schema(child) for child in own},
            "required": [child.name for child in own if child.required],
            "additionalProperties": False,
        }
        condition = {"properties": {"type": {"const": kind}}, "required": ["type"]}
        conditions.append({"if": condition, "then": then})
    return {
        "type": "object",
        "properties": {"type": _schema(key.below[0]) | {"examples": list(keys.SOURCES)}},
        "required": ["type"],
        "allOf": conditions,
    }
