"""`rollback`: delete what a run created, and nothing else; exactly once, like an import (protocol, section 6)."""

from dataclasses import replace
from functools import partial
from typing import NamedTuple

from trayimport.apply.asking import full, listing, refused, user_token
from trayimport.apply.context import Context, UserState
from trayimport.apply.doubt import settle
from trayimport.apply.effects import Commit, Send, Slot, WaitUntil, Work
from trayimport.apply.match import Whose
from trayimport.apply.permit import permit
from trayimport.apply.recognising import recognise_item
from trayimport.errors import (
    NotFoundError,
    RecordError,
    RefusedError,
    TrayError,
    UnauthorisedError,
)
from trayimport.model import Full, Item, ItemWrite, Listing, State

ATTEMPTS = 5


class Deletion(NamedTuple):
    """What became of one item: `deleted`, `absent`, `left`, `failed` or `in_doubt`; `why` it was left."""

    item: Item
    outcome: str
    why: str = ""


def delete_items(context: Context, items: list[Item], report: list[Deletion]) -> Work:
    """Delete the authentications of one user; `report` gets what became of each."""
    state = context.state(items[0].external_user_id)
    for item in items:
        state.user_id = state.user_id or item.user_id
        try:
            done: Deletion = yield from _one(context, state, item)
        except (RecordError, TrayError):
            done = Deletion(item, "failed")
        report.append(done)


def _one(context: Context, state: UserState, item: Item) -> Work:
    if item.state in {State.SENDING, State.IN_DOUBT} and item.detail != "update":
        item = yield from settle(context, state, item, context.started)
        if item.state == State.PLANNED:
            return Deletion(item, "absent")
        if item.state != State.CREATED:
            return Deletion(item, "in_doubt")
    if item.state not in {State.CREATED, State.DELETING} or item.authentication_id is None:
        return Deletion(item, "left", "not settled")
    return (yield from _delete(context, state, item, item.authentication_id))


def _delete(context: Context, state: UserState, item: Item, identifier: str) -> Work:
    """Each attempt reads what is there first: only what is proven ours at that moment is deleted."""
    for attempt in range(1, ATTEMPTS + 1):
        unproven: Deletion | None = yield from _unproven(context, state, item, identifier)
        if unproven is not None:
            return unproven
        token = yield from user_token(context, state)
        yield Slot()
        intent = replace(item, state=State.DELETING, since=context.clock.wall())
        allowed = permit(context)
        held = yield Commit([ItemWrite(intent, (item.state, item.attempt))])
        if not held[0]:
            return Deletion(item, "failed")
        item = intent
        try:
            yield Send(partial(context.tray.delete, token, identifier, allowed))
        except NotFoundError:
            return (yield from _gone(context, state, item))
        except UnauthorisedError:
            refused(state)
        except RefusedError:
            return Deletion(item, "failed")
        except TrayError:
            yield WaitUntil(context.clock.monotonic() + context.backoff(attempt))
        else:
            yield from _note(context, item)
            return Deletion(item, "deleted")
    return Deletion(item, "failed")


def _unproven(context: Context, state: UserState, item: Item, identifier: str) -> Work:
    """The end of an item that is gone already, or not proven ours; None where it is to be deleted."""
    clear: Full | None = yield from full(context, state, identifier)
    if clear is None:
        return (yield from _gone(context, state, item))
    why = _doubt(context, item, clear)
    return Deletion(item, "left", why) if why else None


def _doubt(context: Context, item: Item, found: Full) -> str:
    """Why what is there is not proven to be the item's; "" where it is."""
    if found.name != item.name:
        return "renamed since"
    if found.environment_id != item.environment_id:
        return "in another service environment"
    says = recognise_item(context, item, found, known=True)
    if says is Whose.NOT_OURS:
        return "it holds something else than was sent"
    return "nothing in it belongs to this record alone" if says is Whose.UNKNOWN else ""


def _gone(context: Context, state: UserState, item: Item) -> Work:
    """404 is done if the owner's complete list agrees."""
    found: Listing = yield from listing(context, state)
    if not found.complete or any(one.id == item.authentication_id for one in found.authentications):
        return Deletion(item, "failed")
    yield from _note(context, item)
    return Deletion(item, "absent" if item.state == State.CREATED else "deleted")


def _note(context: Context, item: Item) -> Work:
    deleted = replace(
        item, state=State.DELETED, authentication_id=None, snapshot=None, detail=None, since=context.clock.wall()
    )
    yield Commit([ItemWrite(deleted, (item.state, item.attempt))])
