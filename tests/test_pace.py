"""The budget: never more than Tray documents, in any second and any minute, and no slower than it must be."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trayimport.core.pace import Pacer
from trayimport.core.retry import MOST, backoff


def granted(pacer: Pacer, seconds: float, pauses: list[float]) -> list[float]:
    """Moments of requests by somebody who always wants one, but for pauses now and then."""
    now, found, index = 0.0, list[float](), 0
    while now < seconds:
        wait = pacer.take(now)
        if wait > 0:
            now += wait
            continue
        found.append(now)
        if index < len(pauses) and len(found) % 40 == 0:
            now += pauses[index]
            index += 1
    return found


def most_in(moments: list[float], length: float) -> int:
    """The most moments in any window of that length."""
    most, start = 0, 0
    for end, moment in enumerate(moments):
        while moments[start] <= moment - length:
            start += 1
        most = max(most, end - start + 1)
    return most


@settings(deadline=None, max_examples=30)
@given(st.lists(st.floats(0, 70), max_size=8), st.sampled_from([(30.0, 50), (5.0, 8), (30.0, 31), (1.0, 1)]))
def test_no_window_holds_more_than_is_allowed(pauses: list[float], limits: tuple[float, int]) -> None:
    rate, burst = limits
    moments = granted(Pacer(rate, burst), 200, pauses)
    assert most_in(moments, 1.0) <= burst
    assert most_in(moments, 60.0) <= 60 * rate


def test_a_long_import_runs_at_nearly_the_full_rate() -> None:
    assert len(granted(Pacer(30, 50), 600, [])) > 600 * 30 * 0.98


def test_without_a_limit_nothing_waits() -> None:
    pacer = Pacer(0, 50)
    assert [pacer.take(0.0) for _ in range(1000)] == [0.0] * 1000


def test_after_a_refusal_nothing_goes_before_the_pause_is_over_and_no_burst_after_it() -> None:
    pacer = Pacer(30, 50)
    pacer.cool_down(0.0, 2.0)
    assert pacer.take(1.0) == pytest.approx(1.0)
    assert pacer.take(2.0) == 0.0
    assert pacer.take(2.0) > 0.0


@given(st.integers(1, 10**6), st.floats(0, 1, exclude_max=True))
def test_backing_off_is_bounded(attempt: int, jitter: float) -> None:
    assert 0 <= backoff(attempt, jitter) <= MOST
