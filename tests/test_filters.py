"""Filters, instants and placeholders, case by case (language, rulings 14, 16, 17, 23, 24)."""

import base64
import json
from typing import Any

import pytest

from trayimport.codes import template as codes
from trayimport.codes.base import Code
from trayimport.core.instant import seconds_of, text_of
from trayimport.core.placeholder import looks_redacted
from trayimport.core.template import compile_template
from trayimport.errors import RecordError
from trayimport.model import Position

NOW = "2030-01-01T00:00:00Z"
EPOCH = 1893456000


def apply(filters: str, value: Any) -> Any:
    names = frozenset({"record", "now"})
    at = Position("m.yaml", 1, 1)
    template, diagnostics = compile_template(f"{{{{ record.x | {filters} }}}}", lambda _: at, names=names)
    assert diagnostics == []
    assert template is not None
    return template.render({"record": {"x": value}, "now": NOW})


TOKEN = ".".join(["e30", base64.urlsafe_b64encode(json.dumps({"exp": 5}).encode()).decode().rstrip("="), "s"])


@pytest.mark.parametrize(
    ("filters", "value", "expected"),
    [
        ("lower", "AB", "ab"),
        ("upper", "ab", "AB"),
        ("capitalize", "aB", "Ab"),
        ("title", "a b", "A B"),
        ("trim", " a ", "a"),
        ("trim('x')", "xax", "a"),
        ("replace('a', 'b')", "aa", "bb"),
        ("string", 7, "7"),
        ("truncate(4)", "abcdefgh", "a..."),
        ("urlencode", "a b&", "a%20b%26"),
        ("urlencode", {"a": "b c"}, "a=b%20c"),
        ("wordcount", "a b c", 3),
        ("join(',')", ["a", 1], "a,1"),
        ("first", [1, 2], 1),
        ("last", [1, 2], 2),
        ("length", {"a": 1}, 1),
        ("list", "ab", ["a", "b"]),
        ("reverse", [1, 2], [2, 1]),
        ("sort", [2, 1], [1, 2]),
        ("unique", [1, 1, 2], [1, 2]),
        ("sum", [1, 2], 3),
        ("min", [2, 1], 1),
        ("max", [2, 1], 2),
        ("items", {"a": 1}, [["a", 1]]),
        ("dictsort", {"b": 1, "a": 2}, [["a", 2], ["b", 1]]),
        ("batch(2)", [1, 2, 3], [[1, 2], [3]]),
        ("int", "12", 12),
        ("int", 3.0, 3),
        ("float", "1.5", 1.5),
        ("abs", -1, 1),
        ("round", 1.6, 2),
        ("from_json", '{"a": [1]}', {"a": [1]}),
        ("tojson", {"a": "<b>&'"}, '{"a": "<b>&\'"}'),
        ("b64encode", "a", "YQ=="),
        ("b64decode", "YQ", "a"),
        ("jwt_claim('exp')", TOKEN, 5),
        ("map('upper') | list", ["a", "b"], ["A", "B"]),
        ("map(attribute='a.b')", [{"a": {"b": 1}}], [1]),
        ("select('odd')", [1, 2], [1]),
        ("reject('odd')", [1, 2], [2]),
        ("selectattr('a', 'eq', 1)", [{"a": 1}, {"a": 2}], [{"a": 1}]),
        ("rejectattr('a', 'eq', 1)", [{"a": 1}], []),
        ("regex_search('b+')", "abbc", "bb"),
        ("regex_search('a(b+)')", "abbc", "bb"),
        ("regex_search('(a)(b)')", "ab", ["a", "b"]),
        ("regex_search('z')", "ab", None),
        ("regex_search('^abc$')", "abc\n", None),
        (r"regex_replace('(a)', '<\1>')", "ab", "<a>b"),
        (r"regex_replace('(a)', '<\\1>')", "ab", "<a>b"),
        (r"regex_search('\d+')", "a12", "12"),
    ],
)
def test_what_a_filter_gives(filters: str, value: Any, expected: Any) -> None:
    found = apply(filters, value)
    assert (type(found), found) == (type(expected), expected)


@pytest.mark.parametrize(
    ("filters", "value", "code"),
    [
        ("int", "abc", codes.FILTER_FAILED),
        ("int", "1_000", codes.FILTER_FAILED),
        ("int", "", codes.FILTER_FAILED),
        ("int", True, codes.FILTER_FAILED),
        ("float", "nan", codes.FILTER_FAILED),
        ("float", "1_0", codes.FILTER_FAILED),
        ("float", "x", codes.FILTER_FAILED),
        ("from_json", "{", codes.FILTER_FAILED),
        ("from_json", "NaN", codes.FILTER_FAILED),
        ("b64decode", "*", codes.FILTER_FAILED),
        ("b64decode", "_w", codes.FILTER_FAILED),
        ("jwt_claim('a')", "a.b", codes.FILTER_FAILED),
        ("items", [1], codes.BAD_OPERAND),
        ("length", 1, codes.BAD_OPERAND),
        ("batch(0)", [1], codes.BAD_OPERAND),
        ("round(99)", 1, codes.BAD_OPERAND),
        ("sort", [1, "a"], codes.BAD_OPERAND),
        ("sum", ["a"], codes.BAD_OPERAND),
        ("first", [], codes.UNDEFINED),
        ("upper", None, codes.NOT_IN_TEXT),
        ("map('upper')", [None], codes.NOT_IN_TEXT),
        ("regex_search('a')", 1.5, codes.NOT_IN_TEXT),
        ("replace('a', 'bbbb')", "a" * 600_000, codes.RAN_AWAY),
        ("list", "a" * 10_001, codes.RAN_AWAY),
    ],
)
def test_what_a_filter_cannot_use_is_an_error_and_never_a_guess(filters: str, value: Any, code: Code) -> None:
    with pytest.raises(RecordError) as caught:
        apply(filters, value)
    assert caught.value.problem.code == code.id


def test_a_pattern_that_hangs_other_engines_ends() -> None:
    assert apply("regex_search('^(a+)+$')", "a" * 50_000 + "b") is None


@pytest.mark.parametrize(
    ("filters", "value", "expected"),
    [
        ("seconds_until", "2030-01-01T01:00:00Z", 3600),
        ("seconds_until", "2030-01-01 01:00:00Z", 3600),
        ("seconds_until", "2030-01-01 01:00:00 UTC", 3600),
        ("seconds_until", "2030-01-01 01:00:00+00", 3600),
        ("seconds_until", "2030-01-01T02:00:00+01:00", 3600),
        ("seconds_until", "2030-01-01T00:00:01.9Z", 1),
        ("seconds_until", EPOCH + 60, 60),
        ("seconds_until", str(EPOCH + 60), 60),
        ("seconds_until", EPOCH + 0.9, 0),
        ("seconds_until(unit='ms')", (EPOCH + 60) * 1000, 60),
        ("seconds_until('ms')", str((EPOCH + 60) * 1000), 60),
        ("seconds_until", "2029-01-01T00:00:00Z", 0),
    ],
)
def test_seconds_until_takes_instants_with_a_zone_and_epochs_and_is_never_negative(
    filters: str, value: Any, expected: int
) -> None:
    assert apply(filters, value) == expected


@pytest.mark.parametrize(
    "value",
    [
        "2030-01-01T01:00:00",
        "2030-01-01",
        "soon",
        "",
        True,
        None,
        10**11,
        str(10**11),
        "2030-13-01T00:00:00Z",
        [1],
        "2030-01-01T00:00:00+25:00",
        "２０３０-01-01T00:00:00Z",
        float("inf"),
    ],
)
def test_seconds_until_refuses_what_is_no_certain_instant(value: Any) -> None:
    with pytest.raises(RecordError) as caught:
        apply("seconds_until", value)
    assert caught.value.problem.code == codes.BAD_INSTANT.id


def test_an_instant_and_its_text_are_the_same() -> None:
    assert seconds_of(text_of(EPOCH)) == EPOCH
    assert text_of(EPOCH) == NOW


@pytest.mark.parametrize(
    "value",
    ["****", "<token>", "REDACTED", "[redacted]", "xxxx", "xxxxxxxx", "changeme", "aaaa", "1111", "your-api-key"],
)
def test_what_stands_where_a_secret_was_is_a_placeholder(value: str) -> None:
    assert looks_redacted(value)


@pytest.mark.parametrize(
    "value", ["1", "xxx", "***", "Pa<ss>word", "{{{{", "{{ x }}", "{% x %}", "tok-us21", "", 1111, None]
)
def test_what_may_be_a_credential_is_no_placeholder(value: Any) -> None:
    assert not looks_redacted(value)
