"""Whether a PostgreSQL ledger is the one that was written last, or was made from a backup.

A dump that is put back makes its tables anew, a copied database has another number, and a server that was put back to
an earlier moment begins another timeline. All of it is kept in the ledger, and differs then. (A fail-over begins one
too; it may lose the latest commits as well.)
"""

from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection, text

from trayimport.ledger.database import Database
from trayimport.ledger.meta import Meta
from trayimport.ledger.presence import Found

NOTE: Final = "this ledger was restored from a backup, copied, or moved to another server"
_TABLES: Final = text(
    "SELECT d.oid || ':' || 'meta'::regclass::oid FROM pg_database d WHERE datname=current_database()"
)
_MAY: Final = text(
    "SELECT has_function_privilege('pg_control_system()', 'execute') "
    "AND has_function_privilege('pg_control_checkpoint()', 'execute')"
)
_SERVER: Final = text(
    "SELECT s.system_identifier || ':' || c.timeline_id FROM pg_control_system() s, pg_control_checkpoint() c"
)


class Origin:
    """Compares where the ledger is with where it was; `clock` gives wall-clock seconds."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._meta = Meta(database)
        self._clock = clock

    def look(self) -> Found:
        """What `keep` would find, changing nothing. Raises LedgerError."""
        with self._database.reading() as connection:
            return self._judge(self._meta.read(connection).get("origin"), _origin(connection))

    def keep(self) -> Found:
        """Judge, and remember where the ledger is now, and since when it is believed no more. Raises LedgerError."""
        with self._database.writing() as connection:
            now = _origin(connection)
            found = self._judge(self._meta.read(connection).get("origin"), now)
            since = repr(found.restored_since)
            judged = {} if found.restored_since is None else {"fresh_since": since, "restored_since": since}
            self._meta.put(connection, {"origin": now, **judged})
        return found

    def _judge(self, before: str | None, now: str) -> Found:
        same = before is None or _agree(before.split(":"), now.split(":"))
        return Found() if same else Found(self._clock(), NOTE)


def _origin(connection: Connection) -> str:
    """`database:table:server:timeline`; the last two are missing where this role may not ask for them."""
    parts = [str(connection.execute(_TABLES).scalar_one())]
    if connection.execute(_MAY).scalar_one():
        parts.append(str(connection.execute(_SERVER).scalar_one()))
    return ":".join(parts)


def _agree(before: list[str], now: list[str]) -> bool:
    """Compared as far as both are known: a role may have got or lost the right to ask."""
    return all(one == other for one, other in zip(before, now, strict=False))
