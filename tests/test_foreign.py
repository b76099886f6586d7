"""What End Users connect by hand is theirs: not claimed, not adopted, not deleted, however much of it is the same."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from imports import APPLY, PRODUCTION, RECORDS, STAGING, killed_in, project_in
from polling import until
from project import SHOP, Project, shop_rows
from shop import shop_services

from trayimport.sandbox import Fault, FaultPlan, ServiceEnvironment
from trayimport.sandbox.store import Authentication

TEXT = {"type": "string"}
MORE = {
    "client_id": TEXT,
    "access_token": TEXT,
    "refresh_token": TEXT,
    "site": TEXT,
    "kind": {"enum": ["application", "authorisation"]},
}
LITERALS = SHOP + "    client_id: the-client-of-all\n    kind: application\n"
OAUTH = (
    SHOP.replace('    api_token: "{{ record.token }}"\n', "")
    + """\
    client_id: the-client-of-all
    access_token: "{{ record.token }}"
    refresh_token: "refresh-{{ record.token }}"
    site: "https://{{ record.account }}.example.com"
tokens: {expires: never}
"""
)


def services() -> list[ServiceEnvironment]:
    """`shop` with tokens, and the same with OAuth."""
    found = shop_services(**MORE)
    oauth = replace(found[0], title="OAuth", authentication_type="oauth2", credentials_schema={"type": "object"})
    return [*found, oauth]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with project_in(tmp_path, services=services()) as made:
        made.mapping(LITERALS)
        made.export(shop_rows(1))
        yield made


def by_hand(project: Project, name: str, credentials: dict[str, Any], environment: str = PRODUCTION) -> Authentication:
    """What the first End User connects."""
    store = project.sandbox.store
    user = next(iter(store.users_named("acc-0")), None) or store.create_user("acc-0", "Owner 0", foreign=True)
    body = {"name": name, "serviceEnvironmentId": environment, "credentials": credentials}
    return store.create_authentication(user.id, body, foreign=True)


def rolled_back(project: Project) -> dict[str, Any]:
    """All runs, the last one first."""
    done: dict[str, Any] = {}
    for run in json.loads(project.run("runs", "--output", "json").out)["runs"]:
        done = project.run("rollback", run["run"], "--yes", "--rate", "0", "--output", "json").document
    return done


OWN: dict[str, dict[str, Any]] = {
    "a literal": {"api_token": "their-own", "client_id": "the-client-of-all", "kind": "application"},
    "an enum": {"api_token": "their-own", "kind": "application"},
    "nothing": {"api_token": "their-own"},
}


@pytest.mark.parametrize(
    ("name", "common"),
    [
        ("Shop 0000", "a literal"),
        ("Of their own", "a literal"),
        ("Of their own", "an enum"),
        ("Shop 0000", "nothing"),
    ],
)
def test_what_was_connected_by_hand_while_a_request_was_lost_is_neither_claimed_nor_rolled_back(
    project: Project, name: str, common: str
) -> None:
    killed_in(project, "create", Fault.HELD_BEFORE)
    theirs = by_hand(project, name, OWN[common])
    done = project.run(*APPLY, "--output", "json")
    assert (done.code, done.document["in_doubt"], done.document["created"]) == (1, 1, 0), done.text
    assert theirs.id in done.text
    assert theirs.id not in project.run("export", "--format", "json").out
    rolled_back(project)
    assert project.sandbox.store.authentications() == [theirs]


def test_a_mapping_of_literals_leaves_a_lost_request_in_doubt_and_says_why(project: Project) -> None:
    project.mapping(
        LITERALS.replace("{{ record.token }}", "{{ secrets.company }}") + "secrets: {company: {env: COMPANY}}\n"
    )
    project.environment["COMPANY"] = "token-of-the-company"
    assert "TI492" in project.run("plan", "mappings/", "--rate", "0").text
    killed_in(project, "create", Fault.HELD_BEFORE)
    theirs = by_hand(
        project,
        "Of their own",
        {"api_token": "token-of-the-company", **OWN["a literal"]} | {"api_token": "token-of-the-company"},
    )
    done = project.run(*APPLY, "--output", "json")
    assert (done.code, done.document["in_doubt"]) == (1, 1), done.text
    assert "nothing in it belongs to this record alone" in done.text
    rolled_back(project)
    assert project.sandbox.store.authentications() == [theirs]


@pytest.mark.parametrize("where", ["the plan", "the ledger", "another mapping", "another environment"])
def test_a_value_that_two_records_have_proves_nothing_in_their_environment(project: Project, where: str) -> None:
    shared = shop_rows(2)[1] | {"token": "token-of-0000"}
    if where == "the ledger":
        project.export([shared])
        assert project.run(*APPLY).code == 0
        project.export(shop_rows(1))
        killed_in(project, "create", Fault.HELD_BEFORE)
    elif where in ("another mapping", "another environment"):
        other = LITERALS.replace("shop.csv", "other.csv").replace('"Shop', '"Other')
        project.mapping(other.replace("Production", "Staging") if "env" in where else other, "other.yaml")
        project.export([shared], "other.csv")
        assert project.run("apply", "mappings/other.yaml", "--yes", "--rate", "0").code == 0
        killed_in(project, "create", Fault.HELD_BEFORE)
    else:
        project.export([*shop_rows(1), shared])
        killed_in(project, "create", Fault.HELD_BEFORE)
    theirs = by_hand(project, "Of their own", OWN["a literal"] | {"api_token": "token-of-0000"})
    done = project.run(*APPLY, "--output", "json")
    alone = where == "another environment"
    claimed = theirs.id in project.run("export", "--format", "json").out
    assert claimed is alone, done.text
    assert ("belongs to this record alone" in done.text) is not alone


def test_one_of_ours_is_found_by_what_is_specific_though_literals_and_shared_values_stand_beside_it(
    project: Project,
) -> None:
    killed_in(project, "create", Fault.HELD_AFTER)
    theirs = by_hand(project, "Of their own", OWN["a literal"])
    done = project.run(*APPLY, "--output", "json")
    assert (done.code, done.document["created"]) == (0, 1), done.text
    assert theirs.id not in project.run("export", "--format", "json").out
    rolled_back(project)
    assert project.sandbox.store.authentications() == [theirs]


@pytest.mark.parametrize("on_existing", ["adopt", "update"])
def test_what_is_the_same_in_nothing_specific_is_not_taken_over_under_another_name(
    project: Project, on_existing: str
) -> None:
    rows = shop_rows(2)
    project.export([rows[0], rows[1] | {"token": rows[0]["token"]}])
    project.mapping(LITERALS + f"on_existing: {on_existing}\n")
    theirs = by_hand(project, "Of their own", OWN["a literal"] | {"api_token": "token-of-0000"})
    before = dict(theirs.credentials)
    done = project.run(*APPLY, "--allow-partial", "--output", "json")
    assert (done.code, done.document["invalid"], done.document["created"]) == (1, 1, 1), done.text
    assert "TI488" in done.text
    assert (theirs.name, theirs.credentials, theirs.deliveries) == ("Of their own", before, 1)


@pytest.mark.parametrize("on_existing", ["fail", "adopt", "update"])
@pytest.mark.parametrize("environment", [PRODUCTION, STAGING])
def test_only_literals_in_common_is_nothing_in_common(project: Project, on_existing: str, environment: str) -> None:
    project.mapping(LITERALS + f"on_existing: {on_existing}\n")
    theirs = by_hand(project, "Of their own", OWN["a literal"], environment)
    done = project.run(*APPLY, "--output", "json")
    assert (done.code, done.document["created"]) == (0, 1), done.text
    rolled_back(project)
    assert project.sandbox.store.authentications() == [theirs]


def refreshed(project: Project, found: Authentication) -> None:
    project.sandbox.store.refresh(found.id)


def connected_anew(_project: Project, found: Authentication) -> None:
    found.credentials = found.credentials | {"access_token": "their-own", "site": "https://theirs.example.com"}


def renamed(_project: Project, found: Authentication) -> None:
    found.name = "Theirs"


def as_it_was(_project: Project, _found: Authentication) -> None:
    pass


SITE = '    site: "https://{{ record.account }}.example.com"\n'


@pytest.mark.parametrize("deleting", [False, True], ids=["", "a delete was in the air"])
@pytest.mark.parametrize(
    ("mapping", "happens", "why"),
    [
        (OAUTH, as_it_was, ""),
        (OAUTH, refreshed, ""),
        (OAUTH.replace(SITE, ""), as_it_was, ""),
        (OAUTH.replace(SITE, ""), refreshed, "nothing in it belongs to this record alone"),
        (OAUTH, connected_anew, "it holds something else than was sent"),
        (OAUTH, renamed, "renamed since"),
    ],
    ids=[
        "as it was",
        "refreshed, and its site the same",
        "as it was, tokens only",
        "refreshed, tokens only",
        "connected anew",
        "renamed",
    ],
)
def test_a_rollback_deletes_what_is_proven_ours_when_it_is_deleted_and_names_why_it_leaves_the_rest(
    project: Project, mapping: str, happens: Callable[[Project, Authentication], None], why: str, deleting: bool
) -> None:
    project.mapping(mapping.replace("Production", "OAuth"))
    assert project.run(*APPLY).code == 0
    (found,) = project.sandbox.store.authentications()
    if deleting:
        project.sandbox.faults = FaultPlan(script={"delete": [Fault.HELD_BEFORE]})
        process = project.start("rollback", "latest", "--yes", "--rate", "0")
        until(lambda: project.sandbox.held)
        process.kill()
        process.communicate(timeout=30)
    happens(project, found)
    (run,) = [
        one for one in json.loads(project.run("runs", "--output", "json").out)["runs"] if one["command"] == "apply"
    ]
    done = project.run("rollback", run["run"], "--yes", "--rate", "0", "--output", "json")
    assert (done.code, done.document["deleted"], done.document["left"]) == ((1, 0, 1) if why else (0, 1, 0)), done.text
    assert [one["why"] for one in done.document["problems"]] == [why] * bool(why)
    assert len(project.sandbox.store.authentications()) == bool(why)


def test_one_of_ours_that_was_refreshed_while_its_answer_was_lost_is_not_made_again(project: Project) -> None:
    project.mapping(OAUTH.replace("Production", "OAuth"))
    killed_in(project, "create", Fault.HELD_AFTER)
    (found,) = project.sandbox.store.authentications()
    refreshed(project, found)
    done = project.run(*APPLY, "--output", "json")
    assert (done.code, done.document["in_doubt"]) == (1, 1), done.text
    assert project.sandbox.store.authentications() == [found]
    assert project.run("resolve", "0000", "--created", found.id, "--yes", "--rate", "0").code == 0
    assert project.run(*APPLY, "--output", "json").document["unchanged"] == 1


@pytest.mark.parametrize(
    ("credentials", "more", "warned"),
    [
        ("client_id: the-same-for-all-of-them", "", True),
        ('api_token: "{{ secrets.company }}"', "secrets: {company: {env: COMPANY}}", True),
        ('api_token: "{{ user.externalUserId }}-token"', "", True),
        ('{client_id: the-same-for-all-of-them, kind: "{{ record.kind }}"}', "", True),
        ('{client_id: the-same-for-all-of-them, number: "{{ record.kind | int }}"}', "", True),
        (
            'api_token: "{{ vars.one }}"',
            'vars: {one: "{{ secrets.company }}"}\nsecrets: {company: {env: COMPANY}}',
            True,
        ),
        ('api_token: "{{ vars.one }}"', 'vars: {one: "{{ record.token }}"}', False),
        ('api_token: "{{ vars.two }}"', 'vars: {one: "{{ record.token }}", two: "{{ vars.one }}"}', False),
        ('{client_id: the-same-for-all-of-them, site: "{{ record.site }}"}', "", False),
        ('"{{ record.credentials | from_json }}"', "", False),
    ],
)
def test_validate_warns_of_a_mapping_whose_credentials_tell_nothing(
    tmp_path: Path, credentials: str, more: str, warned: bool
) -> None:
    services = shop_services(**MORE, number={"type": "integer"})
    for one in services:
        one.credentials_schema["required"] = []
    with project_in(tmp_path, services=services) as project:
        text = SHOP.partition("    api_token")[0].replace("  credentials:\n", f"  credentials: {credentials}\n")
        if not credentials.startswith(("{", '"')):
            text = SHOP.partition("    api_token")[0] + f"    {credentials}\n"
        project.mapping(f"{text}{more}\n")
        assert project.run("pull", "mappings/").code == 0
        done = project.run("validate", "mappings/")
        assert "TI492" in done.text if warned else "TI492" not in done.text, done.text


def test_rows_of_an_earlier_version_whose_fields_have_no_marks_are_read_as_before(tmp_path: Path) -> None:
    with project_in(tmp_path) as project:
        assert project.run(*APPLY).code == 0
        with closing(sqlite3.connect(project.root / ".trayimport" / "ledger.db")) as database:
            database.execute("UPDATE items SET fields = replace(fields, '!credentials', 'credentials')")
            database.commit()
        assert project.run("verify", "--rate", "0", "--output", "json").document["alive"] == RECORDS
        project.mapping(SHOP + "on_change: update\n")
        project.export(
            [row | {"owner": "Another", "token": f"{row['token']}-2"} for row in shop_rows(RECORDS, accounts=5)]
        )
        done = project.run(*APPLY, "--max-changes", "100%", "--output", "json")
        assert (done.code, done.document["updated"]) == (0, RECORDS), done.text
        rolled_back(project)
        assert project.sandbox.store.authentications() == []
