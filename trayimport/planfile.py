"""The file of `plan --out`: the plan's table and what it was made for; keys and fingerprints, no values.

SQLite, so that a plan of a million records is read as it is applied. A plan that is read is somebody's file: it is
opened read-only, and what it says is only ever compared.
"""

import contextlib
import hashlib
import json
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Self
from urllib.parse import quote

from trayimport.codes import run as codes
from trayimport.errors import ConfigurationError
from trayimport.model import Problem
from trayimport.planstore import PlanStore, Row

APPLICATION: Final = 0x7472706C
"""SQLite's application_id of these files."""
VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class PlannedMapping:
    """A mapping as it was when the plan was made; `digest` and `schema` are hashes."""

    path: str
    identity: str
    digest: str
    environment_id: str
    schema: str
    max_age: int | None
    """Seconds, by `tokens.max_age`."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a plan is bound to; `made` is wall-clock seconds."""

    made: float
    ledger: str
    region: str
    hosts: str
    mappings: tuple[PlannedMapping, ...]


def save_plan(store: PlanStore, header: Header, path: Path) -> None:
    """Write the plan over what is at `path`, whole or not at all, for its owner's eyes. Raises ConfigurationError."""
    try:
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise ConfigurationError(codes.UNREADABLE_FILE, f"{path}: {error.strerror}") from None
    os.close(handle)
    try:
        store.copy_to(Path(draft))
        with contextlib.closing(sqlite3.connect(draft, isolation_level=None)) as made:
            made.execute(f"PRAGMA application_id = {APPLICATION}")
            made.create_function("bound", 3, bound_payload, deterministic=True)
            made.execute("PRAGMA secure_delete = ON")
            made.execute("UPDATE rows SET content = NULL, payload = bound(payload, mapping, key)")
            made.execute("CREATE TABLE header (document TEXT NOT NULL)")
            made.execute("INSERT INTO header VALUES (?)", (json.dumps({"version": VERSION, **asdict(header)}),))
        Path(draft).replace(path)
    except (OSError, sqlite3.Error) as error:
        message = f"{path}: cannot be written ({type(error).__name__})"
        raise ConfigurationError(codes.UNREADABLE_FILE, message) from None
    finally:
        Path(draft).unlink(missing_ok=True)


def bound_payload(payload: str | None, mapping: int, key: str | None) -> str | None:
    """A payload's fingerprint as the file has it: of equal ones under two keys nobody sees that they are equal."""
    if payload is None:
        return None
    record = hashlib.blake2b(f"{mapping}\0{key}".encode("utf-8", "surrogatepass"), digest_size=32).digest()
    return "b." + hashlib.blake2b(payload.encode(), key=record, digest_size=16).hexdigest()


def _header(database: sqlite3.Connection) -> Header:
    """What a plan is bound to. Raises sqlite3.Error, and what else comes of a file that is no plan."""
    (number,) = database.execute("PRAGMA application_id").fetchone()
    document = json.loads(database.execute("SELECT document FROM header").fetchone()[0])
    if number != APPLICATION or document.pop("version") != VERSION:
        raise ValueError
    mappings = tuple(PlannedMapping(**one) for one in document.pop("mappings"))
    return Header(**document, mappings=mappings)


class SavedPlan:
    """A plan's file, opened. Raises ConfigurationError where it is none, or a newer version's."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb"):
                pass
            self._db = sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True, isolation_level=None)
            self.header = _header(self._db)
        except OSError as error:
            raise ConfigurationError(codes.UNREADABLE_FILE, f"{path}: {error.strerror}") from None
        except (sqlite3.Error, ValueError, TypeError, KeyError, AttributeError):
            raise ConfigurationError(codes.NO_PLAN, f"{path}: not a plan of this version") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def rows(self) -> Iterator[Row]:
        """The selected rows, in order. Raises ConfigurationError."""
        columns = ", ".join(Row._fields)
        with self._readable():
            for values in self._db.execute(f"SELECT {columns} FROM rows WHERE selected=1 ORDER BY seq"):  # noqa: S608
                yield Row(*values)

    @staticmethod
    def is_same(planned: Row, row: Row) -> bool:
        """Whether a row of the plan was rendered to what a row is now; plans of earlier versions have it unbound."""
        return planned.payload in (row.payload, bound_payload(row.payload, row.mapping, row.key))

    def row(self, mapping: int, key: str) -> Row | None:
        """The selected row of a key; None where the plan has none. Raises ConfigurationError."""
        columns = ", ".join(Row._fields)
        query = f"SELECT {columns} FROM rows WHERE mapping=? AND key=? AND selected=1 LIMIT 1"  # noqa: S608
        with self._readable():
            found = self._db.execute(query, (mapping, key)).fetchone()
        return None if found is None else Row(*found)

    def problems(self, seq: int) -> list[Problem]:
        """What was wrong with a row. Raises ConfigurationError."""
        query = "SELECT code, path, message, place, remedy FROM problems WHERE seq=? ORDER BY rowid"
        with self._readable():
            return [Problem(*values) for values in self._db.execute(query, (seq,))]

    @contextlib.contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error:
            raise ConfigurationError(codes.NO_PLAN, f"{self.path}: not a plan of this version") from None
