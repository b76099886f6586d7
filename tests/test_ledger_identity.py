"""Whether a ledger is the one that was written last, whatever was done to its files in between."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from ledger_support import NOW, Time, opened, process

from trayimport.ledger import SqlLedger, open_ledger
from trayimport.ledger.identity import Opening, renew

Act = Callable[[Path, Path], None]


def write(place: Path, at: float = NOW, machine: str = "left") -> SqlLedger:
    """What a writing command does first; the ledger is closed again."""
    ledger = opened(f"sqlite:///{place / 'ledger.db'}", time=Time(at), machine=machine)
    ledger.lock(0)
    ledger.close()
    return ledger


def untouched(_place: Path, _kept: Path) -> None:
    """Nothing happens."""


def moved_and_back(place: Path, _kept: Path) -> None:
    shutil.move(place, place.with_name("aside"))
    shutil.move(place.with_name("aside"), place)


def folder_back(place: Path, kept: Path) -> None:
    shutil.rmtree(place)
    shutil.copytree(kept, place)


def database_back(place: Path, kept: Path) -> None:
    for name in ("ledger.db-wal", "ledger.db-shm"):
        (place / name).unlink(missing_ok=True)
    shutil.copy2(kept / "ledger.db", place / "ledger.db")


def files_overwritten(place: Path, kept: Path) -> None:
    for path in kept.iterdir():
        shutil.copy2(path, place / path.name)


def database_gone(place: Path, _kept: Path) -> None:
    for path in place.glob("ledger.db*"):
        if path.suffix != ".opening":
            path.unlink()


def opening_gone(place: Path, _kept: Path) -> None:
    (place / "ledger.db.opening").unlink()


def opening_damaged(place: Path, _kept: Path) -> None:
    (place / "ledger.db.opening").write_text("{", "utf-8")


CASES: list[tuple[Act, bool]] = [
    (untouched, False),
    (moved_and_back, False),
    (folder_back, True),
    (database_back, True),
    (files_overwritten, True),
    (database_gone, True),
    (opening_gone, True),
    (opening_damaged, True),
]


@pytest.mark.parametrize(("act", "restored"), CASES, ids=[act.__name__ for act, _ in CASES])
def test_a_ledger_that_is_not_the_one_written_last_is_known_until_its_window_has_passed(
    tmp_path: Path, act: Act, restored: bool
) -> None:
    place, kept = tmp_path / "place", tmp_path / "kept"
    write(place)
    shutil.copytree(place, kept)
    write(place, NOW + 1000)
    act(place, kept)
    seen = [(one.restored, one.fresh) for one in (write(place, NOW + at) for at in (2000, 2030, 2071))]
    assert seen == [(restored, restored), (restored, restored), (False, False)]


def test_who_only_reads_finds_the_same_and_changes_nothing(tmp_path: Path) -> None:
    place, kept = tmp_path / "place", tmp_path / "kept"
    write(place)
    shutil.copytree(place, kept)
    write(place)
    folder_back(place, kept)
    before = (place / "ledger.db.opening").read_bytes()
    url = f"sqlite:///{place / 'ledger.db'}"
    for _ in range(2):
        ledger = open_ledger(url, environ={}, write=False, clock=Time(NOW + 1000), process=process(Time()))
        assert ledger is not None
        assert (ledger.restored, ledger.fresh, "restored" in (ledger.note or "")) == (True, True, True)
        ledger.close()
    assert (place / "ledger.db.opening").read_bytes() == before


def test_a_new_ledger_is_new_and_nobody_says_that_it_was_restored(tmp_path: Path) -> None:
    ledger = write(tmp_path)
    assert (ledger.fresh, ledger.restored, ledger.note) == (True, False, None)


def test_another_machine_is_said_and_believed(tmp_path: Path) -> None:
    write(tmp_path)
    ledger = write(tmp_path, NOW + 1000, machine="right")
    assert (ledger.restored, ledger.note) == (False, "this ledger was last used on left")


@pytest.mark.parametrize("steps", range(4))
def test_a_crash_while_the_nonce_is_renewed_makes_nothing_look_restored(tmp_path: Path, steps: int) -> None:
    """The four stores and replacements of a renewal, cut off after each."""
    write(tmp_path)
    ledger = opened(f"sqlite:///{tmp_path / 'ledger.db'}", time=Time(NOW + 1000))
    meta, opening = ledger._meta, tmp_path / "ledger.db.opening"
    left = [steps]

    def store(values: object) -> None:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        assert isinstance(values, dict)
        with ledger._database.writing() as connection:
            meta.put(connection, values)

    found = json.loads(opening.read_text("utf-8"))
    if steps < 3:
        with pytest.raises(KeyboardInterrupt):
            renew(opening, Opening(found["ledger"], ("new",), "left"), found["nonces"][0], store)
    else:
        renew(opening, Opening(found["ledger"], ("new",), "left"), found["nonces"][0], store)
    ledger.close()
    assert not write(tmp_path, NOW + 2000).restored
