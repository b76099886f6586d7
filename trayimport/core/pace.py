"""The budget of requests, as pure arithmetic on moments (commands, ruling 42)."""

from collections import deque

MARGIN = 0.2
"""Seconds by which requests may bunch on their way: windows are kept this much longer than Tray's."""


class Pacer:
    """At most `burst` requests in any second and 60 × `rate` in any minute, `rate` a second on average; 0: no limit.

    A bucket of `burst` filled at `rate` would let `burst + rate` through in one second; so it holds what is left of the
    burst besides the rate, less what may bunch on the way: `spare`.
    """

    def __init__(self, rate: float, burst: int) -> None:
        self.rate = rate
        self._burst = burst
        self.spare = max(1.0, min(burst - rate * (1 + MARGIN), rate / 2) if rate else 1.0)
        self._tokens = self.spare
        self._filled = 0.0
        self._started = False
        self._second: deque[float] = deque()
        self._minute: deque[float] = deque()
        self._cold_until = 0.0

    def take(self, now: float) -> float:
        """0.0: granted, and counted; else seconds to wait before asking again. `now` in monotonic seconds."""
        wait = self.wait(now)
        if wait == 0 and self.rate:
            self._tokens -= 1
            self._second.append(now)
            self._minute.append(now)
        return wait

    def wait(self, now: float) -> float:
        """Seconds until `take` would grant something; `now` in monotonic seconds."""
        if now < self._cold_until:
            return self._cold_until - now
        return max(0.0, self._bucket(now), self._window(now)) if self.rate else 0.0

    def cool_down(self, now: float, seconds: float) -> None:
        """Grant nothing for `seconds`, and start again without a burst."""
        self._cold_until = max(self._cold_until, now + seconds)
        self._tokens = min(self._tokens, 1.0)

    def _bucket(self, now: float) -> float:
        if not self._started:
            self._started = True
            self._filled = now
        self._tokens = min(self.spare, self._tokens + max(0.0, now - self._filled) * self.rate)
        self._filled = now
        return 0.0 if self._tokens >= 1 - 1e-9 else (1 - self._tokens) / self.rate

    def _window(self, now: float) -> float:
        wait = 0.0
        limits = ((self._second, 1.0, self._burst), (self._minute, 60.0, int(60 * self.rate)))
        for moments, length, most in limits:
            while moments and moments[0] <= now - length - MARGIN:
                moments.popleft()
            if len(moments) >= max(1, most):
                wait = max(wait, moments[0] + length + MARGIN - now)
        return wait
