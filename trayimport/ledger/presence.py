"""This process at an SQLite ledger: holds the lock, and knows whether the file is the one that was written last."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from trayimport.ledger import identity
from trayimport.ledger.database import Database
from trayimport.ledger.lock import FileLock
from trayimport.ledger.meta import Meta


@dataclass(frozen=True, slots=True)
class Found:
    """`fresh_since` (wall-clock seconds) where the ledger turned out to be a copy; `note` is for people."""

    fresh_since: float | None = None
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
        nonce = stored.get("nonce")
        around = self._around
        before = identity.read_opening(self._opening)
        judgement = identity.judge(before, stored["id"], nonce, around.machine)
        changes = {"nonce": around.random_bytes(16).hex()}
        since = around.clock() if judgement.copied else None
        if since is not None:
            changes["fresh_since"] = repr(since)

        def store() -> None:
            with self._database.writing() as connection:
                self._meta.put(connection, changes)

        opening = identity.Opening(stored["id"], (changes["nonce"],), around.machine)
        identity.renew(self._opening, opening, nonce, store)
        if self._wal.exists():
            self._database.guard.watch(self._wal)
        return Found(since, judgement.note)

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
