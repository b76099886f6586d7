"""Rows of a database by SQLAlchemy: read-only, streamed, parameters bound."""

import datetime
import decimal
import json
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from trayimport.codes import record as codes
from trayimport.errors import ConfigurationError, SourceError
from trayimport.model import BadRecord, Json, Record

OPTIONS = frozenset({"url", "query", "params", "key"})
EXTRAS = {"postgresql": "postgres", "mysql": "mysql", "mariadb": "mysql"}
BATCH = 1000


class SqlSource:
    """Rows of one query; a record's origin is its key."""

    typed = True

    def __init__(self, engine: Engine, query: str, params: Mapping[str, Json], key: str | None) -> None:
        self._engine = engine
        self._query = query
        self._params = params
        self._key = key
        found = re.search(r"\bfrom\s+([\w.\"`]+)", query, re.IGNORECASE)
        self._table = re.sub(r"[\"`]", "", found[1]) if found else "query"

    def columns(self) -> Sequence[str]:
        """The names that the query gives. Raises SourceError."""
        try:
            with self._engine.connect() as connection:
                self._read_only(connection)
                with connection.execution_options(stream_results=True, max_row_buffer=1).execute(
                    text(self._query), dict(self._params)
                ) as result:
                    return list(result.keys())
        except SQLAlchemyError as error:
            raise _failed(error) from None

    def records(self) -> Iterator[Record | BadRecord]:
        """See Source."""
        try:
            with self._engine.connect() as connection:
                self._read_only(connection)
                streamed = connection.execution_options(stream_results=True, yield_per=BATCH)
                with streamed.execute(text(self._query), dict(self._params)) as result:
                    names = list(result.keys())
                    key = self._key if self._key in names else names[0]
                    index = names.index(key)
                    for row in result:
                        values = [_value(value) for value in row]
                        shown = str(values[index])[:100]
                        yield Record(dict(zip(names, values, strict=True)), f"sql:{self._table}", f"[{key}={shown}]")
        except SQLAlchemyError as error:
            raise _failed(error) from None

    def _read_only(self, connection: Connection) -> None:
        """The database itself refuses to write."""
        name = self._engine.dialect.name
        if name == "sqlite":
            connection.execute(text("PRAGMA query_only = ON"))
        elif name in {"postgresql", "mysql", "mariadb"}:
            connection.execute(text("SET TRANSACTION READ ONLY"))


def _failed(error: SQLAlchemyError) -> SourceError:
    original = getattr(error, "orig", None) or error
    return SourceError(codes.UNREADABLE, f"the database refused the query ({type(original).__name__})")


def _value(value: object) -> Json:
    """JSON-like, without loss (numerics, timestamps with their zone)."""
    if isinstance(value, datetime.datetime):
        moment = value.isoformat()
        return moment.replace("+00:00", "Z")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else str(value)
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, memoryview | bytearray):
        return bytes(value)
    return value


def open_source(
    options: Mapping[str, Json],
    _base: Path,
    _roots: Sequence[Path] | None,
    _cwd: Path,
) -> SqlSource:
    """An sql source from `url`, `query`, `params` and `key`. Raises ConfigurationError."""
    url, query = options.get("url"), options.get("query")
    if not isinstance(url, str) or not isinstance(query, str):
        raise ConfigurationError(codes.BAD_SOURCE, "source: an sql source needs `url` and `query`")
    params = options.get("params") or {}
    if not isinstance(params, dict):
        raise ConfigurationError(codes.BAD_SOURCE, "source.params: expected a map")
    try:
        engine = create_engine(url, json_deserializer=json.loads)
    except ArgumentError:
        raise ConfigurationError(codes.BAD_SOURCE, "source.url: not a database URL") from None
    except (ImportError, NoSuchModuleError):
        name = url.split(":", 1)[0].split("+", 1)[0]
        extra = EXTRAS.get(name, "all")
        raise ConfigurationError(codes.NO_DRIVER, f"no driver: pip install 'trayimport[{extra}]'") from None
    key = options.get("key")
    return SqlSource(engine, query, params, key if isinstance(key, str) else None)
