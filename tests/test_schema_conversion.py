"""Template results take the type that the schema wants, where nothing is lost (language ruling 12)."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from schema_strategies import schemas, values

from trayimport.core.schema import Judge, conversion, enum_at, normalise, required_keys, secret_keys


def at(raw: Any, *path: str | int) -> Any:
    convert = conversion(normalise(raw, "s").schema, path)
    return convert if convert is not None else lambda value: value


INTEGER, BOOLEAN, STRING = {"type": "integer"}, {"type": "boolean"}, {"type": "string"}


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        (INTEGER, "3600", 3600),
        (INTEGER, "0", 0),
        (INTEGER, "-5", -5),
        (INTEGER, "-0", "-0"),
        (INTEGER, "007", "007"),
        (INTEGER, "1.5", "1.5"),
        (INTEGER, " 12", " 12"),
        (INTEGER, "12\n", "12\n"),
        (INTEGER, "１２", "１２"),
        (INTEGER, "1_000", "1_000"),
        (INTEGER, "+1", "+1"),
        (INTEGER, "1e5", "1e5"),
        (INTEGER, "", ""),
        (INTEGER, "9" * 5000, "9" * 5000),
        (INTEGER, "9007199254740993", 9007199254740993),
        (INTEGER, 3.0, 3),
        (INTEGER, 3.5, 3.5),
        (INTEGER, 1e300, 1e300),
        (INTEGER, True, True),
        (INTEGER, None, None),
        ({"type": "number"}, "12", 12),
        ({"type": "number"}, "1.5", "1.5"),
        ({"type": "number"}, 4.0, 4),
        (BOOLEAN, "true", True),
        (BOOLEAN, "false", False),
        (BOOLEAN, "True", "True"),
        (BOOLEAN, "1", "1"),
        (BOOLEAN, 1, 1),
        (STRING, 7, "7"),
        (STRING, 12345678901234567890, "12345678901234567890"),
        (STRING, True, True),
        (STRING, "3600", "3600"),
        (STRING, 1.5, 1.5),
        ({"type": ["string", "integer"]}, "7", "7"),
        ({"type": ["string", "integer"]}, 7, 7),
        ({"type": ["string", "null"]}, 7, "7"),
        ({"type": ["integer", "boolean"]}, "true", True),
        ({"type": ["integer", "boolean"]}, "7", 7),
        ({"type": "array"}, "a,b", "a,b"),
        ({}, "7", "7"),
        ({}, 7, 7),
        ({}, 7.0, 7),
        ({"enum": [1, 2]}, "1", 1),
        ({"enum": ["1", 2]}, "2", "2"),
        ({"const": True}, "true", True),
        ({"anyOf": [INTEGER, BOOLEAN]}, "7", 7),
        ({"oneOf": [INTEGER, STRING]}, "7", "7"),
        ({"allOf": [{"type": ["string", "integer"]}, INTEGER]}, "7", 7),
        ({"$ref": "#/$defs/n", "$defs": {"n": INTEGER}}, "7", 7),
        ({"items": INTEGER}, ["1", "x"], [1, "x"]),
        ({"type": "object", "additionalProperties": BOOLEAN}, {"a": "true", "b": "no"}, {"a": True, "b": "no"}),
        ({"prefixItems": [STRING], "items": INTEGER}, ["1", "1"], ["1", 1]),
    ],
)
def test_values_are_converted_where_that_loses_nothing(schema: Any, value: Any, expected: Any) -> None:
    converted = at({"properties": {"k": schema}, "$defs": schema.get("$defs", {})}, "k")(value)
    assert (type(converted), converted) == (type(expected), expected)


def test_alternatives_that_are_no_maps_say_nothing_of_keys() -> None:
    raw = {"anyOf": [STRING, {"type": "object", "properties": {"n": INTEGER}}]}
    assert at(raw, "n")("7") == 7


def test_patterns_and_other_keys_have_their_own_types() -> None:
    raw = {"patternProperties": {"^n_": INTEGER}, "additionalProperties": BOOLEAN}
    assert at(raw, "n_a")("7") == 7
    assert at(raw, "other")("true") is True
    assert at(raw, "other")("7") == "7"


@pytest.mark.parametrize(
    "schema", [{"type": ["string", "boolean"]}, {"type": "null"}, {"not": {}}, {"enum": ["a", True]}]
)
def test_there_is_no_function_where_nothing_could_be_converted(schema: Any) -> None:
    assert conversion(schema, ()) is None


def test_a_recursive_schema_converts_at_every_level() -> None:
    raw = {"properties": {"n": INTEGER, "next": {"$ref": "#"}}}
    assert at(raw)({"n": "1", "next": {"n": "2", "next": {"n": "3"}}}) == {
        "n": 1,
        "next": {"n": 2, "next": {"n": 3}},
    }


def test_endless_depth_is_left_alone() -> None:
    value: Any = "1"
    for _ in range(100_000):
        value = [value]
    convert = at({"items": {"$ref": "#"}})
    assert convert(value) is value


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(schemas(), values)
def test_conversion_is_total_idempotent_and_never_touches_what_is_valid(raw: Any, value: Any) -> None:
    schema = normalise(raw, "s").schema
    convert = conversion(schema, ())
    if convert is None:
        return
    once = convert(value)
    assert repr(convert(once)) == repr(once)
    if Judge(schema).valid(value) and "not" not in repr(raw) and "if" not in repr(raw):
        assert repr(once) == repr(value) or Judge(schema).valid(once)


REQUIRED = {
    "required": ["a"],
    "allOf": [{"required": ["b"]}, {"$ref": "#/$defs/c"}],
    "anyOf": [{"required": ["d", "e"]}, {"required": ["d"]}, {"type": "string"}],
    "properties": {"in": {"required": ["f"]}, "list": {"items": {"required": ["g"]}}},
    "$defs": {"c": {"required": ["c"]}},
}


@pytest.mark.parametrize(("path", "expected"), [((), "abcd"), (("in",), "f"), (("list", 0), "g"), (("none",), "")])
def test_required_keys_are_those_that_every_alternative_requires(path: Any, expected: str) -> None:
    assert required_keys(normalise(REQUIRED, "s").schema, path) == frozenset(expected)


def test_secret_keys_are_those_of_format_password_anywhere() -> None:
    raw = {
        "properties": {"a": {"format": "password"}, "b": {"properties": {"c": {"$ref": "#/$defs/p"}}}, "d": {}},
        "$defs": {"p": {"type": "string", "format": "password"}},
    }
    assert secret_keys(normalise(raw, "s").schema) == {"a", "c"}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"enum": ["a", "b"]}, ["a", "b"]),
        ({"const": "a"}, ["a"]),
        ({"anyOf": [{"enum": ["a"]}, {"enum": ["b", "a"]}]}, ["a", "b"]),
        ({"anyOf": [{"enum": ["a"]}, {"type": "string"}]}, None),
        ({"allOf": [{"enum": ["a", "b"]}, {"enum": ["b", "c"]}]}, ["b"]),
        ({"type": "string"}, None),
    ],
)
def test_enums_are_known_by_path(schema: Any, expected: list[str] | None) -> None:
    assert enum_at(normalise({"properties": {"k": schema}}, "s").schema, ("k",)) == expected
