"""What changed since the snapshot, in words, and whether it breaks (commands, ruling 38)."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from schema_strategies import schemas, values

from trayimport.core.drift import drift
from trayimport.core.schema import Judge, normalise
from trayimport.model import Environment

BASE = Environment(None, "Production", "oauth2", ("read", "write"), {}, {})
BREAKS, HARMLESS = True, False


def changes(old: Any, new: Any) -> list[tuple[str, bool]]:
    found = drift(replace(BASE, credentials_schema=old), replace(BASE, credentials_schema=new, id="1-2"))
    return [(str(change), change.breaking) for change in found]


def prop(schema: Any, **more: Any) -> dict[str, Any]:
    return {"properties": {"dc": schema}, **more}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (prop({}), prop({}), []),
        (prop({}), prop({}, required=["dc"]), [("credentials.dc became required", BREAKS)]),
        (prop({}), prop({"required": True}), [("credentials.dc became required", BREAKS)]),
        (prop({}, required=["dc"]), prop({}), [("credentials.dc is no longer required", HARMLESS)]),
        (prop({"enum": ["us", "eu"]}), prop({"enum": ["us"]}), [("credentials.dc enum lost eu", BREAKS)]),
        (prop({"enum": ["us"]}), prop({"enum": ["us", "eu"]}), [("credentials.dc enum gained eu", HARMLESS)]),
        (prop({}), prop({"enum": ["us"]}), [('credentials.dc became an enum of "us"', BREAKS)]),
        (prop({"enum": ["us"]}), prop({}), [("credentials.dc is no enum any more", HARMLESS)]),
        (
            prop({"type": "string"}),
            prop({"type": "integer"}),
            [("credentials.dc changed its type from string to integer", BREAKS)],
        ),
        (
            prop({"type": "integer"}),
            prop({"type": "number"}),
            [("credentials.dc changed its type from integer to number", HARMLESS)],
        ),
        (
            prop({"type": "string"}),
            prop({"type": ["string", "null"]}),
            [("credentials.dc changed its type from string to null or string", HARMLESS)],
        ),
        (prop({}), prop({"type": "string"}), [("credentials.dc takes string only now", BREAKS)]),
        (prop({"type": "string"}), prop({}), [("credentials.dc takes any type now", HARMLESS)]),
        (
            prop({"minLength": 1}),
            prop({"minLength": 3}),
            [("credentials.dc changed its minLength from 1 to 3", BREAKS)],
        ),
        (
            prop({"maxLength": 1}),
            prop({"maxLength": 3}),
            [("credentials.dc changed its maxLength from 1 to 3", HARMLESS)],
        ),
        (prop({"maximum": 3}), prop({"maximum": 1}), [("credentials.dc changed its maximum from 3 to 1", BREAKS)]),
        (prop({}), prop({"maxLength": 3}), [("credentials.dc got a maxLength of 3", BREAKS)]),
        (prop({"maxLength": 3}), prop({}), [("credentials.dc lost its maxLength of 3", HARMLESS)]),
        (prop({"pattern": "a"}), prop({"pattern": "b"}), [("credentials.dc changed its pattern", BREAKS)]),
        (prop({"pattern": "a"}), prop({}), [("credentials.dc lost its pattern", HARMLESS)]),
        (prop({}), {"properties": {"dc": {}, "x": {}}}, [("credentials.x is new and optional", HARMLESS)]),
        (prop({}), {"properties": {}}, [("credentials.dc is gone", BREAKS)]),
        (
            prop({}),
            prop({}, additionalProperties=False),
            [("credentials takes only the keys that it lists now", BREAKS)],
        ),
        (prop({}, additionalProperties=False), prop({}), [("credentials takes more keys now", HARMLESS)]),
        (
            prop({"items": {"type": "string"}}),
            prop({"items": {"type": "integer"}}),
            [("credentials.dc[] changed its type from string to integer", BREAKS)],
        ),
        (
            prop({"title": "a", "default": 1}),
            prop({"title": "b"}),
            [("credentials.dc changed its default, title", HARMLESS)],
        ),
        (prop({"id": "http://a"}), prop({"id": "http://b", "$schema": "x"}), []),
        (
            prop({"type": "string"}),
            prop({"type": "string", "format": "password"}),
            [("credentials.dc changed its format", HARMLESS)],
        ),
        (
            prop({"oneOf": [{"minLength": 1}]}),
            prop({"oneOf": [{"minLength": 1}, {"maxLength": 0}]}),
            [("credentials.dc changed its oneOf", BREAKS)],
        ),
        (prop({"$ref": "#/definitions/a"}) | {"definitions": {"a": {"type": "string"}}}, prop({"type": "string"}), []),
        (
            prop({"$ref": "#"}),
            prop({"$ref": "#"}, required=["dc"]),
            [("credentials.dc.dc became required", BREAKS), ("credentials.dc became required", BREAKS)],
        ),
        (
            prop({"$ref": "#/definitions/a", "minLength": 1}) | {"definitions": {"a": {"type": "string"}}},
            prop({"$ref": "#/definitions/a", "minLength": 1}) | {"definitions": {"a": {"type": "integer"}}},
            [("credentials.dc changed its type from string to integer", BREAKS)],
        ),
        (prop({"additionalProperties": True, "properties": {}}), prop({}), []),
        (prop({"enum": ["a"]}), prop({"const": "a"}), []),
        (prop({"enum": ["a", "b"]}), prop({"enum": ["b", "a"]}), []),
        ({}, {"type": "nonsense"}, [("credentials schema can no longer be used", BREAKS)]),
        ({"type": "nonsense"}, {}, [("credentials schema can be used now", HARMLESS)]),
        ({"type": "nonsense"}, {"type": "nonsense"}, []),
    ],
)
def test_changes_are_named_and_judged(old: Any, new: Any, expected: list[tuple[str, bool]]) -> None:
    assert sorted(changes(old, new)) == sorted(expected)


def test_recursion_out_of_step_ends() -> None:
    def cycle(length: int) -> dict[str, Any]:
        names = [f"n{index}" for index in range(length)]
        definitions: dict[str, Any] = {}
        for name, following in zip(names, [*names[1:], names[0]], strict=True):
            definitions[name] = {"properties": {"x": {"properties": {"x": {"$ref": f"#/$defs/{following}"}}}}}
        return {"$ref": "#/$defs/n0", "$defs": definitions}

    shifted = {"properties": {"x": cycle(3)["$defs"]["n0"]["properties"]["x"]}, "$defs": cycle(3)["$defs"]}
    assert changes(cycle(2), shifted) == []
    assert changes(cycle(2), {"properties": {"x": {"$ref": "#/$defs/n0"}}, "$defs": cycle(3)["$defs"]}) == []


def test_what_is_outside_the_schemas_counts_too() -> None:
    found = drift(BASE, replace(BASE, id="x", authentication_type="token", scopes=("read", "admin")))
    assert [(str(change), change.breaking) for change in found] == [
        ("authenticationType changed from oauth2 to token", True),
        ("scopes lost write", True),
        ("scopes gained admin", False),
    ]
    assert drift(BASE, replace(BASE, id="another", scopes=("write", "read"))) == []
    assert drift(BASE, replace(BASE, user_data_schema={"required": ["a"]}))[0].path == "userData.a"


@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(schemas(), schemas(), values)
def test_whatever_breaks_a_value_is_drift_that_breaks(old: Any, new: Any, value: Any) -> None:
    before, after = normalise(old, "s"), normalise(new, "s")
    breaking = any(
        change.breaking
        for change in drift(replace(BASE, credentials_schema=old), replace(BASE, credentials_schema=new))
    )
    if before.usable and after.usable and Judge(before.schema).valid(value) and not Judge(after.schema).valid(value):
        # A new optional property may refuse what no property refused before: harmless by ruling 38.
        assert breaking or "properties" in repr(new)


@settings(deadline=None, max_examples=100)
@given(schemas())
def test_nothing_changed_is_no_drift(raw: Any) -> None:
    assert drift(replace(BASE, credentials_schema=raw), replace(BASE, credentials_schema=raw)) == []
