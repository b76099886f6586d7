"""Items and users ↔ rows: lists and maps are JSON text, all else is a column of its own."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from trayimport.model import Item, LedgerUser, State

_STATES = {state.value: state for state in State}
_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, check_circular=False).encode
_decode = json.JSONDecoder().raw_decode
"""Made once: `json.dumps` and `json.loads` cost more than all else in a row."""


def item_of(row: Sequence[Any]) -> Item:
    """An item from the columns of `items`, in their order."""
    mapping, key, state, *rest, next_fields, since = row
    attempt, user, environment, name, payload, content, run, user_id, fields, snapshot, sent_at, *tail = rest
    authentication, origin, detail, seen, lease, next_payload, next_content = tail
    return Item(
        mapping,
        key,
        _STATES[state],
        attempt,
        user,
        environment,
        name,
        payload,
        content,
        run,
        user_id,
        _map(fields),
        None if snapshot is None else _ids(snapshot),
        sent_at,
        authentication,
        origin,
        detail,
        _ids(seen),
        lease,
        next_payload,
        next_content,
        _map(next_fields),
        since,
    )


def item_values(item: Item) -> dict[str, Any]:
    """The columns of `items` for an item."""
    return {
        "mapping": item.mapping,
        "key": item.key,
        "state": item.state.value,
        "attempt": item.attempt,
        "external_user_id": item.external_user_id,
        "environment_id": item.environment_id,
        "name": item.name,
        "payload": item.payload,
        "content": item.content,
        "run": item.run,
        "user_id": item.user_id,
        "fields": dump(item.fields),
        "snapshot": None if item.snapshot is None else dump(item.snapshot),
        "sent_at": item.sent_at,
        "authentication_id": item.authentication_id,
        "origin": item.origin,
        "detail": item.detail,
        "seen": dump(item.seen),
        "lease": item.lease,
        "next_payload": item.next_payload,
        "next_content": item.next_content,
        "next_fields": dump(item.next_fields),
        "since": item.since,
    }


def user_of(row: Sequence[Any]) -> LedgerUser:
    """A user from the columns of `users`, in their order."""
    return LedgerUser(*row)


def user_values(user: LedgerUser) -> dict[str, Any]:
    """The columns of `users` for a user."""
    return {
        "external_user_id": user.external_user_id,
        "state": user.state,
        "attempt": user.attempt,
        "user_id": user.user_id,
        "run": user.run,
        "sent_at": user.sent_at,
    }


def dump(value: Mapping[str, Any] | Sequence[str]) -> str:
    """Compact JSON text."""
    if not value:
        return "{}" if isinstance(value, Mapping) else "[]"
    return _encode(dict(value) if isinstance(value, Mapping) else list(value))


def load(text: str) -> Any:
    """The map or list that `dump` wrote."""
    return _decode(text)[0]


def _map(text: str) -> dict[str, str]:
    return {} if text == "{}" else load(text)


def _ids(text: str) -> tuple[str, ...]:
    return () if text == "[]" else tuple(load(text))
