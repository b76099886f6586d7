"""A PostgreSQL ledger that several machines share: one run at a time, and a dead one's turn ends by itself."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from imports import APPLY, RECORDS, assert_exactly_once, project_in
from ledger_support import KEY, Time, item, opened, process
from polling import until
from project import Project
from sqlalchemy import create_engine, make_url, text
from test_pace import most_in

from trayimport.core.pace import Pacer
from trayimport.errors import LedgerError
from trayimport.ledger import SqlLedger, open_ledger
from trayimport.model import ItemWrite, LedgerUser, State, UserWrite
from trayimport.sandbox import Fault, FaultPlan

ON_POSTGRES = (*APPLY, "--lease", "1")


@pytest.fixture
def project(tmp_path: Path, new_postgres: str) -> Iterator[Project]:
    with project_in(tmp_path, faults=FaultPlan(script={"create": [None, Fault.HELD_AFTER]})) as made:
        made.environment["TRAYIMPORT_LEDGER"] = new_postgres
        yield made


def test_a_second_run_waits_for_its_turn_and_says_whose_it_is(project: Project) -> None:
    first = project.start(*ON_POSTGRES)
    until(lambda: project.sandbox.held)
    done = project.run(*ON_POSTGRES, "--lock-wait", "0.1")
    assert (done.code, f"pid {first.pid}" in done.text) == (2, True), done.text
    second = project.start(*ON_POSTGRES, "--lock-wait", "60", "--output", "json")
    project.sandbox.release()
    first.communicate(timeout=60)
    out, err = second.communicate(timeout=90)
    assert (first.returncode, second.returncode) == (0, 0), out + err
    assert f'"unchanged": {RECORDS}' in out
    assert_exactly_once(project.sandbox)
    assert project.sandbox.counts["create"] == RECORDS


def test_a_turn_lasts_as_long_as_its_run_and_ends_soon_after_it_was_killed(project: Project) -> None:
    first = project.start(*ON_POSTGRES)
    until(lambda: project.sandbox.held)
    done = project.run(*ON_POSTGRES, "--lock-wait", "2.5")
    assert done.code == 2, "the lease is renewed, though it is but a second long"
    first.kill()
    first.communicate(timeout=30)
    done = project.run(*ON_POSTGRES, "--lock-wait", "30", "--output", "json")
    assert done.code == 0, done.text
    assert_exactly_once(project.sandbox)
    assert done.document["in_doubt"] == 0


def two(url: str, clock: Time) -> tuple[SqlLedger, SqlLedger]:
    made = [
        open_ledger(
            url, environ={"TRAYIMPORT_LEDGER_KEY": KEY}, write=True, clock=clock, process=process(clock, machine)
        )
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


def test_runners_of_one_ledger_share_one_budget(new_postgres: str) -> None:
    left, right = two(new_postgres, Time())
    pacers = [ledger.budget(Pacer(30, 50)) for ledger in (left, right)]
    granted, start = list[float](), time.monotonic()
    while (now := time.monotonic()) < start + 3:
        granted += [now for pacer in pacers if pacer.take(now) == 0]
    assert most_in(granted, 1.0) <= 50
    assert 14 + 3 * 29 - 3 <= len(granted) <= 14 + 3 * 30 + 1, "as much as one of them may send alone"
    pacers[0].cool_down(time.monotonic(), 5.0)
    until(lambda: pacers[1].take(time.monotonic()) == 0, 2)  # what it had reserved before
    assert 2 < pacers[1].take(time.monotonic()) <= 5, "a refusal of one runner cools down all"
    left.close()
    right.close()


def test_who_may_only_read_the_ledger_keeps_to_a_budget_of_its_own(new_postgres: str) -> None:
    environ = {"TRAYIMPORT_LEDGER_KEY": KEY}
    opened(new_postgres, environ=environ).close()
    engine = create_engine(new_postgres.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(text(f"ALTER DATABASE {engine.url.database} SET default_transaction_read_only = on"))
    engine.dispose()
    ledger = open_ledger(new_postgres, environ=environ, write=False, clock=Time())
    assert ledger is not None
    pacer = ledger.budget(Pacer(30, 50))
    assert [pacer.take(0.0) for _ in range(14)] == [0.0] * 14
    assert pacer.take(0.0) > 0
    pacer.cool_down(0.0, 5.0)
    assert pacer.take(1.0) == pytest.approx(4.0)
    ledger.close()


def test_a_postgresql_ledger_that_was_put_back_is_known_as_such(
    tmp_path: Path, new_postgres: str, postgres: str
) -> None:
    name = make_url(new_postgres).database
    engine = create_engine(postgres, isolation_level="AUTOCOMMIT")

    def on_server(*statements: str) -> None:
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))

    with project_in(tmp_path) as project:
        project.environment["TRAYIMPORT_LEDGER"] = new_postgres
        assert project.run(*APPLY, "--select", "key=none").code == 0
        on_server(f"CREATE DATABASE {name}_kept TEMPLATE {name}")
        assert project.run(*APPLY).code == 0
        assert "ledger: " not in project.run(*APPLY).err
        on_server(f"DROP DATABASE {name}", f"ALTER DATABASE {name}_kept RENAME TO {name}")
        assert "restored from a backup" in project.run("plan", "mappings/", "--rate", "0").err
        done = project.run(*APPLY, "--output", "json")
        assert (done.code, done.document["created"]) == (1, 0), done.text
        assert "restored from a backup" in done.err
        assert "TI617" in done.err
        assert_exactly_once(project.sandbox)
    engine.dispose()


def test_whose_turn_is_over_claims_nothing_and_writes_only_what_became_of_its_claims(new_postgres: str) -> None:
    left, right = two(new_postgres, Time())
    left.lock(0)
    claimed = item("a1", State.SENDING, 1)
    assert left.write([ItemWrite(claimed, None)]) == [True]
    assert left.leases.renew("", 1, -1), "as if it had been paused for longer than the lease"
    created = item("a1", State.CREATED, 1, authentication_id="auth-1")
    user = LedgerUser("u1", "sending", 1, None, "run", 0.0)
    for claim in (ItemWrite(item("a2", State.SENDING, 1), None), UserWrite(user, None)):
        with pytest.raises(LedgerError, match="TI619"):
            left.write([ItemWrite(created, (State.SENDING, 1)), claim])
        assert (left.items("slack", ["a1", "a2"]), left.users(["u1"])) == ({"a1": created}, {})
    right.lock(0)
    assert left.write([ItemWrite(created, (State.SENDING, 1))]) == [False]
    assert right.write([ItemWrite(item("a2", State.SENDING, 1), None)]) == [True]
    with pytest.raises(LedgerError, match="TI619"):
        left.write([ItemWrite(item("a3", State.SENDING, 1), None)])
    right.close()
    left.close()


def test_a_run_that_lost_its_turn_stops_at_once_and_the_living_one_finishes(project: Project) -> None:
    first = project.start(*ON_POSTGRES, "--workers", "1")
    until(lambda: project.sandbox.held)
    first.send_signal(signal.SIGSTOP)
    second = project.start(*ON_POSTGRES, "--lock-wait", "30", "--output", "json")
    until(lambda: project.sandbox.counts["create"] >= 3)
    first.send_signal(signal.SIGCONT)
    project.sandbox.release()
    out, err = first.communicate(timeout=60)
    # Where it was paused within a transaction, the database has ended that, and may have ended the connection.
    assert (first.returncode, "TI619" in err or "TI612" in err) == (3, True), out + err
    out, err = second.communicate(timeout=90)
    assert (second.returncode, "TI485" in out + err) == (0, False), out + err
    assert_exactly_once(project.sandbox)
