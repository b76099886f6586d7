"""This process at an SQLite ledger: holds the lock, and knows whether the file is the one that was written last."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from trayimport.ledger import identity
from trayimport.ledger.database import Database
from trayimport.ledger.files import footprint
from trayimport.ledger.lock import FileLock
from trayimport.ledger.meta import Meta


@dataclass(frozen=True, slots=True)
class Found:
    """`restored_since` (wall-clock seconds) where it is not the ledger written last; `note` is for people."""

    restored_since: float | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the ledger asks of the world outside: time, randomness, and which machine this is."""

    clock: Callable[[], float]
    """Wall-clock seconds."""
    random_bytes: Callable[[int], bytes]
    machine: str


class Presence:
    """The lock of the ledger at `path`, and the nonce beside it."""

    def __init__(self, path: Path, database: Database, lock: FileLock, around: Surroundings) -> None:
        self._database = database
        self._meta = Meta(database)
        self._lock = lock
        self._around = around
        self._opening = path.with_name(f"{path.name}.opening")
        self._wal = path.with_name(f"{path.name}-wal")

    def enter(self, wait: float) -> Found:
        """Take the lock within `wait` seconds and renew the nonce. Raises LedgerError."""
        if self._lock.mine:
            return Found()
        self._lock.acquire(wait)
        self._database.guard.watch(self._lock.path)
        stored = self._meta.all()
        around = self._around
        judgement = self._judge(stored)
        since = around.clock() if judgement.copied else None
        nonce = around.random_bytes(16).hex()
        judged = {} if since is None else {"fresh_since": repr(since), "restored_since": repr(since)}

        def store(values: Mapping[str, str]) -> None:
            with self._database.writing() as connection:
                self._meta.put(connection, {**values, **judged})

        opening = identity.Opening(stored["id"], (nonce,), around.machine)
        identity.renew(self._opening, opening, stored.get("nonce"), store)
        if self._wal.exists():
            self._database.guard.watch(self._wal)
        return Found(since, judgement.note)

    def look(self) -> Found:
        """What `enter` would find, changing nothing; nothing is found while another process is at the ledger."""
        if self._lock.held() is not None:
            return Found()
        judgement = self._judge(self._meta.all())
        return Found(self._around.clock() if judgement.copied else None, judgement.note)

    def _judge(self, stored: Mapping[str, str]) -> identity.Judgement:
        mine = identity.Stored(stored["id"], stored.get("nonce"), stored.get("footprint", ""))
        beside = identity.read_opening(self._opening)
        return identity.judge(beside, footprint(self._opening), mine, self._around.machine)

    def holds(self) -> bool:
        """Whether this process holds the lock, which no pause takes away, and the ledger is still the one it locked."""
        return self._lock.mine and self._database.guard.intact()

    def held(self) -> str | None:
        """Who holds the lock."""
        return self._lock.held()

    def leave(self) -> None:
        """Give the lock back."""
        self._database.guard.forget(self._lock.path)
        self._lock.release()
