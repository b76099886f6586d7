"""What is certain without a record (language ruling 19), with the place of the key or value."""

from typing import Any, cast

import pytest

from trayimport.core.schema import normalise, static_problems
from trayimport.core.tree import Branch, Hole, Items, Literal, Node, Template
from trayimport.model import Position


class T:
    """Marks a template in a tree that is written as plain values."""


AT = Position("m.yaml", 1, 1)


class Places:
    """Numbers each value and key in the order of writing: line = its number."""

    def __init__(self) -> None:
        self.line = 1

    def next(self) -> Position:
        self.line += 1
        return Position("m.yaml", self.line, 1)

    def node(self, value: Any) -> Node:
        if value is T:
            return Hole(cast("Template", None), self.next())
        if isinstance(value, dict):
            branch_at = self.next()
            keys, entries = {}, []
            for key, child in value.items():
                keys[key] = self.next()
                entries.append((key, self.node(child)))
            return Branch(tuple(entries), branch_at, keys)
        if isinstance(value, list):
            return Items(tuple(self.node(child) for child in value), self.next())
        return Literal(value, self.next())


def static(schema: Any, value: Any) -> list[tuple[str, str, int]]:
    node = Places().node(value)
    found = static_problems(normalise(schema, "s").schema, node, "auth.credentials", node.at)
    return [(one.code, one.path, one.at.line) for one in found]


CLOSED = {
    "type": "object",
    "properties": {
        "token": {"type": "string"},
        "dc": {"enum": ["us", "eu"]},
        "in": {"type": "integer"},
        "o": {"required": ["x"]},
    },
    "required": ["token"],
    "additionalProperties": False,
}
TOP, FIRST_KEY, FIRST = 2, 3, 4


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        (CLOSED, {"token": T}, []),
        (CLOSED, {"token": T, "dc": T, "in": T, "o": T}, []),
        (CLOSED, T, []),
        (CLOSED, {"token": T, "dc": "mars"}, [("TI323", "auth.credentials.dc", 6)]),
        (CLOSED, {"token": T, "in": "3600"}, [("TI322", "auth.credentials.in", 6)]),
        (CLOSED, {"dc": T}, [("TI320", "auth.credentials.token", TOP)]),
        (CLOSED, {}, [("TI320", "auth.credentials.token", TOP)]),
        (CLOSED, {"token": T, "tokn": T}, [("TI321", "auth.credentials.tokn", 5)]),
        (CLOSED, {"token": "x", "tokn": "y"}, [("TI321", "auth.credentials.tokn", 5)]),
        (CLOSED, {"token": T, "o": {"y": T}}, [("TI320", "auth.credentials.o.x", 5)]),
        (CLOSED, {"token": {"a": T}}, [("TI322", "auth.credentials.token", FIRST_KEY)]),
        (CLOSED, [T], [("TI322", "auth.credentials", 3)]),
        ({}, {"a": None}, [("TI330", "auth.credentials.a", FIRST)]),
        (CLOSED, {"token": None}, [("TI330", "auth.credentials.token", FIRST)]),
        ({}, {"a": T, "b": 1.5}, [("TI331", "auth.credentials.b", 6)]),
        # alternatives: only if each fails for certain
        ({"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"a": T}, []),
        ({"anyOf": [{"required": ["a"]}, {"required": ["b", "c"]}]}, {"d": T}, [("TI320", "auth.credentials.a", TOP)]),
        ({"oneOf": [{"type": "string"}, {"required": ["b"]}]}, {"d": T}, [("TI320", "auth.credentials.b", TOP)]),
        ({"oneOf": [{"required": ["a"]}, {"required": ["a"]}]}, {"a": T}, []),
        # never over holes
        ({"not": {"required": ["a"]}}, {"a": T}, []),
        ({"not": {"required": ["a"]}}, {"a": "x"}, [("TI324", "auth.credentials", TOP)]),
        ({"if": {"required": ["a"]}, "then": {"required": ["b"]}}, {"a": T}, []),
        # conjunctions and references
        ({"allOf": [{"required": ["a"]}]}, {"b": T}, [("TI320", "auth.credentials.a", TOP)]),
        ({"$ref": "#/$defs/n", "$defs": {"n": {"required": ["a"]}}}, {"b": T}, [("TI320", "auth.credentials.a", TOP)]),
        (
            {"properties": {"n": {"$ref": "#"}}, "required": ["a"]},
            {"a": T, "n": {"b": T}},
            [("TI320", "auth.credentials.n.a", 5)],
        ),
        # what depends on a key counts where the key is there for certain
        ({"dependentRequired": {"a": ["b"]}}, {"a": "x", "c": T}, [("TI320", "auth.credentials.b", TOP)]),
        ({"dependentRequired": {"a": ["b"]}}, {"a": T}, []),
        ({"dependentSchemas": {"a": {"required": ["b"]}}}, {"a": "x", "c": T}, [("TI320", "auth.credentials.b", TOP)]),
        # counts: a hole may be omitted
        ({"minProperties": 2}, {"a": T}, [("TI324", "auth.credentials", TOP)]),
        ({"maxProperties": 1}, {"a": T, "b": "x"}, []),
        ({"maxProperties": 1}, {"a": T, "b": "x", "c": "y"}, [("TI324", "auth.credentials", TOP)]),
        ({"items": {"type": "string"}}, [T, 1], [("TI322", "auth.credentials[1]", 3)]),
        ({"prefixItems": [{}, {"type": "string"}]}, [T, 1], []),
        ({"prefixItems": [{"type": "string"}]}, [1, T], [("TI322", "auth.credentials[0]", 2)]),
        ({"minItems": 2}, [T], [("TI324", "auth.credentials", 3)]),
        # names
        ({"propertyNames": {"pattern": "^[a-z]+$"}}, {"A": T}, [("TI321", "auth.credentials.A", FIRST_KEY)]),
        (
            {"patternProperties": {"^x": {"type": "integer"}}, "additionalProperties": False},
            {"xa": "1", "y": T},
            [("TI322", "auth.credentials.xa", FIRST), ("TI321", "auth.credentials.y", 5)],
        ),
    ],
)
def test_only_what_stays_whatever_fills_the_holes_is_found(
    schema: Any, value: Any, expected: list[tuple[str, str, int]]
) -> None:
    assert static(schema, value) == expected


def test_a_key_that_is_missing_at_the_top_is_told_at_the_given_place() -> None:
    found = static_problems(normalise(CLOSED, "s").schema, Places().node({"dc": "us"}), "auth.credentials", AT)
    assert [(one.code, one.path, one.at) for one in found] == [("TI320", "auth.credentials.token", AT)]


def test_an_absent_value_is_judged_as_an_empty_map_at_the_given_place() -> None:
    found = static_problems(normalise(CLOSED, "s").schema, None, "auth.credentials", AT)
    assert [(one.code, one.path, one.at) for one in found] == [("TI320", "auth.credentials.token", AT)]
    assert static_problems({}, None, "auth.userData", AT) == []


def test_an_unknown_key_names_the_near_one_and_a_literal_is_not_shown() -> None:
    node = Places().node({"tokn": "s3cr3t", "in": "s3cr3t", "token": T})
    found = static_problems(normalise(CLOSED, "s").schema, node, "auth.credentials", AT)
    assert "did you mean token?" in found[0].message
    assert "s3cr3t" not in repr(found)
