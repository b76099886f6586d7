"""Verdicts and what is said of them: where, the rule, what was expected, the type found, and no value."""

import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schema_strategies import schemas, values

from trayimport.core.schema import Judge, normalise, wire_problems
from trayimport.model import Problem

SECRET = "s3cr3t-v4lue-tok"


def judge(raw: Any) -> Judge:
    schema = normalise(raw, "s")
    assert schema.usable, schema.notes
    return Judge(schema.schema)


def brief(problems: list[Problem]) -> list[tuple[str, str, str]]:
    return [(problem.path, problem.code, problem.message) for problem in problems]


KEYS = {
    "type": "object",
    "properties": {"token": {"type": "string"}},
    "required": ["token"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        ({"type": "integer"}, SECRET, ("credentials", "TI322", "expected integer, found a text of 16 characters")),
        (
            {"type": ["integer", "string"]},
            [1],
            ("credentials", "TI322", "expected integer or string, found a list of 1 item"),
        ),
        (
            {"enum": ["us", "eu"]},
            SECRET,
            ("credentials", "TI323", 'expected one of "us", "eu", found a text of 16 characters'),
        ),
        ({"const": 3}, 4, ("credentials", "TI323", "expected 3, found an integer")),
        (
            {"minLength": 20},
            SECRET,
            ("credentials", "TI324", "expected at least 20 characters, found a text of 16 characters"),
        ),
        ({"maximum": 20}, 21, ("credentials", "TI324", "expected at most 20, found an integer")),
        ({"multipleOf": 2}, 3, ("credentials", "TI324", "expected a multiple of 2, found an integer")),
        (
            {"pattern": "^a+$"},
            SECRET,
            ("credentials", "TI324", "expected a text that matches the pattern ^a+$, found a text of 16 characters"),
        ),
        ({"uniqueItems": True}, [1, 1], ("credentials", "TI324", "expected items that all differ, found equal ones")),
        (
            {"not": {"type": "string"}},
            SECRET,
            ("credentials", "TI324", "the schema excludes such a value (`not`); found a text of 16 characters"),
        ),
        (KEYS, {}, ("credentials.token", "TI320", "required, and not there")),
        (
            KEYS,
            {"token": "x", "tokn": 1},
            ("credentials.tokn", "TI321", "the schema does not know this key (did you mean token?)"),
        ),
        (KEYS, {"token": "x", SECRET: 1}, ("credentials.[…]", "TI321", "the schema does not know this key")),
        (
            {"properties": {"a": {"items": {"type": "integer"}}}},
            {"a": [1, "x"]},
            ("credentials.a[1]", "TI322", "expected integer, found a text of 1 character"),
        ),
        (
            {"additionalProperties": {"type": "integer"}},
            {SECRET: "x"},
            ("credentials.[…]", "TI322", "expected integer, found a text of 1 character"),
        ),
        (
            {"dependentRequired": {"a": ["b"]}},
            {"a": 1},
            ("credentials.b", "TI320", "required beside a key that is there, and not there itself"),
        ),
        (
            {"propertyNames": {"maxLength": 3}},
            {SECRET: 1},
            ("credentials.[…]", "TI321", "a key's name is one that the schema does not allow"),
        ),
        (
            {"anyOf": [{"type": "string"}, {"type": "boolean"}]},
            3,
            ("credentials", "TI322", "expected string or boolean, found an integer"),
        ),
        (
            {"unevaluatedProperties": False},
            {SECRET: 1},
            ("credentials.[…]", "TI321", "the schema does not know this key"),
        ),
    ],
)
def test_a_problem_says_where_what_was_expected_and_the_type_found(
    schema: Any, value: Any, expected: tuple[str, str, str]
) -> None:
    problems = judge(schema).problems(value, "credentials", frozenset({"tokn"}))
    assert brief(problems) == [expected]
    assert SECRET not in repr(problems)
    assert problems[0].remedy


def test_of_alternatives_the_nearest_speaks() -> None:
    raw = {
        "oneOf": [
            {
                "properties": {"kind": {"const": "basic"}, "user": {}, "password": {}},
                "required": ["kind", "user", "password"],
            },
            {"properties": {"kind": {"const": "token"}, "token": {"type": "string"}}, "required": ["kind", "token"]},
            {"type": "string"},
        ]
    }
    problems = judge(raw).problems({"kind": "token"}, "credentials")
    assert brief(problems) == [
        ("credentials.token", "TI320", "required, and not there (the nearest of 3 alternatives)")
    ]
    both = judge({"oneOf": [{"type": "string"}, {"minLength": 1}]}).problems("a", "credentials")
    assert both[0].message == "matches several of the alternatives, and exactly one is allowed"


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("^abc$", "abc\n", False),
        (r"^\d$", "١", False),
        (r"^\w$", "é", False),
        (r"^\p{L}$", "é", True),
        (r"^[^a]$", "\n", True),
        ("b", "abc", True),
        (r"^(?=.*\d)[a-z\d]+$", "abc1", True),
        (r"^(?=.*\d)[a-z\d]+$", "abc", False),
        (r"^(.)\1$", "aa", True),
        ("^😀{2}$", "😀😀", True),
        (r"^A$", "A", True),
    ],
)
def test_patterns_are_ecmascript_s_for_both_validators(pattern: str, text: str, expected: bool) -> None:
    one = judge({"pattern": pattern})
    assert one.valid(text) is expected
    assert (one.explain(text) == []) is expected
    keys = judge({"patternProperties": {pattern: {"type": "integer"}}, "additionalProperties": False})
    assert keys.valid({text: 1}) is expected
    assert (keys.explain({text: 1}) == []) is expected


@pytest.mark.parametrize(
    "pattern", [r"^(a+)+$", r"^(?=a)(a|a)+(?!b)$", r"^(?=((a+)+)b)", r"^(([a-z])+.)+\2$", r"^(a|aa)+$"]
)
def test_a_catastrophic_pattern_is_stopped(pattern: str) -> None:
    one = judge({"pattern": pattern})
    start = time.monotonic()
    assert not one.valid("a" * 10_000 + "!\n")
    assert one.problems("a" * 10_000 + "!\n", "credentials")
    assert time.monotonic() - start < 5


def test_formats_are_not_asserted() -> None:
    assert judge({"format": "email"}).valid("no address")
    assert judge({"format": "email"}).explain("no address") == []


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "code", "path"),
    [
        (None, "TI330", "c.k"),
        (1.5, "TI331", "c.k"),
        (1.0, "TI331", "c.k"),
        (float("nan"), "TI331", "c.k"),
        (float("inf"), "TI331", "c.k"),
        (2**53, "TI332", "c.k"),
        (-(2**53), "TI332", "c.k"),
        (10**400, "TI332", "c.k"),
        ("a\0b", "TI333", "c.k"),
        ("\ud800", "TI333", "c.k"),
        ({SECRET + "\0": 1}, "TI333", "c.k.[…]"),
        ([{"k": None}], "TI330", "c.k[0].k"),
        (nested(100_000), "TI334", "c.k" + "[0]" * 63),
    ],
)
def test_what_cannot_be_sent_is_a_problem_whatever_the_schema(value: Any, code: str, path: str) -> None:
    known = frozenset({"k"})
    problems = wire_problems({"k": value}, "c", known)
    assert [(problem.code, problem.path) for problem in problems] == [(code, path)]
    assert SECRET not in repr(problems)
    anything = judge({"properties": {"k": {}}})
    assert not anything.accepts({"k": value})
    assert [problem.code for problem in anything.refusals({"k": value}, "c", known)][:1] == [code]


@pytest.mark.parametrize("value", [2**53 - 1, -(2**53) + 1, 0, True, "", [], {}, "é😀", nested(63)])
def test_what_can_be_sent_is_none(value: Any) -> None:
    assert wire_problems(value, "c", frozenset()) == []


def test_null_names_its_remedy_and_is_not_of_the_wrong_type_as_well() -> None:
    problems = judge({"properties": {"k": {"type": "string"}}}).refusals({"k": None}, "c")
    assert [problem.code for problem in problems] == ["TI330"]
    assert "default_omit" in problems[0].message


def test_a_thousand_wrong_keys_are_not_a_thousand_problems() -> None:
    value = {f"k{index}": 1 for index in range(1000)}
    assert len(judge({"additionalProperties": False}).problems(value, "c")) == 1
    assert len(judge({"additionalProperties": False}).problems(value, "c", frozenset(value))) == 100


@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(schemas(), values)
def test_both_validators_agree_and_problems_are_there_exactly_where_it_is_not_valid(raw: Any, value: Any) -> None:
    schema = normalise(raw, "s")
    one = Judge(schema.schema)
    assert one.valid(value) == (one.problems(value, "c") == [])
    assert one.valid(value) == (one.explain(value) == [])
    assert one.accepts(value) == (one.refusals(value, "c") == [])


@settings(deadline=None, max_examples=200)
@given(schemas(), st.text(alphabet="QZ", min_size=12, max_size=14))
def test_no_message_holds_a_value_or_a_foreign_key(raw: Any, secret: str) -> None:
    one = Judge(normalise(raw, "s").schema)
    for value in (secret, [secret], {secret: secret}, {"a": secret}, {"a": {secret: [secret]}}):
        assert secret not in repr(one.refusals(value, "c"))
