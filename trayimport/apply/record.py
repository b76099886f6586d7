"""One record: claim, send, settle (protocol, sections 2 and 3)."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import NoReturn

from trayimport.apply.asking import full, refused, user_token
from trayimport.apply.contact import Match, Wanted, match
from trayimport.apply.context import Context, Job, UserState
from trayimport.apply.doubt import NOTHING_SPECIFIC, settle, settle_update, updated
from trayimport.apply.effects import Commit, Send, Slot, WaitUntil, Work
from trayimport.apply.match import full_fields, same_content
from trayimport.apply.permit import permit
from trayimport.codes import content as codes
from trayimport.core.content import leaves, own
from trayimport.core.program import Payload
from trayimport.errors import (
    NeverSentError,
    RateLimitedError,
    RecordError,
    RefusedError,
    TrayError,
    UnauthorisedError,
)
from trayimport.model import Full, Item, ItemWrite, Problem, State

ATTEMPTS = 3
"""Verdicts "absent" in one run after which a record is left for the next (commands, ruling 21)."""
LEFT = 600
"""Seconds of life that a token must have left to be put over Tray's (protocol, section 6)."""


def import_record(context: Context, state: UserState, job: Job) -> Work:
    """Send one record, or adopt or update what is there; its outcome is reported."""
    row = job.row
    if row.key is None:
        raise AssertionError("a record to be sent has a key")
    item = context.ledger.items(job.program.mapping.identity, [row.key]).get(row.key)
    try:
        if item is not None and item.external_user_id != job.rendered.external_user_id:
            _other_user()
        if item is not None and item.state in {State.SENDING, State.IN_DOUBT, State.UPDATING}:
            item = yield from _settle(context, state, item)
            # What is sent after a verdict meets what is there now, not what a look before it showed.
            state.forget_listing()
            if item.state in {State.SENDING, State.IN_DOUBT, State.UPDATING}:
                _doubtful(context, row.seq, item, row.place)
                return
            if item.state == State.CREATED and row.action != "update":
                context.report(row.seq, "created", ())
                return
        if item is not None and item.state == State.CREATED:
            if row.action == "update" and item.payload != job.rendered.fingerprint:
                yield from _update_known(context, state, job, item)
            else:
                context.report(row.seq, "unchanged", ())
            return
        yield from _import_new(context, state, job, item)
    except RecordError as error:
        problem = error.problem
        context.report(row.seq, "failed", [_at(problem, row.place)])


def _other_user() -> NoReturn:
    raise RecordError(Problem.of(codes.OTHER_USER, "user.externalUserId", "imported for another End User"))


def _settle(context: Context, state: UserState, item: Item) -> Work:
    if item.state == State.UPDATING or item.detail == "update":
        return (yield from settle_update(context, state, item, context.started))
    return (yield from settle(context, state, item, context.started))


def _import_new(context: Context, state: UserState, job: Job, item: Item | None) -> Work:
    program, row = job.program, job.row
    payload = program.payload_at(job.rendered, context.now_text())
    fields = program.fields(job.rendered, payload)
    siblings = context.ledger.items_of_users([state.external_user_id]).get(state.external_user_id, [])
    known = [other.authentication_id for other in siblings if other.authentication_id]
    environment = program.environment.id or ""
    wanted = Wanted(payload.name, environment, fields, program.mapping.on_existing)
    found: Match = yield from match(context, state, wanted, known)
    if found.action == "conflict":
        yield from _note_conflict(context, job, item, fields)
        problems = [] if found.problem is None else [_at(found.problem, row.place)]
        context.report(row.seq, "invalid", problems)
    elif found.action == "adopt":
        fresh = _item(context, state, job, item, fields, State.CREATED)
        fresh = replace(fresh, authentication_id=found.authentication_id, origin="adopted", attempt=_attempt(item))
        held = yield Commit([ItemWrite(fresh, _expect(item))])
        context.report(row.seq, "adopted" if held[0] else "failed", [] if held[0] else [_raced(row.place)])
    elif found.action == "update":
        base = _item(context, state, job, item, fields, State.CREATED)
        base = replace(base, authentication_id=found.authentication_id, origin="updated", attempt=_attempt(item))
        yield from _put(context, state, job, base, _expect(item), found.name or payload.name)
    else:
        yield from _create(context, state, job, item)


def _create(context: Context, state: UserState, job: Job, item: Item | None) -> Work:
    absences = 0
    pauses = 0
    while True:
        item, unsent = yield from _attempt_create(context, state, job, item)
        if unsent is not None:
            if isinstance(unsent, NeverSentError):
                pauses += 1
                yield WaitUntil(context.clock.monotonic() + context.backoff(pauses))
            continue
        state.refusals = 0
        if item.state == State.CREATED:
            if item.attempt > 1:
                context.resent.append(item)
            context.report(job.row.seq, "created", ())
            return
        if item.state != State.PLANNED:
            _doubtful(context, job.row.seq, item, job.row.place)
            return
        absences += 1
        if absences >= ATTEMPTS:
            raise RecordError(Problem.of(codes.LOST_DOUBT, "auth", "three requests ended without an authentication"))


def _attempt_create(context: Context, state: UserState, job: Job, item: Item | None) -> Work:
    """Claim, send, store what came of it: the item as it is now, and the error if it was certainly never done."""
    token = yield from user_token(context, state)
    yield Slot()
    payload = job.program.payload_at(job.rendered, context.now_text())
    claim = _item(context, state, job, item, job.program.fields(job.rendered, payload), State.SENDING)
    body = job.program.body(payload)
    allowed = permit(context)
    held = yield Commit([ItemWrite(claim, _expect(item))])
    if not held[0]:
        raise RecordError(_raced(job.row.place))
    try:
        found = yield Send(partial(context.tray.create, token, body, allowed))
    except (NeverSentError, RateLimitedError, UnauthorisedError) as error:
        item = yield from _back(context, claim, item)
        if isinstance(error, UnauthorisedError):
            refused(state)
        return item, error
    except RefusedError as error:
        undelivered = _undelivered(claim, item, State.REFUSED, context.clock.wall())
        yield Commit([ItemWrite(replace(undelivered, detail=error.code.id), (claim.state, claim.attempt))])
        raise RecordError(Problem.of(error.code, "auth", error.summary)) from None
    except TrayError:
        return (yield from settle(context, state, claim, context.clock.monotonic())), None
    return (yield from _created(context, claim, found)), None


def _created(context: Context, claim: Item, found: str) -> Work:
    done = replace(
        claim, state=State.CREATED, authentication_id=found, origin="created", since=context.clock.wall(), detail=None
    )
    held = yield Commit([ItemWrite(done, (claim.state, claim.attempt))])
    if held[0]:
        return done
    doubt = replace(claim, state=State.IN_DOUBT, detail="known_id", seen=(found,), since=context.clock.wall())
    yield Commit([ItemWrite(doubt, (claim.state, claim.attempt))])
    return doubt


def _back(context: Context, claim: Item, before: Item | None) -> Work:
    """Certainly never done: the claim is given back, under the attempt's number."""
    planned = _undelivered(claim, before, State.PLANNED, context.clock.wall())
    yield Commit([ItemWrite(planned, (claim.state, claim.attempt))])
    return planned


def _undelivered(claim: Item, before: Item | None, state: State, now: float) -> Item:
    """The row after an attempt that Tray certainly did not carry out: its snapshot stands for no delivery, so that the
    one of an earlier attempt, which may have been delivered, is put back, or none."""
    return replace(claim, state=state, snapshot=None if before is None else before.snapshot, since=now)


def _update_known(context: Context, state: UserState, job: Job, item: Item) -> Work:
    """PUT over what the ledger says is ours, unless Tray's copy is newer (protocol, section 6)."""
    row = job.row
    payload = job.program.payload_at(job.rendered, context.now_text())
    fields = job.program.fields(job.rendered, payload)
    if not shares_something(item.fields, fields):
        problem = Problem.of(codes.NO_STABLE_FIELD, "auth", "neither the name nor any credential is what it was")
        context.report(row.seq, "invalid", [_at(problem, row.place)])
        return
    found = item.authentication_id or ""
    clear: Full | None = yield from full(context, state, found)
    if clear is None:
        problem = Problem.of(codes.EXISTS_DIFFERENT, "auth", f"authentication {found} is gone from Tray")
        raise RecordError(problem)
    ours = same_content(item.fields, full_fields(clear, context.ledger.fingerprint))
    if not context.overwrite_refreshed and (not ours or _expires_soon(payload)):
        problem = Problem.of(codes.REFRESHED, "credentials", "Tray's copy is not what was sent")
        context.report(row.seq, "keep", [_at(problem, row.place)])
        return
    yield from _put(context, state, job, item, (item.state, item.attempt), payload.name)


def _put(context: Context, state: UserState, job: Job, base: Item, expect: tuple[State, int] | None, name: str) -> Work:
    row = job.row
    identifier = base.authentication_id or ""
    while True:
        token = yield from user_token(context, state)
        yield Slot()
        payload = job.program.payload_at(job.rendered, context.now_text())
        fields = job.program.fields(job.rendered, payload)
        intent = replace(
            base,
            state=State.UPDATING,
            attempt=base.attempt + 1,
            run=context.run,
            next_payload=job.rendered.fingerprint,
            next_content=job.program.content(job.rendered),
            next_fields=fields,
            name=name,
            sent_at=context.clock.wall(),
            since=context.clock.wall(),
        )
        allowed = permit(context)
        body = job.program.body(payload, name, create=False)
        held = yield Commit([ItemWrite(intent, expect)])
        if not held[0]:
            raise RecordError(_raced(row.place))
        expect = (State.CREATED, intent.attempt)
        unsent = replace(base, attempt=intent.attempt, state=State.CREATED)
        try:
            yield Send(partial(context.tray.update, token, identifier, body, allowed))
        except (NeverSentError, RateLimitedError, UnauthorisedError) as error:
            yield Commit([ItemWrite(unsent, (intent.state, intent.attempt))])
            base = unsent
            if isinstance(error, UnauthorisedError):
                refused(state)
            elif isinstance(error, NeverSentError):
                yield WaitUntil(context.clock.monotonic() + context.backoff(1))
            continue
        except RefusedError as error:
            yield Commit([ItemWrite(unsent, (intent.state, intent.attempt))])
            raise RecordError(Problem.of(error.code, "auth", error.summary)) from None
        except TrayError:
            after = yield from settle_update(context, state, intent, context.clock.monotonic())
            if after.state == State.CREATED and after.payload != job.rendered.fingerprint:
                base = after
                continue
            if after.state != State.CREATED:
                _doubtful(context, row.seq, after, row.place)
                return
        else:
            yield Commit([ItemWrite(updated(intent, context.clock.wall()), (intent.state, intent.attempt))])
        context.report(row.seq, "updated", ())
        return


def shares_something(before: dict[str, str] | object, now: dict[str, str]) -> bool:
    """Whether an update keeps the name or a credential that tells whose it is (protocol, section 6)."""
    if not isinstance(before, dict):
        return False
    if before.get("=name") == now.get("=name"):
        return True
    later = own(now)
    return any(later.get(at) == value for at, value in own(before).items())


def _expires_soon(payload: Payload) -> bool:
    return any(
        path and path[-1] == "expires_in" and isinstance(value, int) and value < LEFT
        for path, value in leaves({} if payload.credentials is None else payload.credentials)
    )


def _note_conflict(context: Context, job: Job, item: Item | None, fields: dict[str, str]) -> Work:
    state = context.state(job.rendered.external_user_id)
    noted = replace(_item(context, state, job, item, fields, State.CONFLICT), attempt=_attempt(item), snapshot=None)
    yield Commit([ItemWrite(noted, _expect(item))])


def _item(context: Context, state: UserState, job: Job, before: Item | None, fields: dict[str, str], to: State) -> Item:
    """The row for an attempt. The snapshot is kept through all attempts of a record (rule 6)."""
    environment = job.program.environment.id or ""
    snapshot = None if before is None else before.snapshot
    if snapshot is None:
        listed = () if state.listing is None else state.listing.authentications
        snapshot = tuple(one.id for one in listed if one.environment_id == environment)
    now = context.clock.wall()
    return Item(
        mapping=job.program.mapping.identity,
        key=job.rendered.key,
        state=to,
        attempt=_attempt(before) + 1,
        external_user_id=state.external_user_id,
        environment_id=environment,
        name=job.rendered.payload.name,
        payload=job.rendered.fingerprint,
        content=job.program.content(job.rendered),
        run=context.run,
        user_id=state.user_id,
        fields=fields,
        snapshot=snapshot,
        sent_at=now,
        since=now,
    )


def _attempt(item: Item | None) -> int:
    return 0 if item is None else item.attempt


def _expect(item: Item | None) -> tuple[State, int] | None:
    return None if item is None else (item.state, item.attempt)


def _raced(place: str) -> Problem:
    return Problem.of(codes.CHANGED_SINCE_PLAN, "key", "another run has changed this record meanwhile", place)


def _at(problem: Problem, place: str) -> Problem:
    return Problem(problem.code, problem.path, problem.message, place, problem.remedy)


def _doubtful(context: Context, seq: int, item: Item, place: str) -> None:
    context.report(seq, "in_doubt", [doubt_problem(item, place)])


WHY = {NOTHING_SPECIFIC: "what is there may be ours, but nothing in it belongs to this record alone"}
"""Words for an Item.detail that needs them."""


def doubt_problem(item: Item, place: str) -> Problem:
    """What to look at, and how to settle it by hand."""
    seen: Sequence[str] = item.seen
    shown = f"; seen: {', '.join(seen)}" if seen else ""
    why = WHY.get(item.detail or "", item.detail or "open")
    message = f"attempt {item.attempt} was sent, and what Tray shows does not decide ({why}){shown}"
    return Problem.of(codes.IN_DOUBT, "auth", message, place)
