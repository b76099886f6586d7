"""After an uncertain outcome: look, and decide only on what was seen (protocol, rules 4, 5 and 7)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from trayimport.apply.asking import exists, full, listing
from trayimport.apply.context import Context, UserState
from trayimport.apply.effects import Commit, WaitUntil, Work
from trayimport.apply.match import Whose, full_fields, same_content
from trayimport.apply.recognising import recognise_item
from trayimport.errors import NotFoundError, RecordError, StoppedError, TrayError
from trayimport.model import Item, ItemWrite, Listing, State

OPEN = frozenset({State.SENDING, State.IN_DOUBT, State.UPDATING, State.DELETING})
CONTROLS = 20
"""Authentications that are found gone, one after the other, before absence is no longer believed in this look."""
NOTHING_SPECIFIC = "nothing_specific"
"""Why an item is in doubt: what is there may be its own, but nothing in it belongs to its record alone."""
TELL_EVERY = 5.0
"""Seconds between two words about a wait."""
EXTRA_LOOKS = 3
"""Looks after the window where the list could not be completed."""


@dataclass(frozen=True, slots=True)
class Ours:
    """It was created."""

    id: str


@dataclass(frozen=True, slots=True)
class Absent:
    """It was not, and can't be any more."""


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """What Tray shows doesn't decide."""

    why: str
    seen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Undecided:
    """Nothing yet; the window is still open, and this look was not to wait."""


Verdict = Ours | Absent | Ambiguous | Undecided


def verdict(context: Context, state: UserState, item: Item, since: float) -> Work:
    """What became of the item's last attempt. `since`: monotonic seconds when its sender gave up (rule 4)."""
    window = since + context.bounds.window
    moments = [since, since + context.bounds.lookup_lag, window]
    moments += [window + context.bounds.lookup_lag * (extra + 1) for extra in range(EXTRA_LOOKS)]
    answer: Verdict = Undecided()
    for moment in moments:
        if context.clock.monotonic() < moment:
            if not context.waited:
                return answer
            yield from wait(context, moment)
        elif moment + context.bounds.lookup_lag < context.clock.monotonic() and moment < window:
            continue
        try:
            answer = yield from _look(context, state, item, window)
        except RecordError:
            return Ambiguous("user_token_refused")
        except StoppedError:
            raise
        except TrayError as error:
            answer = Ambiguous(error.code.id)
        if isinstance(answer, Ours | Absent) or (isinstance(answer, Ambiguous) and answer.seen):
            return answer
    return answer


def wait(context: Context, moment: float) -> Work:
    """Let the monotonic clock reach `moment`, telling what is left where somebody listens."""
    while (now := context.clock.monotonic()) < moment:
        if context.tell_left is None:
            yield WaitUntil(moment)
        else:
            context.tell_left(moment - now)
            yield WaitUntil(min(moment, now + TELL_EVERY))


def _look(context: Context, state: UserState, item: Item, window: float) -> Work:
    asked = context.clock.monotonic()
    found: Listing = yield from listing(context, state)
    siblings = context.ledger.items_of_users([item.external_user_id]).get(item.external_user_id, [])
    known = {other.authentication_id for other in siblings if other.authentication_id}
    candidates = [
        listed.id
        for listed in found.authentications
        if listed.environment_id == item.environment_id
        and listed.id not in known
        and listed.id not in (item.snapshot or ())
    ]
    ours, unknown = [], False
    for candidate in candidates:
        clear = yield from full(context, state, candidate)
        says = Whose.NOT_OURS if clear is None else recognise_item(context, item, clear)
        unknown = unknown or says is Whose.UNKNOWN
        if says is Whose.OURS:
            ours.append(candidate)
    if len(ours) == 1:
        return Ours(ours[0])
    if len(ours) > 1:
        return Ambiguous("twice", tuple(ours))
    if asked < window:
        return Undecided()
    if candidates:
        return Ambiguous(NOTHING_SPECIFIC if unknown else "others", tuple(candidates))
    complete = yield from _complete(context, state, found, siblings)
    return Absent() if complete else Ambiguous("no_complete_list")


def _complete(context: Context, state: UserState, found: Listing, siblings: Sequence[Item]) -> Work:
    """Rule 5: a list proves absence only if it shows all that must be in it."""
    if not found.complete:
        return False
    shown = {listed.id for listed in found.authentications}
    for sibling in siblings:
        missing = sibling.authentication_id
        if sibling.state == State.CREATED and missing and missing not in shown:
            there = yield from exists(context, state, missing)
            if there:
                return False
    return (yield from _control(context))


def _control(context: Context) -> Work:
    """Before a run's first "absent": something created over L ago must be listed, where anything still is (rule 5)."""
    if context.control_passed:
        return True
    before = context.clock.wall() - context.bounds.lookup_lag
    gone = 0
    for other in context.ledger.all_items():
        if other.state != State.CREATED or not other.authentication_id or (other.since or before) >= before:
            continue
        if other.user_id is None:
            continue
        shown = yield from _shown(context, other)
        if shown is not None:
            context.control_passed = shown
            return shown
        gone += 1
        if gone >= CONTROLS:
            return False
    context.control_passed = True
    return True


def _shown(context: Context, item: Item) -> Work:
    """Whether its owner's list shows what an item created; None where that, or its owner, is gone."""
    state = context.state(item.external_user_id)
    state.user_id = state.user_id or item.user_id
    try:
        found: Listing = yield from listing(context, state)
        shown = {(listed.id, listed.environment_id) for listed in found.authentications}
        if (item.authentication_id, item.environment_id) in shown:
            return True
        there = yield from exists(context, state, item.authentication_id or "")
    except (NotFoundError, RecordError):
        return None
    return False if there else None


def settle(context: Context, state: UserState, item: Item, since: float) -> Work:
    """Settle an item that is `sending` or `in_doubt`; gives the item as it then is in the ledger."""
    answer: Verdict = yield from verdict(context, state, item, since)
    now = context.clock.wall()
    match answer:
        case Ours(id=found):
            changed = replace(
                item, state=State.CREATED, authentication_id=found, origin="created", detail=None, seen=(), since=now
            )
        case Absent():
            changed = replace(item, state=State.PLANNED, detail=None, seen=(), since=now)
        case Ambiguous(why=why, seen=seen):
            changed = replace(item, state=State.IN_DOUBT, detail=why, seen=seen, since=item.since or now)
        case _:
            return item
    held = yield Commit([ItemWrite(changed, (item.state, item.attempt))])
    if held[0]:
        return changed
    return context.ledger.items(item.mapping, [item.key]).get(item.key, item)


def settle_update(context: Context, state: UserState, item: Item, since: float) -> Work:
    """An update in doubt: after the window, new there → done; old → as before; neither → in doubt (section 6)."""
    moment = since + context.bounds.window
    if context.clock.monotonic() < moment:
        if not context.waited:
            return item
        yield WaitUntil(moment)
    if item.authentication_id is None:
        return item
    clear = yield from full(context, state, item.authentication_id)
    fields = {} if clear is None else full_fields(clear, context.ledger.fingerprint)
    now = context.clock.wall()
    if clear is not None and _holds(item.next_fields, fields):
        changed = updated(item, now)
    elif clear is not None and _holds(item.fields, fields):
        changed = replace(item, state=State.CREATED, next_payload=None, next_content=None, next_fields={}, since=now)
    else:
        changed = replace(item, state=State.IN_DOUBT, detail="update", since=now)
    yield Commit([ItemWrite(changed, (item.state, item.attempt))])
    return changed


def updated(item: Item, now: float) -> Item:
    """The item once its update is done."""
    return replace(
        item,
        state=State.CREATED,
        payload=item.next_payload or item.payload,
        content=item.next_content or item.content,
        fields=item.next_fields or item.fields,
        next_payload=None,
        next_content=None,
        next_fields={},
        detail=None,
        since=now,
    )


def _holds(sent: object, found: dict[str, str]) -> bool:
    return isinstance(sent, dict) and same_content(sent, found)
