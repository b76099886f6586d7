"""Secrets go through every path, and are found nowhere but in the requests to Tray (design, promise 4)."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from polling import until
from project import BOUNDS, SHOP, Done, Project, shop_rows
from shop import shop_services, shop_tray

from trayimport.sandbox import Fault, FaultPlan, Sandbox

TOKEN = "canary-f1d2c3b4a5968778"
MASTER = "canary-master-0a1b2c3d4e5f"
CANARIES = (TOKEN, MASTER)
APPLY = ("apply", "mappings/", "--yes", "--rate", "0", "-vv")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with shop_tray(master_token=MASTER, users=0) as running:
        yield running


@pytest.fixture
def project(tmp_path: Path, sandbox: Sandbox) -> Project:
    return with_canaries(tmp_path, sandbox)


def with_canaries(folder: Path, sandbox: Sandbox) -> Project:
    token = folder / "master-token"
    token.write_text(MASTER)
    made = Project(folder, sandbox, {"TRAY_MASTER_TOKEN_FILE": str(token), **BOUNDS, "TMPDIR": str(folder)})
    made.mapping(SHOP)
    made.export([row | {"token": f"{TOKEN}-{row['id']}"} for row in shop_rows(4, accounts=2)])
    return made


def variables(**more: str | None) -> dict[str, str | None]:
    return {"TRAY_MASTER_TOKEN": None, **more}


def assert_silent(project: Project, *printed: str) -> None:
    """No canary in what was printed or written, but for the files that they came from."""
    for text in printed:
        for canary in CANARIES:
            assert canary not in text
    for name, content in project.files().items():
        if name != "master-token":
            for canary in CANARIES:
                assert canary.encode() not in content, name


def run(project: Project, *arguments: str) -> Done:
    done = project.run(*arguments, **variables())
    assert_silent(project, done.out, done.err)
    assert "Traceback" not in done.text
    return done


def test_success_and_every_command_that_reads_what_it_left(project: Project) -> None:
    assert run(project, *APPLY).code == 0
    arrived = {one.credentials["api_token"] for one in project.sandbox.store.authentications()}
    assert arrived == {f"{TOKEN}-{row['id']}" for row in shop_rows(4)}
    for command in (
        ("apply", "mappings/", "--yes", "--output", "json"),
        ("plan", "mappings/", "--output", "json", "-vv"),
        ("validate", "mappings/"),
        ("pull", "mappings/"),
        ("render", "mappings/shop.yaml"),
        ("render", "mappings/shop.yaml", "--output", "json"),
        ("pull", "mappings/"),
        ("status",),
        ("runs",),
        ("export", "--format", "jsonl"),
        ("verify", "mappings/"),
        ("rollback", "latest", "--yes"),
    ):
        run(project, *command)


@pytest.mark.parametrize(
    "change",
    [
        {"token": f"{TOKEN}\x00"},
        {"token": TOKEN, "owner": TOKEN},
        {"id": TOKEN},
        {"token": f"<{TOKEN}>"},
        {"account": ""},
    ],
    ids=["NUL", "a token as a name", "a token as a key", "a placeholder", "an empty user"],
)
def test_records_that_are_refused_here(project: Project, change: dict[str, str]) -> None:
    row = shop_rows(1)[0] | {"token": TOKEN} | change
    project.export([row])
    assert run(project, *APPLY).code == 1
    assert run(project, *APPLY, "--output", "json").document["invalid"] == 1


@pytest.mark.parametrize("schema", [{"maxLength": 3}, {"enum": ["a"]}, {"pattern": "^z"}, {"type": "integer"}])
def test_credentials_that_the_schema_refuses(project: Project, schema: dict[str, object]) -> None:
    project.sandbox.rest.serve(shop_services(api_token=schema))
    done = run(project, *APPLY)
    assert done.code == 1
    assert "TI44" in done.text


@pytest.mark.parametrize(
    "template",
    [
        "{{ record[record.token] }}",
        "{{ record.token | regex_search('^nothing$') }}",
        "{{ record.token | int }}",
        "{{ (record.token ~ 1) + 2 }}",
        "{{ record.token.nope() }}",
        "{{ record.token | seconds_until }}",
        "{{ [record.token] | join(record.token) | items }}",
    ],
)
def test_templates_that_fail_on_a_token(project: Project, template: str) -> None:
    project.mapping(SHOP.replace('"{{ record.token }}"', f'"{template}"'))
    done = run(project, *APPLY)
    assert done.code in {1, 2}, done.text


def test_a_record_that_is_not_csv(project: Project) -> None:
    (project.root / "exports" / "shop.csv").write_text(f'id,account,owner,token\n1,a,O,"{TOKEN}"x\n2,a,{TOKEN}\n')
    assert run(project, *APPLY).code == 1


@pytest.mark.parametrize(
    ("operation", "fault"),
    [
        ("create", Fault.QUOTED),
        ("createExternalUser", Fault.QUOTED),
        ("create", Fault.ERROR_BEFORE),
        ("create", Fault.PROXY_BEFORE),
        ("create", Fault.NOT_JSON),
        ("create", Fault.TRUNCATED),
        ("create", Fault.CUT_AFTER),
        ("authorize", Fault.QUOTED),
        ("connectors", Fault.QUOTED),
    ],
)
def test_answers_of_tray_that_quote_or_break(tmp_path: Path, operation: str, fault: Fault) -> None:
    with shop_tray(master_token=MASTER, faults=FaultPlan(script={operation: [fault]})) as sandbox:
        project = with_canaries(tmp_path, sandbox)
        document = run(project, *APPLY, "--output", "json").document
        assert document["version"] == 1
        if fault is Fault.QUOTED and operation == "create":
            assert document["failed"] == 1


def test_a_master_token_that_is_refused(project: Project) -> None:
    project.sandbox.master_token = "another"
    assert run(project, *APPLY).code == 3


def test_a_killed_run_and_the_list_of_processes(tmp_path: Path) -> None:
    with shop_tray(master_token=MASTER, faults=FaultPlan(script={"create": [Fault.HELD_AFTER]})) as sandbox:
        project = with_canaries(tmp_path, sandbox)
        process = project.spawn(*APPLY, **variables())
        until(lambda: sandbox.held)
        listed = command_lines()
        process.send_signal(signal.SIGKILL)
        out, err = process.communicate(timeout=30)
        assert "trayimport apply" in listed
        assert_silent(project, listed, out, err)


def command_lines() -> str:
    """What every user of the machine can see of its processes."""
    if Path("/proc/self/cmdline").exists():
        return "\n".join(filter(None, map(_command_line, Path("/proc").glob("[0-9]*/cmdline"))))
    return subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout


def _command_line(file: Path) -> str:
    try:
        return file.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""


BUG = f"""
import click
from trayimport.cli.guard import guarded

@click.command()
def command():
    token = {TOKEN!r}
    raise KeyError(token)

guarded(command)
"""


def test_a_bug_of_ours_is_one_line_and_a_log_without_values(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", BUG], capture_output=True, text=True, env={"TMPDIR": str(tmp_path)}, check=False
    )
    assert (done.returncode, "TI799" in done.stderr) == (70, True)
    assert len(done.stderr.splitlines()) == 1
    assert TOKEN not in done.stderr
    (log,) = tmp_path.iterdir()
    assert "KeyError" in log.read_text()
    assert TOKEN not in log.read_text()
    assert log.stat().st_mode & 0o077 == 0


def test_the_retry_file_holds_keys_and_nothing_else(project: Project) -> None:
    rows = [row | {"token": f"{TOKEN}-{row['id']}"} for row in shop_rows(3)]
    rows[1]["token"] = ""
    project.export(rows)
    run(project, *APPLY, "--allow-partial", "--retry-file", "retry.jsonl")
    lines = (project.root / "retry.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [{"mapping": "mappings/shop.yaml", "key": "0001"}]
