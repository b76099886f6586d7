"""A ledger put back to whatever state a row can have: nothing twice, nothing of others touched, differences named."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from imports import APPLY, RECORDS, USERS, assert_exactly_once, existing, killed_in, project_in
from project import SHOP, Project, shop_rows
from restoring import WAYS, folder, keep, put_back

from trayimport.sandbox import Fault, FaultPlan


def applied(project: Project, code: int = 0) -> None:
    done = project.run(*APPLY)
    assert done.code == code, done.text


def nothing_yet(project: Project) -> None:
    assert project.run(*APPLY, "--select", "key=none").code == 0


def refused(project: Project) -> None:
    project.sandbox.faults = FaultPlan(script={"create": [Fault.QUOTED]})
    applied(project, 1)


def never_sent(project: Project) -> None:
    project.sandbox.faults = FaultPlan(script={"create": [Fault.LIMITED, Fault.QUOTED]})
    applied(project, 1)


def sending(project: Project) -> None:
    killed_in(project, "create", Fault.HELD_AFTER)


def never_arrived(project: Project) -> None:
    killed_in(project, "create", Fault.HELD_BEFORE)


def user_in_the_air(project: Project) -> None:
    killed_in(project, "createExternalUser", Fault.HELD_AFTER)


def rolled_back(project: Project) -> None:
    applied(project)
    assert project.run("rollback", "latest", "--yes").code == 0


def another_token(project: Project) -> None:
    project.export([row | {"token": "token-of-later"} for row in shop_rows(1)])


def updating(project: Project) -> None:
    applied(project)
    another_token(project)
    killed_in(project, "update", Fault.HELD_AFTER)


def updated(project: Project) -> None:
    another_token(project)
    applied(project)


def conflict(project: Project) -> None:
    existing(project, "acc-0", "Shop 0000", "by-hand")
    applied(project, 1)


def made_way(project: Project) -> None:
    project.sandbox.store.delete_authentication(project.sandbox.store.authentications()[0].id)
    applied(project)


@dataclass(frozen=True)
class Case:
    """What had happened when the copy was made, what happened later, and how the import ends after it is put back."""

    before: Callable[[Project], None]
    later: Callable[[Project], None] = applied
    code: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    named: frozenset[str] = frozenset()
    left: int = 1


TWICE_ASKED = {"created": 0, "invalid": 1}
CASES = {
    "nothing": Case(nothing_yet, code=1, counts=TWICE_ASKED, named=frozenset({"TI617"})),
    "refused": Case(refused, code=1, counts=TWICE_ASKED, named=frozenset({"TI617"})),
    "planned": Case(never_sent, code=1, counts=TWICE_ASKED, named=frozenset({"TI617"})),
    "sending": Case(sending, counts={"created": 1}),
    "sending, never arrived": Case(never_arrived, counts={"created": 1}),
    "user in the air": Case(user_in_the_air, code=1, counts=TWICE_ASKED, named=frozenset({"TI617"})),
    "created": Case(applied, rolled_back, counts={"unchanged": 1}, named=frozenset({"TI616"}), left=0),
    "created, later updated": Case(applied, updated, counts={"created": 0}),
    "deleted": Case(rolled_back, code=1, counts=TWICE_ASKED, named=frozenset({"TI617"})),
    "updating": Case(updating, counts={"unchanged": 0, "kept": 0}),
    "conflict": Case(conflict, made_way, code=1, counts=TWICE_ASKED, named=frozenset({"TI617"})),
}


@pytest.mark.parametrize("what", ["folder", "database"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_whatever_a_row_was_when_the_copy_was_made_nothing_comes_twice(tmp_path: Path, what: str, case: Case) -> None:
    with project_in(tmp_path) as project:
        project.mapping(SHOP + "on_change: update\n")
        project.export(shop_rows(1))
        case.before(project)
        keep(project)
        case.later(project)
        put_back(project, what)
        done = project.run(*APPLY, "--output", "json")
        assert done.code == case.code, done.text
        assert {name: done.document[name] for name in case.counts} == case.counts
        told = [one["code"] for one in done.document["mappings"][0]["problems"]]
        assert "TI482" not in told, "nothing is in doubt in the end"
        assert set(told) >= case.named, done.text
        assert "ledger: " in done.err
        assert len(project.sandbox.store.authentications()) == case.left
        assert len(project.sandbox.store.users()) == 1


def test_the_copy_is_said_once_and_not_after_the_next_run_has_written(tmp_path: Path) -> None:
    with project_in(tmp_path) as project:
        nothing_yet(project)
        keep(project)
        applied(project)
        put_back(project, "folder")
        project.mapping(SHOP + "on_existing: adopt\n")
        assert "TI617" in project.run("plan", "mappings/", "--rate", "0").err
        applied(project)
        done = project.run("verify", "--output", "json")
        assert done.code == 0, done.text
        assert_exactly_once(project.sandbox)


STEPS = [
    (operation, fault)
    for operation in ("createExternalUser", "authorize", "create")
    for fault in (Fault.HELD_BEFORE, Fault.HELD_AFTER)
]


@pytest.mark.parametrize("left", [("ledger.db.opening",), ()], ids=["database", "all"])
@pytest.mark.parametrize(("operation", "fault"), STEPS)
def test_a_ledger_that_is_lost_at_any_step_makes_nothing_twice(
    tmp_path: Path, operation: str, fault: Fault, left: tuple[str, ...]
) -> None:
    with project_in(tmp_path) as project:
        project.mapping(SHOP + "on_existing: adopt\n")
        killed_in(project, operation, fault, earlier=1)
        for path in folder(project).iterdir():
            if path.name not in left:
                path.unlink()
        applied(project)
        assert_exactly_once(project.sandbox)
        assert project.run(*APPLY, "--output", "json").document["unchanged"] == RECORDS


OTHER = SHOP.replace("shop.csv", "other.csv").replace('"Shop', '"Other')


@pytest.mark.parametrize("what", ["lost", *WAYS])
@pytest.mark.parametrize(("environment", "on_existing"), [("Production", "adopt"), ("Staging", "update")])
def test_two_mappings_with_the_same_users_make_nothing_twice_with_a_ledger_of_earlier(
    tmp_path: Path, what: str, environment: str, on_existing: str
) -> None:
    with project_in(tmp_path) as project:
        project.mapping(f"{SHOP}on_existing: {on_existing}\n")
        project.mapping(f"{OTHER}on_existing: {on_existing}\n".replace("Production", environment), "other.yaml")
        project.export([row | {"token": f"other-{row['token']}"} for row in shop_rows(4, accounts=2)], "other.csv")
        assert project.run("apply", "mappings/shop.yaml", "--yes", "--rate", "0").code == 0
        keep(project)
        applied(project)
        made = len(project.sandbox.store.authentications())
        if what == "lost":
            (folder(project) / "ledger.db").unlink()
        else:
            put_back(project, what)
        done = project.run(*APPLY, "--max-changes", "100%", "--output", "json")
        assert (done.code, done.document["created"], made) == (0, 0, RECORDS + 4), done.text
        assert len(project.sandbox.store.authentications()) == made
        assert len(project.sandbox.store.users()) == USERS
