"""Shell completion: the words that people don't know by heart, and never an error on a command line."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from project import SHOP, Project, shop_rows
from shop import shop_tray

SCRIPT = str(Path(sys.executable).parent / "trayimport")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    with shop_tray() as sandbox:
        made = Project(tmp_path_factory.mktemp("company"), sandbox)
        made.mapping(SHOP)
        made.export(shop_rows(3))
        assert made.run("pull", "mappings/").code == 0
        assert made.apply().code == 0
        yield made


def completed(project: Project, line: str, shell: str = "bash") -> list[str]:
    """What Tab offers at the end of a line, as the shell's own script asks for it."""
    words = line.split(" ")
    asked = {
        "_TRAYIMPORT_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": line if shell != "fish" else " ".join(words[:-1]),
        "COMP_CWORD": str(len(words) - 1) if shell != "fish" else words[-1],
    }
    done = subprocess.run(
        [SCRIPT],
        env=project.variables() | asked,
        cwd=project.root,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stderr == ""
    lines = [one for one in done.stdout.splitlines() if one]
    if shell == "zsh":
        return lines[1::3]
    return [one.split(",")[1].split("\t")[0] for one in lines]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("trayimport ren", ["render"]),
        ("trayimport explain TI72", [f"TI72{number}" for number in range(7)]),
        ("trayimport explain ti725", ["TI725"]),
        ("trayimport init s", ["shop"]),
        ("trayimport render mappings/shop.yaml --key 000", ["0000", "0001", "0002"]),
        ("trayimport apply mappings/ --select 0001", ["0001"]),
        ("trayimport rollback la", ["latest"]),
        ("trayimport resolve ", []),
        ("trayimport plan mappings/ --output m", ["markdown"]),
        ("trayimport completion ", ["bash", "zsh", "fish"]),
    ],
)
def test_words_are_offered(project: Project, line: str, words: list[str]) -> None:
    assert completed(project, line) == words


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_script_and_its_words(project: Project, shell: str) -> None:
    done = project.run("completion", shell)
    assert (done.code, f"_TRAYIMPORT_COMPLETE={shell}_complete" in done.out) == (0, True)
    assert completed(project, "trayimport explain TI725", shell) == ["TI725"]


def test_bash_itself_completes_with_what_the_script_says(project: Project) -> None:
    script = """
    eval "$(trayimport completion bash)"
    COMP_WORDS=(trayimport explain TI725); COMP_CWORD=2
    _trayimport_completion trayimport TI725 explain
    printf '%s\\n' "${COMPREPLY[@]}"
    """
    environment = project.variables()
    environment["PATH"] = f"{Path(SCRIPT).parent}:{environment['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script], env=environment, cwd=project.root, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("TI725\n", "")


def test_nothing_is_said_where_there_is_no_ledger_or_a_broken_one(project: Project, tmp_path: Path) -> None:
    elsewhere = Project(tmp_path, project.sandbox)
    assert completed(elsewhere, "trayimport resolve ") == []
    (tmp_path / ".trayimport").mkdir()
    (tmp_path / ".trayimport" / "ledger.db").write_text("no ledger")
    assert completed(elsewhere, "trayimport apply mappings/ --select ") == []
    assert completed(elsewhere, "trayimport rollback ") == []
