"""What a database reports → LedgerError; this is the only place that looks at drivers' errors."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from trayimport.codes import ledger as codes
from trayimport.codes.base import Code
from trayimport.errors import LedgerError

_SQLITE: Final[dict[int, tuple[Code, str]]] = {
    sqlite3.SQLITE_FULL: (codes.FULL, "the disk that holds the ledger is full"),
    sqlite3.SQLITE_READONLY: (codes.READ_ONLY, "the ledger can't be written"),
    sqlite3.SQLITE_BUSY: (codes.LOCKED, "another process is writing to the ledger"),
    sqlite3.SQLITE_LOCKED: (codes.LOCKED, "another process is writing to the ledger"),
    sqlite3.SQLITE_CORRUPT: (codes.UNREADABLE, "the ledger's file is damaged"),
    sqlite3.SQLITE_NOTADB: (codes.NOT_A_LEDGER, "the ledger's file is no SQLite database"),
    sqlite3.SQLITE_CANTOPEN: (codes.UNREADABLE, "the ledger's file can't be opened"),
    sqlite3.SQLITE_IOERR: (codes.UNREADABLE, "the disk failed while the ledger was read or written"),
}
"""By primary result code, the lowest byte of SQLite's extended ones (sqlite.org/rescode.html)."""

_POSTGRESQL: Final[dict[str, tuple[Code, str]]] = {
    "53100": (codes.FULL, "the disk of the database that holds the ledger is full"),
    "25P03": (codes.LEASE_LOST, "this run was paused in the middle of a transaction, which the database then ended"),
    "25006": (codes.READ_ONLY, "the database that holds the ledger is read-only"),
    "42501": (codes.READ_ONLY, "this user may not write to the ledger"),
}
"""By SQLSTATE (PostgreSQL manual, appendix A)."""

RACES: Final = frozenset({"40001", "40P01", "23505", "42P07"})
"""SQLSTATEs of a transaction that another one got ahead of: serialization failure, deadlock, unique violation, table
that exists already."""


@contextmanager
def translated() -> Iterator[None]:
    """Raise LedgerError for whatever the database or its driver raises; statements and their values stay out of it."""
    try:
        yield
    except DBAPIError as error:
        raise ledger_error(error.orig) from None
    except sqlite3.Error as error:
        raise ledger_error(error) from None
    except SQLAlchemyError as error:
        raise LedgerError(codes.UNREADABLE, f"the ledger can't be used ({type(error).__name__})") from None


def ledger_error(cause: BaseException | None) -> LedgerError:
    """The LedgerError for a driver's exception."""
    if isinstance(cause, sqlite3.Error):
        number = getattr(cause, "sqlite_errorcode", None)
        found = _SQLITE.get(number & 0xFF) if number is not None else None
        code, message = found or (codes.UNREADABLE, "SQLite can't use the ledger")
        return LedgerError(code, message)
    state = sqlstate(cause)
    if state is None or state.startswith(("08", "57")):
        return LedgerError(codes.UNAVAILABLE, "the database that holds the ledger can't be reached")
    code, message = _POSTGRESQL.get(state, (codes.UNREADABLE, f"the database refused (SQLSTATE {state})"))
    return LedgerError(code, message)


def sqlstate(cause: BaseException | None) -> str | None:
    """PostgreSQL's five characters, None where there are none."""
    state = getattr(cause, "sqlstate", None)
    return state if isinstance(state, str) else None


def lost_a_race(error: DBAPIError) -> bool:
    """Whether doing the whole transaction again can help: another one's row can be seen now."""
    if isinstance(error.orig, sqlite3.IntegrityError):
        return True
    return sqlstate(error.orig) in RACES
