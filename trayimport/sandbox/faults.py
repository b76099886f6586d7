"""Faults: what may go wrong with one request, drawn from a seed or written down one by one."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Fault(StrEnum):
    """What happens to one request. "After": the change is made, and its answer is lost.

    A held request has no answer before `Sandbox.release`, or none at all. The refusal that quotes has the whole body in
    its message, as a 400 of Tray's may (contract, hosts and limits).
    """

    CUT_BEFORE = "cut before"
    CUT_AFTER = "cut after"
    ERROR_BEFORE = "500 before"
    ERROR_AFTER = "500 after"
    PROXY_BEFORE = "HTML 502 before"
    PROXY_AFTER = "HTML 502 after"
    GATEWAY_BEFORE = "504 before"
    GATEWAY_AFTER = "504 after"
    TRUNCATED = "truncated answer"
    NOT_JSON = "HTML 200"
    SLOW = "slow answer"
    LATE_COMMIT = "committed later, cut now"
    LIMITED = "rate limit"
    ENDED = "the user token has just ended"
    RIVAL_USER = "somebody else has just made the user"
    HELD_BEFORE = "held before"
    HELD_AFTER = "held after"
    QUOTED = "400 that quotes"


AFTER = frozenset({Fault.CUT_AFTER, Fault.ERROR_AFTER, Fault.PROXY_AFTER, Fault.GATEWAY_AFTER})
HELD = frozenset({Fault.HELD_BEFORE, Fault.HELD_AFTER})
EVERYWHERE = frozenset(Fault) - HELD - {Fault.ENDED, Fault.RIVAL_USER, Fault.NOT_JSON, Fault.QUOTED}
USER_TOKEN_OPERATIONS = frozenset({"create", "update", "delete", "get", "full", "viewer"})


@dataclass(frozen=True, slots=True)
class Meddling:
    """What others do meanwhile: the chance, after each committed request, of each kind."""

    rename: float = 0.0
    refresh: float = 0.0
    foreign: float = 0.0
    delete: float = 0.0


@dataclass(slots=True)
class FaultPlan:
    """Which requests fail, and how.

    `rate` is the chance that a request meets one of `kinds`; `script` holds faults for the next requests of an
    operation (a REST operation, or GraphQL's top field), used up first; None in it means: this one goes well.
    `slow` and `late` are seconds.
    """

    seed: int = 0
    rate: float = 0.0
    kinds: Iterable[Fault] = EVERYWHERE
    script: Mapping[str, Iterable[Fault | None]] = field(default_factory=dict)
    slow: float = 0.5
    late: float = 0.5
    meddling: Meddling = Meddling()
    _random: random.Random = field(init=False, repr=False)
    _kinds: list[Fault] = field(init=False, repr=False)
    _script: dict[str, list[Fault | None]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - a storm that can be repeated, no secret
        self._kinds = sorted(self.kinds)
        self._script = {operation: list(faults) for operation, faults in self.script.items()}

    def draw(self, operation: str) -> Fault | None:
        """What happens to the next request of this operation."""
        if self._script.get(operation):
            return self._script[operation].pop(0)
        if not self._kinds or self._random.random() >= self.rate:
            return None
        found = self._random.choice(self._kinds)
        if found is Fault.RIVAL_USER and operation != "createExternalUser":
            return None
        if found is Fault.ENDED and operation not in USER_TOKEN_OPERATIONS:
            return None
        return found

    def chance(self, probability: float) -> bool:
        """Whether something with this probability happens now."""
        return probability > 0 and self._random.random() < probability

    def quiet(self) -> None:
        """No more faults from now on."""
        self.rate = 0.0
        self._script.clear()
        self.meddling = Meddling()
