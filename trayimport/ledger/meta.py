"""The ledger's own facts: schema version, id, key check, nonce, organisation, windows."""

from collections.abc import Mapping

from sqlalchemy import Connection, select

from trayimport.ledger import tables
from trayimport.ledger.database import Database


class Meta:
    """Texts under names."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> dict[str, str]:
        """Every value."""
        with self._database.reading() as connection:
            return self.read(connection)

    def read(self, connection: Connection) -> dict[str, str]:
        """Every value, as a transaction sees it."""
        rows = connection.execute(select(tables.meta.c.name, tables.meta.c.value)).all()
        return dict(rows)

    def put(self, connection: Connection, values: Mapping[str, str]) -> None:
        """Set values."""
        connection.execute(self._database.upsert(tables.meta, _rows(values)))

    def put_missing(self, connection: Connection, values: Mapping[str, str]) -> None:
        """Set those of the values that aren't there yet."""
        statement = self._database.upsert(tables.meta, _rows(values), keep=True)
        connection.execute(statement)


def _rows(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in values.items()]
