"""One budget of requests for all who share a PostgreSQL ledger (design, promise 6; commands, ruling 42).

A row that holds when the next request may leave, by the database's clock: whoever sends moves it on. A runner that
stops holds nothing up, and its last reservation is wasted.
"""

from typing import Protocol

from sqlalchemy import ColumnElement

from trayimport.codes import ledger as codes
from trayimport.errors import LedgerError
from trayimport.ledger import tables
from trayimport.ledger.database import Database

_NEXT = tables.budget.c.next_slot
NAME = "tray"
"""The row of Tray's limit, which REST and GraphQL share."""


class OwnPacer(Protocol):
    """The budget of one runner (core/pace.py): `rate` requests a second, above 0, and `spare` at once besides."""

    rate: float
    spare: float

    def wait(self, now: float) -> float: ...
    def take(self, now: float) -> float: ...
    def cool_down(self, now: float, seconds: float) -> None: ...


class SharedPacer:
    """A runner's own budget, and within it that of all runners on one database together."""

    def __init__(self, database: Database, own: OwnPacer) -> None:
        self._database = database
        self._own = own
        self._step = 1 / (own.rate - own.spare / 60)
        self._reserved: float | None = None
        self._alone = False

    def take(self, now: float) -> float:
        """0.0: granted, and counted; else seconds to wait before asking again. `now` in monotonic seconds.

        Raises LedgerError.
        """
        if self._reserved is None:
            self._reserved = now + self._reserve()
        wait = max(self._reserved - now, self._own.wait(now))
        if wait > 0:
            return wait
        self._reserved = None
        return self._own.take(now)

    def cool_down(self, now: float, seconds: float) -> None:
        """Nobody sends for `seconds`, and all start again without a burst. Raises LedgerError."""
        self._own.cool_down(now, seconds)
        if not self._alone:
            self._move(self._database.now() + seconds, 0.0)

    def _reserve(self) -> float:
        """Reserve one request; seconds to wait before it. Who may only read the ledger keeps to its own budget."""
        if self._alone:
            return 0.0
        try:
            return self._move(self._database.now() - self._own.spare * self._step, self._step)
        except LedgerError as error:
            if error.code is not codes.READ_ONLY:
                raise
            self._alone = True
            return 0.0

    def _move(self, earliest: ColumnElement[float], by: float) -> float:
        """Move the next request on by `by` seconds from `earliest` at least; seconds until where it was."""
        statement = self._database.upsert(
            tables.budget,
            [{"name": NAME, "next_slot": earliest + by}],
            next_slot=self._database.greatest(_NEXT, earliest) + by,
        ).returning(_NEXT - by - self._database.now())
        with self._database.writing() as connection:
            return max(0.0, float(connection.execute(statement).scalar_one()))
