"""Leases of a shared ledger (protocol, rules 8 and 10).

Rows, not advisory locks: connection poolers break those. All times are the database's.
"""

from sqlalchemy import Connection, select, update

from trayimport.ledger import tables
from trayimport.ledger.database import Database

_LEASES = tables.leases.c


class Leases:
    """Who handles what, and until when."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim_user(self, external_user_id: str, runner: str, seconds: float) -> int | None:
        """Handle this user for `seconds`: the lease's number, higher than any before; None while another holds it."""
        now = self._database.now()
        values = {"external_user_id": external_user_id, "number": 1, "runner": runner, "until": now + seconds}
        statement = self._database.upsert(
            tables.leases,
            [values],
            where=_LEASES.until <= now,
            number=_LEASES.number + 1,
            runner=runner,
            until=now + seconds,
        ).returning(_LEASES.number)
        with self._database.writing() as connection:
            found = connection.execute(statement).scalar()
        return None if found is None else int(found)

    def renew(self, external_user_id: str, number: int, seconds: float) -> bool:
        """Hold the lease for `seconds` from now; False where it ran out, even if nobody took it since."""
        now = self._database.now()
        return self._change(external_user_id, number, now + seconds, now)

    def release(self, external_user_id: str, number: int) -> bool:
        """Give the lease back; False where it was no longer held."""
        return self._change(external_user_id, number, 0.0, self._database.now())

    def holds(self, external_user_id: str, number: int, seconds: float = 0.0) -> bool:
        """Whether this lease lasts `seconds` more; asked right before the request line is written (rule 8)."""
        query = select(_LEASES.number).where(
            _LEASES.external_user_id == external_user_id,
            _LEASES.number == number,
            _LEASES.until > self._database.now() + seconds,
        )
        with self._database.reading() as connection:
            return connection.execute(query).first() is not None

    def fences(self, connection: Connection, external_user_id: str, number: int) -> bool:
        """Whether this lease holds, and will until the transaction ends: who takes it over waits for that."""
        query = (
            select(_LEASES.number)
            .where(
                _LEASES.external_user_id == external_user_id,
                _LEASES.number == number,
                _LEASES.until > self._database.now(),
            )
            .with_for_update(read=True)
        )
        return connection.execute(query).first() is not None

    def holder(self, external_user_id: str) -> str | None:
        """Who holds the lease now; None if nobody."""
        query = select(_LEASES.runner).where(
            _LEASES.external_user_id == external_user_id, _LEASES.until > self._database.now()
        )
        with self._database.reading() as connection:
            found = connection.execute(query).scalar()
        return None if found is None else str(found)

    def _change(self, external_user_id: str, number: int, until: object, now: object) -> bool:
        statement = (
            update(tables.leases)
            .where(_LEASES.external_user_id == external_user_id, _LEASES.number == number, _LEASES.until > now)
            .values(until=until)
        )
        with self._database.writing() as connection:
            return connection.execute(statement).rowcount == 1
