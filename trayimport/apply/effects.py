"""What a worker asks of the loop: a worker is a generator that yields one of these and gets the answer back."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from trayimport.model import Write


class Clock(Protocol):
    """Time as an argument: monotonic seconds for windows and permits, wall-clock seconds for people and templates."""

    def monotonic(self) -> float: ...
    def wall(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Slot:
    """Wait for a place in the budget of requests; the answer is None."""


@dataclass(frozen=True, slots=True)
class Send:
    """One request for which the slot is in hand; the answer is its result, or its TrayError is raised."""

    run: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Call:
    """A slot, then one request."""

    run: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Unpaced:
    """One request outside of the budget (Call Connector)."""

    run: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Commit:
    """Write to the ledger, durably, together with what others write at this moment; the answer is a list of bool."""

    writes: Sequence[Write]


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """Wait until the monotonic clock shows `moment`."""

    moment: float


Effect = Slot | Send | Call | Unpaced | Commit | WaitUntil
Work = Generator[Effect, Any, Any]
"""A worker, or a part of one; its return value is the part's result."""
