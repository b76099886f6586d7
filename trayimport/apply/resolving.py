"""`resolve`: settle by hand what can't be decided; both ways look first (protocol, section 4)."""

from dataclasses import dataclass, replace

from trayimport.apply.asking import full, listing
from trayimport.apply.context import Context, UserState
from trayimport.apply.doubt import Absent, Ours, verdict
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
    """Put an item back to `planned`, if Tray's complete list, asked for after the window, lacks it."""
    state = context.state(item.external_user_id)
    state.user_id = item.user_id
    changed = replace(
        item, state=State.PLANNED, authentication_id=None, detail=None, seen=(), since=context.clock.wall()
    )
    if item.state == State.CREATED:
        found: Listing = yield from listing(context, state)
        if not found.complete or any(one.id == item.authentication_id for one in found.authentications):
            return Resolved(item, "Tray still lists it, or the list is not complete")
        return (yield from _write(item, changed))
    sent = 0.0 if item.sent_at is None else context.clock.wall() - item.sent_at
    if 0 <= sent < context.bounds.window:
        return Resolved(item, f"its window is open for another {context.bounds.window - sent:.0f} s")
    since = context.clock.monotonic() - context.bounds.window
    answer = yield from verdict(context, state, item, since)
    shown = yield from _shown(context, state, item, answer)
    return Resolved(item, shown) if shown else (yield from _write(item, changed))


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
