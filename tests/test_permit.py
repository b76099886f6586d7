"""A claim is a permit for a few seconds, asked for at the socket (protocol, rule 8)."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import pytest

from trayimport.apply.context import Bounds, Context
from trayimport.apply.permit import permit


@dataclass
class Clocks:
    """Two clocks that tests move apart: a laptop's monotonic one stands still while it sleeps."""

    passed: float = 100.0
    said: float = 1_900_000_000.0

    def monotonic(self) -> float:
        return self.passed

    def wall(self) -> float:
        return self.said


@pytest.mark.parametrize(
    ("passed", "said", "held", "allowed"),
    [
        (0.0, 0.0, True, True),
        (4.9, 4.9, True, True),
        (5.0, 4.9, True, False),
        (0.1, 5.0, True, False),
        (0.1, 3600.0, True, False),
        (0.1, -2.0, True, False),
        (0.1, 0.1, False, False),
    ],
    ids=["at once", "just in time", "too late", "the machine slept", "for an hour", "set back", "another's ledger"],
)
def test_a_permit_holds_by_both_clocks_and_while_the_ledger_is_this_runs(
    passed: float, said: float, held: bool, allowed: bool
) -> None:
    clocks = Clocks()
    ledger = SimpleNamespace(holds=lambda: held)
    context: Any = SimpleNamespace(clock=clocks, bounds=Bounds(send_within=5.0), ledger=ledger)
    asked = permit(cast(Context, context))
    clocks.passed += passed
    clocks.said += said
    assert asked() is allowed
