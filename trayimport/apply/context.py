"""What the workers of one run share."""

import math
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from trayimport.apply.effects import Clock
from trayimport.core.program import Program, Rendered
from trayimport.model import Full, Item, Ledger, Listing, Problem, State, Tray, UserToken
from trayimport.planstore import PlannedUser, Row

TOKENS_HELD = 10_000
"""User tokens kept in memory at a time (commands, ruling 16)."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """P, D and L of the protocol, in seconds."""

    send_within: float = 5.0
    commit_within: float = 60.0
    lookup_lag: float = 10.0

    @property
    def window(self) -> float:
        """W: absence counts only from a list requested this long after the client gave up (rule 4)."""
        return self.send_within + self.commit_within + self.lookup_lag


@dataclass(slots=True)
class UserState:
    """What this run knows of one End User."""

    external_user_id: str
    user_id: str | None = None
    token: UserToken | None = None
    made_now: bool = False
    """Created by this run, so that nothing can be there that isn't ours."""
    listing: Listing | None = None
    """The list of first contact, made in this run under its lock (rule 11)."""
    listed_at: float = 0.0
    """Monotonic seconds when it was asked for."""
    fulls: dict[str, Full | None] = field(default_factory=dict)
    refusals: int = 0
    """Refusals of the user token in a row."""
    lost: Problem | None = None
    """Why nothing more is sent to this user in this run."""
    settled: bool = False
    """Whether what was open at the start has been looked at."""

    def forget_listing(self) -> None:
        """Let the next first contact list anew."""
        self.listing = None
        self.fulls = {}


@dataclass(slots=True)
class Job:
    """One record to be sent: its row of the plan, rendered anew."""

    row: Row
    rendered: Rendered
    program: Program


Report = Callable[[int, str, Sequence[Problem]], None]
"""(seq, outcome, problems): what became of a row."""


@dataclass(slots=True)
class Context:
    """The run: who it is, what it talks to, and what it may do."""

    run: str
    tray: Tray
    ledger: Ledger
    clock: Clock
    bounds: Bounds
    backoff: Callable[[int], float]
    """Attempt (from 1) → seconds, with full jitter."""
    report: Report
    planned_user: Callable[[str], PlannedUser | None]
    started: float
    """Monotonic seconds since when nobody else can have sent (the lock was taken)."""
    now_text: Callable[[], str]
    believed_from: float = -math.inf
    """Monotonic seconds from which a list proves that something isn't there: D+L from the start where the ledger is not
    to be believed (rule 11)."""
    tell_wait: Callable[[float], None] = lambda _seconds: None
    """Called with the seconds that a worker waits for `believed_from`."""
    tell_left: Callable[[float], None] | None = None
    """Called now and then with the seconds that are left of the wait for a verdict."""
    shared: Callable[[str, Iterable[str]], frozenset[str]] = lambda _environment, _values: frozenset()
    """(environment id, fingerprints of leaves) → those that more than one record of the ledger or the plan has."""
    overwrite_refreshed: bool = False
    states: "OrderedDict[str, UserState]" = field(default_factory=OrderedDict)
    resent: list[Item] = field(default_factory=list)
    """Items that were sent more than once in this run (rule 13)."""
    control_passed: bool = False
    users_created: int = 0
    users_shown: bool = True
    """False while a new ledger's run has not yet seen that Tray's look-ups show a user just made."""
    users_lag: bool = False
    """Whether that took a while, so that an earlier look may have missed what another ledger's run made."""
    settled: dict[tuple[str, str], State] = field(default_factory=dict)
    """States of items that earlier runs left open, as this run found them."""
    twice: list[tuple[Item, Problem]] = field(default_factory=list)
    waited: bool = True
    """False while only first looks are made: no window is waited for."""

    def state(self, external_user_id: str) -> UserState:
        """The state of a user; the least recently used ones are forgotten."""
        state = self.states.get(external_user_id)
        if state is None:
            state = self.states[external_user_id] = UserState(external_user_id)
            if len(self.states) > TOKENS_HELD:
                self.states.popitem(last=False)
        else:
            self.states.move_to_end(external_user_id)
        return state
