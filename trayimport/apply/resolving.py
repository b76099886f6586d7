"""`resolve`: settle by hand what can't be decided; both ways look first (protocol, section 4)."""

from dataclasses import dataclass, replace

from trayimport.apply.asking import exists, full, listing
from trayimport.apply.context import Context, UserState
from trayimport.apply.doubt import Absent, Ours, verdict, wait
from trayimport.apply.effects import Commit, Work
from trayimport.apply.recognising import may_be
from trayimport.model import Item, ItemWrite, Listing, State


@dataclass(frozen=True, slots=True)
class Resolved:
    """How an item stands after `resolve`; `refusal` says why nothing was changed."""

    item: Item
    refusal: str | None = None


def resolve_created(context: Context, item: Item, authentication_id: str) -> Work:
    """Take an authentication as the item's: it must be listed for that user and environment, outside of the snapshot,
    and unknown to the ledger."""
    state = context.state(item.external_user_id)
    state.user_id = item.user_id
    found: Listing = yield from listing(context, state)
    listed = [one for one in found.authentications if one.id == authentication_id]
    siblings = context.ledger.items_of_users([item.external_user_id]).get(item.external_user_id, [])
    if not listed or listed[0].environment_id != item.environment_id:
        return Resolved(item, "Tray does not list it for that user and environment")
    if authentication_id in (item.snapshot or ()):
        return Resolved(item, "it was there before the first request left")
    if any(other.authentication_id == authentication_id for other in siblings):
        return Resolved(item, "the ledger knows it as another record's")
    changed = replace(
        item,
        state=State.CREATED,
        authentication_id=authentication_id,
        origin="created",
        detail=None,
        seen=(),
        since=context.clock.wall(),
    )
    return (yield from _write(item, changed))


def resolve_absent(context: Context, item: Item) -> Work:
    """Put an item back to `planned`, if Tray's complete list, asked for after the window, lacks it.

    The window is waited for, by the monotonic clock and from the moment that nobody else could send: what the ledger
    says of the time of sending was another clock's, perhaps another host's.
    """
    state = context.state(item.external_user_id)
    state.user_id = item.user_id
    changed = replace(
        item, state=State.PLANNED, authentication_id=None, detail=None, seen=(), since=context.clock.wall()
    )
    if item.state == State.CREATED:
        shown = yield from _still_there(context, state, item)
        return Resolved(item, shown) if shown else (yield from _write(item, changed))
    answer = yield from verdict(context, state, item, context.started)
    shown = yield from _shown(context, state, item, answer)
    return Resolved(item, shown) if shown else (yield from _write(item, changed))


def _still_there(context: Context, state: UserState, item: Item) -> Work:
    """Why what was created can't be called absent: look-ups may lag behind its creation."""
    there = "Tray still shows it, or the list is not complete"
    for moment in (context.started, context.started + context.bounds.lookup_lag):
        yield from wait(context, moment)
        found: Listing = yield from listing(context, state)
        if not found.complete or any(one.id == item.authentication_id for one in found.authentications):
            return there
    return there if (yield from exists(context, state, item.authentication_id or "")) else ""


def _shown(context: Context, state: UserState, item: Item, answer: object) -> Work:
    """Why a verdict doesn't prove the absence; "" where it does."""
    if isinstance(answer, Absent):
        return ""
    if isinstance(answer, Ours):
        return f"Tray shows it: authentication {answer.id}"
    seen = getattr(answer, "seen", ())
    for candidate in seen:
        clear = yield from full(context, state, candidate)
        if clear is not None and may_be(context, item, clear):
            return f"Tray shows it: authentication {candidate}"
    return "" if seen else "Tray did not give a complete list"


def _write(item: Item, changed: Item) -> Work:
    held = yield Commit([ItemWrite(changed, (item.state, item.attempt))])
    return Resolved(changed) if held[0] else Resolved(item, "another run has changed it meanwhile")
