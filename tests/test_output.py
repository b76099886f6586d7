"""Whatever stdout and stderr are: nothing is raised, no exception's text is shown, the status says how it ended."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from imports import APPLY, RECORDS, project_in
from project import Project

FULL = Path("/dev/full")
PASSWORD = "canary-/@-password"


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with project_in(tmp_path) as made:
        yield made


def shell(project: Project, redirected: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """`trayimport ARGUMENTS` in bash, with its output redirected so; the status is the command's, not a pipe's."""
    line = f'"$@" {redirected}; exit ${{PIPESTATUS[0]}}'
    return subprocess.run(
        ["bash", "-c", line, "bash", sys.executable, "-m", "trayimport", *arguments],
        cwd=project.root,
        env=project.variables() | variables,
        capture_output=True,
        timeout=60,
        check=False,
    )


BROKEN = [">&-", "2>&-", ">&- 2>&-", "| head -c0", ">/dev/full", ">/dev/full 2>/dev/full"]


@pytest.mark.parametrize("redirected", BROKEN)
def test_an_import_that_is_done_ends_with_its_own_status(project: Project, redirected: str) -> None:
    done = shell(project, redirected, *APPLY)
    assert done.returncode == 0, done.stderr
    assert len(project.sandbox.store.authentications()) == RECORDS
    assert b"Traceback" not in done.stderr
    assert b"TI799" not in done.stderr
    again = shell(project, ">/dev/full", *APPLY, "--output", "json")
    assert (again.returncode, b"TI717 stdout can't be written (errno 28)" in again.stderr) == (0, True), again.stderr


@pytest.mark.parametrize(("redirected", "status"), [(">&-", 0), ("| head -c0", 0), (">/dev/full", 2)])
def test_what_only_shows_fails_where_it_cannot(project: Project, redirected: str, status: int) -> None:
    assert project.run(*APPLY).code == 0
    for arguments in (["export"], ["status", "--output", "json"]):
        done = shell(project, redirected, *arguments)
        assert (done.returncode, b"Traceback" in done.stderr) == (status, False), done.stderr


def test_what_an_encoding_lacks_is_written_out(project: Project) -> None:
    project.export([{"id": "Łódź 🙂", "account": "a", "owner": "Ł", "token": "tok"}])
    done = shell(project, "", *APPLY, PYTHONIOENCODING="latin-1")
    assert done.returncode == 0, done.stderr
    assert b"\\u0141\xf3d\\u017a" in done.stderr
    export = shell(project, "", "export", PYTHONIOENCODING="latin-1")
    assert "Łódź 🙂" in export.stdout.decode("utf-8"), "a file of CSV is UTF-8, whatever the terminal's encoding"


@pytest.mark.parametrize("redirected", ["", ">&-", "2>/dev/full", ">&- 2>&-", "2>&1 | head -c0"])
def test_an_error_quotes_no_password_whatever_becomes_of_its_text(project: Project, redirected: str) -> None:
    url = f"postgresql://user:{PASSWORD}@127.0.0.1:1/nowhere"
    done = shell(project, redirected, "status", "--ledger", url)
    assert done.returncode == 2, done.stderr
    for tail in (PASSWORD, "password", "Traceback"):
        assert tail.encode() not in done.stdout + done.stderr


def test_a_closed_descriptor_is_not_taken_by_the_ledger(project: Project) -> None:
    assert shell(project, ">&- 2>&- <&-", *APPLY).returncode == 0
    ledger = (project.root / ".trayimport" / "ledger.db").read_bytes()
    assert ledger.startswith(b"SQLite format 3\0")
    assert project.run("status").code == 0


@pytest.mark.parametrize("after", [0.0, 0.02, 0.05, 0.1, 0.2])
def test_ctrl_c_in_the_first_moments_shows_no_traceback(project: Project, after: float) -> None:
    # Python's own first moments, before any of the program's, are left out: the line below is printed after them.
    code = "import trayimport.entry; print(flush=True); trayimport.entry.main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "plan", "mappings/"],
        cwd=project.root,
        env=project.variables() | {"PYTHONPATH": str(Path.cwd())},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    end = time.monotonic() + after
    while time.monotonic() < end:
        os.sched_yield()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert b"Traceback" not in err, err
    assert process.returncode in (-signal.SIGINT, 130, 0, 1), err
