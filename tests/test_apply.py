"""`trayimport apply`: real exports become authentications of the right Tray users, once."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from polling import until
from project import SHOP, Done, Project, shop_rows
from shop import HASTY, shop_services, shop_tray

from trayimport.sandbox import Fault, FaultPlan, Sandbox, ServiceEnvironment


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A Tray whose unknowns are read harshly; test_apply_mildly.py reads them the other way."""
    with shop_tray() as running:
        yield running


@pytest.fixture
def project(tmp_path: Path, sandbox: Sandbox) -> Project:
    made = Project(tmp_path, sandbox)
    made.mapping(SHOP)
    made.export(shop_rows(12, accounts=5))
    return made


def owned(sandbox: Sandbox) -> dict[str, tuple[str, str]]:
    """Each authentication by name: its user's externalUserId and its token."""
    found = {}
    for one in sandbox.store.authentications():
        user = sandbox.store.user(one.user_id)
        assert user is not None
        assert one.name not in found, "twice"
        found[one.name] = (user.external_user_id, one.credentials["api_token"])
    return found


def test_each_record_becomes_one_authentication_of_its_own_end_user(project: Project) -> None:
    done = project.apply()
    assert done.code == 0, done.text
    assert owned(project.sandbox) == {
        f"Shop {row['id']}": (row["account"], row["token"]) for row in shop_rows(12, accounts=5)
    }
    assert project.sandbox.store.admin_authentications == []
    assert {user.external_user_id: user.name for user in project.sandbox.store.users()} == {
        f"acc-{number}": f"Owner {number}" for number in range(5)
    }


def test_a_first_import_costs_no_request_more_than_it_must(tmp_path: Path) -> None:
    expected = {"connectors": 1, "environments": 1, "createExternalUser": 5, "authorize": 5, "create": 12}
    # Each user is looked up; the first one made is once more, to prove to a new ledger that look-ups show it.
    expected["users"] = 5 + 1
    with shop_tray(readings=replace(HASTY, lookup_lag=0.0)) as sandbox:
        project = Project(tmp_path, sandbox)
        project.mapping(SHOP)
        project.export(shop_rows(12, accounts=5))
        document = project.apply("--output", "json").document
    assert sandbox.counts == expected
    assert {kind: count for kind, count in document["requests"].items() if count} == expected


def test_a_second_run_leaves_everything_unchanged_and_makes_no_token(project: Project) -> None:
    project.apply()
    project.sandbox.counts.clear()
    document = project.apply("--output", "json").document
    assert document["unchanged"] == 12
    assert project.sandbox.counts == {"connectors": 1, "environments": 1}
    assert len(owned(project.sandbox)) == 12


def test_a_record_that_came_later_is_all_that_is_sent(project: Project) -> None:
    project.apply()
    project.export(shop_rows(13, accounts=13)[12:] + shop_rows(12, accounts=5))
    document = project.apply("--output", "json").document
    assert (document["created"], document["unchanged"]) == (1, 12)
    assert len(owned(project.sandbox)) == 13


def test_users_who_are_in_tray_are_found_and_not_made_again(project: Project) -> None:
    for number in range(3):
        project.sandbox.store.create_user(f"acc-{number}", "Before")
    document = project.apply("--output", "json").document
    assert document["users"] == {"created": 2, "found": 3}
    assert len(project.sandbox.store.users()) == 5


def test_many_unknown_users_are_found_by_paging_to_the_end(tmp_path: Path) -> None:
    with shop_tray(users=40) as sandbox:
        project = Project(tmp_path, sandbox)
        project.mapping(SHOP)
        rows = [row | {"account": f"seed-{number + 1}"} for number, row in enumerate(shop_rows(40))]
        project.export(rows)
        document = project.apply("--output", "json").document
    assert document["users"] == {"created": 0, "found": 40}
    assert sandbox.counts["createExternalUser"] == 0
    assert sandbox.counts["users"] == 5 + 5  # pages of seven, until the pages spent reach the number still missing


def test_users_to_be_looked_up_are_asked_for_side_by_side(tmp_path: Path) -> None:
    held = FaultPlan(script={"users": [Fault.HELD_BEFORE] * 5})
    with shop_tray(users=5, faults=held) as sandbox:
        project = Project(tmp_path, sandbox)
        project.mapping(SHOP)
        project.export([row | {"account": f"seed-{number + 1}"} for number, row in enumerate(shop_rows(5))])
        process = project.start("apply", "mappings/", "--yes")
        until(lambda: sandbox.held == 5)
        sandbox.release()
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, out + err
    assert len(sandbox.store.authentications()) == 5


AWKWARD = [
    "0012",
    "1e5",
    "null",
    "true",
    "{{ record.x }}",
    "{% if %}",
    'say "hi"',
    "it's",
    "two\nlines",
    "a,b;c",
    "  spaced  ",
    "Zoë Łukasz 漢字 🙂",
    "\\n",
    "=1+1",
    "1.0",
    "None",
    "~",
    "#x ",
]


@pytest.mark.parametrize("value", AWKWARD)
def test_a_value_arrives_as_it_stands_in_the_export(project: Project, value: str) -> None:
    project.export([shop_rows(1)[0] | {"token": value, "owner": f"The owner of {value[:7]}"}])
    done = project.apply()
    assert done.code == 0, done.text
    assert [one.credentials["api_token"] for one in project.sandbox.store.authentications()] == [value]
    assert [user.name for user in project.sandbox.store.users()] == [f"The owner of {value[:7]}"]


def test_a_byte_order_mark_and_crlf_are_no_part_of_a_value(project: Project) -> None:
    (project.root / "exports" / "shop.csv").write_bytes(b"\xef\xbb\xbfid,account,owner,token\r\n1,a,O,tok-1\r\n")
    assert project.apply().code == 0
    assert owned(project.sandbox) == {"Shop 1": ("a", "tok-1")}


def test_the_counts_of_the_document_add_up(project: Project) -> None:
    rows = shop_rows(9)
    rows[1]["token"] = ""
    rows[2]["token"] = "REDACTED"
    project.export(rows)
    document = project.apply("--allow-partial", "--output", "json").document
    statuses = (
        "created",
        "adopted",
        "updated",
        "unchanged",
        "kept",
        "skipped",
        "invalid",
        "failed",
        "in_doubt",
        "pending",
    )
    assert document["records"] == 9 == sum(document[status] for status in statuses)
    for mapping in document["mappings"]:
        assert mapping["records"] == sum(mapping[status] for status in statuses)
    assert document["invalid"] == 2
    assert len(owned(project.sandbox)) == 7


def test_one_invalid_record_stops_the_run_before_the_first_write(project: Project) -> None:
    rows = shop_rows(4)
    rows[2]["token"] = ""
    project.export(rows)
    done = project.apply("--output", "json")
    assert done.code == 1
    assert (done.document["pending"], done.document["invalid"]) == (3, 1)
    (problem,) = done.document["mappings"][0]["problems"]
    assert problem["key"] == "0002"
    assert problem["path"] == "credentials.api_token"
    assert problem["where"] == "exports/shop.csv:4"
    assert project.sandbox.counts["create"] == 0
    assert project.sandbox.counts["createExternalUser"] == 0
    assert project.sandbox.counts["users"] == 0


def test_without_a_terminal_and_without_yes_nothing_is_asked_of_tray(project: Project) -> None:
    done = project.run("apply", "mappings/")
    assert done.code == 2
    assert "--yes" in done.text
    assert not project.sandbox.counts


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"TRAY_MASTER_TOKEN": None}, "TI501"),
        ({"TRAY_MASTER_TOKEN_FILE": "/nowhere"}, "TI502"),
        ({"TRAY_API_URL": None}, "TI504"),
        ({"TRAY_GRAPHQL_URL": None}, "TI504"),
        ({"TRAY_API_URL": "http://api.example.com", "TRAY_GRAPHQL_URL": "http://example.com/graphql"}, "TI504"),
    ],
)
def test_a_target_or_token_that_cannot_be_is_refused_before_any_request(
    project: Project, change: dict[str, str | None], says: str
) -> None:
    done = project.apply(**change)
    assert (done.code, says in done.text) == (2, True), done.text
    assert not project.sandbox.counts
    assert not project.files(), "a refused run leaves nothing behind"


def test_a_master_token_that_tray_refuses_stops_the_run_at_once(project: Project) -> None:
    done = project.apply(TRAY_MASTER_TOKEN="nobody")
    assert done.code == 3
    assert project.sandbox.counts.total() == 1
    assert "nobody" not in done.text


def test_a_host_that_does_not_answer_is_said_so(project: Project) -> None:
    dead = "http://127.0.0.1:9"
    done = project.apply("--give-up-after", "0.2", TRAY_API_URL=dead, TRAY_GRAPHQL_URL=f"{dead}/graphql")
    assert done.code == 3
    assert "TI507" in done.text
    assert "Traceback" not in done.text


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("name: shop, version: 3", "name: shp, version: 3", "shop"),
        ("version: 3", "version: 9", "3"),
        ("environment: Production", "environment: Prod", "Production"),
        ("api_token:", "api_tokn:", "api_token"),
        ("record.token", "record.tokn", "token"),
        ("shop.csv", "shp.csv", "shp.csv"),
        ("source: {type: csv", "source: {type: cvs", "csv"),
        ('key: "{{ record.id }}"', 'key: "{{ recrd.id }}"', "recrd"),
        ("version: 1\n", "version: 2\n", "version"),
        ("auth:", "auht:", "auth"),
    ],
)
def test_a_fault_of_a_mapping_stops_the_run_and_names_what_is_near(
    project: Project, old: str, new: str, says: str
) -> None:
    project.mapping(SHOP.replace(old, new, 1))
    done = project.apply()
    assert done.code == 2, done.text
    assert says in done.text
    assert "Traceback" not in done.text
    assert project.sandbox.counts["create"] == 0
    assert project.sandbox.store.users() == []


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([("1", "a", "O", "tok-1"), ("1", "b", "P", "tok-2")], "TI"),
        ([("1", "a", "O", "tok-1"), ("1 ", "a", "O", "tok-1")], "TI"),
        ([("1", "a", "O", "")], "TI"),
        ([("1", "", "O", "tok-1")], "TI"),
        ([("", "a", "O", "tok-1")], "TI"),
        ([("1", "a", "O", "****************")], "TI"),
        ([("1", "a", "O", "<token>")], "TI"),
    ],
    ids=["duplicate key", "same content", "empty credential", "empty user", "empty key", "stars", "placeholder"],
)
def test_a_bad_record_is_invalid_with_its_place_and_nothing_is_written(
    project: Project, rows: list[tuple[str, ...]], code: str
) -> None:
    project.export([dict(zip(("id", "account", "owner", "token"), row, strict=True)) for row in rows])
    done = project.apply()
    assert done.code == 1, done.text
    assert code in done.text
    assert "exports/shop.csv:2" in done.text
    assert project.sandbox.counts["createExternalUser"] == 0


def test_two_records_that_would_give_a_user_one_name_twice_are_conflicts(project: Project) -> None:
    project.mapping(SHOP.replace('"Shop {{ record.id }}"', "Shop"))
    project.export([row | {"account": "one"} for row in shop_rows(2)])
    done = project.apply()
    assert (done.code, "TI471" in done.text) == (1, True), done.text
    assert "exports/shop.csv:2" in done.text
    assert "exports/shop.csv:3" in done.text
    assert project.sandbox.counts["create"] == 0


@pytest.mark.parametrize(
    ("content", "exit_code", "says"),
    [
        (b"", 2, "TI404"),
        (b"id,account,owner,token\n", 0, "TI409"),
        (b"\x00\x01\x02", 2, "TI412"),
        (b"id,account,owner,token\n1,a,O,\xff\xfe\n", 1, "TI412"),
    ],
    ids=["zero bytes", "a header only", "NUL", "not UTF-8"],
)
def test_an_export_that_holds_nothing_usable_ends_clearly(
    project: Project, content: bytes, exit_code: int, says: str
) -> None:
    (project.root / "exports" / "shop.csv").write_bytes(content)
    done = project.apply()
    assert (done.code, says in done.text) == (exit_code, True), done.text
    assert "Traceback" not in done.text
    assert project.sandbox.counts["create"] == 0


def test_a_schema_of_tray_that_drifted_is_a_refusal_before_any_write(project: Project) -> None:
    assert project.run("pull", "mappings/").code == 0
    stricter = {"type": "string", "pattern": "^[0-9]+$"}
    project.sandbox.rest.serve(shop_services(api_token=stricter))
    done = project.apply()
    assert (done.code, "TI713" in done.text) == (2, True), done.text
    assert "api_token" in done.text
    assert project.sandbox.counts["create"] == 0
    assert project.run("pull", "mappings/", "--check").code == 1


def test_a_ledger_of_another_organisation_is_refused(project: Project) -> None:
    assert project.apply().code == 0
    others = [one.__class__(one.service, one.version, f"{one.title}") for one in shop_services()]
    with shop_tray(services=others) as other:
        for environment in others:
            object.__setattr__(environment, "title", f"{environment.title} B")
        other.rest.serve(others)
        project.mapping(SHOP.replace("Production", "Production B"))
        stranger = Project(project.root, other)
        done = stranger.apply()
        assert done.code == 2, done.text
        assert other.counts["create"] == 0


def test_a_later_run_for_another_service_is_the_same_organisation(tmp_path: Path) -> None:
    second = shop_services()[0]
    market = ServiceEnvironment("market", 1, "Production", "token", (), second.credentials_schema)
    with shop_tray(services=[*shop_services(), market]) as sandbox:
        project = Project(tmp_path, sandbox)
        project.export(shop_rows(2))
        project.mapping(SHOP)
        assert project.apply().code == 0
        project.mapping(SHOP.replace("name: shop, version: 3", "name: market, version: 1"), "market.yaml")
        sandbox.counts.clear()
        done = project.run("apply", "mappings/market.yaml", "--yes", "--rate", "0")
        assert done.code == 0, done.text
        assert sandbox.counts["environments"] == 2, "one of them only to see whose Tray this is"


def test_the_organisation_is_shown_and_is_the_same_in_each_run(project: Project) -> None:
    def shown(done: Done) -> str:
        return next(line for line in done.err.splitlines() if line.startswith("organisation: "))

    first, second = project.apply(), project.apply()
    assert shown(first) == shown(second)
    assert shown(first) == shown(project.run("plan", "mappings/", "--rate", "0"))
    assert shown(first) == shown(project.run("verify"))
    assert shown(first) == shown(project.run("rollback", "latest", "--yes"))


def test_select_and_limit_send_only_what_was_chosen(project: Project) -> None:
    assert project.apply("--select", "0003", "--output", "json").document["created"] == 1
    assert project.apply("--limit", "2", "--output", "json").document["created"] == 2
    assert len(owned(project.sandbox)) == 3


def test_several_mappings_share_users_and_are_counted_apart(project: Project) -> None:
    project.mapping(SHOP.replace("Shop {{", "Stage {{").replace("Production", "Staging"), "staging.yaml")
    document = project.apply("--output", "json").document
    assert [(one["mapping"], one["created"]) for one in document["mappings"]] == [
        ("mappings/shop.yaml", 12),
        ("mappings/staging.yaml", 12),
    ]
    assert project.sandbox.counts["createExternalUser"] == 5
    assert project.sandbox.counts["authorize"] == 5
    per_environment = Counter(one.environment_id for one in project.sandbox.store.authentications())
    assert sorted(per_environment.values()) == [12, 12]


def test_plan_writes_nothing_in_tray_and_makes_no_ledger(project: Project) -> None:
    done = project.run("plan", "mappings/", "--rate", "0", "--output", "json", "--detailed-exitcode")
    assert done.code == 2, done.text
    assert done.document["created"] == 12
    assert project.sandbox.counts["create"] == 0
    assert project.sandbox.counts["createExternalUser"] == 0
    assert not project.files()


def test_a_plan_after_the_import_has_nothing_to_do(project: Project) -> None:
    project.apply()
    assert project.run("plan", "mappings/", "--rate", "0", "--detailed-exitcode").code == 0


def test_verify_reads_each_back_with_one_token_a_user(project: Project) -> None:
    project.mapping(SHOP.replace("Shop {{", "Stage {{").replace("Production", "Staging"), "staging.yaml")
    project.apply()
    project.sandbox.counts.clear()
    done = project.run("verify", "mappings/", "--rate", "0", "--output", "json")
    assert (done.code, done.document["verified"], done.document["alive"]) == (0, 24, 24), done.text
    assert (project.sandbox.counts["authorize"], project.sandbox.counts["full"]) == (5, 24)


def test_a_rollback_deletes_what_its_run_created_and_nothing_else(project: Project) -> None:
    first = project.apply("--select", "000[0-4]", "--output", "json").document["run"]
    project.apply()
    user = project.sandbox.store.users()[0].id
    body = {"name": "Of somebody else", "serviceEnvironmentId": shop_services()[0].id, "credentials": {}}
    project.sandbox.store.create_authentication(user, body)
    done = project.run("rollback", first, "--yes", "--rate", "0", "--output", "json")
    assert (done.code, done.document["deleted"]) == (0, 5), done.text
    left = {one.name for one in project.sandbox.store.authentications()}
    assert left == {"Of somebody else"} | {f"Shop {number:04}" for number in range(5, 12)}
    assert project.apply("--output", "json").document["created"] == 5


def test_the_run_is_known_to_status_runs_and_export(project: Project) -> None:
    run = project.apply("--output", "json").document["run"]
    assert project.run("status", "--output", "json").document["states"] == {"created": 12}
    assert [one["run"] for one in project.run("runs", "--output", "json").document["runs"]] == [run]
    rows = json.loads(project.run("export", "--format", "json").out)
    by_id = {one.id: one for one in project.sandbox.store.authentications()}
    assert len(rows) == 12
    for row in rows:
        one = by_id[row["authenticationId"]]
        assert (row["name"], row["userId"], row["run"]) == (one.name, one.user_id, run)
        assert (row["service"], row["environment"], row["mapping"]) == ("shop", "Production", "shop")


def test_a_comment_silences_a_warning_of_the_environments_schema_and_of_nothing_else(project: Project) -> None:
    project.sandbox.rest.serve(shop_services(note={"tytpe": "string"}))
    done = project.run("plan", "mappings/", "--rate", "0")
    assert "mappings/shop.yaml:2:11: TI302" in done.text, done.text
    silenced = SHOP.replace("environment: Production}", "environment: Production} # trayimport: ignore TI302")
    project.mapping(silenced + "schema: {credentials: {properties: {api_token: {tyype: string}}}}\n")
    done = project.run("plan", "mappings/", "--rate", "0")
    assert "tytpe" not in done.text
    assert "tyype" in done.text


TIMED = SHOP.replace(
    'api_token: "{{ record.token }}"',
    """api_token: "{{ record.token }}"
    expires_in: "{{ record.expires | default_omit | seconds_until }}"
    seats: "{{ record.seats | default_omit }}"
    admin: "{{ record.admin | default_omit }}\"""",
)


def timed_project(project: Project, **columns: str) -> Project:
    whole = {"type": "integer"}
    project.sandbox.rest.serve(shop_services(expires_in=whole, seats=whole, admin={"type": "boolean"}))
    project.mapping(TIMED)
    project.export([shop_rows(1)[0] | {"expires": "", "seats": "", "admin": ""} | columns])
    return project


def test_time_counts_at_sending_and_changes_nothing_afterwards(project: Project) -> None:
    timed_project(project, expires="2099-01-01T00:00:00Z")
    assert project.apply().code == 0
    (one,) = project.sandbox.store.authentications()
    left = (datetime(2099, 1, 1, tzinfo=UTC) - datetime.now(UTC)).total_seconds()
    assert left - 5 < one.credentials["expires_in"] < left + 60
    document = project.apply("--output", "json").document
    assert (document["unchanged"], document["kept"]) == (1, 0)
    timed_project(project, expires="2098-01-01T00:00:00Z")
    assert project.apply("--output", "json").document["kept"] == 1


@pytest.mark.parametrize(
    ("columns", "sent"),
    [
        ({}, {}),
        ({"seats": "18"}, {"seats": 18}),
        ({"seats": "-1"}, {"seats": -1}),
        ({"admin": "true"}, {"admin": True}),
        ({"admin": "false"}, {"admin": False}),
    ],
)
def test_a_text_becomes_what_the_schema_asks_where_nothing_is_lost(
    project: Project, columns: dict[str, str], sent: dict[str, object]
) -> None:
    done = timed_project(project, **columns).apply()
    assert done.code == 0, done.text
    (one,) = project.sandbox.store.authentications()
    assert {name: value for name, value in one.credentials.items() if name != "api_token"} == sent


@pytest.mark.parametrize(
    "columns",
    [{"seats": "007"}, {"seats": "1.5"}, {"seats": " 12"}, {"seats": "1e3"}, {"admin": "yes"}, {"admin": "1"}],
)
def test_a_text_that_would_lose_something_is_an_error_of_its_record(project: Project, columns: dict[str, str]) -> None:
    done = timed_project(project, **columns).apply()
    assert done.code == 1
    assert f"exports/shop.csv:2: TI442 credentials.{next(iter(columns))}: expected" in done.text


def test_what_when_leaves_out_is_skipped_and_never_looked_at(project: Project) -> None:
    project.mapping("when: \"{{ record.status == 'active' }}\"\n" + SHOP)
    rows = [row | {"status": "active" if number % 2 else "revoked"} for number, row in enumerate(shop_rows(6))]
    project.export([row | {"token": "" if row["status"] == "revoked" else row["token"]} for row in rows])
    document = project.apply("--output", "json").document
    assert (document["created"], document["skipped"], document["records"]) == (3, 3, 6)


def test_a_check_that_fails_says_the_mappings_own_words(project: Project) -> None:
    checks = "checks:\n  - {that: \"{{ auth.credentials.api_token.startswith('x') }}\", message: not one of ours}\n"
    project.mapping(SHOP + checks)
    done = project.apply()
    assert done.code == 1
    assert "exports/shop.csv:2: TI453 checks[0]: not one of ours" in done.text


def test_users_are_made_as_test_users_or_not_at_all_if_the_mapping_says_so(project: Project) -> None:
    project.mapping(SHOP.replace("user:\n", "user:\n  create: false\n"))
    project.sandbox.store.create_user("acc-1", "Before")
    done = project.apply("--output", "json", "--allow-partial")
    assert done.code == 1
    assert (done.document["created"], done.document["users"]) == (3, {"created": 0, "found": 1})
    assert {one["code"] for one in done.document["mappings"][0]["problems"]} == {"TI479"}
    project.mapping(SHOP.replace("user:\n", "user:\n  isTestUser: true\n"))
    assert project.apply().code == 0
    assert {user.external_user_id for user in project.sandbox.store.users() if user.is_test_user} == {
        "acc-0",
        "acc-2",
        "acc-3",
        "acc-4",
    }


@pytest.mark.parametrize("command", [("apply", "mappings/", "--sandbox"), ("sandbox",)])
def test_an_emulator_that_cannot_start_is_a_refusal(project: Project, command: tuple[str, ...]) -> None:
    (project.root / "file").write_text("")
    done = project.run(*command, "--sandbox-state", "file/state")
    assert (done.code, "TI716" in done.err) == (2, True), done.text
