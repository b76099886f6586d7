"""The ledger itself: the Protocol of model.py on a Database."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, Select, bindparam, func, select, text, tuple_

from trayimport.codes import ledger as codes
from trayimport.errors import LedgerError
from trayimport.ledger import keys, tables
from trayimport.ledger.binding import Binding
from trayimport.ledger.budget import OwnPacer, SharedPacer
from trayimport.ledger.database import Database
from trayimport.ledger.leases import Leases
from trayimport.ledger.meta import Meta
from trayimport.ledger.presence import Found, Presence
from trayimport.ledger.rows import dump, item_of, load, user_of
from trayimport.ledger.turn import Turn
from trayimport.ledger.writing import apply_writes, chunks, is_claim
from trayimport.model import Item, LedgerUser, MappingIdentity, Run, Write

PAGE: Final = 1000
"""Rows that an iterator reads at a time; between two pages nothing is locked and writing goes on."""

_ITEMS = tables.items.c
_USERS = tables.users.c


@dataclass(frozen=True, slots=True)
class Opened:
    """What opening found out: who the ledger is, its key, and how new it is."""

    id: str
    key: bytes | LedgerError
    """The error is raised when a fingerprint is asked for: what is only read may do without the key."""
    fresh: bool
    """Made by this opening, or less than D+L ago: the ledger that a crash left seconds ago proves nothing either."""
    restored: bool
    """Found less than D+L ago not to be the ledger that was written last."""
    fresh_since: float
    write: bool


class SqlLedger:
    """`Ledger` on SQLite or PostgreSQL; safe to be used by several threads."""

    def __init__(self, database: Database, opened: Opened, presence: Presence | Turn | None) -> None:
        self._database = database
        self._meta = Meta(database)
        self._presence = presence
        self._opened = opened
        self.id = opened.id
        self.fresh = opened.fresh
        self.restored = opened.restored
        self.fresh_since = opened.fresh_since
        self.shared = database.shared
        self.note: str | None = None
        """What reading or locking it found, for people: that it is a copy, or from another machine."""
        self.leases = Leases(database)
        self._binding = Binding(None if isinstance(opened.key, LedgerError) else opened.key)

    def budget(self, own: OwnPacer) -> OwnPacer | SharedPacer:
        """The budget of requests: that of all runners where the ledger is shared, else `own`."""
        return SharedPacer(self._database, own) if self.shared and own.rate else own

    def fingerprint(self, data: bytes) -> str:
        """Keyed BLAKE2b, 32 hexadecimal digits. Raises LedgerError where the key is missing or another ledger's."""
        key = self._opened.key
        if isinstance(key, LedgerError):
            raise key
        return keys.fingerprint(key, data)

    # What runs change.

    def write(self, writes: Sequence[Write]) -> list[bool]:
        """All writes in one durable transaction; says for each whether its condition held.

        Raises LedgerError where a claim comes after this process's turn on a shared ledger, and then claims nothing;
        what became of earlier claims is written all the same, where they are still as they were.
        """
        if not writes:
            return []
        held = self._database.write(lambda connection: self._write(connection, writes))
        if held is None:
            message = "this run's turn at the shared ledger is over: it was paused, or cut off"
            raise LedgerError(codes.LEASE_LOST, message)
        return held

    def _write(self, connection: Connection, writes: Sequence[Write]) -> list[bool] | None:
        """None where something was claimed out of turn, and only the rest was written."""
        turn = self._presence
        if not isinstance(turn, Turn) or turn.fences(connection):
            return apply_writes(connection, writes, self._binding.bind)
        settled = [write for write in writes if not is_claim(write)]
        if len(settled) == len(writes):
            return apply_writes(connection, writes, self._binding.bind)
        apply_writes(connection, settled, self._binding.bind)
        return None

    def put_mapping_identity(self, identity: MappingIdentity) -> None:
        """Remember what a mapping stands for."""
        values = {column.name: getattr(identity, column.name) for column in tables.mappings.columns}
        with self._database.writing() as connection:
            connection.execute(self._database.upsert(tables.mappings, [values]))

    def tie(self, region: str, hosts: str, environment_ids: Iterable[str]) -> None:
        """Tie this ledger to an organisation, and remember its environments; LedgerError if it is tied to another."""
        ids = [{"id": each} for each in sorted(set(environment_ids)) if each]
        with self._database.writing() as connection:
            facts = {"region": region, "hosts": hosts}
            if ids:
                facts["anchor"] = ids[0]["id"]
            self._meta.put_missing(connection, facts)
            found = self._meta.read(connection)
            for some in chunks(ids):
                connection.execute(self._database.upsert(tables.environments, some))
            if (found["region"], found["hosts"]) != (region, hosts):
                message = f"this ledger belongs to {found['region']} at {found['hosts']}, not to {region} at {hosts}"
                raise LedgerError(codes.OTHER_ORGANISATION, message)

    def windows(self, send: float, commit: float, lag: float) -> tuple[float, float, float]:
        """Store P, D and L (seconds); gives the larger of stored and given, unless nothing is open (ruling 46)."""
        given = {"send_within": send, "commit_within": commit, "lookup_lag": lag}
        if not self._opened.write:
            return _larger(given, self._meta.all())
        with self._database.writing() as connection:
            stored = self._meta.read(connection) if self._open(connection) else {}
            chosen = _larger(given, stored)
            self._meta.put(connection, dict(zip(given, map(repr, chosen), strict=True)))
        return chosen

    def put_run(self, run: Run) -> None:
        """Add a run to the history, or note how it ended."""
        values = {
            "run": run.run,
            "command": run.command,
            "started": run.started,
            "ended": run.ended,
            "status": run.status,
            "mappings": dump(run.mappings),
            "counts": dump(run.counts),
            "host": run.host,
        }
        with self._database.writing() as connection:
            connection.execute(self._database.upsert(tables.runs, [values]))

    # What is known.

    def items(self, mapping: str, keys: Sequence[str]) -> dict[str, Item]:
        """Those of a mapping's items that have one of `keys`."""
        query = _IN_MAPPING
        found: dict[str, Item] = {}
        for some in chunks(dict.fromkeys(keys)):
            for row in self._rows(query, {"of_mapping": mapping, "values": some}):
                found[row[1]] = self._item(row)
        return found

    def items_of_users(self, external_user_ids: Sequence[str]) -> dict[str, list[Item]]:
        """All items of these users, over all mappings, under the users' ids."""
        found: dict[str, list[Item]] = {}
        for some in chunks(dict.fromkeys(external_user_ids)):
            for row in self._rows(_OF_USERS, {"values": some}):
                item = self._item(row)
                found.setdefault(item.external_user_id, []).append(item)
        return found

    def items_of_mapping(self, mapping: str) -> Iterator[Item]:
        """A mapping's items in the order of their keys, streamed."""
        last = ""
        while rows := self._rows(_PAGE_OF_MAPPING, {"of_mapping": mapping, "after": last, "size": PAGE}):
            yield from map(self._item, rows)
            last = rows[-1][1]

    def all_items(self, run: str | None = None) -> Iterator[Item]:
        """Every item, or those whose last attempt belongs to `run`, ordered by mapping and key, streamed."""
        if run is None:
            return self._pages(_PAGE, {})
        return self._pages(_PAGE_OF_RUN, {"of_run": run})

    def open_items(self) -> Iterator[Item]:
        """Items that are `sending`, `updating`, `deleting` or `in_doubt`, ordered by mapping and key, streamed."""
        return self._pages(_PAGE_OF_OPEN, {})

    def users(self, external_user_ids: Sequence[str]) -> dict[str, LedgerUser]:
        """Those of these users that the ledger knows."""
        found: dict[str, LedgerUser] = {}
        for some in chunks(dict.fromkeys(external_user_ids)):
            for row in self._rows(_USERS_IN, {"values": some}):
                found[row[0]] = user_of(row)
        return found

    def open_users(self) -> Iterator[LedgerUser]:
        """Users that are `sending`, `deleting` or `in_doubt`, streamed."""
        return self._user_pages(_PAGE_OF_USERS.where(text(tables.OPEN_USERS)), {})

    def users_of_run(self, run: str) -> Iterator[LedgerUser]:
        """Users whose last attempt belongs to `run`, streamed."""
        return self._user_pages(_PAGE_OF_USERS.where(_USERS.run == bindparam("of_run")), {"of_run": run})

    def states(self) -> dict[str, int]:
        """How many items are in each state."""
        counted = self._rows(select(_ITEMS.state, func.count()).group_by(_ITEMS.state).order_by(_ITEMS.state), {})
        return {row[0]: row[1] for row in counted}

    def mapping_identity(self, mapping: str) -> MappingIdentity | None:
        """What the mapping stood for when it was last applied."""
        rows = self._rows(select(tables.mappings).where(tables.mappings.c.mapping == bindparam("m")), {"m": mapping})
        return MappingIdentity(*rows[0]) if rows else None

    def mapping_identities(self) -> list[MappingIdentity]:
        """What each mapping stood for when it was last applied."""
        rows = self._rows(select(tables.mappings).order_by(tables.mappings.c.mapping), {})
        return [MappingIdentity(*row) for row in rows]

    def environment_ids(self) -> set[str]:
        """Ids of all environments seen at this organisation."""
        return {row[0] for row in self._rows(select(tables.environments.c.id), {})}

    def organisation(self) -> tuple[str, str] | None:
        """(region, hosts) that this ledger is tied to."""
        stored = self._meta.all()
        return (stored["region"], stored["hosts"]) if "region" in stored else None

    def anchor(self) -> str | None:
        """The environment by which this ledger's organisation is known: one of the first that it saw."""
        return self._meta.all().get("anchor")

    def runs(self) -> list[Run]:
        """The history, newest first."""
        columns = tables.runs.c
        return [_run_of(row) for row in self._rows(select(tables.runs).order_by(-columns.started, columns.run), {})]

    # Who may write.

    def lock(self, wait: float) -> None:
        """Become the one writing command; LedgerError names the holder after `wait` seconds.

        Then judges whether this is the ledger that was written last: `fresh`, `restored`, `fresh_since` and `note`
        hold from here on. On a shared ledger it is a lease, which ends with its runner.
        """
        if self._presence is not None:
            self._believe(self._presence.enter(wait))
        with self._database.writing() as connection:
            self._meta.put(connection, {"schema": str(tables.SCHEMA_VERSION)})

    def look(self) -> None:
        """Judge as `lock` does, changing nothing."""
        if self._presence is not None:
            self._believe(self._presence.look())

    def _believe(self, found: Found) -> None:
        self.note = found.note or self.note
        if found.restored_since is not None:
            self.fresh = self.restored = True
            self.fresh_since = found.restored_since

    def held(self) -> str | None:
        """Who holds the lock now ("pid 12 on host, …"), None if nobody."""
        return None if self._presence is None else self._presence.held()

    def holds(self) -> bool:
        """Whether this is the one writing command now; asked right before a request line is written (rule 8)."""
        return self._presence is None or self._presence.holds()

    def close(self) -> None:
        """Give the lock back, and end the connections."""
        if self.shared and self._presence is not None:
            self._presence.leave()
        self._database.close()
        if not self.shared and self._presence is not None:
            self._presence.leave()

    # Reading.

    def _item(self, row: Sequence[Any]) -> Item:
        return self._binding.unbind(item_of(row))

    def _rows(self, query: Select[Any], values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        with self._database.reading() as connection:
            return connection.execute(query, values).all()

    def _pages(self, query: Select[Any], values: Mapping[str, Any]) -> Iterator[Item]:
        last = ("", "")
        while rows := self._rows(query, {**values, "after_mapping": last[0], "after_key": last[1], "size": PAGE}):
            yield from map(self._item, rows)
            last = (rows[-1][0], rows[-1][1])

    def _user_pages(self, query: Select[Any], values: Mapping[str, Any]) -> Iterator[LedgerUser]:
        last = ""
        while rows := self._rows(query, {**values, "after": last, "size": PAGE}):
            yield from map(user_of, rows)
            last = rows[-1][0]

    def _open(self, connection: Any) -> bool:
        """Whether anything is `sending`, `in_doubt` or otherwise under way."""
        for table, condition in ((tables.items, tables.OPEN_ITEMS), (tables.users, tables.OPEN_USERS)):
            if connection.execute(select(1).select_from(table).where(text(condition)).limit(1)).first():
                return True
        return False


_IN: BindParameter[Any] = bindparam("values", expanding=True)
_IN_MAPPING = select(tables.items).where(_ITEMS.mapping == bindparam("of_mapping"), _ITEMS.key.in_(_IN))
_OF_USERS = select(tables.items).where(_ITEMS.external_user_id.in_(_IN)).order_by(_ITEMS.mapping, _ITEMS.key)
_PAGE_OF_MAPPING = (
    select(tables.items)
    .where(_ITEMS.mapping == bindparam("of_mapping"), _ITEMS.key > bindparam("after"))
    .order_by(_ITEMS.key)
    .limit(bindparam("size"))
)
_PAGE = (
    select(tables.items)
    .where(tuple_(_ITEMS.mapping, _ITEMS.key) > tuple_(bindparam("after_mapping"), bindparam("after_key")))
    .order_by(_ITEMS.mapping, _ITEMS.key)
    .limit(bindparam("size"))
)
_PAGE_OF_RUN = _PAGE.where(_ITEMS.run == bindparam("of_run"))
_PAGE_OF_OPEN = _PAGE.where(text(tables.OPEN_ITEMS))
_USERS_IN = select(tables.users).where(_USERS.external_user_id.in_(_IN))
_PAGE_OF_USERS = (
    select(tables.users)
    .where(_USERS.external_user_id > bindparam("after"))
    .order_by(_USERS.external_user_id)
    .limit(bindparam("size"))
)


def _larger(given: Mapping[str, float], stored: Mapping[str, str]) -> tuple[float, float, float]:
    send, commit, lag = (max(value, float(stored.get(name, value))) for name, value in given.items())
    return send, commit, lag


def _run_of(row: Sequence[Any]) -> Run:
    run, command, started, ended, status, mappings, counts, host = row
    return Run(run, command, started, ended, status, tuple(load(mappings)), load(counts), host)
