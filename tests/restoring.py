"""A ledger's folder is copied away, and the copy put back."""

import shutil
from pathlib import Path

from project import Project

LAG = 1.0
"""Seconds that look-ups of the Tray below are behind, in place of 0.05."""
SLOW = {"TRAYIMPORT_COMMIT_WITHIN": "0.5", "TRAYIMPORT_LOOKUP_LAG": "1.5"}
WAYS = ("folder", "database", "emptied")
"""What is put back, and how: see `put_back`."""


def folder(project: Project) -> Path:
    return project.root / ".trayimport"


def keep(project: Project) -> None:
    """Copy the ledger away."""
    shutil.copytree(folder(project), project.root / "kept", dirs_exist_ok=True)


def put_back(project: Project, what: str) -> None:
    """Put the copy back: the `folder` as a whole, the `database` alone, or into a folder that was emptied."""
    kept = project.root / "kept"
    if what in ("folder", "emptied"):
        shutil.rmtree(folder(project))
    if what == "folder":
        shutil.copytree(kept, folder(project))
        return
    folder(project).mkdir(mode=0o700, exist_ok=True)
    for path in folder(project).glob("ledger.db-*"):
        path.unlink()
    for path in kept.glob("ledger.db*"):
        if not path.name.endswith((".opening", ".lock")):
            shutil.copy(path, folder(project))
