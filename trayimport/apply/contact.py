"""First contact with a user who was there before: what has our name, or our content (protocol, rules 11 and 12)."""

from collections.abc import Sequence
from dataclasses import dataclass

from trayimport.apply.asking import full, listing
from trayimport.apply.context import Context, UserState
from trayimport.apply.effects import WaitUntil, Work
from trayimport.apply.match import Whose, full_fields, same_content
from trayimport.apply.recognising import recognise
from trayimport.codes import content as codes
from trayimport.core.spec import Existing
from trayimport.model import Full, Problem


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a record would become: its name, its environment, and the fingerprints of its leaves."""

    name: str
    environment_id: str
    fields: dict[str, str]
    on_existing: Existing


@dataclass(frozen=True, slots=True)
class Match:
    """What is to be done: `create`, `adopt`, `update` or `conflict`."""

    action: str
    problem: Problem | None = None
    authentication_id: str | None = None
    name: str | None = None


def contact(context: Context, state: UserState) -> Work:
    """The list of first contact, asked for once in a run; None for a user that this run has made.

    One that proves no absence yet informs a plan, and is asked for again before anything is sent (rule 11).
    """
    if state.made_now:
        return None
    if context.waited and not believed(context, state):
        yield from wait_believed(context)
        state.forget_listing()
    if state.listing is None:
        state.listed_at = context.clock.monotonic()
        state.listing = yield from listing(context, state)
    return state.listing


def believed(context: Context, state: UserState) -> bool:
    """Whether an absence from the user's list, as this run knows it or would get it now, is believed."""
    listed = context.clock.monotonic() if state.listing is None else state.listed_at
    return state.made_now or listed >= context.believed_from


def wait_believed(context: Context) -> Work:
    """Let D+L pass from the start of a run whose ledger is not to be believed."""
    left = context.believed_from - context.clock.monotonic()
    if left > 0:
        context.tell_wait(left)
        yield WaitUntil(context.believed_from)


def match(context: Context, state: UserState, wanted: Wanted, known: Sequence[str]) -> Work:
    """Compare a record with what the user has in that environment and the ledger does not know."""
    found = yield from contact(context, state)
    if found is None:
        return Match("create")
    if not found.complete:
        return Match("conflict", Problem.of(codes.LIST_INCOMPLETE, "name", "the user's list is not complete"))
    hits: list[tuple[str, str, Full | None, Whose]] = []
    for listed in found.authentications:
        if listed.environment_id != wanted.environment_id or listed.id in known:
            continue
        if listed.id not in state.fulls:
            state.fulls[listed.id] = yield from full(context, state, listed.id)
        clear = state.fulls[listed.id]
        says = Whose.NOT_OURS if clear is None else recognise(context, wanted.environment_id, wanted.fields, clear)
        equal = clear is not None and same_content(wanted.fields, full_fields(clear, context.ledger.fingerprint))
        if says is Whose.UNKNOWN and not equal:
            says = Whose.NOT_OURS
        if listed.name == wanted.name or equal or says is Whose.OURS:
            hits.append((listed.id, listed.name, clear, says))
    if not hits:
        return Match("create")
    if len(hits) > 1:
        return Match("conflict", Problem.of(codes.EXISTS_SEVERAL, "name", f"{len(hits)} authentications match"))
    return _decide(wanted, *hits[0])


def _decide(wanted: Wanted, found: str, name: str, clear: Full | None, says: Whose) -> Match:
    if wanted.on_existing == "fail":
        return Match("conflict", Problem.of(codes.EXISTS, "name", f"authentication {found} is already there"))
    if wanted.on_existing == "adopt":
        if says is Whose.OURS:
            return Match("adopt", None, found, name)
        return Match("conflict", _not_to_be_adopted(found, says))
    if clear is None:
        return Match("conflict", Problem.of(codes.EXISTS, "name", f"authentication {found} can't be read"))
    if name != wanted.name and says is not Whose.OURS:
        return Match("conflict", _not_to_be_adopted(found, says))
    return Match("update", None, found, name)


def _not_to_be_adopted(found: str, says: Whose) -> Problem:
    if says is Whose.UNKNOWN:
        message = f"nothing in authentication {found} belongs to this record alone, so whose it is can't be told"
        return Problem.of(codes.EXISTS_UNKNOWN, "credentials", message)
    return Problem.of(codes.EXISTS_DIFFERENT, "credentials", f"authentication {found} holds something else")
