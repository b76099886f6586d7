"""Templates and records that mean harm: each ends soon, with a value or with an error that is declared."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from language_cases import Found, result, run
from schema_strategies import schemas, values

from trayimport.codes import all_codes

SOON = 20
"""Seconds after which something hangs; a hundred times what anything here takes."""


@contextmanager
def ends_soon() -> Iterator[None]:
    def hung(_signal: int, _frame: object) -> None:
        raise AssertionError("it hangs")

    before = signal.signal(signal.SIGALRM, hung)
    signal.alarm(SOON)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def codes_of(found: Found) -> set[str]:
    return {one.code for one in found.errors} | {one.code for one in found.problems}


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


RECORD = {
    "big": "a" * (1024 * 1024),
    "numbers": list(range(10_000)),
    "deep": nested(900),
    "same": nested(900),
    "json": "[" * 100_000 + "]" * 100_000,
}
HOSTILE = {
    "a sum of thousands": "{{ " + "+".join(["1"] * 2500) + " }}",
    "a text of hundreds": "{{ " + "~".join(["record.id"] * 700) + " }}",
    "not not not": "{{ " + "not " * 1500 + "true }}",
    "minus minus minus": "{{ " + "-" * 3000 + "1 }}",
    "attributes of attributes": "{{ (record" + ".a" * 2500 + ") | default(1) }}",
    "keys of keys": "{{ record" + "['a']" * 1000 + " }}",
    "filters of filters": "{{ record.id" + "|trim" * 1200 + " }}",
    "and and and": "{{ " + " and ".join(["true"] * 900) + " }}",
    "comparisons of comparisons": "{{ " + " < ".join(["1"] * 1500) + " }}",
    "else if else if": "{{ " + "1 if record.id == 'x' else " * 250 + "2 }}",
    "elif elif": "{% if record.id == 'a' %}1" + "{% elif record.id == 'b' %}1" * 200 + "{% endif %}",
    "if in if": "{% if true %}" * 200 + "a" + "{% endif %}" * 200,
    "for in for": "".join(f"{{% for i{n} in [1, 2] %}}" for n in range(90)) + "a" + "{% endfor %}" * 90,
    "lists in lists": "{{ " + "[" * 50 + "1" + "]" * 50 + " }}",
    "a method that grows": "{{ record.big.replace('a', record.big) }}",
    "a method that grows from nothing": "{{ record.big.replace('', record.big) }}",
    "a filter that grows": "{{ record.big | replace('a', record.big) }}",
    "a pattern that grows": r"{{ record.big | regex_replace('a', '\0\0\0\0\0\0') }}",
    "a join that grows": "{{ record.numbers | map('string') | join(record.big) }}",
    "a loop that grows": "{% for i in record.numbers %}{{ record.big }}{% endfor %}",
    "sorting much": "{{ record.numbers | sort | reverse | unique | list | length }}",
    "going through much, again and again": "{{ record.numbers" + " | map('string') | map('int')" * 40 + " }}",
    "comparing what is deep": "{{ record.deep == record.same }}",
    "writing what is deep": "{{ record.deep | tojson }}",
    "sending what is deep": "{{ record.deep }}",
    "reading what is deep": "{{ record.json | from_json }}",
    "a power of powers": "{{ 9 ** 9 ** 9 ** 9 }}",
    "a number of thousands of digits": "{{ " + "9" * 4000 + " }}",
    "a number of more digits than Python reads": "{{ " + "9" * 5000 + " }}",
    "a fraction beyond all": "{{ 1e999 }}",
    "an index beyond all": "{{ record.numbers[10**30] }}",
    "a pattern that repeats repeats": "{{ record.big | regex_search('((a{1,100}){1,100}){1,100}') }}",
    "a pattern that backtracks elsewhere": "{{ record.big | regex_search('(a?){500}a{500}') }}",
    "a comment that never ends": "{# a",
    "a quote that never ends": "{{ 'a }}",
    "nothing at all": "{{ }}",
    "arguments from the record": "{{ record.id | replace(**record) }}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_template_that_means_harm_ends_soon(name: str) -> None:
    with ends_soon():
        found = run({"value": HOSTILE[name], "type": "json", "record": RECORD})
    assert found.errors or found.problems or found.rendered is not None
    assert codes_of(found) <= set(all_codes())
    assert all(len(text) < 2000 for text in found.told())


def test_variables_that_double_each_other_end_soon() -> None:
    variables = {"v0": "{{ ['x', 'x'] }}"}
    variables |= {f"v{n}": f"{{{{ [vars.v{n - 1}, vars.v{n - 1}] }}}}" for n in range(1, 40)}
    with ends_soon():
        found = run({"set": {"vars": variables}, "value": "{{ vars.v39 }}"})
    assert {one.code for one in found.problems} == {"TI216"}


def test_variables_that_double_each_other_in_the_file_end_soon() -> None:
    variables: dict[str, Any] = {"v0": ["{{ record.id }}"] * 2}
    variables |= {f"v{n}": [f"{{{{ vars.v{n - 1} }}}}"] * 2 for n in range(1, 40)}
    with ends_soon():
        found = run({"set": {"vars": variables}, "value": "{{ vars.v39 }}"})
    assert found.problems


RECORDS = st.fixed_dictionaries({"x": values | st.text(max_size=8), "y": values})
TEMPLATES = st.sampled_from(
    [
        "{{ record.x }}",
        "{{ record.x | default_omit }}",
        "{{ record.x ~ record.y }}",
        "{{ [record.x, record.y] }}",
        "{{ {'a': record.x, 'b': {'ab': record.y}} }}",
        "{{ record.x if record.y else omit }}",
        "{{ record.x | seconds_until }}",
        "{{ record.x == record.y }}",
        "a{{ record.x }}",
    ]
)
TREES = st.recursive(
    TEMPLATES | values, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner)
)


@settings(deadline=None, max_examples=120)
@given(TREES, RECORDS, schemas())
def test_rendering_and_then_validating_never_raises(value: Any, record: dict[str, Any], schema: Any) -> None:
    found = run({"set": {"auth.credentials": {"value": value}}, "type": "json", "record": record, "schema": schema})
    assert codes_of(found) <= set(all_codes())


@settings(deadline=None, max_examples=120)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20))
def test_a_credential_is_never_re_read_as_something_else(text: str) -> None:
    case = {"value": "{{ record.x }}", "record": {"x": text}, "set": {"tokens": {"allow_placeholders": True}}}
    found = run(case)
    assert found.problems == ()
    assert result(found, "2030-01-01T00:00:00Z")["auth"]["credentials"] == {"value": text}
