"""`rollback`: delete what a run created, and nothing else; exactly once, like an import (protocol, section 6)."""

from dataclasses import replace
from functools import partial

from trayimport.apply.asking import ask_as_user, exists, listing, refused, user_token
from trayimport.apply.context import Context, UserState
from trayimport.apply.doubt import settle
from trayimport.apply.effects import Commit, Send, Slot, WaitUntil, Work
from trayimport.apply.match import full_fields, is_ours
from trayimport.apply.permit import permit
from trayimport.errors import (
    NeverSentError,
    NotFoundError,
    RateLimitedError,
    RecordError,
    RefusedError,
    TrayError,
    UnauthorisedError,
)
from trayimport.model import Full, Item, ItemWrite, Listing, State

ATTEMPTS = 5


def delete_items(context: Context, items: list[Item], report: list[tuple[Item, str]]) -> Work:
    """Delete the authentications of one user; `report` gets `deleted`, `absent`, `left`, `failed` or `in_doubt`."""
    state = context.state(items[0].external_user_id)
    for item in items:
        state.user_id = state.user_id or item.user_id
        try:
            outcome = yield from _one(context, state, item)
        except (RecordError, TrayError):
            outcome = "failed"
        report.append((item, outcome))


def _one(context: Context, state: UserState, item: Item) -> Work:
    if item.state in {State.SENDING, State.IN_DOUBT} and item.detail != "update":
        item = yield from settle(context, state, item, context.started)
        if item.state == State.PLANNED:
            return "absent"
        if item.state != State.CREATED:
            return "in_doubt"
    if item.state not in {State.CREATED, State.DELETING} or item.authentication_id is None:
        return "left"
    identifier = item.authentication_id
    if item.state == State.CREATED:
        try:
            found: Full = yield from ask_as_user(context, state, lambda token: context.tray.full(token, identifier))
        except NotFoundError:
            return (yield from _gone(context, state, item))
        if found.name != item.name or not is_ours(item, full_fields(found, context.ledger.fingerprint), ()):
            return "left"
    return (yield from _delete(context, state, item, identifier))


def _delete(context: Context, state: UserState, item: Item, identifier: str) -> Work:
    for attempt in range(1, ATTEMPTS + 1):
        token = yield from user_token(context, state)
        yield Slot()
        intent = replace(item, state=State.DELETING, since=context.clock.wall())
        allowed = permit(context)
        held = yield Commit([ItemWrite(intent, (item.state, item.attempt))])
        if not held[0]:
            return "failed"
        item = intent
        try:
            yield Send(partial(context.tray.delete, token, identifier, allowed))
        except NotFoundError:
            return (yield from _gone(context, state, item))
        except UnauthorisedError:
            refused(state)
        except (NeverSentError, RateLimitedError):
            yield WaitUntil(context.clock.monotonic() + context.backoff(attempt))
        except RefusedError:
            return "failed"
        except TrayError:
            there = yield from exists(context, state, identifier)
            if not there:
                return (yield from _gone(context, state, item))
        else:
            yield from _note(context, item)
            return "deleted"
    return "failed"


def _gone(context: Context, state: UserState, item: Item) -> Work:
    """404 is done if the owner's complete list agrees."""
    found: Listing = yield from listing(context, state)
    if not found.complete or any(one.id == item.authentication_id for one in found.authentications):
        return "failed"
    yield from _note(context, item)
    return "absent" if item.state == State.CREATED else "deleted"


def _note(context: Context, item: Item) -> Work:
    deleted = replace(
        item, state=State.DELETED, authentication_id=None, snapshot=None, detail=None, since=context.clock.wall()
    )
    yield Commit([ItemWrite(deleted, (item.state, item.attempt))])
