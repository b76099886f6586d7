"""Documentation names only what exists."""

import re
import shlex
from pathlib import Path

import click
import pytest
import yaml

from trayimport.cli import COMMANDS, cli
from trayimport.codes import all_codes
from trayimport.core.filters.table import FILTERS, HIGHER
from trayimport.core.keys import homes
from trayimport.core.runtime import METHODS

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
CONFIGURATION = [
    ROOT / "action.yml",
    ROOT / ".pre-commit-hooks.yaml",
    *sorted((ROOT / "examples" / "ci").iterdir()),
]
CODE = re.compile(r"```(?:sh|console)\n(.*?)```|((?:^    .*\n)+)|`(trayimport [^`]*)`", re.DOTALL | re.MULTILINE)
GLOBAL = {"--help", "--version"}


def commands(page: Path) -> list[list[str]]:
    """Each `trayimport …` of the page's code, as words."""
    blocks = (next(filter(None, match.groups())) for match in CODE.finditer(page.read_text(encoding="utf-8")))
    lines = (line.strip() for block in blocks for line in block.splitlines())
    shown = (line.replace("\\|", "|") for line in lines if line.startswith("trayimport "))
    return [shlex.split(line, comments=True)[1:] for line in shown]


def options_of(name: str) -> set[str]:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    return {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)} | GLOBAL


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_options_that_are_shown_exist(page: Path) -> None:
    for words in commands(page):
        name = next((word for word in words if not word.startswith("-")), None)
        if name is None or name.isupper():
            continue
        assert name in COMMANDS, words
        used = {word.partition("=")[0] for word in words if word.startswith("--")}
        assert used <= options_of(name), words


@pytest.mark.parametrize("file", sorted((ROOT / "mappings").glob("*.yaml")), ids=lambda file: file.name)
def test_commands_that_a_mappings_comments_name_exist(file: Path) -> None:
    comments = re.findall(r"#.*", file.read_text(encoding="utf-8"))
    named = {name for comment in comments for name in re.findall(r"\btrayimport ([a-z]+)", comment)}
    assert named <= set(COMMANDS)


def test_every_command_is_documented() -> None:
    shown = {words[0] for words in commands(ROOT / "docs" / "commands.md") if words}
    assert set(COMMANDS) <= shown


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_relative_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_codes_that_are_named_exist(page: Path) -> None:
    named = set(re.findall(r"\bTI\d{3}\b", page.read_text(encoding="utf-8"))) - {"TI123"}
    assert named <= set(all_codes())


def test_the_languages_page_lists_every_filter_method_and_key_and_none_besides() -> None:
    page = (ROOT / "docs" / "mapping-language.md").read_text(encoding="utf-8")
    table = page.partition("| filters | |")[2].partition("\n\n")[0]
    named = set(re.findall(r"`([a-z0-9_]+)[`('(]", "\n".join(row.split("|")[1] for row in table.splitlines()[2:])))
    assert named == {*FILTERS, *HIGHER}
    methods = page.partition("Texts have the methods `")[2].partition("`")[0]
    assert set(methods.split()) == METHODS
    keys = page.partition("## Keys")[2].partition("A comment")[0]
    assert [
        name for name, _ in homes() if f"`{name}" not in keys and f".{name}`" not in keys and name not in keys
    ] == []


@pytest.mark.parametrize("file", CONFIGURATION, ids=lambda file: file.name)
def test_configuration_for_ci_is_readable_yaml(file: Path) -> None:
    assert yaml.safe_load(file.read_text(encoding="utf-8"))


def test_the_readme_begins_with_the_two_commands() -> None:
    lines = [line.strip() for line in PAGES[0].read_text(encoding="utf-8").splitlines() if line.strip()]
    assert lines[1:3] == ["make demo", "make test"]
