"""The ledger's tables, for SQLite and PostgreSQL alike. They hold ids and keyed fingerprints, never a credential."""

from typing import Final

from sqlalchemy import BigInteger, Column, Double, Index, Integer, MetaData, Table, Text, text

SCHEMA_VERSION: Final = 2
"""Stored in `meta` by whoever writes; a ledger with a higher one is refused. Since 2 fingerprints are bound to their
record; rows from before stay readable, and are bound when they are written again."""

OPEN_ITEMS: Final = "state NOT IN ('planned', 'created', 'refused', 'conflict', 'deleted')"
OPEN_USERS: Final = "state IN ('sending', 'deleting', 'in_doubt')"
"""Written out, not bound: a partial index serves only a query that repeats its condition word for word. NOT IN, as
SQLite would prefer the index on `state` for IN, and sort what it finds for each page."""

_Text = Text().with_variant(Text(collation="C"), "postgresql")
"""Text in the order of its bytes everywhere, so that keyset pages agree with sorting."""

metadata = MetaData()

meta = Table("meta", metadata, Column("name", _Text, primary_key=True), Column("value", _Text, nullable=False))

environments = Table("environments", metadata, Column("id", _Text, primary_key=True))

mappings = Table(
    "mappings",
    metadata,
    Column("mapping", _Text, primary_key=True),
    Column("service", _Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("environment_id", _Text, nullable=False),
    Column("environment_title", _Text, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("run", _Text, primary_key=True),
    Column("command", _Text, nullable=False),
    Column("started", Double, nullable=False),
    Column("ended", Double),
    Column("status", Integer),
    Column("mappings", _Text, nullable=False),
    Column("counts", _Text, nullable=False),
    Column("host", _Text, nullable=False),
)

items = Table(
    "items",
    metadata,
    Column("mapping", _Text, primary_key=True),
    Column("key", _Text, primary_key=True),
    Column("state", _Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("external_user_id", _Text, nullable=False),
    Column("environment_id", _Text, nullable=False),
    Column("name", _Text, nullable=False),
    Column("payload", _Text, nullable=False),
    Column("content", _Text, nullable=False),
    Column("run", _Text),
    Column("user_id", _Text),
    Column("fields", _Text, nullable=False),
    Column("snapshot", _Text),
    Column("sent_at", Double),
    Column("authentication_id", _Text),
    Column("origin", _Text),
    Column("detail", _Text),
    Column("seen", _Text, nullable=False),
    Column("lease", BigInteger),
    Column("next_payload", _Text),
    Column("next_content", _Text),
    Column("next_fields", _Text, nullable=False),
    Column("since", Double),
    Index("items_user_name", "external_user_id", "environment_id", "name"),
    Index("items_content", "content"),
    Index("items_state", "state"),
    Index("items_run", "run", "mapping", "key"),
    Index("items_authentication", "authentication_id", unique=True),
    Index("items_open", "mapping", "key", sqlite_where=text(OPEN_ITEMS), postgresql_where=text(OPEN_ITEMS)),
)
"""The columns stand in the order of `Item`'s fields: rows.py relies on it."""

users = Table(
    "users",
    metadata,
    Column("external_user_id", _Text, primary_key=True),
    Column("state", _Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("user_id", _Text),
    Column("run", _Text),
    Column("sent_at", Double),
    Index("users_run", "run", "external_user_id"),
    Index("users_open", "external_user_id", sqlite_where=text(OPEN_USERS), postgresql_where=text(OPEN_USERS)),
)
"""The columns stand in the order of `LedgerUser`'s fields."""

leases = Table(
    "leases",
    metadata,
    Column("external_user_id", _Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("runner", _Text, nullable=False),
    Column("until", Double, nullable=False),
)
"""Who handles an End User, until when (seconds since the epoch, by the database's clock); `number` only grows."""

budget = Table("budget", metadata, Column("name", _Text, primary_key=True), Column("next_slot", Double, nullable=False))
"""One row for the requests that all runners of a shared ledger make together."""
