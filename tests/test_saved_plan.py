"""`plan --out` and `apply --plan`: what was shown is what is imported, once, and nothing else (commands, ruling 25)."""

import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from imports import existing
from project import BOUNDS, SHOP, Project, shop_rows
from shop import shop_services, shop_tray

ROWS = 6
PLAN = ("plan", "mappings/", "--rate", "0", "--out", "saved.plan")
APPLY = ("apply", "--plan", "saved.plan", "--yes", "--rate", "0")
CANARY = "canary-7d1e"


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project with six records of three users, and a saved plan of them."""
    with shop_tray() as sandbox:
        made = Project(tmp_path, sandbox, dict(BOUNDS))
        made.mapping(SHOP)
        made.export(rows())
        assert made.run("pull", "mappings/").code == 0
        assert made.run(*PLAN).code == 0
        sandbox.counts.clear()
        yield made


def rows() -> list[dict[str, str]]:
    return [row | {"token": f"{CANARY}-{row['id']}"} for row in shop_rows(ROWS, accounts=3)]


def names(project: Project) -> set[str]:
    return {one.name for one in project.sandbox.store.authentications()}


def test_a_saved_plan_is_private_holds_no_value_and_wrote_nothing_to_tray(project: Project) -> None:
    path = project.root / "saved.plan"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert CANARY.encode() not in path.read_bytes()
    assert names(project) == set()
    assert project.run("runs", "--output", "json").document["runs"] == []


def test_it_is_applied_once_and_a_second_time_changes_nothing(project: Project) -> None:
    done = project.run(*APPLY, "--output", "json")
    assert (done.code, done.document["records"], done.document["created"]) == (0, ROWS, ROWS), done.text
    again = project.run(*APPLY, "--output", "json")
    assert (again.code, again.document["records"], again.document["unchanged"]) == (0, ROWS, ROWS), again.text
    assert project.sandbox.counts["create"] == ROWS


def test_records_that_changed_or_vanished_fail_newcomers_wait_and_the_others_go_on(project: Project) -> None:
    changed, vanished, *others = rows()
    newcomer = {"id": "0099", "account": "acc-9", "owner": "O", "token": "t"}
    project.export([newcomer, *reversed(others), changed | {"token": "another"}])
    done = project.run(*APPLY, "--output", "json")
    assert (done.code, done.document["records"]) == (1, ROWS), done.text
    assert (done.document["created"], done.document["failed"]) == (ROWS - 2, 2)
    problems = done.document["mappings"][0]["problems"]
    assert {(one["key"], one["code"]) for one in problems} == {(row["id"], "TI481") for row in (changed, vanished)}
    assert names(project) == {f"Shop {row['id']}" for row in others}


def test_what_a_plan_left_out_stays_out(project: Project) -> None:
    project.mapping(SHOP + "when: \"{{ record.id != '0000' }}\"\n")
    project.export([row | {"account": ""} if row["id"] == "0001" else row for row in rows()])
    assert project.run(*PLAN, "--select", "000[0-4]", "--limit", "2").code == 0
    done = project.run(*APPLY, "--output", "json")
    assert (done.code, done.document["records"], done.document["created"]) == (0, 2, 2), done.text
    assert names(project) == {"Shop 0002", "Shop 0003"}
    assert project.run(*PLAN).code == 1
    assert project.run(*APPLY).code == 1, "an invalid record stops it, as it stops any apply"
    done = project.run(*APPLY, "--allow-partial", "--output", "json")
    counts = {name: done.document[name] for name in ("created", "unchanged", "skipped", "invalid")}
    assert (done.code, counts) == (1, {"created": 2, "unchanged": 2, "skipped": 1, "invalid": 1})


def test_what_would_now_be_done_in_another_way_fails(project: Project) -> None:
    project.mapping(SHOP + "on_existing: update\n")
    assert project.run(*PLAN).code == 0
    existing(project, "acc-0", "Shop 0000", "another")
    done = project.run(*APPLY, "--output", "json")
    assert (done.code, done.document["failed"], done.document["created"]) == (1, 1, ROWS - 1), done.text


def test_a_saved_plan_of_updates_updates_once(project: Project) -> None:
    assert project.run(*APPLY).code == 0
    project.mapping(SHOP + "on_change: update\n")
    project.export([row | {"token": row["token"] + "-new"} if row["id"] < "0003" else row for row in rows()])
    assert project.run(*PLAN, "--max-changes", "50%").code == 0
    done = project.run(*APPLY, "--max-changes", "50%", "--output", "json")
    assert (done.code, done.document["updated"], done.document["unchanged"]) == (0, 3, 3), done.text
    done = project.run(*APPLY, "--output", "json")
    assert (done.code, done.document["updated"], done.document["unchanged"]) == (0, 0, 6), done.text


def edited(project: Project) -> None:
    project.mapping(SHOP.replace("Shop {{", "shop {{"))


def moved_on(project: Project) -> None:
    """As if the plan were a day and a second old."""
    with sqlite3.connect(project.root / "saved.plan") as database:
        (document,) = database.execute("SELECT document FROM header").fetchone()
        made = float(document.split('"made": ')[1].split(",")[0])
        database.execute("UPDATE header SET document = ?", (document.replace(str(made), str(made - 86_401)),))


def other_ledger(project: Project) -> None:
    project.environment["TRAYIMPORT_LEDGER"] = "sqlite:///other.db"


def other_schema(project: Project) -> None:
    project.sandbox.rest.serve(shop_services(note={"type": "string"}))


def no_plan(project: Project) -> None:
    (project.root / "saved.plan").write_bytes(b"version: 1\n")


def other_database(project: Project) -> None:
    (project.root / "saved.plan").write_bytes((project.root / ".trayimport" / "ledger.db").read_bytes())


def nothing(project: Project) -> None:
    (project.root / "saved.plan").unlink()


REFUSED = [
    (edited, "TI725", "mappings/shop.yaml is not what it was"),
    (moved_on, "TI725", "at most 86,400 s are allowed"),
    (other_ledger, "TI725", "another ledger"),
    (other_schema, "TI725", "schemas of its service environment have changed"),
    (no_plan, "TI724", "not a plan"),
    (other_database, "TI724", "not a plan"),
    (nothing, "TI717", "saved.plan"),
]


@pytest.mark.parametrize(("change", "code", "says"), REFUSED, ids=[change.__name__ for change, *_ in REFUSED])
def test_a_plan_that_no_longer_holds_is_refused_before_any_write(
    project: Project, change: object, code: str, says: str
) -> None:
    assert callable(change)
    change(project)
    done = project.run(*APPLY)
    assert (done.code, code in done.err, says in done.err) == (2, True, True), done.text
    assert project.sandbox.counts["create"] == project.sandbox.counts["createExternalUser"] == 0


def test_a_plan_is_older_than_its_tokens_may_be(project: Project) -> None:
    project.mapping(SHOP + 'tokens: {exported_at: "{{ now }}", max_age: 1s}\n')
    assert project.run(*PLAN).code == 0
    with sqlite3.connect(project.root / "saved.plan") as database:
        (document,) = database.execute("SELECT document FROM header").fetchone()
        made = float(document.split('"made": ')[1].split(",")[0])
        database.execute("UPDATE header SET document = ?", (document.replace(str(made), str(made - 2)),))
    done = project.run(*APPLY)
    assert (done.code, "at most 1 s are allowed" in done.err) == (2, True), done.text


@pytest.mark.parametrize(
    "arguments",
    [("mappings/",), ("--select", "0001"), ("--limit", "1"), ("--dry-run",)],
)
def test_a_saved_plan_says_by_itself_what_it_is_about(project: Project, arguments: tuple[str, ...]) -> None:
    done = project.run(*APPLY, *arguments)
    assert (done.code, "--plan" in done.err) == (2, True), done.text


def test_apply_wants_paths_or_a_plan(project: Project) -> None:
    assert (project.run("apply", "--yes").code, project.sandbox.counts.total()) == (2, 0)
