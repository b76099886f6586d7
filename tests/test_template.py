"""Templates: what a text of a mapping gives for a record, and what it refuses (language, rulings 1 to 15)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import TemplateSyntaxError, nodes

from trayimport.codes import template as codes
from trayimport.codes.base import Code
from trayimport.core.template import compile_template, has_template
from trayimport.core.template_lexer import parse
from trayimport.core.tree import OMIT, Template
from trayimport.errors import RecordError
from trayimport.model import Diagnostic, Position

NAMES = frozenset({"record", "vars", "secrets", "user", "auth", "now"})
CANARY = "canary-7f3a9"
NOW = "2030-01-01T00:00:00Z"


def compiled(text: str) -> tuple[Template | None, list[Diagnostic]]:
    return compile_template(text, lambda offset: Position("m.yaml", 1, offset + 1), names=NAMES)


def good(text: str) -> Template:
    template, diagnostics = compiled(text)
    assert diagnostics == []
    assert template is not None
    return template


def value(text: str, /, **record: Any) -> Any:
    return good(text).render({"record": record, "vars": {}, "now": NOW})


@contextmanager
def suppress_checked() -> Iterator[None]:
    """A declared error is fine inside, as long as it does not show the canary."""
    told = ""
    try:
        yield
    except RecordError as error:
        told = f"{error} {error.problem.message} {error.problem.remedy}"
    assert CANARY not in told


def refused(text: str, /, **record: Any) -> tuple[str, str]:
    """Code and all words of the error, of compiling or of rendering."""
    template, diagnostics = compiled(text)
    if template is None:
        return diagnostics[0].code, f"{diagnostics[0].message} {diagnostics[0].remedy}"
    with pytest.raises(RecordError) as caught:
        template.render({"record": record, "vars": {}, "now": NOW})
    problem = caught.value.problem
    return problem.code, f"{problem.message} {problem.remedy}"


@pytest.mark.parametrize(
    "given_value", ["007", "1e5", "no", "[1]", "1_000", "None", "", 7, 1.5, True, None, [1], {"a": 1}]
)
def test_a_single_expression_keeps_the_value_as_it_is(given_value: Any) -> None:
    for text in ("{{ record.x }}", " {{ record.x }}\n", "{# why #}{{ record.x }}"):
        found = value(text, x=given_value)
        assert (type(found), found) == (type(given_value), given_value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ true }}", True),
        ("{{ 1 }}", 1),
        ("{{ [1, 'a'] }}", [1, "a"]),
        ("a {{ record.x }}", "a 7"),
        ("a {{ record.x }}\n", "a 7"),
        ("a {{ record.x }}\n\n", "a 7\n"),
        ("\n{% if record.x %}\ntok\n{% endif %}\n", "tok"),
        ("{% for i in range(3) %}{{ i }}{% endfor %}", "012"),
        ("{% set y = record.x %}{{ y }}", "7"),
        ("{{ record['x'] }}", 7),
        ("{{ record.list[0] }}", "p"),
        ("{{ record.list | map('upper') | join('+') }}", "P+Q"),
        ("{{ record.pairs | map(attribute='n') | list }}", [1, 2]),
        ("{{ record.list | select('eq', 'q') | first }}", "q"),
        ("{{ 'a' if record.x == 7 else 'b' }}", "a"),
        ("{{ record.text.split(' ') }}", ["b", "c"]),
        ("{{ record.text.removeprefix('b ') }}", "c"),
        ("{{ record.text ~ record.x }}", "b c7"),
        (r"{{ '\1' }}", "\\1"),
        (r"{{ '\b' }}", "\\b"),
        (r"{{ '\n' }}", "\n"),
    ],
)
def test_what_a_template_gives(text: str, expected: Any) -> None:
    record = {"x": 7, "list": ["p", "q"], "pairs": [{"n": 1}, {"n": 2}], "text": "b c"}
    assert value(text, **record) == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{{ record.x", codes.SYNTAX),
        ("{{ record.2fa }}", codes.SYNTAX),
        ("{{ recrod.x }}", codes.UNKNOWN_NAME),
        ("{{ record.acct-id }}", codes.UNKNOWN_NAME),
        ("{{ record.x | uper }}", codes.UNKNOWN_FILTER),
        ("{{ record.x is strange }}", codes.UNKNOWN_FILTER),
        ("{{ record.x | random }}", codes.UNKNOWN_FILTER),
        ("{{ record.x | attr('y') }}", codes.UNKNOWN_FILTER),
        ("{{ record.x | pprint }}", codes.UNKNOWN_FILTER),
        ("{{ record.x | escape }}", codes.UNKNOWN_FILTER),
        ("{{ cycler('a') }}", codes.FORBIDDEN),
        ("{% include 'x' %}", codes.FORBIDDEN),
        ("{% macro m() %}{% endmacro %}", codes.FORBIDDEN),
        ("{{ record.x | regex_search(record.y) }}", codes.BAD_PATTERN),
        ("{{ record.x | regex_search('(') }}", codes.BAD_PATTERN),
        ("{{ record.items() }}", codes.NOT_CALLED),
        ("{{ record.get('x') }}", codes.NOT_CALLED),
        ("{{ record.x.format(1) }}", codes.NOT_CALLED),
        ("{{ record.x.zfill(9) }}", codes.NOT_CALLED),
        ("{{ record.x.encode() }}", codes.NOT_CALLED),
        ("{{ " + "[" * 90 + "]" * 90 + " }}", codes.TOO_LONG),
        ("x" * 8193 + "{{ 1 }}", codes.TOO_LONG),
        ("{{ 'a' * 10**9 }}", codes.BAD_OPERAND),
        ("{{ '%9s' % 1 }}", codes.BAD_OPERAND),
        ("{{ range(10**9) }}", codes.RAN_AWAY),
        ("{{ 1 / 0 }}", codes.BAD_OPERAND),
    ],
)
def test_what_can_be_known_without_a_record_is_refused_by_compiling(text: str, code: Code) -> None:
    template, diagnostics = compiled(text)
    assert template is None
    assert diagnostics[0].code == code.id


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{{ record.typo }}", codes.UNDEFINED),
        ("{{ [record.typo] }}", codes.UNDEFINED),
        ("{{ record.typo is none }}", codes.UNDEFINED),
        ("{{ record.typo == 1 }}", codes.UNDEFINED),
        ("{{ record.none.id }}", codes.UNDEFINED),
        ("a {{ record.none }}", codes.NOT_IN_TEXT),
        ("a {{ record.yes }}", codes.NOT_IN_TEXT),
        ("a {{ record.half }}", codes.NOT_IN_TEXT),
        ("a {{ record.list }}", codes.NOT_IN_TEXT),
        ("a {{ record.map }}", codes.NOT_IN_TEXT),
        ("a {{ record.typo }}", codes.UNDEFINED),
        ("a {{ omit }}", codes.OMIT_IN_TEXT),
        ("{{ 'x' ~ record.none }}", codes.NOT_IN_TEXT),
        ("{{ record.none | trim }}", codes.NOT_IN_TEXT),
        ("{{ [record.none] | join }}", codes.NOT_IN_TEXT),
        ("{{ record.none | string }}", codes.NOT_IN_TEXT),
        ("{{ record.text.strip }}", codes.NOT_CALLED),
        ("{% if record.none %}a{% endif %}", codes.EMPTY_TEMPLATE),
        ("{% for i in range(9999) %}{% for j in range(9) %}a{% endfor %}{% endfor %}", codes.RAN_AWAY),
        ("{{ record.text * 3 }}", codes.BAD_OPERAND),
    ],
)
def test_what_a_record_makes_impossible_is_an_error_of_that_record(text: str, code: Code) -> None:
    record = {"none": None, "yes": True, "half": 1.5, "list": [CANARY], "map": {CANARY: 1}, "text": CANARY}
    found, words = refused(text, **record)
    assert found == code.id
    assert CANARY not in words


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("{{ record.items }}", "| items"),
        ("{{ record.keys }}", "| items"),
        ("{{ record.get }}", "| default"),
        ("{{ record.items() }}", "| items"),
        ("{{ record.get('a') }}", "| default"),
        ("{{ record.acct-id }}", "record['acct-id']"),
        ("{{ record.2fa }}", "record['"),
        ("a {{ record.none }}", "default_omit"),
        ("{{ 1 if record.flag else 2 }}", "== 'true'"),
        ("{{ record.name | uper }}", "upper"),
    ],
)
def test_an_error_names_the_way_out(text: str, hint: str) -> None:
    assert hint in refused(text, none=None, flag="false", name="a")[1]


@pytest.mark.parametrize("name", ["items", "keys", "values", "get", "copy", "pop", "__class__"])
def test_maps_have_keys_only(name: str) -> None:
    assert value(f"{{{{ record.{name} }}}}", **{name: "mine"}) == "mine"
    assert refused(f"{{{{ record.{name} }}}}")[0] == codes.UNDEFINED.id


@pytest.mark.parametrize("text", ["true", "false", "yes", "no", "on", "off", "0", "1"])
def test_a_text_that_reads_like_a_boolean_is_no_condition(text: str) -> None:
    for template in ("{{ 1 if record.x else 2 }}", "{{ not record.x }}", "{% if record.x %}a{% endif %}"):
        assert refused(template, x=text)[0] == codes.TEXT_CONDITION.id


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ record.team.id | default('d') }}", "d"),
        ("{{ record.none.id | default('d') }}", "d"),
        ("{{ record.a.b.c is defined }}", False),
        ("{{ record.a is undefined }}", True),
        ("{{ record.none | default(omit) }}", None),
        ("{{ record.a | default_omit }}", OMIT),
        ("{{ record.none | default_omit }}", OMIT),
        ("{{ record.empty | default_omit }}", OMIT),
        ("{{ record.zero | default_omit }}", 0),
        ("{{ record.no | default_omit }}", False),
        ("{{ record.none | default_omit | seconds_until }}", OMIT),
        ("{{ [1, record.none | default_omit] }}", [1]),
        ("{{ {'a': record.none | default_omit, 'b': 1} }}", {"b": 1}),
    ],
)
def test_what_is_missing_passes_only_where_it_is_said_to(text: str, expected: object) -> None:
    assert value(text, none=None, empty="", zero=0, no=False) == expected


def test_a_value_that_looks_like_a_template_is_never_rendered_again() -> None:
    assert value("{{ record.x }}", x="{{ 1 }}{% x %}") == "{{ 1 }}{% x %}"
    assert value("a{{ record.x }}", x="{{ 1 }}") == "a{{ 1 }}"


@pytest.mark.parametrize(
    ("text", "offset"),
    [("ab {{ nope }}", 6), ("{{ record.x | nope }}", 14), ("  {{ 1 / 0 }}", 5)],
)
def test_an_error_stands_at_its_column(text: str, offset: int) -> None:
    _, diagnostics = compiled(text)
    # Jinja gives a filter or an operator the place of its sign or of its first operand: both are on the expression.
    assert abs(diagnostics[0].at.column - 1 - offset) <= 2


@pytest.mark.parametrize(
    ("text", "timed", "condition"),
    [
        ("{{ record.x }}", False, False),
        ("{{ now }}", True, False),
        ("{{ record.x | seconds_until }}", True, False),
        ("{{ 1 if now > 'a' else 2 }}", True, True),
    ],
)
def test_a_template_knows_whether_it_depends_on_time(text: str, timed: bool, condition: bool) -> None:
    template = good(text)
    assert (template.time_dependent, template.conditional_on_time) == (timed, condition)


def test_a_template_knows_the_columns_it_reads_and_which_it_can_do_without() -> None:
    template = good("{{ record.a ~ (record['b'] | default('')) }}")
    assert [(one.name, one.guarded) for one in template.columns] == [("a", False), ("b", True)]


@pytest.mark.parametrize(("text", "found"), [("a {b}", False), ("{{ a }}", True), ("{% a", True), ("{# a", True)])
def test_what_counts_as_a_template(text: str, found: bool) -> None:
    assert has_template(text) is found


PIECES = st.sampled_from(
    [
        "{{",
        "}}",
        "{%",
        "%}",
        "{#",
        "#}",
        "record",
        ".x",
        ".y",
        "['x']",
        "[",
        "]",
        "(",
        ")",
        " | ",
        "join",
        "map",
        "'upper'",
        "int",
        "items",
        "sort",
        "tojson",
        "seconds_until",
        "default_omit",
        "regex_search('(.)')",
        " if ",
        " else ",
        "for i in ",
        "endfor",
        "endif",
        "set z = ",
        "range",
        "10",
        "**",
        " + ",
        " ~ ",
        "*",
        "%",
        "/",
        " is ",
        "none",
        "defined",
        "omit",
        "now",
        " in ",
        " == ",
        " < ",
        "-",
        ",",
        ":",
        "'a'",
        "\\",
        "not ",
        " and ",
        "slice",
        "batch(2)",
        ".strip()",
        "b64decode",
        "sum",
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.just(CANARY) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["x", "y", CANARY]), inner, max_size=3),
    max_leaves=6,
)
EXPRESSIONS = st.lists(PIECES, max_size=12).map("".join)
TEXTS = EXPRESSIONS | EXPRESSIONS.map(lambda inner: f"{{{{ record.x{inner} }}}}") | st.text(max_size=30)


@given(TEXTS, st.dictionaries(st.sampled_from(["x", "y"]), VALUES))
@settings(max_examples=250, deadline=None)
def test_any_text_and_any_record_give_a_value_or_a_declared_error_without_a_value_in_it(
    text: str, record: dict[str, Any]
) -> None:
    template, diagnostics = compiled(text)
    assert (template is None) == bool(diagnostics)
    if template is None:
        return
    with suppress_checked():
        template.render({"record": record, "vars": {}, "secrets": {}, "user": {}, "auth": {}, "now": NOW})


FILTERS_ON_ANYTHING = [
    "join",
    "sort",
    "unique",
    "sum",
    "min",
    "max",
    "items",
    "dictsort",
    "batch(2)",
    "int",
    "float",
    "round",
    "tojson",
    "from_json",
    "b64decode",
    "b64encode",
    "jwt_claim('a')",
    "seconds_until",
    "length",
    "map('int')",
    "map(attribute='x')",
    "select('odd')",
    "urlencode",
    "truncate(3)",
    "regex_replace('a', 'b')",
]


@given(st.sampled_from(FILTERS_ON_ANYTHING), VALUES)
@settings(max_examples=250, deadline=None)
def test_any_filter_on_any_value_gives_a_value_or_a_declared_error_without_the_value_in_it(name: str, x: Any) -> None:
    with suppress_checked():
        value(f"{{{{ record.x | {name} }}}}", x=x)


def tree(node: nodes.Node) -> list[Any]:
    """Each node with its offset and its texts."""
    own = [getattr(node, field) for field in node.fields]
    texts = [one for one in own if isinstance(one, str)]
    return [
        (type(node).__name__, node.lineno, texts),
        *(one for child in node.iter_child_nodes() for one in tree(child)),
    ]


WORD = st.sampled_from(["record", "vars", "now", "x1", "_a", "in", "not", "true", "none", "if", "is", "or", "range"])
BLANK = st.sampled_from(["", " ", "  \t"])


@given(st.lists(WORD, min_size=1, max_size=5), BLANK, BLANK)
def test_a_path_alone_has_the_tree_that_jinja_makes_of_it(words: list[str], before: str, after: str) -> None:
    text = "{{" + before + ".".join(words) + after + "}}"

    def read(whole: str) -> list[Any]:
        try:
            return tree(parse(whole))
        except TemplateSyntaxError as error:
            return [error.lineno]

    # With a comment behind it, it is no path alone any more.
    assert read(text) == read(text + "{##}")
