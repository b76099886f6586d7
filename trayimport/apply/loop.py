"""Runs many workers on one thread: slots, requests, grouped commits and waits (protocol, section 7)."""

import heapq
import itertools
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from trayimport.apply.effects import Call, Clock, Commit, Effect, Send, Slot, Unpaced, WaitUntil, Work
from trayimport.apply.pool import Done, Pool
from trayimport.codes import tray as codes
from trayimport.errors import (
    NeverSentError,
    RateLimitedError,
    RedirectedError,
    StoppedError,
    TrayError,
    UncertainError,
)
from trayimport.model import Ledger

SHORTEST_COOL_DOWN = 1.0
"""Seconds, also where Tray asks for less: `Retry-After: 0` would make the next refusal."""
LONG_COOL_DOWN = 10.0
"""Seconds of a wait that a person is told of."""
ROUNDS = 3
"""Waits that were kept to, and ended in a refusal again, before the run may be given up."""
COOL_DOWN = 2.0
"""Seconds without a request after a 429 that names none."""
IDLE = 0.5
"""Seconds after which the loop looks at its stop flag at the latest."""


class Pacer(Protocol):
    """The budget of requests (core/pace.py)."""

    def take(self, now: float) -> float: ...
    def cool_down(self, now: float, seconds: float) -> None: ...


@dataclass(slots=True)
class _Limits:
    """Refusals by the rate limit with nothing good in between: since when, until when is waited, how many waits."""

    since: float
    until: float
    rounds: int


class Loop:
    """Runs workers to their end, or until it is stopped; one thread, so that workers need no locks."""

    def __init__(
        self,
        clock: Clock,
        pacer: Pacer,
        pool: Pool,
        ledger: Ledger | None,
        *,
        give_up_after: float = 60.0,
        width: int = 256,
        drain: float = 30.0,
        tell_limit: Callable[[float], None] = lambda _seconds: None,
    ) -> None:
        """`give_up_after` and `drain` in seconds; `width` workers are busy at a time. `tell_limit` is called with the
        seconds of a long wait that Tray asks for."""
        self.clock = clock
        self._pacer = pacer
        self._pool = pool
        self._ledger = ledger
        self._give_up_after = give_up_after
        self._width = width
        self._drain = drain
        self._tell_limit = tell_limit
        self._count = itertools.count()
        self._ready: deque[tuple[Work, Any, BaseException | None]] = deque()
        self._slots: deque[tuple[Work, Callable[[], Any] | None]] = deque()
        self._waits: list[tuple[float, int, Work]] = []
        self._commits: list[tuple[Work, Commit]] = []
        self._flying: dict[int, Work] = {}
        self._bad_since: float | None = None
        self._limits: _Limits | None = None
        self._next_slot = 0.0
        self.stopping = False
        self.stopped_by: StoppedError | None = None

    def stop(self) -> None:
        """Let what is in the air land, and start nothing more; safe to call from a signal handler."""
        self.stopping = True

    def run(self, work: Iterator[Work]) -> None:
        """Run all workers. Raises StoppedError where Tray or the network ended it, LedgerError and other errors of
        workers as they are; `stopping` says whether it was interrupted."""
        source: Iterator[Work] | None = work
        deadline: float | None = None
        while True:
            if self.stopping and deadline is None:
                deadline = self.clock.monotonic() + self._drain
                source = None
                self._drop_idle()
            while source is not None and self._active() < self._width:
                worker = next(source, None)
                if worker is None:
                    source = None
                    break
                self._ready.append((worker, None, None))
                self._step_all()
            self._step_all()
            if source is None and not (self._flying or self._slots or self._waits or self._commits or self._ready):
                break
            if deadline is not None and self.clock.monotonic() >= deadline:
                break
            self._advance()
        if self.stopped_by is not None:
            raise self.stopped_by

    def _active(self) -> int:
        return len(self._flying) + len(self._slots) + len(self._ready) + len(self._commits) + len(self._waits) // 40

    def _drop_idle(self) -> None:
        for worker, _ in self._slots:
            worker.close()
        for _, _, worker in self._waits:
            worker.close()
        self._slots.clear()
        self._waits.clear()

    def _step_all(self) -> None:
        while self._ready or self._commits:
            while self._ready:
                self._step(*self._ready.popleft())
            if self._commits:
                self._commit()

    def _commit(self) -> None:
        group, self._commits = self._commits, []
        writes = [write for _, commit in group for write in commit.writes]
        if self._ledger is None:
            raise AssertionError("a worker that writes needs a ledger")
        answers = iter(self._ledger.write(writes))
        for worker, commit in group:
            self._ready.append((worker, [next(answers) for _ in commit.writes], None))

    def _step(self, worker: Work, answer: Any, error: BaseException | None) -> None:
        try:
            effect: Effect = worker.send(answer) if error is None else worker.throw(error)
        except StopIteration:
            return
        except StoppedError as stopped:
            self._stop_by(stopped)
            return
        match effect:
            case Commit():
                self._commits.append((worker, effect))
            case Send() | Unpaced():
                self._fly(worker, effect.run)
            case _ if self.stopping:
                worker.close()
            case Slot():
                self._slots.append((worker, None))
            case Call():
                self._slots.append((worker, effect.run))
            case WaitUntil():
                heapq.heappush(self._waits, (effect.moment, next(self._count), worker))

    def _fly(self, worker: Work, run: Callable[[], Any]) -> None:
        tag = next(self._count)
        self._flying[tag] = worker
        self._pool.submit(tag, run)

    def _advance(self) -> None:
        now = self.clock.monotonic()
        self._grant(now)
        while self._waits and self._waits[0][0] <= now:
            _, _, worker = heapq.heappop(self._waits)
            self._ready.append((worker, None, None))
        if self._ready:
            return
        moments = [now + IDLE]
        if self._waits:
            moments.append(self._waits[0][0])
        if self._slots:
            moments.append(self._next_slot)
        for done in self._pool.wait(max(0.0, min(moments) - now)):
            self._land(done)

    def _grant(self, now: float) -> None:
        while self._slots and now >= self._next_slot:
            delay = self._pacer.take(now)
            if delay > 0:
                self._next_slot = now + delay
                return
            worker, run = self._slots.popleft()
            if run is None:
                self._ready.append((worker, None, None))
                self._step_all()
            else:
                self._fly(worker, run)

    def _land(self, done: Done) -> None:
        worker = self._flying.pop(done.tag)
        self._watch(done.error)
        self._ready.append((worker, done.result, done.error))

    def _limited(self, now: float, seconds: float) -> None:
        """Note a refusal; those that meet one wait are one. Ends the run where nothing else comes any more."""
        limits = self._limits
        if limits is None:
            limits = self._limits = _Limits(now, now, 0)
        if now >= limits.until:
            limits.until = now + seconds
            limits.rounds += 1
            if seconds >= LONG_COOL_DOWN:
                self._tell_limit(seconds)
        if limits.rounds > ROUNDS and now - limits.since >= self._give_up_after:
            message = f"nothing but the rate limit for {self._give_up_after:g} s, however long was waited"
            self._stop_by(StoppedError(codes.OUTAGE, message))

    def _watch(self, error: BaseException | None) -> None:
        """A 429 cools down everybody; an outage and a redirect end the run (commands, ruling 44)."""
        now = self.clock.monotonic()
        if isinstance(error, RateLimitedError):
            seconds = COOL_DOWN if error.retry_after is None else max(error.retry_after, SHORTEST_COOL_DOWN)
            self._limited(now, seconds)
            self._pacer.cool_down(now, seconds)
            self._next_slot = max(self._next_slot, now + min(seconds, 1.0))
        elif isinstance(error, RedirectedError):
            self._stop_by(StoppedError(error.code, error.summary))
        elif isinstance(error, NeverSentError | UncertainError):
            if self._bad_since is None:
                self._bad_since = now
            if now - self._bad_since >= self._give_up_after:
                message = f"no good answer for {self._give_up_after:g} s; the last: {error.code.id} {error.summary}"
                self._stop_by(StoppedError(codes.OUTAGE, message))
            return
        elif error is None or isinstance(error, TrayError):
            self._limits = None
        if error is None or isinstance(error, TrayError):
            self._bad_since = None

    def _stop_by(self, stopped: StoppedError) -> None:
        if self.stopped_by is None:
            self.stopped_by = stopped
        self.stopping = True
