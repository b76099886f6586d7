"""A ledger from its URL: found or made, its key judged, its version checked."""

import os
import platform
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError

from trayimport.codes import ledger as codes
from trayimport.errors import LedgerError
from trayimport.ledger import keys, tables
from trayimport.ledger.database import Database, postgresql_database, sqlite_database
from trayimport.ledger.files import make_private
from trayimport.ledger.inode import InodeLock
from trayimport.ledger.leases import Leases
from trayimport.ledger.lock import FileLock, Patience
from trayimport.ledger.meta import Meta
from trayimport.ledger.origin import Origin
from trayimport.ledger.presence import Presence, Surroundings
from trayimport.ledger.store import Opened, SqlLedger
from trayimport.ledger.turn import Turn


@dataclass(frozen=True, slots=True)
class Process:
    """Who opens the ledger, for the lock's description, and how it waits; all of it can be given by tests."""

    command: str = ""
    pid: int = field(default_factory=os.getpid)
    machine: str = field(default_factory=platform.node)
    random_bytes: Callable[[int], bytes] = secrets.token_bytes
    lease: float = 30.0
    """Seconds that a shared ledger stays with a runner who no longer lives (commands, ruling 45)."""
    patience: Patience = field(default_factory=lambda: Patience(time.monotonic, time.sleep))

    def describe(self, now: float) -> str:
        """`pid 12 on host, apply, since 2030-01-01T00:00:00Z`."""
        since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
        command = f", {self.command}" if self.command else ""
        return f"pid {self.pid} on {self.machine}{command}, since {since}"


def open_ledger(
    url: str,
    *,
    environ: Mapping[str, str],
    write: bool,
    clock: Callable[[], float],
    process: Process | None = None,
) -> SqlLedger | None:
    """The ledger at `url`: `sqlite:///path` (relative to the working directory), `sqlite://` (in memory) or
    `postgresql://…`.

    `write` makes it where there is none; without, nothing is made or changed, and None says that there is none.
    `environ` may hold TRAYIMPORT_LEDGER_KEY; `clock` gives wall-clock seconds. Raises LedgerError. A writing command
    then calls `lock`.
    """
    process = process or Process()
    parsed = _parse(url)
    around = Surroundings(clock, process.random_bytes, process.machine)
    if parsed.get_backend_name() == "postgresql":
        if keys.VARIABLE not in environ:
            raise LedgerError(codes.KEY_LOST, f"a PostgreSQL ledger needs its key in {keys.VARIABLE}")
        database = postgresql_database(parsed, clock=clock, lease=process.lease)
        turn = Turn(
            Leases(database), Origin(database, clock), process.describe(clock()), process.patience, process.lease
        )
        return _open(database, turn, environ, around, write=write)
    if parsed.database in (None, "", ":memory:"):
        return _open(sqlite_database(None, write=True, clock=clock), None, environ, around, write=True)
    named = Path(str(parsed.database)).absolute()
    path = _resolved(named)
    if not path.exists():
        if not write:
            return None
        make_private(path)
    inode = InodeLock(path) if write else None
    lock = FileLock(path.with_name(f"{path.name}.lock"), process.describe(clock()), process.patience, inode)
    try:
        database = sqlite_database(path, write=write, clock=clock)
    except BaseException:
        lock.release()
        raise
    return _open(database, Place(path, lock, (path.parent, named.parent)), environ, around, write=write)


def _resolved(named: Path) -> Path:
    """The file that a path leads to: what lies beside it is found by every name. Raises LedgerError for a link that
    leads nowhere: what a checkout brings with it makes no file elsewhere."""
    try:
        path = named.resolve()
    except (OSError, RuntimeError):
        raise LedgerError(codes.LINKED, f"{named.name} is a link in a circle") from None
    if named.is_symlink() and not path.exists():
        raise LedgerError(codes.LINKED, f"{named.name} is a link that leads nowhere")
    return path


@dataclass(frozen=True, slots=True)
class Place:
    """Where an SQLite ledger lies, and its lock."""

    path: Path
    lock: FileLock
    folders: tuple[Path, ...]
    """Where its key may lie: beside the file, and beside the link that it was named by."""


def _open(
    database: Database, place: Place | Turn | None, environ: Mapping[str, str], around: Surroundings, *, write: bool
) -> SqlLedger | None:
    folders = place.folders if isinstance(place, Place) else ()
    try:
        made = False
        if "meta" not in _tables(database):
            if not write:
                database.close()
                return None
            made = _make(database, environ, folders, around)
        opened = _read(database, environ, folders, around, write=write, made=made)
    except BaseException:
        database.close()
        if isinstance(place, Place):
            place.lock.release()
        raise
    if isinstance(place, Place):
        ledger = SqlLedger(database, opened, Presence(place.path, database, place.lock, around))
        if not write:
            ledger.look()
        return ledger
    ledger = SqlLedger(database, opened, place)
    if not write and place is not None:
        ledger.look()
    return ledger


def _tables(database: Database) -> set[str]:
    """The tables there are. Raises LedgerError where they are somebody else's."""
    found = database.tables()
    if found and "meta" not in found and (not database.shared or found & set(tables.metadata.tables)):
        raise LedgerError(codes.NOT_A_LEDGER, "the database holds tables, but not a ledger's")
    return found


def _make(database: Database, environ: Mapping[str, str], folders: Sequence[Path], around: Surroundings) -> bool:
    """Make the tables and the ledger's own facts, in one transaction; False where another process was faster."""
    key = keys.find_key(environ, folders) or keys.make_key(next(iter(folders), None), around.random_bytes)
    facts = {
        "schema": str(tables.SCHEMA_VERSION),
        "id": around.random_bytes(16).hex(),
        "key_check": keys.check_value(key),
        "fresh_since": repr(around.clock()),
    }
    meta = Meta(database)

    def make(connection: Connection) -> bool:
        tables.metadata.create_all(connection)
        meta.put_missing(connection, facts)
        return meta.read(connection)["id"] == facts["id"]

    return database.write(make)


def _read(
    database: Database,
    environ: Mapping[str, str],
    folders: Sequence[Path],
    around: Surroundings,
    *,
    write: bool,
    made: bool,
) -> Opened:
    stored = Meta(database).all()
    if not {"schema", "id", "key_check", "fresh_since"} <= set(stored):
        raise LedgerError(codes.NOT_A_LEDGER, "the database holds a table `meta`, but not a ledger's")
    if int(stored["schema"]) > tables.SCHEMA_VERSION:
        message = f"the ledger has version {stored['schema']}; this trayimport knows {tables.SCHEMA_VERSION}"
        raise LedgerError(codes.NEWER, message)
    key = _judged(environ, folders, stored["key_check"])
    if write and isinstance(key, LedgerError):
        raise key
    since = float(stored["fresh_since"])
    young = around.clock() - since < float(stored.get("commit_within", 60)) + float(stored.get("lookup_lag", 10))
    restored = young and stored.get("restored_since") == stored["fresh_since"]
    return Opened(stored["id"], key, made or young, restored, since, write)


def _judged(environ: Mapping[str, str], folders: Sequence[Path], check: str) -> bytes | LedgerError:
    """The key, or why there is none: who only reads may do without one."""
    try:
        return keys.judge_key(keys.find_key(environ, folders), check)
    except LedgerError as error:
        return error


def key_files(url: str) -> tuple[Path, ...]:
    """Where an SQLite ledger's key may lie; nowhere for others, and for what is no URL."""
    try:
        parsed = _parse(url)
        if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
            return ()
        named = Path(str(parsed.database)).absolute()
        return tuple(path.parent / keys.FILE for path in (named, _resolved(named)))
    except LedgerError:
        return ()


def _parse(url: str) -> URL:
    """The URL is not shown: it may hold a password."""
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except ArgumentError:
        raise LedgerError(codes.BAD_URL, "the ledger's address is no URL") from None
    if backend not in ("sqlite", "postgresql"):
        raise LedgerError(codes.BAD_URL, f"a ledger can't be kept in {backend}")
    return parsed
