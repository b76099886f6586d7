"""Commands on a ledger that was put back, copies put back one after the other, and kills while a new ledger proves."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from imports import APPLY, RECORDS, USERS, assert_exactly_once, project_in
from polling import until
from project import SHOP, Project, shop_rows
from restoring import LAG, SLOW, folder, keep, put_back

from trayimport.sandbox import Fault, FaultPlan, Readings


def half_made(project: Project) -> bool:
    """Whether the ledger knows the id of a user whom look-ups have not yet shown."""
    path = folder(project) / "ledger.db"
    if not path.exists():
        return False
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        try:
            query = "SELECT count(*) FROM users WHERE state='sending' AND user_id IS NOT NULL"
            return bool(database.execute(query).fetchone()[0])
        except sqlite3.Error:
            return False


@pytest.mark.parametrize("earlier", [False, True], ids=["", "made before by a ledger that is lost"])
def test_a_run_killed_while_it_waits_for_its_first_user_to_be_shown_is_gone_on_with(
    tmp_path: Path, earlier: bool
) -> None:
    with project_in(tmp_path, readings=Readings(lookup_lag=LAG)) as project:
        project.environment |= SLOW
        project.mapping(SHOP + "on_existing: adopt\n")
        if earlier:
            assert project.run(*APPLY).code == 0
            for path in folder(project).iterdir():
                path.unlink()
        process = project.start(*APPLY)
        until(lambda: half_made(project))
        process.kill()
        process.communicate(timeout=30)
        done = project.run(*APPLY)
        assert done.code == 0, done.text
        assert_exactly_once(project.sandbox)


def test_copies_of_earlier_and_of_later_put_back_one_after_the_other_make_nothing_twice(tmp_path: Path) -> None:
    with project_in(tmp_path) as project:
        project.mapping(SHOP + "on_existing: adopt\n")
        project.export(shop_rows(RECORDS, accounts=USERS)[:4])
        assert project.run(*APPLY).code == 0
        keep(project)
        (project.root / "kept").rename(project.root / "early")
        project.export(shop_rows(RECORDS, accounts=USERS)[:8])
        assert project.run(*APPLY).code == 0
        keep(project)
        (project.root / "kept").rename(project.root / "later")
        project.export(shop_rows(RECORDS, accounts=USERS))
        assert project.run(*APPLY).code == 0
        for name in ("early", "later", "early", "early"):
            (project.root / name).rename(project.root / "kept")
            put_back(project, "database")
            (project.root / "kept").rename(project.root / name)
            done = project.run(*APPLY, "--output", "json")
            assert (done.code, done.document["created"]) == (0, 0), done.text
            assert "ledger: " in done.err
        assert_exactly_once(project.sandbox)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (("status",), 0),
        (("verify", "--rate", "0"), 0),
        (("export", "--format", "json"), 0),
        (("runs",), 0),
        (("plan", "mappings/", "--rate", "0"), 1),
        (("rollback", "latest", "--yes", "--rate", "0"), 0),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_every_command_says_that_the_ledger_was_put_back(tmp_path: Path, command: tuple[str, ...], code: int) -> None:
    with project_in(tmp_path) as project:
        project.export(shop_rows(2))
        assert project.run(*APPLY).code == 0
        keep(project)
        project.export(shop_rows(3))
        assert project.run(*APPLY).code == 0
        put_back(project, "folder")
        done = project.run(*command)
        assert (done.code, "ledger: " in done.err) == (code, True), done.text
        left = {one.name for one in project.sandbox.store.authentications()}
        assert left == ({"Shop 0002"} if command[0] == "rollback" else {"Shop 0000", "Shop 0001", "Shop 0002"})


def test_a_plan_saved_before_the_ledger_was_put_back_makes_nothing_twice(tmp_path: Path) -> None:
    with project_in(tmp_path) as project:
        assert project.run(*APPLY, "--select", "key=none").code == 0
        keep(project)
        assert project.run("plan", "mappings/", "--rate", "0", "--out", "plan.json").code == 0
        assert project.run("apply", "--plan", "plan.json", "--yes", "--rate", "0").code == 0
        put_back(project, "folder")
        done = project.run("apply", "--plan", "plan.json", "--yes", "--rate", "0")
        assert done.code in (1, 2), done.text
        assert_exactly_once(project.sandbox)


def test_a_doubt_is_settled_by_what_is_specific_though_the_record_has_moved_to_another_key(tmp_path: Path) -> None:
    with project_in(tmp_path, faults=FaultPlan(script={"create": [Fault.HELD_AFTER]})) as project:
        project.export(shop_rows(1))
        process = project.start(*APPLY)
        until(lambda: project.sandbox.held)
        process.kill()
        process.communicate(timeout=30)
        project.mapping(SHOP.replace('key: "{{ record.id }}"', 'key: "shop/{{ record.id }}"'))
        project.run(*APPLY, "--accept-moved")
        done = project.run(*APPLY, "--accept-moved", "--output", "json")
        assert (done.code, done.document["unchanged"]) == (0, 1), done.text
        assert_exactly_once(project.sandbox, 1, 1)
