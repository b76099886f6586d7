"""Sloppy schemas of any draft become one normal form, or say why they can't (language ruling 6)."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trayimport.core.schema import Judge, NormalSchema, normalise
from trayimport.core.schema_words import ANNOTATIONS, KNOWN

NO: dict[str, Any] = {"not": {}}

NETSUITE = {
    "id": "http://jsonschema.net",
    "schema": "http://json-schema.org/draft-03/schema",
    "type": "object",
    "properties": {
        "email": {"id": "http://jsonschema.net/email", "tytpe": "string"},
        "password": {"id": "http://jsonschema.net/password", "type": "string", "format": "password"},
        "account": {"id": "http://jsonschema.net/account", "type": "string"},
        "role": {"id": "http://jsonschema.net/role", "type": "integer"},
    },
    "required": ["email", "password", "account", "role"],
    "additionalProperties": False,
}
SLACK_USER_DATA = {
    "advanced": [],
    "type": "object",
    "properties": {"signing_secret": {"type": "string", "title": "Signing secret", "format": "password"}},
    "additionalProperties": False,
}


def ids(schema: NormalSchema) -> list[tuple[str, str]]:
    return [(note.code, note.pointer) for note in schema.notes]


def test_netsuite_s_schema_is_usable_and_its_slip_is_a_warning() -> None:
    schema = normalise(NETSUITE, "credentialsSchema")
    assert schema.usable
    assert ids(schema) == [("TI302", "credentialsSchema#/properties/email/tytpe")]
    assert "did you mean type?" in schema.notes[0].message
    judge = Judge(schema.schema)
    good = {"email": "a@example.com", "password": "p", "account": "1", "role": 3}
    assert judge.valid(good)
    assert not judge.valid({**good, "role": "3"})
    assert not judge.valid({**good, "more": 1})
    assert not judge.valid({"email": "a@example.com"})


def test_slack_s_schemas_are_usable_and_the_open_one_says_how_to_tighten_it() -> None:
    user_data = normalise(SLACK_USER_DATA, "userDataSchema")
    assert (user_data.usable, user_data.notes) == (True, ())
    assert Judge(user_data.schema).valid({})
    assert not Judge(user_data.schema).valid({"signing": "x"})
    credentials = normalise({}, "credentialsSchema")
    assert credentials.usable
    assert ids(credentials) == [("TI301", "credentialsSchema#")]
    assert "`schema:`" in credentials.notes[0].message


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"properties": {"a": {"required": True}, "b": {"required": False}}}, {"required": ["a"]}),
        ({"type": "any", "minLength": 1}, {"minLength": 1}),
        ({"type": ["any", "string"], "minLength": 1}, {"minLength": 1}),
        ({"minimum": 3, "exclusiveMinimum": True}, {"exclusiveMinimum": 3}),
        ({"minimum": 3, "exclusiveMinimum": False}, {"minimum": 3}),
        ({"maximum": 3, "exclusiveMaximum": True}, {"exclusiveMaximum": 3}),
        ({"maximum": 3, "exclusiveMaximum": 2}, {"maximum": 3, "exclusiveMaximum": 2}),
        ({"items": [{"type": "string"}]}, {"prefixItems": [{"type": "string"}]}),
        ({"items": [{}], "additionalItems": False}, {"prefixItems": [{}], "items": NO}),
        ({"items": {"type": "string"}, "additionalItems": False}, {"items": {"type": "string"}}),
        ({"dependencies": {"a": "b", "c": ["d"]}}, {"dependentRequired": {"a": ["b"], "c": ["d"]}}),
        ({"dependencies": {"a": {"required": ["b"]}}}, {"dependentSchemas": {"a": {"required": ["b"]}}}),
        ({"extends": {"minLength": 1}}, {"allOf": [{"minLength": 1}]}),
        ({"extends": [{"minLength": 1}, {}]}, {"allOf": [{"minLength": 1}, {}]}),
        ({"disallow": "string"}, {"allOf": [{"not": {"type": "string"}}]}),
        ({"disallow": ["string", "null"]}, {"allOf": [{"not": {"type": ["string", "null"]}}]}),
        ({"divisibleBy": 2}, {"multipleOf": 2}),
        (
            {"type": ["string", {"minimum": 3}]},
            {"allOf": [{"anyOf": [{"type": "string"}, {"minimum": 3}]}]},
        ),
        ({"additionalProperties": True, "minLength": 1}, {"additionalProperties": {}, "minLength": 1}),
        ({"properties": [], "minLength": 1}, {"properties": {}, "minLength": 1}),
        ({"minLength": 2.0}, {"minLength": 2}),
        ({"type": "string", "$schema": "http://example.com/none", "$id": "x", "id": "y"}, {"type": "string"}),
    ],
)
def test_idioms_of_every_draft_are_translated(raw: dict[str, Any], expected: dict[str, Any]) -> None:
    schema = normalise(raw, "s")
    assert schema.notes == ()
    shown = {key: value for key, value in schema.schema.items() if key in expected or key != "properties"}
    assert shown == expected


@pytest.mark.parametrize("name", ["id", "$id", "required", "type", "$ref", "properties", "$schema", "items", "tytpe"])
def test_a_property_may_have_the_name_of_a_keyword(name: str) -> None:
    schema = normalise({"properties": {name: {"type": "string"}}, "required": [name]}, "s")
    assert schema.notes == ()
    judge = Judge(schema.schema)
    assert judge.valid({name: "x"})
    assert not judge.valid({name: 1})
    assert not judge.valid({})


@pytest.mark.parametrize(
    ("raw", "code", "pointer"),
    [
        (3, "TI311", "s#"),
        ({"properties": {"a": "string"}}, "TI311", "s#/properties/a"),
        ({"type": "text"}, "TI303", "s#/type"),
        ({"properties": {"a": {"type": ["string", "strin"]}}}, "TI303", "s#/properties/a/type"),
        ({"$ref": "http://example.com/s.json"}, "TI304", "s#/$ref"),
        ({"$ref": "file:///etc/passwd"}, "TI304", "s#/$ref"),
        ({"$ref": "other.json#/a"}, "TI304", "s#/$ref"),
        ({"$ref": "#/definitions/a"}, "TI305", "s#/$ref"),
        ({"$ref": "#nowhere"}, "TI305", "s#/$ref"),
        ({"$ref": "#/type", "type": "string"}, "TI305", "s#/$ref"),
        ({"$ref": "#"}, "TI306", "s#"),
        ({"allOf": [{"$ref": "#"}]}, "TI306", "s#"),
        (
            {
                "definitions": {
                    "a": {"anyOf": [{"$ref": "#/definitions/b"}]},
                    "b": {"not": {"$ref": "#/definitions/a"}},
                },
                "properties": {"x": {"$ref": "#/definitions/a"}},
            },
            "TI306",
            "s#",
        ),
        ({"minLength": "three"}, "TI308", "s#/minLength"),
        ({"minLength": -1}, "TI308", "s#/minLength"),
        ({"required": "name"}, "TI308", "s#/required"),
        ({"enum": []}, "TI308", "s#/enum"),
        ({"pattern": "(us|eu"}, "TI309", "s#/pattern"),
        ({"patternProperties": {"[": {}}}, "TI309", "s#/patternProperties/["),
        ({"pattern": ".{0,1000000}"}, "TI309", "s#/pattern"),
        ({"properties": {"\ud800": {}}}, "TI310", "s#"),
        (False, "TI312", "s#"),
    ],
)
def test_what_cannot_be_used_is_an_error_with_its_place_and_accepts_nothing(raw: Any, code: str, pointer: str) -> None:
    schema = normalise(raw, "s")
    assert not schema.usable
    assert (code, pointer) in ids(schema)
    assert schema.schema == NO


@pytest.mark.parametrize(
    ("raw", "good", "bad"),
    [
        ({"definitions": {"a b": {"type": "string"}}, "properties": {"x": {"$ref": "#/definitions/a%20b"}}}, "s", 1),
        ({"$defs": {"a/b": {"type": "string"}}, "properties": {"x": {"$ref": "#/$defs/a~1b"}}}, "s", 1),
        ({"items": [{"type": "string"}], "properties": {"x": {"$ref": "#/items/0"}}}, "s", 1),
        ({"other": {"type": "string"}, "properties": {"x": {"$ref": "#/other"}}}, "s", 1),
        ({"$defs": {"a": {"$anchor": "n", "type": "string"}}, "properties": {"x": {"$ref": "#n"}}}, "s", 1),
        ({"definitions": {"a": {"id": "#n", "type": "string"}}, "properties": {"x": {"$ref": "#n"}}}, "s", 1),
        ({"type": "object", "properties": {"x": {"$ref": "#"}}}, {"x": {}}, {"x": 1}),
        ({"type": "object", "properties": {"x": {"$recursiveRef": "#"}}}, {"x": {}}, {"x": 1}),
    ],
)
def test_references_within_lead_where_they_did(raw: dict[str, Any], good: Any, bad: Any) -> None:
    schema = normalise(raw, "s")
    assert schema.usable
    judge = Judge(schema.schema)
    assert judge.valid({"x": good})
    assert not judge.valid({"x": bad})


def test_a_referred_property_that_says_it_is_required_is_lifted() -> None:
    raw = {"definitions": {"a": {"type": "string", "required": True}}, "properties": {"x": {"$ref": "#/definitions/a"}}}
    assert normalise(raw, "s").schema["required"] == ["x"]


def test_annotations_in_use_draw_no_warning() -> None:
    raw = {"type": "object", **dict.fromkeys(ANNOTATIONS, True), "x-anything": 1}
    assert normalise(raw, "s").notes == ()


def deep(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    for _ in range(levels):
        schema = {"properties": {"a": schema}}
    return schema


def doubling(levels: int, below: bool) -> dict[str, Any]:
    """Each definition uses the next one twice: 2^levels."""

    def use(name: str) -> dict[str, Any]:
        pair = {"allOf": [{"$ref": f"#/$defs/{name}"}, {"$ref": f"#/$defs/{name}"}]}
        return {"properties": {"x": pair}} if below else pair

    defs: dict[str, Any] = {f"d{level}": use(f"d{level + 1}") for level in range(levels)}
    return {"$defs": {**defs, f"d{levels}": {"type": "object"}}, "$ref": "#/$defs/d0"}


@pytest.mark.parametrize(
    "raw",
    [
        deep(100_000),
        {"enum": list(range(100_000))},
        doubling(40, below=False),
        doubling(40, below=True),
        {"properties": {"c": {"anyOf": [{"$ref": "#"}, {"$ref": "#"}]}}},
        {
            "allOf": [{"properties": {"c": {"$ref": "#"}}}, {"additionalProperties": {"$ref": "#"}}],
            "items": {"$ref": "#"},
        },
    ],
    ids=["deep", "large", "exponential", "exponential below", "doubles each level", "doubles by another way"],
)
def test_a_schema_that_would_take_forever_is_refused(raw: Any) -> None:
    schema = normalise(raw, "s")
    assert [note.code for note in schema.notes if note.severity == "error"] == ["TI307"]


def test_a_plain_recursive_schema_is_fine() -> None:
    raw = {"properties": {"left": {"$ref": "#"}, "right": {"$ref": "#"}}, "additionalProperties": False}
    schema = normalise(raw, "s")
    assert schema.usable
    assert not Judge(schema.schema).valid({"left": {"right": {"middle": 1}}})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.just("#"),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([*sorted(KNOWN), "x"]) | st.text(max_size=5), inner, max_size=5)
    ),
    max_leaves=25,
)


@settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(json_values)
def test_any_json_is_normalised_without_an_exception_and_a_usable_result_compiles(raw: Any) -> None:
    schema = normalise(raw, "s")
    Judge(schema.schema)
    assert schema.usable or schema.schema == NO
    again = normalise(schema.schema, "s")
    if schema.usable:
        assert again.usable or again.notes[-1].code == "TI312"
