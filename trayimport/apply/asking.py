"""Requests that change nothing that counts: asked again after a doubt, within bounds."""

from collections.abc import Callable
from typing import Any

from trayimport.apply.context import Context, UserState
from trayimport.apply.effects import Call, Slot, WaitUntil, Work
from trayimport.codes import content as content_codes
from trayimport.codes import tray as codes
from trayimport.errors import (
    NotFoundError,
    RateLimitedError,
    RecordError,
    RefusedError,
    StoppedError,
    TrayError,
    UnauthorisedError,
)
from trayimport.model import ExternalUser, Full, Listing, Problem, UserPage, UserToken

IDLE_PAGES = 20
"""Pages with nobody who wasn't on the two before, one after the other, after which a list does not end."""
ATTEMPTS = 8
"""Times that a question is asked before its record is given up; 429 doesn't count."""


def ask(context: Context, run: Callable[[], Any]) -> Work:
    """The answer to a question; raises RefusedError, or the last TrayError after the attempts are used up."""
    attempt = 0
    while True:
        try:
            return (yield Call(run))
        except RateLimitedError:
            continue
        except RefusedError:
            raise
        except TrayError:
            attempt += 1
            if attempt >= ATTEMPTS:
                raise
            yield WaitUntil(context.clock.monotonic() + context.backoff(attempt))


def ask_as_master(context: Context, run: Callable[[], Any]) -> Work:
    """As `ask`, with the master token: where that is refused, the run ends at once."""
    try:
        return (yield from ask(context, run))
    except UnauthorisedError as error:
        raise StoppedError(codes.MASTER_REFUSED, "Tray refused the master token") from error


class Pages:
    """Follows the cursors of a list, which a server may lead round in a circle."""

    def __init__(self) -> None:
        self._cursors: set[str] = set()
        self._before: list[set[str]] = []
        self._idle = 0

    def next(self, page: UserPage) -> str | None:
        """The cursor of the next page. Raises StoppedError where it came before, or pages bring nothing new."""
        ids = {user.id for user in page.users}
        fresh = ids.difference(*self._before)
        self._before = [*self._before[-1:], ids]
        self._idle = 0 if fresh else self._idle + 1
        if page.next is not None and (page.next in self._cursors or self._idle >= IDLE_PAGES):
            message = f"Tray's list of users does not end: page {len(self._cursors) + 1} leads to one that was read"
            raise StoppedError(codes.ENDLESS, message)
        if page.next is not None:
            self._cursors.add(page.next)
        return page.next


def users_named(context: Context, external_user_id: str) -> Work:
    """Tray's users with exactly that externalUserId; paged to the end, as nobody says how large a page is."""
    found: list[ExternalUser] = []
    after: str | None = None
    pages = Pages()
    while True:
        page: UserPage = yield from ask_as_master(
            context,
            lambda after=after: context.tray.users(after, external_user_id),  # type: ignore[misc]
        )
        found += [user for user in page.users if user.external_user_id == external_user_id]
        after = pages.next(page)
        if after is None:
            return found


def user_token(context: Context, state: UserState) -> Work:
    """The user's token, made at most once in a run unless Tray refuses it."""
    if state.token is None:
        user_id = state.user_id
        if user_id is None:
            raise AssertionError("a token needs a user")
        state.token = yield from ask_as_master(context, lambda: context.tray.authorize(user_id))
    return state.token


def ask_as_user(context: Context, state: UserState, run: Callable[[UserToken], Any]) -> Work:
    """As `ask`, with the user's token; a refused one is made anew once. Raises RecordError after the second refusal."""
    while True:
        token: UserToken = yield from user_token(context, state)
        try:
            answer = yield from ask(context, lambda token=token: run(token))  # type: ignore[misc]
        except UnauthorisedError:
            refused(state)
        else:
            state.refusals = 0
            return answer


def refused(state: UserState) -> None:
    """Note that a user token was refused. Raises RecordError on the second time in a row (commands, ruling 21)."""
    state.token = None
    state.refusals += 1
    if state.refusals >= 2:
        state.lost = Problem.of(content_codes.USER_REFUSED, "user", "Tray refused a fresh user token twice")
        raise RecordError(state.lost)


def listing(context: Context, state: UserState) -> Work:
    """The user's list, as it is now."""
    found: Listing = yield from ask_as_user(context, state, context.tray.authentications)
    return found


def full(context: Context, state: UserState, authentication_id: str) -> Work:
    """An authentication in clear, or None where it is gone."""
    try:
        found: Full = yield from ask_as_user(context, state, lambda token: context.tray.full(token, authentication_id))
    except NotFoundError:
        return None
    return found


def exists(context: Context, state: UserState, authentication_id: str) -> Work:
    """Whether an authentication is there, by GET and not by a list."""
    try:
        yield from ask_as_user(context, state, lambda token: context.tray.get(token, authentication_id))
    except NotFoundError:
        return False
    return True


def slot() -> Work:
    """A place in the budget, before a claim (rule 8)."""
    yield Slot()
