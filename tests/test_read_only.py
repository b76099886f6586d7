"""On a disk that can't be written, what only shows works as ever."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from imports import APPLY, RECORDS, project_in
from polling import until
from project import Project

from trayimport.sandbox import Fault, FaultPlan

MOUNT = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"'
"""Makes a folder read-only, in a mount namespace of its own; takes no privileges but a user namespace."""
COMMANDS = [
    ["status", "--output", "json"],
    ["export"],
    ["plan", "mappings/", "--rate", "0"],
]


@pytest.fixture(params=["clean", "killed"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Project]:
    """After a run that ended, or one that was killed and left its log beside the ledger."""
    if request.param == "clean":
        with project_in(tmp_path) as made:
            assert made.run(*APPLY).code == 0
            yield made
        return
    with project_in(tmp_path, faults=FaultPlan(script={"create": [Fault.HELD_AFTER]})) as made:
        process = made.start(*APPLY)
        until(lambda: made.sandbox.held)
        process.kill()
        process.communicate(timeout=30)
        assert (tmp_path / ".trayimport" / "ledger.db-wal").stat().st_size > 0
        yield made


def read_only(project: Project, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    prefix = [] if os.geteuid() == 0 else ["-r"]
    command = ["unshare", "-m", *prefix, "sh", "-c", MOUNT, "sh", str(project.root)]
    return subprocess.run(
        [*command, sys.executable, "-m", "trayimport", *arguments],
        cwd=project.root,
        env=project.variables(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_status_runs_export_and_plan_show_the_same(project: Project) -> None:
    for arguments in COMMANDS:
        there = read_only(project, arguments)
        here = project.run(*arguments)
        assert (there.returncode, here.code) in {(0, 0), (1, 1)}, there.stdout + there.stderr
        if arguments[0] != "plan":
            assert there.stdout == here.out
        assert "Traceback" not in there.stderr


def test_apply_says_that_the_ledger_cannot_be_written(project: Project) -> None:
    before = len(project.sandbox.store.authentications())
    done = read_only(project, list(APPLY))
    assert done.returncode == 2, done.stdout + done.stderr
    assert "TI602" in done.stderr
    assert len(project.sandbox.store.authentications()) == before <= RECORDS
