"""A plan's rows, on disk: keys and fingerprints, no values. Memory stays flat whatever the number of records."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from trayimport.model import Problem

_TABLES = """
CREATE TABLE rows (
  seq INTEGER PRIMARY KEY, mapping INTEGER NOT NULL, key TEXT, user TEXT, name TEXT, user_name TEXT,
  action TEXT NOT NULL, place TEXT NOT NULL, payload TEXT, content TEXT, environment TEXT,
  selected INTEGER NOT NULL DEFAULT 1,
  twin_mapping TEXT, twin_key TEXT, authentication TEXT);
CREATE TABLE problems (seq INTEGER NOT NULL, code TEXT, path TEXT, message TEXT, place TEXT, remedy TEXT);
CREATE TABLE users (
  external TEXT PRIMARY KEY, id TEXT, name TEXT, test INTEGER NOT NULL, allowed INTEGER NOT NULL,
  existed INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
"""
_INDEXES = """
CREATE INDEX rows_key ON rows (mapping, key);
CREATE INDEX rows_user ON rows (user, environment, name);
CREATE INDEX problems_seq ON problems (seq);
"""
WORK = ("create", "adopt", "update")
"""Actions that send something, or may."""


class Row(NamedTuple):
    """One record of the plan; `place` is where it stands in its source, `twin_*` the ledger's item that equals it."""

    seq: int
    mapping: int
    key: str | None
    user: str | None
    name: str | None
    user_name: str | None
    action: str
    place: str
    payload: str | None = None
    content: str | None = None
    environment: str | None = None
    selected: int = 1
    twin_mapping: str | None = None
    twin_key: str | None = None
    authentication: str | None = None


@dataclass(frozen=True, slots=True)
class PlannedUser:
    """An End User with something to be sent; `id` is None where Tray has no such user yet."""

    external_user_id: str
    id: str | None
    name: str
    is_test_user: bool
    may_create: bool
    existed: bool


class PlanStore:
    """Rows in the order of the records; the file is temporary, and gone when it is closed."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=OFF")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.executescript(_TABLES)
        self._db.execute("BEGIN")

    def add(self, rows: Sequence[Row]) -> None:
        """Append rows."""
        self._db.executemany(f"INSERT INTO rows VALUES ({','.join('?' * len(Row._fields))})", rows)  # noqa: S608

    def add_problems(self, seq: int, problems: Iterable[Problem]) -> None:
        """Note what is wrong with a row."""
        self._db.executemany(
            "INSERT INTO problems VALUES (?,?,?,?,?,?)",
            [(seq, p.code, p.path, p.message, p.where, p.remedy) for p in problems],
        )

    def drop_problems(self, seq: int, code: str) -> None:
        """Forget the problems of a row that have this code."""
        self._db.execute("DELETE FROM problems WHERE seq=? AND code=?", (seq, code))

    def index(self) -> None:
        """Called once all rows are there, before the questions below."""
        self._db.executescript(_INDEXES)

    def mark(self, seq: int, action: str, problems: Iterable[Problem] = (), authentication: str | None = None) -> None:
        """Give a row another action, and say why."""
        self._db.execute("UPDATE rows SET action=?, authentication=? WHERE seq=?", (action, authentication, seq))
        self.add_problems(seq, problems)

    def duplicates(self) -> Iterator[tuple[str, list[tuple[int, str]]]]:
        """Groups of rows that can't stand beside each other: `key`, `name` or `content`, with (seq, place)."""
        for what, columns in (
            ("key", "mapping, key"),
            ("name", "environment, user, name"),
            ("content", "environment, user, content"),
        ):
            last = columns.rsplit(", ", 1)[-1]
            groups = self._db.execute(
                f"SELECT group_concat(seq) FROM rows WHERE {last} IS NOT NULL AND action != 'skip' "  # noqa: S608
                f"GROUP BY {columns} HAVING count(*) > 1 ORDER BY min(seq)"
            ).fetchall()
            for (seqs,) in groups:
                yield what, [(int(seq), self.place(int(seq))) for seq in sorted(seqs.split(","), key=int)]

    def place(self, seq: int) -> str:
        """Where a row stands in its source."""
        return str(self._db.execute("SELECT place FROM rows WHERE seq=?", (seq,)).fetchone()[0])

    def has_key(self, mapping: int, key: str) -> bool:
        """Whether a record of this plan has that key."""
        found = self._db.execute("SELECT 1 FROM rows WHERE mapping=? AND key=?", (mapping, key)).fetchone()
        return found is not None

    def rows(self, mapping: int | None = None, actions: Sequence[str] = (), selected: bool = True) -> Iterator[Row]:
        """Rows in order, streamed; changes meanwhile are allowed for rows already given."""
        seq = -1
        where = "seq > ?"
        arguments: list[object] = []
        if mapping is not None:
            where += " AND mapping = ?"
            arguments.append(mapping)
        if actions:
            where += f" AND action IN ({','.join('?' * len(actions))})"
            arguments += actions
        if selected:
            where += " AND selected = 1"
        query = f"SELECT * FROM rows WHERE {where} ORDER BY seq LIMIT 1000"  # noqa: S608
        while batch := self._db.execute(query, (seq, *arguments)).fetchall():
            for values in batch:
                yield Row(*values)
            seq = batch[-1][0]

    def rows_of_user(self, user: str, actions: Sequence[str]) -> list[Row]:
        """The selected rows of one End User."""
        marks = ",".join("?" * len(actions))
        query = f"SELECT * FROM rows WHERE user=? AND selected=1 AND action IN ({marks}) ORDER BY seq"  # noqa: S608
        return [Row(*values) for values in self._db.execute(query, (user, *actions))]

    def unselect(self, seq: int) -> None:
        """Leave a row out of this run."""
        self._db.execute("UPDATE rows SET selected=0 WHERE seq=?", (seq,))

    def unselect_all(self) -> None:
        """Leave every row out of this run, but for those that `reselect` names."""
        self._db.execute("UPDATE rows SET selected=0")

    def reselect(self, seq: int) -> None:
        """Take a row into this run."""
        self._db.execute("UPDATE rows SET selected=1 WHERE seq=?", (seq,))

    def row(self, mapping: int, key: str) -> Row | None:
        """The first row of a key, selected or not."""
        query = "SELECT * FROM rows WHERE mapping=? AND key=? ORDER BY seq LIMIT 1"
        found = self._db.execute(query, (mapping, key)).fetchone()
        return None if found is None else Row(*found)

    def last(self) -> int:
        """The highest number of a row; 0 where there is none."""
        return int(self._db.execute("SELECT coalesce(max(seq), 0) FROM rows").fetchone()[0])

    def counts(self, mapping: int | None = None) -> dict[str, int]:
        """How many selected rows have each action."""
        where, arguments = ("", ()) if mapping is None else (" AND mapping=?", (mapping,))
        query = f"SELECT action, count(*) FROM rows WHERE selected=1{where} GROUP BY action"  # noqa: S608
        return dict(self._db.execute(query, arguments).fetchall())

    def problems(self, mapping: int | None = None) -> Iterator[tuple[str | None, Problem]]:
        """(key, problem) of every selected row, in order."""
        where, arguments = ("", ()) if mapping is None else (" AND rows.mapping=?", (mapping,))
        query = (
            "SELECT rows.key, code, path, message, problems.place, remedy FROM problems JOIN rows USING (seq) "  # noqa: S608
            f"WHERE rows.selected=1{where} ORDER BY seq, problems.rowid"
        )
        for key, *rest in self._db.execute(query, arguments).fetchall():
            yield key, Problem(*rest)

    def collect_users(self, specs: Sequence[tuple[bool, bool]]) -> int:
        """Note the End Users of rows with work; `specs` gives (isTestUser, create) for each mapping. How many."""
        for mapping, (test, create) in enumerate(specs):
            self._db.execute(
                "INSERT INTO users (external, name, test, allowed) SELECT user, user_name, ?, ? FROM rows "
                "WHERE mapping=? AND selected=1 AND action IN ('create','adopt','update','in_doubt') ORDER BY seq "
                "ON CONFLICT (external) DO UPDATE SET allowed = max(allowed, excluded.allowed)",
                (int(test), int(create), mapping),
            )
        return self.count_users()

    def count_users(self, *, missing: bool = False) -> int:
        """How many users there are, or how many of them are not known to be in Tray."""
        where = " WHERE id IS NULL" if missing else ""
        return int(self._db.execute(f"SELECT count(*) FROM users{where}").fetchone()[0])  # noqa: S608

    def found_user(self, external: str, user_id: str, *, existed: bool) -> bool:
        """Note a user's id; False where this plan has no such user."""
        done = self._db.execute("UPDATE users SET id=?, existed=? WHERE external=?", (user_id, int(existed), external))
        return done.rowcount > 0

    def user(self, external: str) -> PlannedUser | None:
        """One user."""
        found = self._db.execute("SELECT * FROM users WHERE external=?", (external,)).fetchone()
        return None if found is None else _user(found)

    def users(self, *, missing: bool | None = None) -> Iterator[PlannedUser]:
        """Users, streamed; `missing` asks for those without an id, or with one."""
        last = ""
        where = "" if missing is None else f" AND id IS {'' if missing else 'NOT '}NULL"
        query = f"SELECT * FROM users WHERE external > ?{where} ORDER BY external LIMIT 1000"  # noqa: S608
        while batch := self._db.execute(query, (last,)).fetchall():
            yield from map(_user, batch)
            last = batch[-1][0]

    def copy_to(self, path: Path) -> None:
        """Write the table into an empty file. Raises sqlite3.Error."""
        self._db.commit()
        self._db.execute("VACUUM INTO ?", (str(path),))

    def close(self) -> None:
        """Forget everything."""
        self._db.close()


def _user(values: tuple[str, str | None, str, int, int, int]) -> PlannedUser:
    return PlannedUser(values[0], values[1], values[2], bool(values[3]), bool(values[4]), bool(values[5]))
