"""What is in Tray already, and what changed at the source: on_existing, on_change and their guards."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from imports import PRODUCTION, STAGING, existing
from project import BOUNDS, SHOP, Project, shop_rows
from shop import HASTY, shop_tray


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with shop_tray() as sandbox:
        made = Project(tmp_path, sandbox, dict(BOUNDS))
        made.mapping(SHOP)
        made.export(shop_rows(3))
        yield made


def planned(project: Project) -> dict[str, str]:
    document = project.run("plan", "mappings/", "--rate", "0", "--output", "json").document
    return {row["key"]: row["action"] for row in document["actions"]}


def policy(project: Project, **policies: str) -> None:
    project.mapping(SHOP + "".join(f"{name}: {value}\n" for name, value in policies.items()))


@pytest.mark.parametrize(
    ("name", "token", "environment", "action"),
    [
        ("Shop 0001", "token-of-0001", PRODUCTION, "conflict"),
        ("Shop 0001", "another-token", PRODUCTION, "conflict"),
        ("Another name", "token-of-0001", PRODUCTION, "conflict"),
        ("Another name", "another-token", PRODUCTION, "create"),
        ("Shop 0001", "token-of-0001", STAGING, "create"),
    ],
    ids=["name and content", "name", "content", "neither", "another environment"],
)
def test_fail_makes_a_record_a_conflict_that_stops_the_run_before_the_first_write(
    project: Project, name: str, token: str, environment: str, action: str
) -> None:
    existing(project, "acc-1", name, token, environment)
    assert planned(project) == {"0000": "create", "0001": action, "0002": "create"}
    done = project.apply("--output", "json")
    conflict = action == "conflict"
    assert (done.code, done.document["invalid"]) == ((1, 1) if conflict else (0, 0)), done.text
    assert ("TI473" in done.text) is conflict
    assert project.sandbox.counts["create"] == (0 if conflict else 3)
    assert project.sandbox.counts["createExternalUser"] == (0 if conflict else 2)


@pytest.mark.parametrize("name", ["Shop 0001", "Another name"])
def test_adopt_takes_over_what_has_the_same_content_and_leaves_its_name(project: Project, name: str) -> None:
    found = existing(project, "acc-1", name, "token-of-0001")
    policy(project, on_existing="adopt")
    assert planned(project)["0001"] == "adopt"
    document = project.apply("--output", "json").document
    assert (document["created"], document["adopted"]) == (2, 1)
    rows = {row["key"]: row for row in json.loads(project.run("export", "--format", "json").out)}
    assert (rows["0001"]["authenticationId"], found.name, found.deliveries) == (found.id, name, 1)
    assert project.apply("--output", "json").document["unchanged"] == 3


def test_adopt_takes_nothing_over_that_has_other_content(project: Project) -> None:
    existing(project, "acc-1", "Shop 0001", "another-token")
    policy(project, on_existing="adopt")
    assert planned(project)["0001"] == "conflict"
    done = project.apply()
    assert (done.code, "TI474" in done.text) == (1, True), done.text
    assert project.sandbox.counts["create"] == 0


def test_update_gives_it_the_records_content(project: Project) -> None:
    found = existing(project, "acc-1", "Shop 0001", "another-token")
    policy(project, on_existing="update")
    assert planned(project)["0001"] == "update"
    document = project.apply("--output", "json").document
    assert (document["created"], document["updated"], found.deliveries) == (2, 1, 2)
    assert found.credentials == {"api_token": "token-of-0001"}
    assert project.apply("--output", "json").document["unchanged"] == 3
    project.run("rollback", "latest", "--yes", "--rate", "0")
    first = json.loads(project.run("runs", "--output", "json").out)["runs"][-1]["run"]
    project.run("rollback", first, "--yes", "--rate", "0")
    assert [one.id for one in project.sandbox.store.authentications()] == [found.id], "what others made stays"


@pytest.mark.parametrize("on_existing", ["fail", "adopt", "update"])
def test_two_that_match_are_a_conflict_whatever_the_policy(project: Project, on_existing: str) -> None:
    for name in ("Shop 0001", "Another name"):
        existing(project, "acc-1", name, "token-of-0001")
    policy(project, on_existing=on_existing)
    done = project.run("plan", "mappings/", "--rate", "0")
    assert (done.code, "TI475" in done.text) == (1, True), done.text


def test_a_look_costs_one_list_for_each_user_who_was_there_and_one_full_for_each_unknown(project: Project) -> None:
    for number in range(2):
        existing(project, "acc-1", f"Another {number}", f"another-token-{number}")
    existing(project, "acc-2", "Elsewhere", "another-token", STAGING)
    assert project.run("plan", "mappings/", "--rate", "0").code == 0
    counts = project.sandbox.counts
    assert (counts["viewer"], counts["full"], counts["authorize"]) == (2, 2, 2)
    assert project.apply().code == 0
    assert (counts["viewer"], counts["full"], counts["authorize"]) == (6, 6, 5), "a new ledger's run looks twice"
    assert counts["create"] == 3


def test_without_look_ups_a_conflict_is_found_at_the_first_send_and_stops_nobody_else(project: Project) -> None:
    existing(project, "acc-1", "Shop 0001", "another-token")
    done = project.run("plan", "mappings/", "--rate", "0", "--no-lookups", "--output", "json")
    assert done.document["created"] == 3
    assert project.sandbox.counts["viewer"] == 0
    done = project.apply("--no-lookups", "--output", "json")
    assert (done.code, done.document["created"], done.document["invalid"]) == (1, 2, 1), done.text


def test_a_list_that_is_not_complete_makes_new_records_of_that_user_conflicts(tmp_path: Path) -> None:
    with shop_tray(readings=replace(HASTY, listing_cap=2)) as sandbox:
        project = Project(tmp_path, sandbox, dict(BOUNDS))
        project.mapping(SHOP)
        project.export(shop_rows(3))
        for number in range(3):
            existing(project, "acc-1", f"Another {number}", f"another-token-{number}")
        assert planned(project) == {"0000": "create", "0001": "conflict", "0002": "create"}
        done = project.apply()
        assert (done.code, "TI480" in done.text) == (1, True), done.text


def test_an_existing_user_is_never_renamed(project: Project) -> None:
    project.sandbox.store.create_user("acc-1", "Somebody", foreign=True).created_at -= 60
    assert project.apply().code == 0
    assert [user.name for user in project.sandbox.store.users_named("acc-1")] == ["Somebody"]


def changed(project: Project, count: int, of: int = 3) -> None:
    rows = shop_rows(of)
    project.export([row | {"token": f"new-{row['token']}"} if n < count else row for n, row in enumerate(rows)])


def test_keep_reports_what_changed_and_leaves_it(project: Project) -> None:
    project.apply()
    changed(project, 1)
    assert planned(project) == {"0000": "keep", "0001": "unchanged", "0002": "unchanged"}
    done = project.apply("--output", "json")
    assert (done.code, done.document["kept"], done.document["unchanged"]) == (0, 1, 2)
    assert project.sandbox.counts["update"] == 0


def test_update_puts_what_changed_and_nothing_else(project: Project) -> None:
    policy(project, on_change="update")
    project.apply()
    changed(project, 1)
    assert planned(project)["0000"] == "update"
    document = project.apply("--output", "json").document
    assert (document["updated"], document["unchanged"]) == (1, 2)
    tokens = sorted(one.credentials["api_token"] for one in project.sandbox.store.authentications())
    assert tokens == ["new-token-of-0000", "token-of-0001", "token-of-0002"]
    assert project.sandbox.counts["update"] == 1
    assert project.apply("--output", "json").document["unchanged"] == 3


def test_what_tray_has_refreshed_since_is_kept_unless_it_is_to_be_overwritten(project: Project) -> None:
    policy(project, on_change="update")
    project.apply()
    (first,) = [one for one in project.sandbox.store.authentications() if one.name == "Shop 0000"]
    first.credentials = {"api_token": "refreshed-by-tray"}
    changed(project, 1)
    document = project.apply("--output", "json").document
    (problem,) = document["mappings"][0]["problems"]
    assert (document["kept"], problem["code"]) == (1, "TI484")
    assert project.apply("--overwrite-refreshed", "--output", "json").document["updated"] == 1
    assert first.credentials == {"api_token": "new-token-of-0000"}


def test_more_updates_than_allowed_are_refused_with_both_numbers(project: Project) -> None:
    policy(project, on_change="update")
    project.export(shop_rows(10))
    project.apply()
    changed(project, 4, of=10)
    done = project.apply()
    assert (done.code, "4" in done.text, "30%" in done.text, "TI708" in done.text) == (2, True, True, True), done.text
    assert project.sandbox.counts["update"] == 0
    assert project.apply("--max-changes", "3").code == 2
    assert project.apply("--max-changes", "40%", "--output", "json").document["updated"] == 4


def test_a_few_records_are_too_few_to_judge_changes_by_a_share(project: Project) -> None:
    policy(project, on_change="update")
    project.export(shop_rows(9))
    project.apply()
    changed(project, 9, of=9)
    assert project.apply("--output", "json").document["updated"] == 9


def test_a_record_that_is_gone_from_the_source_changes_nothing_in_tray(project: Project) -> None:
    project.apply()
    project.export(shop_rows(2))
    document = project.apply("--output", "json").document
    assert (document["records"], document["unchanged"]) == (2, 2)
    assert len(project.sandbox.store.authentications()) == 3
