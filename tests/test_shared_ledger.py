"""A PostgreSQL ledger that several machines share: one run at a time, and a dead one's turn ends by itself."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from ledger_support import KEY, Time, process
from polling import until
from project import BOUNDS, SHOP, Project, shop_rows
from shop import shop_tray

from trayimport.errors import LedgerError
from trayimport.ledger import SqlLedger, open_ledger
from trayimport.sandbox import Fault, FaultPlan

RECORDS = 12
APPLY = ("apply", "mappings/", "--yes", "--rate", "0", "--lease", "1")


@pytest.fixture
def project(tmp_path: Path, new_postgres: str) -> Iterator[Project]:
    with shop_tray(faults=FaultPlan(script={"create": [None, Fault.HELD_AFTER]})) as sandbox:
        made = Project(tmp_path, sandbox, BOUNDS | {"TRAYIMPORT_LEDGER": new_postgres})
        made.mapping(SHOP)
        made.export(shop_rows(RECORDS, accounts=5))
        yield made


def assert_exactly_once(project: Project) -> None:
    found = Counter(one.name for one in project.sandbox.store.authentications())
    assert found == Counter(f"Shop {number:04}" for number in range(RECORDS))
    users = Counter(user.external_user_id for user in project.sandbox.store.users())
    assert set(users.values()) == {1}


def test_a_second_run_waits_for_its_turn_and_says_whose_it_is(project: Project) -> None:
    first = project.start(*APPLY)
    until(lambda: project.sandbox.held)
    done = project.run(*APPLY, "--lock-wait", "0.1")
    assert (done.code, f"pid {first.pid}" in done.text) == (2, True), done.text
    second = project.start(*APPLY, "--lock-wait", "60", "--output", "json")
    project.sandbox.release()
    first.communicate(timeout=60)
    out, err = second.communicate(timeout=90)
    assert (first.returncode, second.returncode) == (0, 0), out + err
    assert f'"unchanged": {RECORDS}' in out
    assert_exactly_once(project)
    assert project.sandbox.counts["create"] == RECORDS


def test_a_turn_lasts_as_long_as_its_run_and_ends_soon_after_it_was_killed(project: Project) -> None:
    first = project.start(*APPLY)
    until(lambda: project.sandbox.held)
    done = project.run(*APPLY, "--lock-wait", "2.5")
    assert done.code == 2, "the lease is renewed, though it is but a second long"
    first.kill()
    first.communicate(timeout=30)
    done = project.run(*APPLY, "--lock-wait", "30", "--output", "json")
    assert done.code == 0, done.text
    assert_exactly_once(project)
    assert done.document["in_doubt"] == 0


def two(url: str, time: Time) -> tuple[SqlLedger, SqlLedger]:
    made = [
        open_ledger(url, environ={"TRAYIMPORT_LEDGER_KEY": KEY}, write=True, clock=time, process=process(time, machine))
        for machine in ("left", "right")
    ]
    assert made[0] is not None
    assert made[1] is not None
    return made[0], made[1]


def test_whose_turn_ran_out_sends_nothing_though_nobody_took_it(new_postgres: str) -> None:
    left, right = two(new_postgres, Time())
    left.lock(0)
    assert left.holds()
    with pytest.raises(LedgerError, match="left"):
        right.lock(0)
    assert left.leases.renew("", 1, -1), "as if it had been paused for longer than the lease"
    assert not left.holds()
    right.lock(0)
    assert right.holds()
    assert not left.holds()
    right.close()
    left.close()
