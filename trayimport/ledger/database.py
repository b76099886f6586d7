"""Connections and transactions; all that differs between SQLite and PostgreSQL is in this module."""

import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import (
    URL,
    Connection,
    Double,
    Engine,
    StaticPool,
    Table,
    cast,
    create_engine,
    event,
    extract,
    func,
    inspect,
    literal,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.elements import ColumnElement

from trayimport.codes import ledger as codes
from trayimport.errors import LedgerError
from trayimport.ledger.failures import lost_a_race, translated
from trayimport.ledger.files import Guard
from trayimport.ledger.reader import Reader, sqlite_connection, sqlite_uri

T = TypeVar("T")

LONGEST_IDLE: Final = 20.0
"""Seconds: less than others wait for a row."""
_RACES: Final = 5
_BEGIN: Final = "ledger_begin"


class Database:
    """One connection, one transaction at a time. Every method raises LedgerError for what the database reports."""

    def __init__(self, engine: Engine, guard: Guard, clock: Callable[[], float]) -> None:
        self.guard = guard
        self.shared = engine.dialect.name == "postgresql"
        self._engine = engine
        self._clock = clock
        self._turn = threading.RLock()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads."""
        with self._turn, translated():
            self.guard.check()
            with self._engine.connect() as connection, connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is durable once this ends without an error, in the file that is at the ledger's path."""
        with self._turn, translated(), self._transaction() as connection:
            yield connection

    def write(self, work: Callable[[Connection], T]) -> T:
        """`work` in a transaction of its own, done again where another runner's transaction came in between."""
        with self._turn, translated():
            for _ in range(_RACES):
                try:
                    with self._transaction() as connection:
                        return work(connection)
                except DBAPIError as error:
                    if not lost_a_race(error):
                        raise
        raise LedgerError(codes.CONTENDED, f"writing collided with others' writes {_RACES} times in a row")

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        self.guard.check()
        with self._engine.connect().execution_options(**{_BEGIN: "BEGIN IMMEDIATE"}) as connection, connection.begin():
            yield connection
            self.guard.check()
        self.guard.check()

    def tables(self) -> set[str]:
        """Names of the tables there are."""
        with self.reading() as connection:
            return set(inspect(connection).get_table_names())

    def now(self) -> ColumnElement[float]:
        """Seconds since the epoch: by the database's clock where runners on several machines share it."""
        if self.shared:
            return cast(extract("epoch", func.clock_timestamp()), Double)
        return literal(self._clock())

    def greatest(self, *values: ColumnElement[float]) -> ColumnElement[float]:
        """The larger of two numbers, each by its own database's name for that."""
        return func.greatest(*values) if self.shared else func.max(*values)

    def upsert(
        self,
        table: Table,
        values: Sequence[Mapping[str, Any]],
        *,
        keep: bool = False,
        where: ColumnElement[bool] | None = None,
        **changes: Any,
    ) -> sqlite.Insert | postgresql.Insert:
        """INSERT, or where the primary key exists UPDATE `changes` (default: all columns) if `where` holds; `keep`
        leaves existing rows as they are."""
        make = postgresql.insert if self.shared else sqlite.insert
        statement = make(table).values([dict(row) for row in values])
        keys = [column.name for column in table.primary_key]
        changed = changes or {
            column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys
        }
        if keep or not changed:
            return statement.on_conflict_do_nothing(index_elements=keys)
        return statement.on_conflict_do_update(index_elements=keys, set_=changed, where=where)

    def close(self) -> None:
        """End all connections."""
        with self._turn, translated():
            self._engine.dispose()


def sqlite_database(path: Path | None, *, write: bool, clock: Callable[[], float]) -> Database:
    """The database in the file at `path`, which must exist; None is one in memory. Raises LedgerError."""
    connect: Callable[[], sqlite3.Connection]
    if path is None:
        connect = partial(sqlite_connection, ":memory:")
    elif write:
        connect = partial(sqlite_connection, sqlite_uri(path, "mode=rw"))
    else:
        connect = Reader(path)
    engine = create_engine("sqlite://", creator=connect, poolclass=StaticPool, hide_parameters=True)
    event.listen(engine, "connect", partial(_prepare_sqlite, write=write))
    event.listen(engine, "begin", _begin_sqlite)
    guard = Guard()
    database = Database(engine, guard, clock)
    if path is not None:
        guard.watch(path)
    return database


def postgresql_database(url: URL, *, clock: Callable[[], float], lease: float = 30.0) -> Database:
    """The PostgreSQL database at `url`. Raises LedgerError where no driver is installed.

    `lease`: seconds after which another runner may take over; a transaction of one that was paused ends by then.
    """
    try:
        engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_size=1,
            max_overflow=1,
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args={"connect_timeout": 15, "application_name": "trayimport"},
        )
    except ModuleNotFoundError:
        raise LedgerError(codes.DRIVER_MISSING, "psycopg is not installed") from None
    event.listen(engine, "connect", partial(_prepare_postgresql, idle=min(lease, LONGEST_IDLE)))
    return Database(engine, Guard(), clock)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object, *, write: bool) -> None:
    """Rule 1: a commit is on the disk before it is believed; macOS's fsync alone doesn't reach it."""
    if not write:
        connection.execute("PRAGMA query_only=ON")
        return
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    if sys.platform == "darwin":
        connection.execute("PRAGMA fullfsync=ON")
        connection.execute("PRAGMA checkpoint_fullfsync=ON")


def _begin_sqlite(connection: Connection) -> None:
    """A deferred transaction that turns into a writing one can fail half-way: IMMEDIATE can't."""
    connection.exec_driver_sql(str(connection.get_execution_options().get(_BEGIN, "BEGIN")))


def _prepare_postgresql(connection: Any, _record: object, *, idle: float) -> None:
    """Rule 1, without weakening a server that waits for replicas; an idle transaction would stop every runner."""
    connection.execute(
        "SELECT set_config('synchronous_commit', 'on', false) "
        "WHERE current_setting('synchronous_commit') IN ('off', 'local')"
    )
    connection.execute(
        "SELECT set_config('idle_in_transaction_session_timeout', %s, false)", [f"{max(1, round(idle * 1000))}ms"]
    )
    connection.execute("SELECT set_config('lock_timeout', '30s', false)")
    connection.commit()
