"""SIGKILL at any moment, then the same command again: one authentication a record, one Tray user an End User."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from imports import APPLY, RECORDS, assert_exactly_once, project_in
from polling import until
from project import Project, shop_rows

from trayimport.sandbox import Fault, FaultPlan


def killed_when(project: Project, moment: Callable[[], object]) -> None:
    """Start an import, and kill it as soon as `moment()` is true."""
    process = project.start(*APPLY)
    try:
        until(lambda: moment() or process.poll() is not None)
    finally:
        process.kill()
        process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL, "it ended before it could be killed"


@pytest.mark.parametrize(
    ("operation", "fault", "earlier"),
    [
        ("create", Fault.HELD_BEFORE, 0),
        ("create", Fault.HELD_AFTER, 0),
        ("create", Fault.HELD_AFTER, 3),
        ("createExternalUser", Fault.HELD_BEFORE, 0),
        ("createExternalUser", Fault.HELD_AFTER, 2),
        ("authorize", Fault.HELD_AFTER, 1),
    ],
)
def test_killed_while_an_answer_is_awaited_and_run_again(
    tmp_path: Path, operation: str, fault: Fault, earlier: int
) -> None:
    script = {operation: [*[None] * earlier, fault]}
    with project_in(tmp_path, faults=FaultPlan(script=script)) as project:
        killed_when(project, lambda: project.sandbox.held)
        until(lambda: not project.sandbox.held)
        done = project.run(*APPLY, "--output", "json")
        assert done.code == 0, done.text
        assert done.document["records"] == RECORDS
        assert done.document["in_doubt"] == 0
        assert_exactly_once(project.sandbox)
        project.sandbox.counts.clear()
        assert project.run(*APPLY, "--output", "json").document["unchanged"] == RECORDS
        assert project.sandbox.counts["create"] == 0


def test_what_a_killed_run_left_open_is_known_and_not_sent_blindly(tmp_path: Path) -> None:
    with project_in(tmp_path, faults=FaultPlan(script={"create": [Fault.HELD_AFTER]})) as project:
        killed_when(project, lambda: project.sandbox.held)
        status = project.run("status", "--output", "json").document
        assert status["states"]["sending"] >= 1
        sent = project.sandbox.counts["create"]
        project.run(*APPLY)
        assert project.sandbox.counts["create"] <= RECORDS, f"{sent} were sent before; none of them again"
        assert_exactly_once(project.sandbox)


def test_what_is_open_is_settled_though_its_record_is_gone_and_its_user_has_others(tmp_path: Path) -> None:
    with project_in(tmp_path, faults=FaultPlan(script={"create": [Fault.HELD_AFTER]})) as project:
        project.export([row | {"account": "acc-0"} for row in shop_rows(1)])
        killed_when(project, lambda: project.sandbox.held)
        project.export([row | {"account": "acc-0"} for row in shop_rows(9)[1:]])
        done = project.run(*APPLY, "--output", "json")
        assert done.code == 0, done.text
        assert (done.document["created"], done.document["settled_elsewhere"]["created"]) == (8, 1)
        assert project.sandbox.counts["authorize"] == 2, "one in each run: never two workers for one user"
        assert len(project.sandbox.store.authentications()) == 9


@pytest.mark.parametrize("seed", range(3))
def test_killed_again_and_again_at_any_request(tmp_path: Path, seed: int) -> None:
    with project_in(tmp_path, latency=0.01) as project:
        for more in (1 + seed, 4 + seed, 7, 9 + seed):
            sandbox = project.sandbox
            target = sandbox.counts.total() + more
            process = project.start(*APPLY)
            until(lambda: sandbox.counts.total() >= target or process.poll() is not None)  # noqa: B023 - called here
            process.kill()
            process.communicate(timeout=30)
        done = project.run(*APPLY)
        assert done.code == 0, done.text
        assert_exactly_once(project.sandbox)


def test_a_second_run_at_the_same_time_waits_says_who_is_there_and_writes_nothing(tmp_path: Path) -> None:
    with project_in(tmp_path, faults=FaultPlan(script={"create": [Fault.HELD_AFTER]})) as project:
        first = project.start(*APPLY)
        until(lambda: project.sandbox.held)
        sent = project.sandbox.counts["create"]
        done = project.run(*APPLY, "--lock-wait", "0.1")
        assert (done.code, "TI605" in done.text) == (2, True), done.text
        assert f"pid {first.pid}" in done.text
        assert project.sandbox.counts["create"] >= sent
        project.sandbox.release()
        first.communicate(timeout=60)
        assert first.returncode == 0
        assert_exactly_once(project.sandbox)


def test_an_interrupt_lets_what_is_in_the_air_land_and_the_next_run_goes_on(tmp_path: Path) -> None:
    with project_in(tmp_path, faults=FaultPlan(script={"create": [Fault.HELD_AFTER]})) as project:
        process = project.start(*APPLY)
        until(lambda: project.sandbox.held)
        process.send_signal(signal.SIGINT)
        project.sandbox.release()
        _, err = process.communicate(timeout=60)
        assert process.returncode == 130, err
        assert "run the same command again" in err
        done = project.run(*APPLY)
        assert done.code == 0, done.text
        assert_exactly_once(project.sandbox)


def test_the_emulator_as_a_command_keeps_its_state_through_a_kill(tmp_path: Path) -> None:
    def exports(end: signal.Signals) -> list[str]:
        process = project.spawn("sandbox", "--sandbox-state", "state")
        try:
            assert process.stdout is not None
            return [process.stdout.readline() for _ in range(3)]
        finally:
            process.send_signal(end)
            process.communicate(timeout=30)

    with project_in(tmp_path) as project:
        before, after = exports(signal.SIGKILL), exports(signal.SIGTERM)
    assert [line.split("=")[0].removeprefix("export ") for line in before] == [
        "TRAY_API_URL",
        "TRAY_GRAPHQL_URL",
        "TRAY_MASTER_TOKEN",
    ]
    assert before[2] == after[2]


@pytest.mark.parametrize("operation", ["create", "createExternalUser", "authorize"])
def test_an_answer_later_than_its_deadline_is_a_doubt_that_is_settled_in_the_same_run(
    tmp_path: Path, operation: str
) -> None:
    faults = FaultPlan(script={operation: [None, Fault.SLOW]}, slow=3.0)
    with project_in(tmp_path, faults=faults) as project:
        done = project.run(*APPLY, "--output", "json", TRAYIMPORT_ANSWER_WITHIN="0.5")
        assert done.code == 0, done.text
        assert (done.document["created"], done.document["in_doubt"]) == (RECORDS, 0)
        assert_exactly_once(project.sandbox)
