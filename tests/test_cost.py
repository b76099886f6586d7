"""Nothing that a mapping says takes for ever: what is twice as long takes at most three times as long."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from project import SHOP, Project
from shop import shop_tray

from trayimport.core.mapping import read_mapping
from trayimport.core.schema_normal import normalise
from trayimport.core.token_shapes import without_secrets
from trayimport.report import render


def value(text: str) -> str:
    return SHOP.replace('"{{ record.token }}"', text)


SCANNED: dict[str, Callable[[int], str]] = {
    "beginnings of a JSON Web Token": lambda size: value("eyJ-" * (size // 4)),
    "parts of one": lambda size: value("eyJaaaaaaaaaaaa." * (size // 16)),
    "beginnings of a key": lambda size: value("-----BEGIN A" * (size // 12)),
    "an expression that isn't closed": lambda size: value('"{{ ' + "a " * (size // 2) + '"'),
    "many that aren't": lambda size: value('"' + "{{" * (size // 2) + '"'),
    "statements that aren't": lambda size: value('"' + "{% " * (size // 3) + '"'),
    "comments of templates that aren't": lambda size: value('"' + "{# " * (size // 3) + '"'),
    "ignore comments": lambda size: SHOP + "# trayimport: ignore TI101\n" * (size // 27),
    "words of one": lambda size: SHOP + "# trayimport: ignore " + "TIxxx " * (size // 6) + "\n",
    "ignore comments of no code": lambda size: SHOP + "# trayimport: ignore nope\n" * (size // 26),
    "keys doubled in a line": lambda size: value("{" + "a: 1, " * (size // 6) + "}"),
    "lines with one key": lambda size: SHOP + "    a: 1\n" * (size // 9),
    "unknown variables": lambda size: (
        SHOP + "vars:\n" + "".join(f'  v{i}: "{{{{ vars.w{i} }}}}"\n' for i in range(size // 28))
    ),
    "unknown keys": lambda size: SHOP + "".join(f"k{number}: 1\n" for number in range(size // 9)),
    "a long line": lambda size: SHOP + "k" * size + ": x\n",
    "passwords in a URL": lambda size: value("a://:" * (size // 5)),
    "brackets": lambda size: value("[" * size),
    "blanks": lambda size: value("x" + " " * size),
}


def seconds(text: str) -> tuple[float, int]:
    """What reading a mapping and printing what is wrong with it takes, at best of two, and how long that is."""
    best, size = 1e9, 0
    for _ in range(2):
        started = time.process_time()
        _, found = read_mapping(text.encode(), "m.yaml", Path("m.yaml"))
        printed = render("text", found, errors=len(found), warnings=0, ignored=0, sources={"m.yaml": text})
        best, size = min(best, time.process_time() - started), len(printed)
    return best, size


@pytest.mark.parametrize("kind", SCANNED)
def test_what_is_twice_as_long_takes_at_most_three_times_as_long(kind: str) -> None:
    size = 16_384
    once, twice = seconds(SCANNED[kind](size)), seconds(SCANNED[kind](2 * size))
    assert twice[0] < max(3 * once[0], 0.1), (once, twice)
    assert twice[1] < 200_000, "findings are bounded"


@pytest.mark.parametrize("keyword", ["allOf", "anyOf", "oneOf"])
@pytest.mark.parametrize("rungs", [12, 60])
def test_a_ladder_of_references_is_judged_or_refused_soon(keyword: str, rungs: int) -> None:
    defs = {f"a{n}": {keyword: [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(rungs)}
    schema = {"$defs": defs | {f"a{rungs}": {"type": "string"}}, "properties": {"t": {"$ref": "#/$defs/a0"}}}
    started = time.process_time()
    found = normalise(schema, "credentialsSchema")
    assert time.process_time() - started < 2
    assert found.usable is (rungs == 12)


def test_a_ladder_that_leads_back_doubles_the_work_and_is_refused() -> None:
    back = {"$ref": "#/$defs/top"}
    defs = {"top": {"properties": {"x": {"$ref": "#/$defs/mid"}}}, "mid": {"allOf": [back, dict(back)]}}
    found = normalise({"$defs": defs, "properties": {"t": {"$ref": "#/$defs/top"}}}, "credentialsSchema")
    assert [note.code for note in found.notes if note.severity == "error"] == ["TI307"]


def test_the_examples_of_a_file_have_a_budget_together(tmp_path: Path) -> None:
    heavy = "{% for i in range(9999) %}{{ record.id | upper | lower | trim }}{% endfor %}"
    many = "".join(f'  v{n}: "{heavy}"\n' for n in range(60))
    record = "{id: a, account: b, owner: o, token: tt}"
    examples = "".join(f"  - {{name: e{n}, record: {record}, expect: {{key: a}}}}\n" for n in range(60))
    with shop_tray() as sandbox:
        project = Project(tmp_path, sandbox)
        project.mapping(SHOP + "vars:\n" + many + "examples:\n" + examples)
        assert project.run("pull", "mappings/").code == 0
        started = time.monotonic()
        done = project.run("validate", "mappings/")
        assert time.monotonic() - started < 30, "60 s and more without a budget"
        assert (done.code, "they were not run" in done.out) == (1, True), done.text[:2000]


def test_masking_is_linear() -> None:
    for text in ("a1" * 20_000, "eyJ-" * 20_000, "xoxb-" * 20_000, "a." * 20_000, "0123456789abcdef" * 5_000):
        started = time.process_time()
        without_secrets(text)
        assert time.process_time() - started < 1
