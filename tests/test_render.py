"""`render`: what records become, offline, and that nothing secret is shown on the way."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from project import SHOP, Project, shop_rows
from shop import shop_services, shop_tray

CANARY = "canary-token-4b1d"
OFFLINE = {"TRAY_MASTER_TOKEN": None, "TRAY_API_URL": None, "TRAY_GRAPHQL_URL": None, "TRAYIMPORT_LEDGER_KEY": None}
FIELDS = {"seats": "{{ '7' }}", "plan": "{{ 'paid' }}", "kind": "shop", "pin": "{{ 1234 }}", "api_key": "{{ 4321 }}"}


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    services = shop_services(seats={"type": "integer"}, plan={"enum": ["free", "paid"]}, kind={}, pin={}, api_key={})
    with shop_tray(services=services) as sandbox:
        made = Project(tmp_path, sandbox)
        made.mapping(SHOP)
        made.export([row | {"token": f"{CANARY}-{row['id']}"} for row in shop_rows(8, accounts=3)])
        assert made.run("pull", "mappings/").code == 0
        sandbox.counts.clear()
        yield made


def test_it_shows_a_few_records_offline_and_no_credential(project: Project) -> None:
    done = project.run("render", "mappings/shop.yaml", **OFFLINE)
    assert (done.code, done.out.count("exports/shop.csv:")) == (0, 5), done.text
    assert "exports/shop.csv:2: create 0000" in done.out
    assert "externalUserId: acc-0" in done.out
    assert f"api_token: <text of {len(CANARY) + 5} characters>" in done.out
    assert CANARY not in done.text
    assert project.sandbox.counts.total() == 0
    assert not any("ledger" in name for name in project.files())


def test_one_key_one_limit_and_one_record_of_a_file(project: Project) -> None:
    document = project.run("render", "mappings/shop.yaml", "--key", "0007", "--output", "json").document
    assert [(one["where"], one["key"], one["action"]) for one in document["records"]] == [
        ("exports/shop.csv:9", "0007", "create")
    ]
    assert len(project.run("render", "mappings/shop.yaml", "--limit", "7", "--output", "json").document["records"]) == 7
    record = {"id": "x", "account": "a", "owner": "O", "token": CANARY}
    (project.root / "one.json").write_text(json.dumps(record), "utf-8")
    done = project.run("render", "mappings/shop.yaml", "--record", "one.json", "--output", "json")
    (one,) = done.document["records"]
    assert (one["key"], one["user"], CANARY in done.text) == ("x", {"externalUserId": "a", "name": "O"}, False)


def test_what_is_no_secret_is_shown(project: Project) -> None:
    project.mapping(SHOP + "".join(f'    {name}: "{value}"\n' for name, value in FIELDS.items()))
    (one, *_) = project.run("render", "mappings/shop.yaml", "--output", "json").document["records"]
    shown = {name: one["auth"]["credentials"][name] for name in FIELDS}
    assert shown == {"seats": 7, "plan": "paid", "kind": "shop", "pin": 1234, "api_key": "<hidden>"}


def test_a_key_that_only_the_record_names_is_not_shown(project: Project) -> None:
    project.mapping(SHOP + "    kind: \"{{ {record.token: 'x'} }}\"\n")
    done = project.run("render", "mappings/shop.yaml", "--output", "json")
    assert done.document["records"][0]["auth"]["credentials"]["kind"] == {"[1]": "<text of 1 characters>"}
    assert CANARY not in done.text


def test_a_bad_record_says_why_and_a_skipped_one_that_it_is(project: Project) -> None:
    project.export([row | {"token": ""} if row["id"] == "0001" else row for row in shop_rows(3)])
    project.mapping(SHOP + "when: \"{{ record.id != '0002' }}\"\n")
    done = project.run("render", "mappings/shop.yaml", "--output", "json")
    assert done.code == 1
    assert [one["action"] for one in done.document["records"]] == ["create", "invalid", "skip"]
    assert done.document["records"][1]["problems"][0]["path"] == "credentials.api_token"


def test_an_identity_that_is_a_credential_is_not_shown(project: Project) -> None:
    project.export([row | {"owner": CANARY, "token": CANARY} for row in shop_rows(1)])
    done = project.run("render", "mappings/shop.yaml")
    assert (done.code, "TI461 user.name" in done.out, CANARY in done.text) == (1, True, False), done.text


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["mappings/nothing.yaml"], "TI701"),
        (["mappings/shop.yaml", "--key", "nope"], "TI719"),
        (["mappings/shop.yaml", "--record", "nothing.json"], "TI717"),
        (["mappings/shop.yaml", "--record", "mappings/shop.yaml"], "TI717"),
        (["mappings/shop.yaml", "--record", "list.json"], "TI717"),
        (["mappings/shop.yaml", "--record", "number.json"], "put them in quotes"),
        (["mappings/shop.yaml", "--show-secrets"], "TI715"),
        (["mappings/shop.yaml", "--schemas", "elsewhere"], "trayimport pull mappings/shop.yaml"),
        (["mappings/broken.yaml"], "mappings/broken.yaml:1:4: TI102"),
        (["mappings/column.yaml"], "did you mean token?"),
    ],
)
def test_what_cannot_be_rendered_says_why(project: Project, arguments: list[str], says: str) -> None:
    (project.root / "list.json").write_text(f'["{CANARY}"]', "utf-8")
    (project.root / "number.json").write_text('{"id": 7}', "utf-8")
    project.mapping("a: [1\n", "broken.yaml")
    project.mapping(SHOP.replace("record.token", "record.tokn"), "column.yaml")
    done = project.run("render", *arguments)
    assert (done.code, says in done.text, CANARY in done.text) == (2, True, False), done.text


def test_credentials_are_shown_on_a_terminal_if_that_is_asked_for(project: Project) -> None:
    arguments = [sys.executable, "-m", "trayimport", "render", "mappings/shop.yaml", "--limit", "1", "--show-secrets"]
    ours, theirs = pty.openpty()
    with subprocess.Popen(arguments, cwd=project.root, env=project.variables(), stdout=theirs) as process:
        os.close(theirs)
        shown = b""
        while piece := read(ours):
            shown += piece
    os.close(ours)
    assert (process.returncode, f"api_token: {CANARY}-0000" in shown.decode()) == (0, True), shown


def read(terminal: int) -> bytes:
    """What a terminal shows next; nothing at its end, which Linux tells by an error."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


STEPS = SHOP.replace('    api_token: "{{ record.token }}"', '    api_token: "{{ vars.token }}"').replace(
    'key: "{{ record.id }}"',
    """vars:
  token: "{{ record.token | trim }}"
  parts: {tail: "{{ vars.token[-4:] }}", count: "{{ record.id | int }}"}
  plain: shop
when: "{{ record.id != '0002' }}"
key: "{{ record.id }}\"""",
) + (
    "checks:\n"
    "  - {that: \"{{ auth.credentials.api_token.startswith('canary') }}\", message: not one of ours}\n"
    "  - {that: \"{{ record.id != '0001' }}\", message: the first is another}\n"
)


def test_each_step_is_shown_with_what_it_was_made_from_and_what_the_schema_and_the_checks_say(project: Project) -> None:
    project.mapping(STEPS)
    done = project.run("render", "mappings/shop.yaml", "--limit", "3")
    assert (done.code, CANARY in done.text) == (1, False), done.text
    first, second, third = done.out.strip().split("\n\n")
    assert [" ".join(line.split()) for line in first.splitlines()] == [
        "exports/shop.csv:2: create 0000",
        "vars:",
        "token: <text of 22 characters> <- record.token (line 5)",
        "parts:",
        "tail: <text of 4 characters> <- vars.token (line 6)",
        "count: <hidden> <- record.id (line 6)",
        "plain: shop",
        "when: true <- record.id (line 8)",
        "key: 0000 <- record.id (line 9)",
        "user:",
        "externalUserId: acc-0 <- record.account (line 11)",
        "name: Owner 0 <- record.owner (line 12)",
        "auth:",
        "name: Shop 0000 <- record.id (line 14)",
        "credentials:",
        "api_token: <text of 22 characters> <- vars.token (line 16)",
        "schema: passed",
        "checks[0]: passed (not one of ours) <- auth (line 18)",
        "checks[1]: passed (the first is another) <- record.id (line 19)",
    ]
    assert "checks[1]: failed (the first is another)" in second
    assert "when: false" in third
    document = project.run("render", "mappings/shop.yaml", "--limit", "2", "--output", "json").document["records"][1]
    assert (document["when"], document["schema"], document["checks"]) == (True, "passed", ["passed", "failed"])
    assert document["from"]["credentials.api_token"] == {"reads": ["vars.token"], "line": 16}


def test_checks_are_not_judged_where_the_schema_refuses_and_steps_end_where_one_fails(project: Project) -> None:
    project.mapping(STEPS.replace("checks:", '    plan: "{{ record.owner }}"\nchecks:'))
    (first, *_) = project.run("render", "mappings/shop.yaml", "--output", "json").document["records"]
    assert (first["schema"], first["checks"]) == ("failed", ["not judged"] * 2)
    project.mapping(STEPS.replace("{{ record.id | int }}", "{{ record.token | int }}"))
    done = project.run("render", "mappings/shop.yaml", "--output", "json")
    (first, *_) = done.document["records"]
    assert (set(first["vars"]), first["when"], first["schema"]) == ({"token", "plain"}, None, "not judged")
    assert CANARY not in done.text
