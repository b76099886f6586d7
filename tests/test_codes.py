"""House rules of diagnostic codes: `explain` has something to say of each, and none is dead."""

import ast
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import trayimport.codes
from trayimport.codes import Code, all_codes

PACKAGE = Path(trayimport.codes.__file__).parent.parent
MODULES = [name for _, name, _ in pkgutil.iter_modules([str(PACKAGE / "codes")]) if name != "base"]
FIRST_DIGIT = {
    "mapping": "1",
    "template": "2",
    "schema": "3",
    "content": "4",
    "record": "4",
    "tray": "5",
    "ledger": "6",
    "run": "7",
}


def constants(module: str) -> dict[str, Code]:
    loaded = importlib.import_module(f"trayimport.codes.{module}")
    return {name: value for name, value in vars(loaded).items() if isinstance(value, Code)}


DECLARED = [(module, name, code) for module in MODULES for name, code in constants(module).items()]


def used_names() -> set[tuple[str, str]]:
    """(module, constant) of every use outside of codes/, whatever the module is called there."""
    found = set()
    for file in PACKAGE.rglob("*.py"):
        if file.parent.name != "codes":
            found |= _uses(ast.parse(file.read_text()))
    return found


def _uses(tree: ast.Module) -> set[tuple[str, str]]:
    aliases: dict[str, str] = {}
    found = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("trayimport.codes"):
            continue
        for alias in node.names:
            if node.module == "trayimport.codes":
                aliases[alias.asname or alias.name] = alias.name
            else:
                found.add(((node.module or "").rpartition(".")[2], alias.name))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in aliases:
            found.add((aliases[node.value.id], node.attr))
    return found


def test_ids_are_unique_and_all_are_found() -> None:
    ids = [code.id for _, _, code in DECLARED]
    assert sorted(ids) == sorted(set(ids))
    assert list(all_codes()) == sorted(ids)


@pytest.mark.parametrize("module", MODULES)
def test_a_modules_ids_have_its_digit_and_are_in_order(module: str) -> None:
    ids = [code.id for code in constants(module).values()]
    assert all(re.fullmatch(rf"TI{FIRST_DIGIT[module]}\d\d", identity) for identity in ids)


@pytest.mark.parametrize(("module", "name", "code"), DECLARED, ids=[code.id for _, _, code in DECLARED])
def test_explain_has_sentences_for_each_code(module: str, name: str, code: Code) -> None:
    assert code.title
    assert not code.title.endswith(".")
    assert code.example
    for text in (code.cause, code.remedy):
        assert len(text) > 8
        assert text.endswith((".", "?", "!", "`", "'"))


def test_every_code_is_used() -> None:
    used = used_names()
    assert [f"{module}.{name}" for module, name, _ in DECLARED if (module, name) not in used] == []


def test_every_code_is_named_by_a_test() -> None:
    tests = Path(__file__).parent
    text = "\n".join(file.read_text() for pattern in ("*.py", "language/*.yaml") for file in tests.glob(pattern))
    named = set(re.findall(r"\bTI\d{3}\b", text))
    by_constant = set(re.findall(r"\b\w*codes\.([A-Z][A-Z0-9_]+)\b", text))
    assert [code.id for _, name, code in DECLARED if code.id not in named and name not in by_constant] == []


def test_every_code_is_documented() -> None:
    page = (PACKAGE.parent / "docs" / "reference" / "diagnostics.md").read_text()
    assert [code.id for _, _, code in DECLARED if f"### {code.id}: " not in page] == []
