"""The mapping's `schema:` tightens, and never loosens (language ruling 7; commands, ruling 28)."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from schema_strategies import schemas, values

from trayimport.core.schema import Judge, merge, normalise

MAILCHIMP = {
    "required": ["access_token", "dc"],
    "additionalProperties": False,
    "properties": {"access_token": {"type": "string"}, "dc": {"type": "string"}, "expires_in": {"type": "integer"}},
}


def merged(server: Any, extra: Any) -> Judge:
    result = merge(normalise(server, "s").schema, extra)
    assert result.usable, result.notes
    return Judge(result.schema)


@pytest.mark.parametrize("server", [{}, {"type": "object"}, {"properties": {"access_token": {"minLength": 1}}}])
def test_the_design_s_own_example_lets_its_keys_in_and_no_others(server: Any) -> None:
    judge = merged(server, MAILCHIMP)
    assert judge.valid({"access_token": "tok-us21", "dc": "us21", "expires_in": 3600})
    assert not judge.valid({"access_token": "tok-us21"})
    assert not judge.valid({"access_token": "tok-us21", "dc": "us21", "more": 1})
    assert not judge.valid({"access_token": "tok-us21", "dc": 21})


@pytest.mark.parametrize(
    "server",
    [
        {"required": ["access_token"]},
        {"properties": {"access_token": {}}},
        {"allOf": [{"properties": {"access_token": {}}}]},
        {"anyOf": [{"properties": {"access_token": {}}}, {"required": ["refresh_token"]}]},
        {"$ref": "#/definitions/t", "definitions": {"t": {"properties": {"access_token": {}}}}},
        {"properties": {"access_token": {}}, "unevaluatedProperties": False},
    ],
)
def test_a_closed_tightening_still_knows_the_environment_s_keys(server: Any) -> None:
    judge = merged(server, {"additionalProperties": False})
    assert judge.valid({"access_token": "x"})
    assert not judge.valid({"access_token": "x", "other": 1})


@pytest.mark.parametrize(
    ("server", "extra", "good", "bad"),
    [
        ({"type": ["string", "integer"]}, {"type": ["integer", "null"]}, [1], ["a", None]),
        ({"type": "number"}, {"type": "integer"}, [1], [1.5]),
        ({"enum": ["eu", "us"]}, {"enum": ["us", "ap"]}, ["us"], ["eu", "ap"]),
        ({"enum": ["eu", 1]}, {"type": "string"}, ["eu"], [1]),
        ({"minLength": 2, "maxLength": 9}, {"minLength": 3, "maxLength": 20}, ["abc"], ["ab", "a" * 10]),
        ({"pattern": "a"}, {"pattern": "b"}, ["ab"], ["a", "b"]),
        ({"anyOf": [{"minLength": 2}]}, {"anyOf": [{"maxLength": 3}]}, ["abc"], ["a", "abcd"]),
        ({"multipleOf": 4}, {"multipleOf": 6}, [12], [4, 6]),
        (
            {"$ref": "#/$defs/a", "$defs": {"a": {"minLength": 2}}},
            {"$ref": "#/$defs/a", "$defs": {"a": {"maxLength": 3}}},
            ["abc"],
            ["a", "abcd"],
        ),
        ({"items": {"type": "string"}}, {"items": {"minLength": 2}}, [["ab"]], [["a"], [1]]),
        ({"items": [{"type": "string"}]}, {"items": {"minLength": 2}}, [["ab"]], [["a"], [1]]),
        (
            {"properties": {"a": {"properties": {"b": {"type": "string"}}}}},
            {"properties": {"a": {"properties": {"b": {"minLength": 2}}, "required": ["b"]}}},
            [{"a": {"b": "xx"}}],
            [{"a": {}}, {"a": {"b": "x"}}, {"a": {"b": 1}}],
        ),
        (
            {"additionalProperties": {"type": "string"}},
            {"properties": {"a": {"minLength": 2}}},
            [{"a": "xx"}],
            [{"a": 1}, {"a": "x"}, {"b": 1}],
        ),
        (
            {"additionalProperties": {"type": "string"}},
            {"patternProperties": {"^a": {"minLength": 2}}},
            [{"a": "xx"}],
            [{"a": 1}, {"a": "x"}],
        ),
        (
            {"dependentRequired": {"a": ["b"]}},
            {"dependencies": {"a": ["c"]}},
            [{"a": 1, "b": 1, "c": 1}],
            [{"a": 1, "b": 1}],
        ),
        (
            {"if": {"required": ["a"]}, "then": {"required": ["b"]}},
            {"if": {"required": ["c"]}, "then": {"required": ["d"]}},
            [{"a": 1, "b": 1}],
            [{"a": 1}, {"c": 1}],
        ),
        (
            {"type": "object"},
            {"required": ["a"], "extends": {"required": ["b"]}},
            [{"a": 1, "b": 1}],
            [{"a": 1}, {"b": 1}],
        ),
    ],
)
def test_both_sides_count(server: Any, extra: Any, good: list[Any], bad: list[Any]) -> None:
    judge = merged(server, extra)
    assert [judge.valid(value) for value in good] == [True] * len(good)
    assert [judge.valid(value) for value in bad] == [False] * len(bad)


@pytest.mark.parametrize(
    ("server", "extra", "pointer"),
    [
        ({"type": "string"}, {"type": "integer"}, "schema#/type"),
        (
            {"properties": {"a": {"type": "string"}}},
            {"properties": {"a": {"type": "integer"}}},
            "schema#/properties/a/type",
        ),
        ({"enum": ["a"]}, {"enum": ["b"]}, "schema#"),
        ({"type": "string"}, {"enum": [1]}, "schema#"),
        ({"const": 1}, {"const": True}, "schema#"),
        ({"minLength": 5}, {"maxLength": 3}, "schema#"),
        ({"exclusiveMinimum": 5}, {"maximum": 5}, "schema#"),
        ({"properties": {"token": {}}, "additionalProperties": False}, {"required": ["tokn"]}, "schema#/required"),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"type": "string"}}}, {"type": "integer"}, "schema#"),
    ],
)
def test_an_empty_result_is_an_error_with_its_place(server: Any, extra: Any, pointer: str) -> None:
    result = merge(normalise(server, "s").schema, extra)
    assert not result.usable
    assert [(note.code, note.pointer) for note in result.notes] == [("TI313", pointer)]
    assert result.schema == {"not": {}}


def test_a_key_that_the_environment_refuses_is_a_warning_that_names_the_near_one() -> None:
    server = normalise({"properties": {"token": {}}, "additionalProperties": False}, "s").schema
    result = merge(server, {"properties": {"tokn": {"type": "string"}}})
    assert result.usable
    assert [note.code for note in result.notes] == ["TI314"]
    assert "did you mean token?" in result.notes[0].message
    assert not Judge(result.schema).valid({"tokn": "x"})


def test_a_slip_in_the_mapping_s_schema_is_noted() -> None:
    result = merge({}, {"properties": {"a": {"tytpe": "string"}}})
    assert [(note.code, note.pointer) for note in result.notes] == [("TI302", "schema#/properties/a/tytpe")]
    assert not merge({}, {"type": "strng"}).usable


def test_nothing_to_tighten_leaves_the_environment_s_as_it_is() -> None:
    server = normalise(MAILCHIMP, "s").schema
    assert merge(server, None).schema == server
    assert merge(server, {}).notes == ()


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(schemas(), schemas(), values)
def test_what_the_environment_refuses_is_never_let_in(server_raw: Any, extra: Any, value: Any) -> None:
    server = normalise(server_raw, "s")
    result = merge(server.schema, extra)
    if Judge(result.schema).valid(value):
        assert Judge(server.schema).valid(value)
