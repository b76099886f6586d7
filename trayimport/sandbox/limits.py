"""The rate limit (contract, hosts and limits): sliding windows of a second and a minute."""

from collections import deque


class SlidingLimit:
    """Admits at most `burst` requests in any second and 60 × `rate` in any minute; `rate` 0: no limit at all.

    Times are seconds of one clock that never goes back. What is refused doesn't count.
    """

    def __init__(self, rate: int, burst: int) -> None:
        self.rate = rate
        self.burst = burst
        self.refused = 0
        self._minute = rate * 60
        self._admitted: deque[float] = deque(maxlen=max(self._minute, burst, 1))

    def admit(self, now: float) -> bool:
        """Whether one more request at `now` is within the limit; if so, it counts from now on."""
        if not self.rate:
            return True
        if self._full(self.burst, now - 1.0) or self._full(self._minute, now - 60.0):
            self.refused += 1
            return False
        self._admitted.append(now)
        return True

    def _full(self, most: int, since: float) -> bool:
        return bool(most) and len(self._admitted) >= most and self._admitted[-most] > since


class Limits:
    """One limit for the organisation, or, where `one` is False, one for each token."""

    def __init__(self, rate: int, burst: int, *, one: bool) -> None:
        self._rate = rate
        self._burst = burst
        self._one = one
        self._limits: dict[str, SlidingLimit] = {}

    @property
    def refused(self) -> int:
        """Requests that were over the limit."""
        return sum(limit.refused for limit in list(self._limits.values()))

    def admit(self, now: float, token: str) -> bool:
        """Whether one more request under `token` at `now` is within the limit."""
        whose = "" if self._one else token
        if whose not in self._limits:
            self._limits[whose] = SlidingLimit(self._rate, self._burst)
        return self._limits[whose].admit(now)
