"""The verdict on one request whose answer was lost (protocol, rules 4 to 7): each rule decides a case of its own."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from ledger_support import KEY, Time, opened
from ledger_support import item as any_item

from trayimport.apply import record, user
from trayimport.apply.context import Bounds, Context, UserState
from trayimport.apply.doubt import settle
from trayimport.apply.effects import Commit, Slot, WaitUntil, Work
from trayimport.apply.match import full_fields
from trayimport.codes import tray as codes
from trayimport.errors import NotFoundError
from trayimport.ledger import SqlLedger
from trayimport.model import (
    ExternalUser,
    Full,
    Item,
    ItemWrite,
    LedgerUser,
    Listed,
    Listing,
    State,
    UserPage,
    UserToken,
    UserWrite,
)

W = Bounds().window
LAG = Bounds().lookup_lag
OURS, FOREIGN = {"token": "our-own-token"}, {"token": "somebody-elses"}


@dataclass
class Tray:
    """What an owner's list shows, by the moment at which it is asked for, and what there is besides."""

    clock: Time
    lists: dict[str, list[tuple[float, Listing]]] = field(default_factory=dict)
    """By the user's id: (seconds since the sender gave up from which on this is shown, the list)."""
    there: dict[str, dict[str, str]] = field(default_factory=dict)
    """Credentials by authentication id."""
    made: list[tuple[float, str]] = field(default_factory=list)
    """(seconds since the sender gave up from which on it is seen, Tray's id) of users."""
    asked: list[float] = field(default_factory=list)
    start: float = 0.0

    def authorize(self, user_id: str) -> UserToken:
        return UserToken(f"token of {user_id}", user_id)

    def authentications(self, token: UserToken) -> Listing:
        since = self.clock.now - self.start
        self.asked.append(since)
        shown = [found for moment, found in self.lists.get(token.user_id, []) if moment <= since]
        return shown[-1] if shown else Listing((), complete=True)

    def users(self, _after: str | None, external_user_id: str) -> UserPage:
        since = self.clock.now - self.start
        self.asked.append(since)
        ids = [found for moment, found in self.made if moment <= since]
        return UserPage(tuple(ExternalUser(one, external_user_id, "n") for one in ids), None)

    def full(self, _token: UserToken, found: str) -> Full:
        self.get(_token, found)
        return Full(found, "any name", "env-1", self.there[found], None, None)

    def get(self, _token: UserToken, found: str) -> Listed:
        if found not in self.there:
            raise NotFoundError(codes.NOT_FOUND, "gone")
        return Listed(found, "any name", "env-1")


def listed(*ids: str, complete: bool = True) -> Listing:
    return Listing(tuple(Listed(one, f"name of {one}", "env-1") for one in ids), complete)


@dataclass
class Doubt:
    """A record of user-1 in `sending`, in a ledger and a Tray of its own."""

    ledger: SqlLedger
    clock: Time
    tray: Tray

    def begin(self, **more: Any) -> Item:
        full = Full("x", "n", "env-1", OURS, None, None)
        fields = full_fields(full, self.ledger.fingerprint)
        sent = any_item("a", State.SENDING, 1, user_id="tray-1", fields=fields, snapshot=(), **more)
        assert self.ledger.write([ItemWrite(sent, None)]) == [True]
        return sent

    def known(self, key: str, authentication: str, user: str = "user-1", age: float = 3600.0) -> None:
        """Something else that the ledger knows as created."""
        other = any_item(key, State.CREATED, 1, user_id=f"tray-{user[-1]}", authentication_id=authentication)
        other = replace(other, external_user_id=user, since=self.clock.now - age)
        assert self.ledger.write([ItemWrite(other, None)]) == [True]

    def context(self) -> Context:
        context: Any = SimpleNamespace(
            tray=self.tray,
            ledger=self.ledger,
            clock=SimpleNamespace(monotonic=self.clock, wall=self.clock),
            bounds=Bounds(),
            waited=True,
            tell_left=None,
            control_passed=False,
            backoff=lambda _attempt: 0.0,
            shared=lambda _environment, _values: frozenset(),
            state=UserState,
            users_created=0,
            users_shown=True,
            run=None,
        )
        self.tray.start = self.clock.now
        return cast(Context, context)

    def settled(self, sent: Item) -> Item:
        state = UserState("user-1", user_id="tray-1")
        return cast(Item, self._driven(settle(self.context(), state, sent, self.clock.now)))

    def user_settled(self, run: str | None = None) -> LedgerUser:
        sent = LedgerUser("user-1", "sending", 1, run=run)
        assert self.ledger.write([UserWrite(sent, None)]) == [True]
        work = user._settle(self.context(), UserState("user-1"), sent, self.clock.now)
        return cast(LedgerUser, self._driven(work))

    def _driven(self, work: Work) -> Any:
        answer: Any = None
        error: Exception | None = None
        while True:
            try:
                effect = work.send(answer) if error is None else work.throw(error)
            except StopIteration as ended:
                return ended.value
            answer = error = None
            match effect:
                case WaitUntil(moment=moment):
                    self.clock.now = max(self.clock.now, moment)
                case Commit(writes=writes):
                    answer = self.ledger.write(writes)
                case Slot():
                    pass
                case _:
                    try:
                        answer = effect.run()
                    except NotFoundError as caught:
                        error = caught


@pytest.fixture
def doubt() -> Iterator[Doubt]:
    clock = Time()
    ledger = opened("sqlite://", time=clock, environ={"TRAYIMPORT_LEDGER_KEY": KEY})
    yield Doubt(ledger, clock, Tray(clock))
    ledger.close()


def test_absence_counts_only_from_a_list_that_was_asked_for_after_the_window(doubt: Doubt) -> None:
    assert doubt.settled(doubt.begin()).state == State.PLANNED
    assert max(doubt.tray.asked) >= W


@pytest.mark.parametrize("moment", [0.0, LAG, W - 1, W])
def test_what_a_list_shows_at_whatever_moment_is_recognised_by_its_content(doubt: Doubt, moment: float) -> None:
    doubt.tray.there["ours"] = OURS
    doubt.tray.lists["tray-1"] = [(moment, listed("ours"))]
    found = doubt.settled(doubt.begin())
    assert (found.state, found.authentication_id) == (State.CREATED, "ours")


def test_somebody_elses_is_waited_out_and_then_named(doubt: Doubt) -> None:
    doubt.tray.there["else"] = FOREIGN
    doubt.tray.lists["tray-1"] = [(0.0, listed("else"))]
    found = doubt.settled(doubt.begin())
    assert (found.state, found.detail, found.seen) == (State.IN_DOUBT, "others", ("else",))
    assert max(doubt.tray.asked) >= W


def test_two_of_ours_are_named_at_once_and_neither_is_taken(doubt: Doubt) -> None:
    doubt.tray.there |= {"one": OURS, "two": OURS}
    doubt.tray.lists["tray-1"] = [(0.0, listed("one", "two"))]
    found = doubt.settled(doubt.begin())
    assert (found.state, found.detail, found.seen) == (State.IN_DOUBT, "twice", ("one", "two"))


def test_what_was_there_before_the_first_send_is_not_ours_though_its_content_is(doubt: Doubt) -> None:
    doubt.tray.there["before"] = OURS
    doubt.tray.lists["tray-1"] = [(0.0, listed("before"))]
    sent = doubt.begin()
    assert doubt.settled(replace(sent, snapshot=("before",))).state == State.PLANNED


def test_a_list_that_says_it_is_not_complete_proves_no_absence(doubt: Doubt) -> None:
    doubt.tray.lists["tray-1"] = [(0.0, listed(complete=False))]
    found = doubt.settled(doubt.begin())
    assert (found.state, found.detail) == (State.IN_DOUBT, "no_complete_list")


@pytest.mark.parametrize(("there", "state"), [(True, State.IN_DOUBT), (False, State.PLANNED)])
def test_a_list_that_lacks_what_the_ledger_knows_proves_absence_only_if_that_is_gone(
    doubt: Doubt, there: bool, state: State
) -> None:
    doubt.known("0", "control", user="user-2")
    doubt.tray.there["control"] = FOREIGN
    doubt.tray.lists["tray-2"] = [(0.0, listed("control"))]
    doubt.known("b", "known", age=1.0)
    if there:
        doubt.tray.there["known"] = FOREIGN
    assert doubt.settled(doubt.begin()).state == state


@pytest.mark.parametrize(
    ("there", "shown", "state"),
    [(True, True, State.PLANNED), (True, False, State.IN_DOUBT), (False, False, State.PLANNED)],
)
def test_before_a_runs_first_absence_something_known_for_long_must_be_listed_if_anything_is_left(
    doubt: Doubt, there: bool, shown: bool, state: State
) -> None:
    doubt.known("c", "old", user="user-2")
    if there:
        doubt.tray.there["old"] = FOREIGN
    if shown:
        doubt.tray.lists["tray-2"] = [(0.0, listed("old"))]
    assert doubt.settled(doubt.begin()).state == state


@pytest.mark.parametrize("before", [None, ("first",), ()])
def test_the_snapshot_of_the_first_send_is_kept_through_all_attempts(before: tuple[str, ...] | None) -> None:
    """Rule 6: taken anew, it would hold our own late creation, which would then be nobody's."""
    job: Any = SimpleNamespace(
        program=SimpleNamespace(
            environment=SimpleNamespace(id="env-1"),
            mapping=SimpleNamespace(identity="slack"),
            content=lambda _rendered: "content",
        ),
        rendered=SimpleNamespace(key="a", fingerprint="p", payload=SimpleNamespace(name="n")),
    )
    context: Any = SimpleNamespace(clock=SimpleNamespace(wall=lambda: 1.0), run="run-2")
    state = UserState("user-1", user_id="tray-1", listing=listed("first", "late"))
    earlier = None if before is None else any_item("a", State.PLANNED, 1, snapshot=before)
    claimed = record._item(context, state, job, earlier, {}, State.SENDING)
    assert claimed.snapshot == (("first", "late") if before is None else before)


@pytest.mark.parametrize(
    ("made", "state", "found"),
    [
        ([], "planned", None),
        ([(0.0, "u1")], "created", "u1"),
        ([(W, "u1")], "created", "u1"),
        ([(0.0, "u1"), (0.0, "u2")], "conflict", None),
    ],
    ids=["never seen", "seen at once", "seen at the window's end", "there twice"],
)
def test_a_user_whose_creation_had_no_answer_is_looked_for_until_the_window_is_over(
    doubt: Doubt, made: list[tuple[float, str]], state: str, found: str | None
) -> None:
    doubt.tray.made = made
    settled = doubt.user_settled()
    assert (settled.state, settled.user_id) == (state, found)
    assert state != "planned" or max(doubt.tray.asked) >= W


def test_what_a_new_ledger_s_earlier_run_left_is_looked_at_last_of_all_as_there_may_be_two_by_then(
    doubt: Doubt,
) -> None:
    doubt.tray.made = [(0.0, "of a ledger that is lost"), (W, "of the earlier run")]
    settled = doubt.user_settled("an earlier run")
    assert (settled.state, settled.user_id, max(doubt.tray.asked)) == ("conflict", None, W)
