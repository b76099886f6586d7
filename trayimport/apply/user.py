"""One Tray user for one externalUserId (protocol, rule 10)."""

from functools import partial

from trayimport.apply.asking import ask_as_master, users_named
from trayimport.apply.context import Context, UserState
from trayimport.apply.effects import Commit, Send, Slot, WaitUntil, Work
from trayimport.apply.permit import permit
from trayimport.codes import content as codes
from trayimport.codes import tray as tray_codes
from trayimport.errors import (
    AlreadyExistsError,
    NeverSentError,
    RateLimitedError,
    RecordError,
    RefusedError,
    StoppedError,
    TrayError,
    UnauthorisedError,
)
from trayimport.model import LedgerUser, Problem, UserWrite
from trayimport.planstore import PlannedUser

ATTEMPTS = 3
"""Creations of one user in one run that may end without an answer (commands, ruling 21)."""
LOOK_EVERY = 0.25
"""Seconds between two looks for a user that was just made."""
KNOWN = frozenset({"created", "found"})


def ensure_user(context: Context, state: UserState) -> Work:
    """Give `state` its user id, creating the user if need be. Raises RecordError where that can't be done."""
    if state.user_id is not None:
        return
    known = context.ledger.users([state.external_user_id]).get(state.external_user_id)
    if known is not None and known.state in KNOWN and known.user_id:
        state.user_id = known.user_id
        return
    planned = context.planned_user(state.external_user_id)
    if known is not None and known.state in {"sending", "in_doubt"}:
        known = yield from _settled(context, state, known)
        if state.user_id is not None:
            return
        if known.state in {"in_doubt", "sending", "conflict"}:
            raise RecordError(_open(known, "the user's creation is in doubt"))
    elif planned is not None and planned.id is not None:
        user = LedgerUser(state.external_user_id, "found", 0 if known is None else known.attempt, planned.id)
        yield Commit([UserWrite(user, None if known is None else (known.state, known.attempt))])
        state.user_id = planned.id
        return
    if planned is None or not planned.may_create:
        raise RecordError(Problem.of(codes.USER_MISSING, "user.externalUserId", "no such External User in Tray"))
    yield from _create(context, state, planned, known)


def _create(context: Context, state: UserState, planned: PlannedUser, known: LedgerUser | None) -> Work:
    values = (planned.external_user_id, planned.name, planned.is_test_user)
    for _ in range(ATTEMPTS):
        pauses = 0
        while True:
            known, unsent = yield from _attempt(context, state, values, known)
            if unsent is None:
                break
            if isinstance(unsent, NeverSentError):
                pauses += 1
                yield WaitUntil(context.clock.monotonic() + context.backoff(pauses))
        if state.user_id is not None:
            return
        if known is None or known.state != "planned":
            break
    raise RecordError(_open(known, "whether the user was created is in doubt"))


def _open(known: LedgerUser | None, message: str) -> Problem:
    several = known is not None and known.state == "conflict"
    return Problem.of(codes.USER_CONFLICT if several else codes.USER_IN_DOUBT, "user.externalUserId", message)


def _attempt(context: Context, state: UserState, values: tuple[str, str, bool], known: LedgerUser | None) -> Work:
    """Claim, send, store what came of it: the user as it is now, and the error if it was certainly never done."""
    yield Slot()
    attempt = (0 if known is None else known.attempt) + 1
    intent = LedgerUser(state.external_user_id, "sending", attempt, None, context.run, context.clock.wall())
    allowed = permit(context)
    held = yield Commit([UserWrite(intent, None if known is None else (known.state, known.attempt))])
    if not held[0]:
        raise RecordError(Problem.of(codes.USER_IN_DOUBT, "user.externalUserId", "another run is creating this user"))
    try:
        user_id = yield Send(partial(context.tray.create_user, *values, allowed))
    except (NeverSentError, RateLimitedError) as error:
        return (yield from _write(intent, "planned")), error
    except AlreadyExistsError:
        return (yield from _until_seen(context, state, intent)), None
    except UnauthorisedError as error:
        yield from _write(intent, "planned")
        raise StoppedError(tray_codes.MASTER_REFUSED, "Tray refused the master token") from error
    except RefusedError as error:
        yield from _write(intent, "refused")
        raise RecordError(Problem.of(error.code, "user", error.summary)) from None
    except TrayError:
        return (yield from _settle(context, state, intent, context.clock.monotonic())), None
    if not context.users_shown:
        known_by_id = yield from _write(intent, "sending", user_id)
        return (yield from until_shown(context, state, known_by_id)), None
    return (yield from _created(context, state, intent, user_id)), None


def _created(context: Context, state: UserState, intent: LedgerUser, user_id: str) -> Work:
    user = yield from _write(intent, "created", user_id)
    state.user_id = user_id
    state.made_now = True
    context.users_created += 1
    return user


def _write(before: LedgerUser, now: str, user_id: str | None = None) -> Work:
    user = LedgerUser(
        before.external_user_id, now, before.attempt, user_id or before.user_id, before.run, before.sent_at
    )
    yield Commit([UserWrite(user, (before.state, before.attempt))])
    return user


def _until_seen(context: Context, state: UserState, intent: LedgerUser) -> Work:
    """Tray says that the user exists: look until it is seen; it was there before, or is ours from an earlier try."""
    end = context.clock.monotonic() + context.bounds.window
    attempt = 0
    while True:
        found = yield from users_named(context, state.external_user_id)
        if len(found) == 1:
            user = yield from _write(intent, "found", found[0].id)
            state.user_id = found[0].id
            return user
        if len(found) > 1:
            return (yield from _write(intent, "conflict"))
        if context.clock.monotonic() >= end:
            return (yield from _write(intent, "in_doubt"))
        attempt += 1
        yield WaitUntil(context.clock.monotonic() + max(0.5, context.backoff(attempt)))


def _settled(context: Context, state: UserState, known: LedgerUser) -> Work:
    if known.state == "sending" and known.user_id is not None:
        return (yield from until_shown(context, state, known))
    return (yield from _settle(context, state, known, context.started))


def until_shown(context: Context, state: UserState, intent: LedgerUser) -> Work:
    """A user whose id is known: wait until look-ups show it, and with it what was made before it.

    Who was there already, unseen, keeps the name, and the user that this ledger has made in vain is removed.
    """
    mine = intent.user_id or ""
    end = context.clock.monotonic() + context.bounds.window
    while True:
        ids = [user.id for user in (yield from users_named(context, state.external_user_id))]
        if mine in ids or context.clock.monotonic() >= end:
            break
        context.users_lag = True
        yield WaitUntil(context.clock.monotonic() + LOOK_EVERY)
    others = [found for found in ids if found != mine]
    if not others:
        return (yield from _created(context, state, intent, mine))
    removed = len(others) == 1 and (yield from _removed(context, state, mine))
    if not removed:
        return (yield from _write(intent, "conflict"))
    state.user_id = others[0]
    return (yield from _write(intent, "found", others[0]))


def _removed(context: Context, state: UserState, mine: str) -> Work:
    """Remove a user with nothing in it, by the id that Tray gave this run's ledger."""
    try:
        yield from ask_as_master(context, lambda: context.tray.remove_user(mine, permit(context)))
    except RefusedError:
        # An earlier attempt may have been carried out, its answer lost.
        found = yield from users_named(context, state.external_user_id)
        return mine not in [user.id for user in found]
    return True


def _settle(context: Context, state: UserState, intent: LedgerUser, since: float) -> Work:
    """A creation in doubt: look at once, after L, after W (rule 4, as for authentications).

    A new ledger that has not yet seen what look-ups show looks last of all: there may be two by then.
    """
    bounds = context.bounds
    unproven = context.ledger.fresh and (not context.users_shown or intent.run != context.run)
    for moment in (since, since + bounds.lookup_lag, since + bounds.window):
        if context.clock.monotonic() < moment:
            if not context.waited:
                return intent
            yield WaitUntil(moment)
        asked = context.clock.monotonic()
        found = yield from users_named(context, state.external_user_id)
        if len(found) == 1 and unproven and asked < since + bounds.window:
            continue
        if len(found) == 1:
            # A ledger that knows of another one can't tell its own request from that one's.
            ours = not context.ledger.restored
            user = yield from _write(intent, "created" if ours else "found", found[0].id)
            state.user_id = found[0].id
            context.users_created += ours
            return user
        if len(found) > 1:
            return (yield from _write(intent, "conflict"))
        if asked >= since + bounds.window:
            return (yield from _write(intent, "planned"))
    return intent
