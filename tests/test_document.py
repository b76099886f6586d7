"""YAML files as they are read: types, places, and what is refused."""

import re
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from trayimport.core.document import DEEPEST, Document, parse
from trayimport.core.yaml_text import SourceText
from trayimport.core.yaml_tree import List, Map, Scalar, Value, plain_json
from trayimport.core.yaml_types import mistaken_for, plain_value
from trayimport.model import Position


def read(text: str | bytes) -> Document:
    document, diagnostics = parse(text, "m.yaml")
    assert document is not None, diagnostics
    assert not diagnostics
    return document


def value_of(text: str) -> Any:
    return plain_json(read(text).root)


def findings(text: str | bytes) -> list[str]:
    return [f"{one.at.line}:{one.at.column} {one.code}" for one in parse(text, "m.yaml")[1]]


def messages(text: str | bytes) -> str:
    return " / ".join(one.message for one in parse(text, "m.yaml")[1])


def scalars(value: Value) -> list[Scalar]:
    if isinstance(value, Map):
        return [scalar for entry in value.entries for scalar in scalars(entry.value)]
    if isinstance(value, List):
        return [scalar for item in value.items for scalar in scalars(item)]
    return [value]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("", None),
        ("0", 0),
        ("-12", -12),
        ("1.5", 1.5),
        ("12345678901234567890", 12345678901234567890),
        ("no", "no"),
        ("Yes", "Yes"),
        ("True", "True"),
        ("~", "~"),
        ("Null", "Null"),
        ("012", "012"),
        ("0x1f", "0x1f"),
        ("0o17", "0o17"),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("1e5", "1e5"),
        ("1.50", "1.50"),
        ("-0", "-0"),
        (".5", ".5"),
        ("+1", "+1"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("2030-01-01T00:00:00Z", "2030-01-01T00:00:00Z"),
        ("2030-01-01", "2030-01-01"),
        ("１２", "１２"),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_plain_texts_are_typed_as_json_would_spell_them(text: str, value: object) -> None:
    found = value_of(f"k: {text}\n")["k"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("text", ["true", "12", "null", "no", ""])
def test_quotes_make_a_text_of_anything(text: str) -> None:
    assert value_of(f"k: '{text}'") == {"k": text}
    assert value_of(f'k: "{text}"') == {"k": text}


@pytest.mark.parametrize("key", ["on", "yes", "12", "null", "1.5", "~", "true"])
def test_keys_are_texts_as_written(key: str) -> None:
    assert value_of(f"{key}: 1") == {key: 1}


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("no", "a boolean"),
        ("Off", "a boolean"),
        ("y", "a boolean"),
        ("TRUE", "a boolean"),
        ("012", "a number"),
        ("1_000", "a number"),
        ("0x1f", "a number"),
        ("0o17", "a number"),
        ("1e5", "a number"),
        ("1.50", "a number"),
        ("-.inf", "a number"),
        ("1:30", "a number"),
        ("+7", "a number"),
        ("~", "null"),
        ("NULL", "null"),
        ("2030-01-01", "a date"),
        ("2030-01-01 10:00:00+01:00", "a date"),
        ("north", None),
        ("1.2.3", None),
        ("-", None),
        (".", None),
        ("us21", None),
        ("true", None),
        ("12", None),
    ],
)
def test_texts_that_other_readers_would_type_are_known(text: str, other: str | None) -> None:
    assert mistaken_for(text) == other


@settings(deadline=None)
@given(st.one_of(st.text(max_size=12), st.from_regex(r"[-+]?[0-9_.:eExo]{1,8}", fullmatch=True)))
def test_what_yaml_types_is_typed_here_or_known_to_be_mistaken(text: str) -> None:
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return
    if isinstance(node, yaml.ScalarNode) and node.style is None and node.value == text and text not in ("=", "<<"):
        typed = node.tag != "tag:yaml.org,2002:str"
        assert not typed or not isinstance(plain_value(text), str) or mistaken_for(text)


REFUSED = [
    ("", "1:1 TI103"),
    ("# only a comment\n", "1:1 TI103"),
    ("---\n", "1:1 TI103"),
    ("a: 1\n---\nb: 2\n", "2:1 TI104"),
    ("a: 1\na: 2\n", "2:1 TI107"),
    ("a:\n  b: 1\n  'b': 2\n", "3:3 TI107"),
    ("a: !!str 1\n", "1:4 TI108"),
    ("a: !secret x\n", "1:4 TI108"),
    ("a: !!python/object:os.system x\n", "1:4 TI108"),
    ("a: *b\n", "1:4 TI109"),
    ("a: &a [*a]\n", "1:8 TI110"),
    ("a: &a {b: {c: *a}}\n", "1:15 TI110"),
    ("a: {{ x }}\n", "1:4 TI113"),
    ("a:\n  - {{ x }}\n", "2:5 TI113"),
    ("a: {{ x }}/{{ y }}\n", "1:4 TI113"),
    ("a: {% if x %}\n", "1:4 TI113"),
    ("a: {# c #}\n", "1:4 TI113"),
    ('a: "\\d"\n', "1:5 TI114"),
    ("a: \"{{ x | regex_search('\\d+') }}\"\n", "1:26 TI114"),
    ("[a, b]: 1\n", "1:1 TI115"),
    ("<<: 1\na: 2\n", "1:1 TI116"),
    ("<<: [1]\na: 2\n", "1:1 TI116"),
    ("a:\n\t- b\n", "2:1 TI105"),
    ("a: b\n\tc: d\n", "2:1 TI105"),
    ("a: [\n", "2:1 TI102"),
    ("a: b: c\n", "1:5 TI102"),
    ("a: 'open\n", "1:4 TI102"),
    ("a: @b\n", "1:4 TI102"),
    ("a: \x00b\n", "1:4 TI106"),
    ("a: \x85\n", "1:4 TI106"),
    ("a: \u2028\n", "1:4 TI106"),
    ("a: \ud800\n", "1:4 TI106"),
    ("a: b\ufeff\n", "1:5 TI106"),
    ("a: 1\n" + "b: " + "[" * 70 + "]" * 70, "2:67 TI112"),
    (b"a: \xff\n", "1:4 TI101"),
    (b"a: 1\nb: \xe9t\xe9\n", "2:4 TI101"),
    ("a: 1".encode("utf-16"), "1:1 TI101"),
]


@pytest.mark.parametrize(("text", "finding"), REFUSED, ids=[finding for _, finding in REFUSED])
def test_what_is_no_mapping_is_refused_at_its_place(text: str | bytes, finding: str) -> None:
    assert findings(text) == [finding]


def test_all_problems_of_a_file_are_found_not_the_first() -> None:
    text = "a: {{ x }}\nb: !t 1\nb: 2\nc: [1, 2]\n[1]: 2\n"
    assert findings(text) == ["1:4 TI113", "2:4 TI108", "3:1 TI107", "5:1 TI115"]


def test_an_unquoted_template_is_told_to_be_quoted() -> None:
    assert "quotes" in messages("a: {{ x }}")


def test_an_unknown_alias_is_shown_its_neighbour() -> None:
    assert "did you mean *defaults?" in messages("a: &defaults 1\nb: *default\n")


def test_no_message_quotes_a_value() -> None:
    for text in ('a: "\\dhunter2hunter2"', "a: hunter2: hunter2", "a: [hunter2", "a: {{ hunter2 }}", "a: !t hunter2"):
        assert "hunter2" not in messages(text)


def bomb(width: int, levels: int) -> str:
    lines = ["a0: &a0 x"]
    for level in range(1, levels):
        inner = ", ".join([f"*a{level - 1}"] * width)
        lines.append(f"a{level}: &a{level} [{inner}]")
    return "\n".join(lines)


def test_aliases_that_explode_are_stopped() -> None:
    assert findings(bomb(10, 30))[0].endswith("TI111")
    assert findings("x: &x [1, 2]\n" + "\n".join(f"k{i}: *x" for i in range(1000))) == []


def test_aliases_cannot_dig_deeper_than_brackets_can() -> None:
    lines = ["a0: &a0 x"] + [f"a{i}: &a{i} [*a{i - 1}]" for i in range(1, 100)]
    assert findings("\n".join(lines))[0].endswith("TI112")


def test_as_deep_as_allowed_is_allowed() -> None:
    assert findings("[" * DEEPEST + "]" * DEEPEST) == []


def test_merge_keys_give_way_to_keys_and_to_earlier_merges() -> None:
    text = "x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz: {<<: [*x, *y], a: 0}\nw:\n  <<: *y\n"
    value = value_of(text)
    assert value["z"] == {"a": 0, "b": 1, "c": 2}
    assert value["w"] == {"b": 2, "c": 2}


def test_a_quoted_merge_sign_is_a_key() -> None:
    assert value_of("'<<': 1") == {"<<": 1}


def test_a_byte_order_mark_is_dropped() -> None:
    document = read(b"\xef\xbb\xbfa: 1")
    assert isinstance(document.root, Map)
    assert document.root.entries[0].at.column == 1


def test_keys_and_values_know_their_places() -> None:
    root = read("# c\na: 1\nb:\n  - x\n  -  {c: 'y'}\n").root
    assert isinstance(root, Map)
    places = {entry.key: (str(entry.at), str(entry.value.at)) for entry in root.entries}
    assert places == {"a": ("m.yaml:2:1", "m.yaml:2:4"), "b": ("m.yaml:3:1", "m.yaml:4:3")}
    assert [str(scalar.at) for scalar in scalars(root)] == ["m.yaml:2:4", "m.yaml:4:5", "m.yaml:5:10"]


STYLES = [
    ("k: ab{{ x }}", (1, 6)),
    ("k: ab\n  {{ x }}", (2, 3)),
    ("k: 'a''b {{ x }}'", (1, 10)),
    ("k: 'a\n\n\n  b {{ x }}'", (4, 5)),
    ('k: "a\\tb\\u0041 {{ x }}"', (1, 16)),
    ('k: "a\\\n   b {{ x }}"', (2, 6)),
    ('k: "\\x41\\U0001F600{{ x }}"', (1, 19)),
    ("k: |\n  a\n  b {{ x }}\n", (3, 5)),
    ("k: |-\n\n  a\n\n    b {{ x }}\n\n", (5, 7)),
    ("k: |2\n    a\n  b {{ x }}\n", (3, 5)),
    ("k: >\n  a\n  b {{ x }}\n", (3, 5)),
    ("k: >+ # c\n  a\n\n    more\n  b {{ x }}\n\n", (5, 5)),
    ("k: &anchor 'a {{ x }}'", (1, 15)),
    ("k: &anchor |\n  a {{ x }}", (2, 5)),
    ("k: |\r\n  a\r\n  b {{ x }}\r\n", (3, 5)),
    ("k: é😀 {{ x }}", (1, 7)),
]


@pytest.mark.parametrize(("text", "place"), STYLES, ids=[text for text, _ in STYLES])
def test_a_place_inside_a_text_is_found_in_the_file(text: str, place: tuple[int, int]) -> None:
    (scalar,) = scalars(read(text).root)
    at = scalar.locate(scalar.text.index("{{"))
    assert (at.line, at.column) == place


@pytest.mark.parametrize("style", [None, "'", '"', "|", ">"])
@settings(deadline=None)
@given(text=st.text(st.sampled_from("ab {}\n\t'\"\\:#-é😀"), max_size=30))
@example(text="a\n\n b\n\nc\n")
def test_every_character_of_every_style_is_found(style: str | None, text: str) -> None:
    dumped = yaml.dump({"k": [text]}, default_style=style, allow_unicode=True, width=12)
    if yaml.safe_load(dumped) != {"k": [text]} or parse(dumped, "m.yaml")[1]:
        return  # the library itself folds some texts that begin with a blank so that they come back as others
    source = SourceText(dumped, "m.yaml")
    (scalar,) = scalars(read(dumped).root)
    assert scalar.text == text
    indices = [_index(source, scalar.locate(offset)) for offset in range(len(text))]
    assert indices == sorted(indices)
    for offset, character in enumerate(text):
        if not character.isspace():
            assert dumped[indices[offset]] in (character, "\\")


def _index(source: SourceText, at: Position) -> int:
    lines = source.text.split("\n")
    return sum(len(line) + 1 for line in lines[: at.line - 1]) + at.column - 1


def test_the_place_after_the_last_character_is_the_end() -> None:
    (scalar,) = scalars(read("k: abc").root)
    assert str(scalar.locate(99)) == "m.yaml:1:7"


@pytest.mark.parametrize(
    ("text", "ignores"),
    [
        ("a: 1 # trayimport: ignore TI140\n", {1: ("TI140",)}),
        ("a: 1 #trayimport:ignore TI140, TI3xx\n", {1: ("TI140", "TI3xx")}),
        ("# trayimport: ignore TI140\n\n# more\na: 1\n", {4: ("TI140",)}),
        ("a: |\n  # trayimport: ignore TI140\nb: 1\n", {}),
        ("a: 'x # trayimport: ignore TI140'\n", {}),
        ("a: x#trayimport:ignore TI140\n", {}),
        ("a: | # trayimport: ignore TI140\n  x\n", {1: ("TI140",)}),
        ("a: 1 # nothing to see\n", {}),
    ],
)
def test_ignore_comments_are_collected_by_line(text: str, ignores: dict[int, tuple[str, ...]]) -> None:
    assert read(text).ignores == ignores


@settings(deadline=None)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200)))
def test_nothing_makes_reading_fail(text: bytes | str) -> None:
    document, diagnostics = parse(text, "m.yaml")
    assert document is not None or diagnostics
    assert all(re.fullmatch("TI1[0-9]{2}", one.code) for one in diagnostics)


@settings(deadline=None)
@given(st.text("ab:-[]{}&*!|>'\"%@`#,? \n\t<", max_size=60))
def test_nothing_that_looks_like_yaml_makes_reading_fail(text: str) -> None:
    document, diagnostics = parse(text, "m.yaml")
    if document is not None:
        for scalar in scalars(document.root):
            for offset in range(len(scalar.text) + 1):
                scalar.locate(offset)
    assert document is not None or diagnostics
