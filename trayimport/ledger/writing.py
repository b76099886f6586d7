"""Compare-and-set: which writes of a batch hold, and the statements for those that do (protocol, rule 9).

The rows concerned are read (and, on PostgreSQL, locked) first, the conditions are judged here, in order, and the rest
goes out in as few round trips as possible.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal, TypeVar

from sqlalchemy import Connection, Executable, bindparam, insert, select, update

from trayimport.ledger import tables
from trayimport.ledger.rows import item_values, user_values
from trayimport.model import Expect, Item, ItemMove, ItemWrite, State, UserWrite, Write

CHUNK = 400
"""Values bound in one statement; SQLite before 3.32 took 999 (sqlite.org/limits.html)."""

T = TypeVar("T")
Key = tuple[str, str]
Stored = Callable[[Item], Item]
Kind = Literal["insert item", "update item", "move item", "insert user", "update user"]

_ITEMS = tables.items.c
_USERS = tables.users.c

_AT_ITEM = update(tables.items).where(_ITEMS.mapping == bindparam("at_mapping"), _ITEMS.key == bindparam("at_key"))
_AT_USER = update(tables.users).where(_USERS.external_user_id == bindparam("at_user"))
_MOVED: dict[str, Any] = {column.name: bindparam(column.name) for column in tables.items.columns}
_CHANGED = {name: value for name, value in _MOVED.items() if name not in ("mapping", "key")}
"""Without the primary key: SQLite rewrites every index of a column that is set, changed or not."""

_STATEMENTS: dict[Kind, Executable] = {
    "insert item": insert(tables.items),
    "update item": _AT_ITEM.values(_CHANGED),
    "move item": _AT_ITEM.values(_MOVED),
    "insert user": insert(tables.users),
    "update user": _AT_USER.values({column.name: bindparam(column.name) for column in tables.users.columns}),
}


@dataclass(slots=True)
class Known:
    """What the ledger holds of the rows that a batch concerns, kept up to date while the batch is judged."""

    items: dict[Key, tuple[str, int, str | None]]
    """(state, attempt, authentication id) of each row there is."""
    owners: dict[str, Key]
    """Which row has an authentication id."""
    users: dict[str, tuple[str, int]]


def apply_writes(connection: Connection, writes: Sequence[Write], stored: Stored = lambda item: item) -> list[bool]:
    """Do, within the connection's transaction, the writes whose condition holds; says for each whether it did.

    `stored` gives an item as it is stored.

    Raises IntegrityError where another transaction inserted one of these rows meanwhile (PostgreSQL only).
    """
    known = _read(connection, writes)
    answers: list[bool] = []
    statements: list[tuple[Kind, dict[str, Any]]] = []
    for write in writes:
        statement = _judge(write, known, stored)
        answers.append(statement is not None)
        if statement is not None:
            statements.append(statement)
    for kind, group in groupby(statements, key=lambda statement: statement[0]):
        connection.execute(_STATEMENTS[kind], [values for _, values in group])
    return answers


def is_claim(write: Write) -> bool:
    """Whether a write announces a request."""
    if isinstance(write, UserWrite):
        return write.user.state in ("sending", "deleting")
    return isinstance(write, ItemWrite) and write.item.state in (State.SENDING, State.UPDATING, State.DELETING)


def _judge(write: Write, known: Known, stored: Stored) -> tuple[Kind, dict[str, Any]] | None:
    if isinstance(write, ItemWrite):
        return _judge_item(write, known, stored)
    if isinstance(write, ItemMove):
        return _judge_move(write, known, stored)
    return _judge_user(write, known)


def _judge_item(write: ItemWrite, known: Known, stored: Stored) -> tuple[Kind, dict[str, Any]] | None:
    item = write.item
    key = (item.mapping, item.key)
    before = known.items.get(key)
    if _expect(before) != _plain(write.expect) or not _free(item.authentication_id, key, known):
        return None
    _note(known, key, (item.state.value, item.attempt, item.authentication_id))
    values = item_values(stored(item))
    if before is None:
        return "insert item", values
    del values["mapping"], values["key"]
    return "update item", values | {"at_mapping": item.mapping, "at_key": item.key}


def _judge_move(write: ItemMove, known: Known, stored: Stored) -> tuple[Kind, dict[str, Any]] | None:
    """A move holds if the old row is still as `item` says and no row has the new key."""
    item = write.item
    old, new = (item.mapping, write.old_key), (item.mapping, item.key)
    row = (item.state.value, item.attempt, item.authentication_id)
    if known.items.get(old) != row or new in known.items:
        return None
    del known.items[old]
    _note(known, new, row)
    return "move item", item_values(stored(item)) | {"at_mapping": item.mapping, "at_key": write.old_key}


def _judge_user(write: UserWrite, known: Known) -> tuple[Kind, dict[str, Any]] | None:
    user = write.user
    before = known.users.get(user.external_user_id)
    if before != write.expect:
        return None
    known.users[user.external_user_id] = (user.state, user.attempt)
    if before is None:
        return "insert user", user_values(user)
    return "update user", user_values(user) | {"at_user": user.external_user_id}


def _expect(row: tuple[str, int, str | None] | None) -> tuple[str, int] | None:
    return None if row is None else row[:2]


def _plain(expect: Expect) -> tuple[str, int] | None:
    return None if expect is None else (expect[0].value, expect[1])


def _free(authentication: str | None, key: Key, known: Known) -> bool:
    """Whether no other row has this authentication id."""
    return authentication is None or known.owners.get(authentication, key) == key


def _note(known: Known, key: Key, row: tuple[str, int, str | None]) -> None:
    before = known.items.get(key)
    if before is not None and before[2] is not None and before[2] != row[2]:
        known.owners.pop(before[2], None)
    known.items[key] = row
    if row[2] is not None:
        known.owners[row[2]] = key


def _read(connection: Connection, writes: Sequence[Write]) -> Known:
    keys: set[Key] = set()
    authentications: set[str] = set()
    users: set[str] = set()
    for write in writes:
        if isinstance(write, UserWrite):
            users.add(write.user.external_user_id)
            continue
        keys.add((write.item.mapping, write.item.key))
        if isinstance(write, ItemMove):
            keys.add((write.item.mapping, write.old_key))
        if write.item.authentication_id is not None:
            authentications.add(write.item.authentication_id)
    return Known(_rows(connection, keys), _owners(connection, authentications), _user_rows(connection, users))


def _rows(connection: Connection, keys: set[Key]) -> dict[Key, tuple[str, int, str | None]]:
    """Sorted, so that two transactions lock rows in one order and never wait for each other in a circle."""
    query = (
        select(_ITEMS.key, _ITEMS.state, _ITEMS.attempt, _ITEMS.authentication_id)
        .where(_ITEMS.mapping == bindparam("mapping"), _ITEMS.key.in_(bindparam("keys", expanding=True)))
        .order_by(_ITEMS.key)
        .with_for_update()
    )
    found: dict[Key, tuple[str, int, str | None]] = {}
    for mapping, group in groupby(sorted(keys), key=lambda key: key[0]):
        for some in chunks(key for _, key in group):
            for key, state, attempt, authentication in connection.execute(query, {"mapping": mapping, "keys": some}):
                found[mapping, key] = (state, attempt, authentication)
    return found


def _owners(connection: Connection, authentications: set[str]) -> dict[str, Key]:
    query = select(_ITEMS.authentication_id, _ITEMS.mapping, _ITEMS.key).where(
        _ITEMS.authentication_id.in_(bindparam("ids", expanding=True))
    )
    found: dict[str, Key] = {}
    for some in chunks(sorted(authentications)):
        for authentication, mapping, key in connection.execute(query, {"ids": some}):
            found[authentication] = (mapping, key)
    return found


def _user_rows(connection: Connection, users: set[str]) -> dict[str, tuple[str, int]]:
    query = (
        select(_USERS.external_user_id, _USERS.state, _USERS.attempt)
        .where(_USERS.external_user_id.in_(bindparam("ids", expanding=True)))
        .order_by(_USERS.external_user_id)
        .with_for_update()
    )
    found: dict[str, tuple[str, int]] = {}
    for some in chunks(sorted(users)):
        for external, state, attempt in connection.execute(query, {"ids": some}):
            found[external] = (state, attempt)
    return found


def chunks(values: Iterable[T]) -> Iterator[list[T]]:
    """`values` in lists of at most CHUNK."""
    some = list(values)
    for start in range(0, len(some), CHUNK):
        yield some[start : start + CHUNK]
