"""When the ledger, the tokens or the process can't be trusted: nothing is sent blindly, nothing is there twice."""

import json
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from forking import Started
from imports import APPLY, RECORDS, USERS, assert_exactly_once, existing, project_in
from polling import until
from project import SHOP, Project, shop_rows

from trayimport.sandbox import Fault, FaultPlan


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with project_in(tmp_path) as made:
        yield made


def lose(project: Project) -> None:
    for path in (project.root / ".trayimport").iterdir():
        path.unlink()


def test_after_a_lost_ledger_all_that_is_in_tray_is_found_and_nothing_comes_twice(project: Project) -> None:
    assert project.run(*APPLY).code == 0
    lose(project)
    done = project.run(*APPLY, "--output", "json")
    assert (done.code, done.document["invalid"], done.document["created"]) == (1, RECORDS, 0), done.text
    assert_exactly_once(project.sandbox)
    project.mapping(SHOP + "on_existing: adopt\n")
    assert project.run(*APPLY, "--output", "json").document["adopted"] == RECORDS
    assert_exactly_once(project.sandbox)


def test_after_a_ledger_that_was_lost_with_a_request_in_the_air_nothing_comes_twice(tmp_path: Path) -> None:
    with project_in(tmp_path, faults=FaultPlan(script={"create": [Fault.HELD_AFTER]})) as project:
        process = project.start(*APPLY)
        until(lambda: project.sandbox.held)
        process.kill()
        process.communicate(timeout=30)
        lose(project)
        project.mapping(SHOP + "on_existing: adopt\n")
        assert project.run(*APPLY).code == 0
        assert_exactly_once(project.sandbox)


@pytest.mark.parametrize("name", ["ledger.db", "ledger.db.lock"])
def test_a_ledger_that_is_deleted_meanwhile_ends_the_run_before_anything_more_is_sent(
    tmp_path: Path, name: str
) -> None:
    with project_in(tmp_path, faults=FaultPlan(script={"create": [Fault.HELD_AFTER]})) as project:
        process = project.start(*APPLY, "--workers", "1")
        until(lambda: project.sandbox.held)
        (project.root / ".trayimport" / name).unlink()
        sent = project.sandbox.counts["create"]
        project.sandbox.release()
        _, err = process.communicate(timeout=60)
        assert process.returncode == 3, err
        assert "TI604" in err
        assert project.sandbox.counts["create"] == sent


def test_a_full_disk_sends_nothing_whose_intent_could_not_be_stored(project: Project) -> None:
    arguments = [sys.executable, "-m", "trayimport", *APPLY]

    def small() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))

    done = subprocess.run(
        arguments,
        cwd=project.root,
        env=project.variables(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        preexec_fn=small,
    )
    assert done.returncode in (2, 3), done.stderr
    assert "Traceback" not in done.stderr
    made = len(project.sandbox.store.authentications())
    assert made < RECORDS, "the limit was not met"
    assert project.run(*APPLY).code == 0
    assert_exactly_once(project.sandbox)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_lets_what_is_in_the_air_land_and_says_how_to_go_on(tmp_path: Path, number: signal.Signals) -> None:
    with project_in(tmp_path, faults=FaultPlan(script={"create": [Fault.HELD_AFTER]})) as project:
        process = project.start(*APPLY, "--output", "json")
        until(lambda: project.sandbox.held)
        process.send_signal(number)
        project.sandbox.release()
        out, err = process.communicate(timeout=60)
        assert (process.returncode, "run the same command again" in err) == (130, True), err
        document = json.loads(out)
        assert document["in_doubt"] == 0
        assert document["created"] + document["pending"] == document["records"]
        assert project.run(*APPLY, "--output", "json").document["unchanged"] >= document["created"]
        assert_exactly_once(project.sandbox)


def test_a_second_interrupt_stops_at_once_and_is_as_safe_as_a_kill(tmp_path: Path) -> None:
    with project_in(tmp_path, faults=FaultPlan(script={"create": [Fault.HELD_AFTER] * 3})) as project:
        process = project.start(*APPLY)
        until(lambda: project.sandbox.held == 3)
        process.send_signal(signal.SIGINT)
        until(lambda: _interrupted_again(process))
        process.communicate(timeout=20)
        assert process.returncode != 0
        done = project.run(*APPLY, "--output", "json")
        assert (done.code, done.document["in_doubt"]) == (0, 0), done.text
        assert_exactly_once(project.sandbox)


def _interrupted_again(process: Started) -> bool:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    return process.poll() is not None


def test_a_user_token_that_ends_is_made_anew_once_and_all_goes_on(tmp_path: Path) -> None:
    with project_in(tmp_path, faults=FaultPlan(script={"create": [None, Fault.ENDED, None, Fault.ENDED]})) as project:
        assert project.run(*APPLY).code == 0
        assert_exactly_once(project.sandbox)
        assert project.sandbox.counts["authorize"] == USERS + 2


def test_a_user_whose_tokens_are_refused_again_and_again_stops_nobody_else(tmp_path: Path) -> None:
    with project_in(tmp_path, faults=FaultPlan(script={"create": [Fault.ENDED] * 2})) as project:
        project.export([row | {"account": "acc-0"} for row in shop_rows(3)])
        done = project.run(*APPLY, "--output", "json")
        assert (done.code, done.document["failed"]) == (1, 3), done.text
        assert "TI487" in done.out
        assert project.run(*APPLY, "--output", "json").document["created"] == 3
        assert_exactly_once(project.sandbox, 3, 1)


def in_doubt(project: Project) -> str:
    """Leave one record in doubt: its answer was lost, and somebody else's look-alike is there. Gives its key."""
    done = project.run(*APPLY, "--output", "json")
    assert (done.code, done.document["in_doubt"], "TI482" in done.out) == (1, 1, True), done.text
    (doubt,) = project.run("status", "--output", "json").document["in_doubt"]
    return str(doubt["key"])


@contextmanager
def doubtful(folder: Path, fault: Fault) -> Iterator[tuple[Project, str]]:
    """A record whose creation met the fault, after which its user connected another account of the same kind."""
    with project_in(folder, faults=FaultPlan(script={"create": [fault]})) as project:
        project.export(shop_rows(1))
        store, process = project.sandbox.store, project.start(*APPLY)
        until(lambda: project.sandbox.held)
        process.kill()
        process.communicate(timeout=30)
        (user,) = store.users()
        ours = store.authentications()
        body = {"name": "Else", "serviceEnvironmentId": _environment(project), "credentials": {"api_token": "else"}}
        store.create_authentication(user.id, body, foreign=True)
        for one in ours:
            one.credentials = {"api_token": "refreshed-by-tray"}
        yield project, in_doubt(project)


def _environment(project: Project) -> str:
    return next(one.id for one in project.sandbox.rest.services if one.title == "Production")


def test_a_doubt_is_never_sent_again_and_is_settled_by_hand_with_what_was_created(tmp_path: Path) -> None:
    with doubtful(tmp_path, Fault.HELD_AFTER) as (project, key):
        sent = project.sandbox.counts["create"]
        assert project.run(*APPLY).code == 1
        assert project.sandbox.counts["create"] == sent
        (ours,) = [one for one in project.sandbox.store.authentications() if not one.foreign]
        refused = project.run("resolve", key, "--created", "11111111-1111-4111-8111-111111111111", "--yes")
        assert refused.code == 1, refused.text
        done = project.run("resolve", key, "--created", ours.id, "--yes", "--output", "json")
        assert (done.code, done.document["state"], done.document["id"]) == (0, "created", ours.id), done.text
        assert project.run(*APPLY, "--output", "json").document["unchanged"] == 1
        assert_exactly_once(project.sandbox, 1, 1)


def test_a_doubt_whose_record_was_never_created_is_settled_by_hand_and_sent_once(tmp_path: Path) -> None:
    with doubtful(tmp_path, Fault.HELD_BEFORE) as (project, key):
        done = project.run("resolve", key, "--absent", "--yes", "--output", "json")
        assert (done.code, done.document["state"]) == (0, "planned"), done.text
        unknown = project.run("resolve", "nobody", "--absent", "--yes")
        assert (unknown.code, "TI718" in unknown.err) == (2, True)
        document = project.run(*APPLY, "--output", "json").document
        assert (document["created"], document["in_doubt"]) == (1, 0)
        assert_exactly_once(project.sandbox, 1, 1)


def test_a_new_ledger_waits_and_looks_again_where_tray_knows_something_already(tmp_path: Path) -> None:
    """Rule 11: what a lost ledger's run sent may come to light only now."""
    with project_in(tmp_path) as project:
        project.export([row | {"account": "acc-0"} for row in shop_rows(2)])
        project.mapping(SHOP + "on_existing: adopt\n")
        existing(project, "acc-0", "Shop 0000", "token-of-0000")
        project.environment["TRAYIMPORT_COMMIT_WITHIN"] = "2"
        process = project.start(*APPLY, "--output", "json")
        until(lambda: project.sandbox.counts["full"])
        existing(project, "acc-0", "Shop 0001", "token-of-0001")
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        document = json.loads(out)
        assert (document["adopted"], document["created"], "waiting 2 s, to list what Tray has" in err) == (
            2,
            0,
            True,
        ), err
        assert len(project.sandbox.store.authentications()) == 2


@pytest.mark.parametrize("jump", [-1_000_000, 1_000_000])
def test_resolve_waits_the_window_itself_whatever_the_wall_clock_says(tmp_path: Path, jump: float) -> None:
    faults = FaultPlan(script={"create": [Fault.LATE_COMMIT]}, late=1.0)
    with project_in(tmp_path, faults=faults) as project:
        project.export(shop_rows(1))
        process = project.start(*APPLY)
        until(lambda: project.sandbox.counts["create"])
        process.kill()
        process.communicate(timeout=30)
        with sqlite3.connect(project.root / ".trayimport" / "ledger.db") as database:
            assert database.execute("UPDATE items SET sent_at = sent_at + ?", (jump,)).rowcount == 1
        done = project.run("resolve", "0000", "--absent", "--yes", TRAYIMPORT_COMMIT_WITHIN="2")
        assert (done.code, "Tray shows it" in done.err, "looking whether" in done.err) == (1, True, True), done.text
        assert project.run(*APPLY).code == 0
        assert_exactly_once(project.sandbox, 1, 1)


def test_what_was_just_created_is_not_called_absent_while_lists_lag(tmp_path: Path) -> None:
    with project_in(tmp_path) as project:
        project.export(shop_rows(1))
        assert project.run(*APPLY).code == 0
        (created,) = project.sandbox.store.authentications()
        project.sandbox.store.delete_authentication(created.id)
        done = project.run("resolve", "0000", "--absent", "--yes")
        assert (done.code, "planned" in done.out) == (0, True), done.text
        assert project.run(*APPLY).code == 0
        done = project.run("resolve", "0000", "--absent", "--yes")
        assert (done.code, "still shows it" in done.err) == (1, True), done.text
        assert_exactly_once(project.sandbox, 1, 1)
