"""The protocol's model: with all rules nothing goes wrong; without one, what it is there for does."""

from typing import Any

import pytest
from model import users
from model.protocol import COMMIT, LAG, SEND, Rules, Setting, explore, without

RULES = Rules()
CLEAN = {
    "one record": Setting(crashes=2, faults=2),
    "two records": Setting(records=2, crashes=1, faults=2),
    "renames and foreign ones": Setting(crashes=1, faults=1, renames=1, foreign=1),
    "incomplete lists": Setting(crashes=1, faults=1, partial_lists=True),
    "a lost ledger": Setting(crashes=1, faults=1, ledgers_lost=1),
    "an edited key": Setting(crashes=1, faults=1, rekeys=1),
    "two runners, one of them paused": Setting(runners=2, crashes=1, faults=1, pauses=1),
    "refused, then made by hand": Setting(crashes=1, faults=1, refusals=1, by_hand=1),
    "a ledger put back to any earlier state, and again": Setting(crashes=1, faults=1, put_back=2),
    "refused, and put back": Setting(crashes=1, faults=1, refusals=1, put_back=1),
    "two records, and put back": Setting(records=2, crashes=0, faults=1, put_back=1),
    "lost, and put back": Setting(crashes=0, faults=1, ledgers_lost=1, put_back=1),
    "two runners, and put back": Setting(runners=2, crashes=0, faults=1, pauses=1, put_back=1),
    "a leaf that others have too": Setting(crashes=1, faults=1, renames=1, foreign=1, common_leaf=True),
    "nothing specific": Setting(crashes=1, faults=1, foreign=1, nothing_specific=True),
    "a leaf that others have too, and put back": Setting(crashes=1, faults=1, foreign=1, put_back=1, common_leaf=True),
}


@pytest.mark.parametrize("name", CLEAN)
def test_with_all_rules_nothing_goes_wrong(name: str) -> None:
    found, states = explore(RULES, CLEAN[name])
    assert found == set()
    assert states > 100


@pytest.mark.parametrize(
    ("off", "setting", "fault"),
    [
        ({"intent": False}, Setting(crashes=1, faults=0), "twice"),
        ({"certain_refusals_only": False}, Setting(crashes=0, faults=1), "refused, yet there"),
        ({"window": SEND + COMMIT + LAG - 1}, Setting(crashes=0, faults=1), "twice"),
        ({"complete_lists_only": False}, Setting(crashes=1, faults=0, partial_lists=True), "twice"),
        ({"snapshot_kept": False}, Setting(records=2, crashes=1, faults=1), "twice"),
        ({"by_content": False}, Setting(crashes=0, faults=1, renames=1), "twice"),
        ({"by_content": False}, Setting(crashes=0, faults=1, foreign=1), "somebody else's"),
        ({"permit": False, "lease": False}, Setting(runners=2, crashes=0, faults=0, pauses=1), "twice"),
        ({"compare_and_set": False}, Setting(runners=2, crashes=0, faults=1, pauses=1), "twice"),
        ({"first_contact": False}, Setting(crashes=0, faults=0, ledgers_lost=1), "twice"),
        ({"fresh_waits": False}, Setting(crashes=0, faults=0, ledgers_lost=1), "twice"),
        ({"asks_itself": False}, Setting(crashes=0, faults=0, rekeys=1), "twice"),
        ({"meets_again": False}, Setting(crashes=0, faults=0, refusals=1, by_hand=1), "twice"),
        ({"meets_again": False}, Setting(crashes=0, faults=0, refusals=1, put_back=1), "twice"),
        ({"restored_waits": False}, Setting(crashes=0, faults=0, put_back=1), "twice"),
        ({"waits_unseen": False}, Setting(crashes=0, faults=0, ledgers_lost=1), "twice"),
        ({"waits_unseen": False}, Setting(crashes=0, faults=0, put_back=1), "twice"),
        ({"specific": False}, Setting(crashes=0, faults=1, foreign=1, common_leaf=True), "somebody else's"),
        ({"specific": False}, Setting(crashes=0, faults=1, foreign=1, nothing_specific=True), "somebody else's"),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else "",
)
def test_without_a_rule_its_fault_is_back(off: dict[str, Any], setting: Setting, fault: str) -> None:
    found, _ = explore(without(RULES, **off), setting)
    assert fault in found
    assert explore(RULES, setting)[0] == set(), "and with it, it is not"


@pytest.mark.parametrize("there", [False, True])
def test_an_end_user_is_made_once_under_all_rules(there: bool) -> None:
    assert users.explore(users.Rules(), crashes=2, faults=2, there=there) == set()
    assert users.explore(users.Rules(), runners=1, crashes=1, faults=1, losses=1, there=there) == set()


@pytest.mark.parametrize(
    ("off", "setting"),
    [
        ({"intent": False}, {"crashes": 1, "faults": 0}),
        ({"window": SEND + COMMIT + LAG - 1}, {"crashes": 0, "faults": 1}),
        ({"looks_first": False}, {"crashes": 0, "faults": 0, "there": True}),
        ({"one_row": False}, {"crashes": 0, "faults": 0}),
        ({"permit": False}, {"crashes": 0, "faults": 1}),
        ({"proves_shown": False}, {"runners": 1, "crashes": 0, "faults": 0, "losses": 1}),
    ],
    ids="+".join,
)
def test_without_a_rule_an_end_user_is_made_twice(off: dict[str, Any], setting: dict[str, Any]) -> None:
    assert "twice" in users.explore(users.Rules(**off), **setting)
    assert users.explore(users.Rules(), **setting) == set()
