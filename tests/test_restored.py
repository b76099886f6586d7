"""A ledger that was put back, or lost: nothing comes twice, nothing of anybody else's is taken, and it is said."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from imports import APPLY, RECORDS, assert_exactly_once, existing, project_in
from project import SHOP, Project, shop_rows
from restoring import LAG, SLOW, WAYS, folder, keep, put_back

from trayimport.sandbox import Fault, FaultPlan, Readings


@pytest.fixture
def refused(tmp_path: Path) -> Iterator[Project]:
    """All creations were refused once."""
    with project_in(tmp_path, faults=FaultPlan(script={"create": [Fault.QUOTED] * RECORDS})) as project:
        done = project.run(*APPLY, "--output", "json")
        assert (done.code, done.document["failed"]) == (1, RECORDS), done.text
        yield project


@pytest.mark.parametrize("what", WAYS)
def test_what_was_refused_and_then_created_does_not_come_twice_after_the_ledger_is_put_back(
    refused: Project, what: str
) -> None:
    keep(refused)
    assert refused.run(*APPLY).code == 0
    put_back(refused, what)
    done = refused.run(*APPLY, "--output", "json")
    assert (done.code, done.document["created"]) == (1, 0), done.text
    assert_exactly_once(refused.sandbox)
    refused.mapping(SHOP + "on_existing: adopt\n")
    assert refused.run(*APPLY, "--output", "json").document["adopted"] == RECORDS
    assert_exactly_once(refused.sandbox)


@pytest.mark.parametrize("on_existing", ["fail", "adopt", "update"])
@pytest.mark.parametrize("token", ["token-of-0001", "another-token"])
def test_what_was_refused_and_then_made_by_hand_is_met_as_if_it_had_never_been_sent(
    refused: Project, on_existing: str, token: str
) -> None:
    by_hand = existing(refused, "acc-1", "Shop 0001", token)
    refused.mapping(SHOP + f"on_existing: {on_existing}\n")
    same = token == "token-of-0001"
    expected = {"fail": "conflict", "adopt": "adopt" if same else "conflict", "update": "update"}[on_existing]
    planned = refused.run("plan", "mappings/", "--rate", "0", "--output", "json").document
    assert {row["action"] for row in planned["actions"] if row["key"] == "0001"} == {expected}
    refused.run(*APPLY, "--allow-partial")
    assert len(refused.sandbox.store.authentications()) == RECORDS
    assert (by_hand.credentials["api_token"] == token) is (on_existing != "update" or same)


@pytest.mark.parametrize("lookups", ["--lookups", "--no-lookups"])
def test_what_was_never_sent_meets_what_was_made_by_hand_meanwhile(tmp_path: Path, lookups: str) -> None:
    faults = FaultPlan(script={"create": [Fault.LIMITED, Fault.QUOTED] * 2})
    with project_in(tmp_path, faults=faults) as project:
        project.export(shop_rows(2, accounts=1))
        assert project.run(*APPLY).code == 1
        existing(project, "acc-0", "Shop 0001", "token-of-0001")
        assert project.run(*APPLY, "--allow-partial", lookups).code == 1
        found = sorted(one.name for one in project.sandbox.store.authentications())
        assert found == ["Shop 0000", "Shop 0001"]


@pytest.mark.parametrize("left", [(), ("ledger.db.opening",), ("ledger.db.opening", "ledger.key")], ids=str)
@pytest.mark.parametrize(
    ("on_existing", "lookups"),
    [("fail", "--lookups"), ("fail", "--no-lookups"), ("adopt", "--lookups"), ("update", "--no-lookups")],
)
def test_a_ledger_lost_while_lists_lag_makes_nothing_twice(
    tmp_path: Path, left: tuple[str, ...], lookups: str, on_existing: str
) -> None:
    """A job without a kept ledger that is run again at once."""
    with project_in(tmp_path, readings=Readings(lookup_lag=LAG)) as project:
        project.environment |= SLOW
        project.mapping(SHOP + f"on_existing: {on_existing}\n")
        assert project.run(*APPLY).code == 0
        for path in folder(project).iterdir():
            if path.name not in left:
                path.unlink()
        done = project.run(*APPLY, lookups, "--max-changes", "100%", "--output", "json")
        assert (done.code, done.document["created"]) == (int(on_existing == "fail"), 0), done.text
        assert "ledger: " in done.err
        assert_exactly_once(project.sandbox)


def test_a_first_import_waits_for_nobody_whom_tray_does_not_know(tmp_path: Path) -> None:
    with project_in(tmp_path) as project:
        done = project.run(*APPLY, TRAYIMPORT_COMMIT_WITHIN="600", TRAYIMPORT_LOOKUP_LAG="600")
        assert (done.code, "waiting" in done.err) == (0, False), done.text


def test_a_restored_ledger_waits_where_users_are_not_shown_yet_and_says_for_how_long(tmp_path: Path) -> None:
    with project_in(tmp_path, readings=Readings(lookup_lag=LAG)) as project:
        project.environment |= SLOW
        project.export(shop_rows(1))
        assert project.run(*APPLY, "--select", "key=none").code == 0
        keep(project)
        assert project.run(*APPLY).code == 0
        put_back(project, "folder")
        done = project.run(*APPLY, "--output", "json")
        assert (done.code, done.document["created"], "waiting 2 s" in done.err) == (1, 0, True), done.text
        assert_exactly_once(project.sandbox, 1, 1)
