"""How long to wait before asking again: exponential, with full jitter, as a pure function."""

BASE = 0.5
MOST = 8.0


def backoff(attempt: int, jitter: float) -> float:
    """Seconds before the attempt after `attempt` (from 1); `jitter` is uniform in [0, 1)."""
    return jitter * min(MOST, BASE * float(2 ** min(attempt, 10)))
