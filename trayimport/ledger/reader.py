"""An SQLite ledger opened to be read, on a read-only disk as well (sqlite.org/wal.html, section 5)."""

import contextlib
import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import Final
from urllib.parse import quote

from trayimport.codes import ledger as codes
from trayimport.errors import LedgerError

BUSY_TIMEOUT: Final = 30.0
"""Seconds that SQLite waits for another process's short transaction."""
_REFUSED: Final = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR})


def sqlite_uri(path: Path, query: str) -> str:
    """The file as SQLite's URI has it (sqlite.org/uri.html)."""
    return f"file:{quote(str(path))}?{query}"


def sqlite_connection(name: str) -> sqlite3.Connection:
    """A connection without the driver's own transactions."""
    return sqlite3.connect(name, uri=True, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)


class Reader:
    """Connects to the file at `path`.

    A ledger with a write-ahead log takes two files beside it to be read. Where they can't be made, a file without a log
    is read as one that never changes, and one with a log from a copy, which goes with the process.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._copies: list[tempfile.TemporaryDirectory[str]] = []

    def __call__(self) -> sqlite3.Connection:
        """A connection that reads. Raises sqlite3.Error, LedgerError."""
        for query in ("mode=rw", "mode=ro"):
            with contextlib.suppress(_RefusedError):
                return _tried(sqlite_uri(self._path, query))
        log = self._path.with_name(f"{self._path.name}-wal")
        if not log.exists() or log.stat().st_size == 0:
            return sqlite_connection(sqlite_uri(self._path, "immutable=1"))
        try:
            folder = tempfile.TemporaryDirectory(prefix="trayimport-")
            self._copies.append(folder)
            for file in (self._path, log):
                shutil.copyfile(file, Path(folder.name) / file.name)
        except OSError as error:
            message = f"it takes a copy to be read from a read-only disk, which can't be made (errno {error.errno})"
            raise LedgerError(codes.UNREADABLE, message) from None
        return sqlite_connection(sqlite_uri(Path(folder.name) / self._path.name, "mode=rw"))


class _RefusedError(Exception):
    """It can't be opened so."""


def _tried(name: str) -> sqlite3.Connection:
    connection = sqlite_connection(name)
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlite3.Error as error:
        connection.close()
        if (getattr(error, "sqlite_errorcode", 0) & 0xFF) in _REFUSED:
            raise _RefusedError from None
        raise
    return connection
