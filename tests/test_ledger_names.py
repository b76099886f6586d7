"""One ledger under two names is one ledger; and nothing that lies beside it leads to another file."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from imports import APPLY, RECORDS, USERS, assert_exactly_once, project_in
from ledger_support import KEY, item, opened
from polling import until

from trayimport.errors import LedgerError
from trayimport.ledger.inode import InodeLock
from trayimport.model import ItemWrite
from trayimport.sandbox import Fault, FaultPlan

ENVIRON = {"TRAYIMPORT_LEDGER_KEY": KEY}


def by_link(real: Path, folder: Path) -> Path:
    (folder / "other.db").symlink_to(real)
    return folder / "other.db"


def by_linked_folder(real: Path, folder: Path) -> Path:
    (folder / "state").symlink_to(real.parent)
    return folder / "state" / real.name


def by_dots(real: Path, _folder: Path) -> Path:
    return real.parent / ".." / real.parent.name / real.name


@pytest.mark.parametrize("name", [by_link, by_linked_folder, by_dots])
def test_a_second_name_finds_the_same_lock_log_and_nonce(tmp_path: Path, name: Callable[[Path, Path], Path]) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    real = tmp_path / "a" / "ledger.db"
    first = opened(f"sqlite:///{real}")
    first.lock(0)
    first.write([ItemWrite(item(), None)])
    second = opened(f"sqlite:///{name(real, tmp_path / 'b')}")
    with pytest.raises(LedgerError, match="TI605"):
        second.lock(0)
    first.close()
    second.lock(0)
    assert (second.restored, list(second.items("slack", ["a1"]))) == (False, ["a1"])
    second.close()
    assert sorted(path.name for path in real.parent.iterdir()) == [
        "ledger.db",
        "ledger.db.lock",
        "ledger.db.opening",
        "ledger.key",
    ]
    assert [path.name for path in (tmp_path / "b").iterdir() if not path.is_symlink()] == []


def test_a_ledger_with_a_hard_link_is_refused_by_either_name(tmp_path: Path) -> None:
    opened(f"sqlite:///{tmp_path}/ledger.db").close()
    (tmp_path / "b").mkdir()
    os.link(tmp_path / "ledger.db", tmp_path / "b" / "ledger.db")
    for name in ("ledger.db", "b/ledger.db"):
        with pytest.raises(LedgerError, match="TI618"):
            opened(f"sqlite:///{tmp_path}/{name}", environ=ENVIRON)


def test_the_key_beside_a_link_is_still_found(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    opened(f"sqlite:///{tmp_path}/a/ledger.db").close()
    (tmp_path / "b" / "ledger.db").symlink_to(tmp_path / "a" / "ledger.db")
    (tmp_path / "a" / "ledger.key").rename(tmp_path / "b" / "ledger.key")
    opened(f"sqlite:///{tmp_path}/b/ledger.db").close()
    with pytest.raises(LedgerError, match="TI607"):
        opened(f"sqlite:///{tmp_path}/a/ledger.db")


def test_a_link_to_nowhere_makes_no_ledger(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").symlink_to(tmp_path / "elsewhere.db")
    (tmp_path / "round.db").symlink_to(tmp_path / "round.db")
    for name in ("ledger.db", "round.db"):
        with pytest.raises(LedgerError, match="TI618"):
            opened(f"sqlite:///{tmp_path}/{name}")
    assert not (tmp_path / "elsewhere.db").exists()


def test_the_inode_is_locked_for_whoever_opens_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    one, two = InodeLock(tmp_path / "file"), InodeLock(tmp_path / "file")
    assert (one.take(), two.take()) == (True, False)
    one.close()
    assert two.take()
    two.close()


@pytest.mark.parametrize("made", ["link", "hard link", "content", "pipe", "folder"])
@pytest.mark.parametrize("name", ["ledger.db.lock"])
def test_a_lock_that_is_none_is_refused_and_what_it_leads_to_stays(tmp_path: Path, made: str, name: str) -> None:
    victim, lock = tmp_path / "victim", tmp_path / name
    victim.write_text("pid of nobody: what is needed")
    if made == "link":
        lock.symlink_to(victim)
    elif made == "hard link":
        os.link(victim, lock)
    elif made == "pipe":
        os.mkfifo(lock)
    elif made == "folder":
        lock.mkdir()
    else:
        lock.write_text("what is needed")
    ledger = opened(f"sqlite:///{tmp_path}/ledger.db")
    with pytest.raises(LedgerError, match="TI602" if made == "folder" else "TI618"):
        ledger.lock(0)
    ledger.close()
    assert victim.read_text() == "pid of nobody: what is needed"
    assert made != "content" or lock.read_text() == "what is needed"


def test_links_in_place_of_nonce_and_drafts_are_never_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("what is needed")
    for name in ("ledger.db.opening", f"ledger.db.opening.{os.getpid()}", f"ledger.key.{os.getpid()}"):
        (tmp_path / name).symlink_to(victim)
    ledger = opened(f"sqlite:///{tmp_path}/ledger.db")
    ledger.lock(0)
    ledger.close()
    assert victim.read_text() == "what is needed"
    assert not (tmp_path / "ledger.db.opening").is_symlink()


def test_a_lock_of_an_earlier_version_is_taken(tmp_path: Path) -> None:
    opened(f"sqlite:///{tmp_path}/ledger.db").close()
    for text in ("", "pid 12 on left, apply, since 2030-01-01T00:00:00Z", "pid 12 " + "x" * 900):
        (tmp_path / "ledger.db.lock").write_text(text)
        ledger = opened(f"sqlite:///{tmp_path}/ledger.db")
        ledger.lock(0)
        assert "pid 12 on left, apply, since" in (ledger.held() or "")
        assert "xx" not in (ledger.held() or "")
        ledger.close()


def test_two_runs_by_two_names_create_each_record_once(tmp_path: Path) -> None:
    with project_in(tmp_path, faults=FaultPlan(script={"create": [Fault.HELD_AFTER]})) as project:
        (tmp_path / "link").mkdir()
        first = project.start(*APPLY)
        until(lambda: project.sandbox.held)
        (tmp_path / "link" / "ledger.db").symlink_to(tmp_path / ".trayimport" / "ledger.db")
        second = project.start(*APPLY, "--ledger", "sqlite:///link/ledger.db", "--lock-wait", "30")
        project.sandbox.release()
        assert [one.communicate() and one.returncode for one in (first, second)] == [0, 0]
        assert_exactly_once(project.sandbox, RECORDS, USERS)
