"""On a terminal a person is asked before the first write (commands, ruling 3)."""

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from polling import until
from project import SHOP, Project, shop_rows
from shop import shop_tray


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with shop_tray() as sandbox:
        made = Project(tmp_path, sandbox)
        made.mapping(SHOP)
        made.export(shop_rows(3))
        yield made


def answered(project: Project, answer: bytes, *arguments: str) -> tuple[int, str]:
    """Run a command on a terminal, and type `answer` at its first question."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "trayimport", *arguments],
        cwd=project.root,
        env=project.variables() | {"TERM": "xterm"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=lambda: os.close(os.open(os.ttyname(0), os.O_RDWR)),  # noqa: PLW1509 - makes it the controlling one
    )
    os.close(theirs)
    shown = bytearray()
    try:
        until(lambda: b"[y/N]" in read(ours, shown))
        os.write(ours, answer)
        while read(ours, shown) and process.poll() is None:
            pass
        return process.wait(60), shown.decode()
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def read(terminal: int, shown: bytearray) -> bytearray:
    """All that was shown so far; empty once the other side is closed."""
    try:
        shown += os.read(terminal, 4096)
    except OSError:  # what Linux says of a terminal whose other side is gone
        return bytearray()
    return shown


@pytest.mark.parametrize(("answer", "status", "made"), [(b"y\n", 0, 3), (b"\n", 2, 0), (b"\x03", 130, 0)])
def test_the_plan_is_shown_and_the_answer_decides(project: Project, answer: bytes, status: int, made: int) -> None:
    code, shown = answered(project, answer, "apply", "mappings/", "--rate", "0")
    assert (code, "TI712" in shown) == (status, answer == b"\n"), shown
    assert shown.index("to create") < shown.index("[y/N]")
    assert len(project.sandbox.store.authentications()) == made
    assert project.sandbox.counts["createExternalUser"] == made


def test_without_a_terminal_yes_is_needed_though_nothing_is_to_be_done(project: Project) -> None:
    assert project.apply().code == 0
    done = project.run("apply", "mappings/", "--rate", "0")
    assert (done.code, "TI711" in done.err) == (2, True)
