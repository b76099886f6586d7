"""What people really have: each fault ends with a status, a code and words to act on, and shows no value."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from project import SHOP, Project, shop_rows
from shop import shop_tray

from trayimport.codes import all_codes
from trayimport.sandbox import Fault, FaultPlan

CANARY = "canary-9d41c"
ENDLESS = [Fault.NOT_JSON] * 100


def project_in(folder: Path, sandbox: object) -> Project:
    made = Project(folder, sandbox)  # type: ignore[arg-type]
    made.mapping(SHOP)
    made.export([row | {"token": f"{CANARY}-{row['id']}"} for row in shop_rows(3)])
    return made


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with shop_tray() as sandbox:
        yield project_in(tmp_path, sandbox)


def ends(project: Project, code: int, says: str, *arguments: str, **variables: str | None) -> str:
    done = project.apply("--give-up-after", "0.3", *arguments, **variables)
    assert (done.code, says in done.text) == (code, True), done.text
    assert "Traceback" not in done.text
    assert CANARY not in done.text
    assert project.sandbox.store.authentications() == []
    return done.text


@pytest.mark.parametrize("operation", ["connectors", "environments", "users", "authorize"])
def test_a_page_in_place_of_json_is_said_so(tmp_path: Path, operation: str) -> None:
    with shop_tray(faults=FaultPlan(script={operation: ENDLESS})) as sandbox:
        text = ends(project_in(tmp_path, sandbox), 3, "a page in place of JSON")
    assert "same command again" in text


@pytest.mark.parametrize(
    ("operation", "fault"),
    [
        ("connectors", Fault.CUT_BEFORE),
        ("environments", Fault.ERROR_BEFORE),
        ("users", Fault.PROXY_BEFORE),
        ("authorize", Fault.TRUNCATED),
    ],
)
def test_an_outage_ends_the_run_and_says_how_to_go_on(tmp_path: Path, operation: str, fault: Fault) -> None:
    with shop_tray(faults=FaultPlan(script={operation: [fault] * 100})) as sandbox:
        ends(project_in(tmp_path, sandbox), 3, "TI506 no good answer for 0.3 s; the last: TI5")


@pytest.mark.parametrize(
    ("operation", "fault"),
    [
        ("connectors", Fault.LIMITED),
        ("environments", Fault.CUT_BEFORE),
        ("users", Fault.ERROR_BEFORE),
        ("users", Fault.LIMITED),
        ("authorize", Fault.NOT_JSON),
        ("createExternalUser", Fault.CUT_BEFORE),
        ("createExternalUser", Fault.NOT_JSON),
        ("createExternalUser", Fault.LIMITED),
    ],
)
def test_a_single_fault_is_nobodys_concern(tmp_path: Path, operation: str, fault: Fault) -> None:
    bounds = {"TRAYIMPORT_SEND_WITHIN": "1", "TRAYIMPORT_COMMIT_WITHIN": "0.2", "TRAYIMPORT_LOOKUP_LAG": "0.1"}
    with shop_tray(faults=FaultPlan(script={operation: [fault]})) as sandbox:
        done = project_in(tmp_path, sandbox).apply(**bounds)
        assert done.code == 0, done.text
        assert len(sandbox.store.authentications()) == 3
        assert len(sandbox.store.users()) == 3


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("sqlite:///mappings", "TI601"),
        ("sqlite:////proc/nowhere/ledger.db", "TI602"),
        ("sqlite:///exports/shop.csv", "TI610"),
        ("nonsense", "TI611"),
        ("mysql://host/database", "TI611"),
        ("postgresql://127.0.0.1:1/nowhere", "TI612"),
    ],
)
def test_a_ledger_that_cannot_be_is_refused_before_any_request(project: Project, url: str, says: str) -> None:
    ends(project, 2, says, "--ledger", url)
    assert project.sandbox.counts.total() == 0


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"TRAY_MASTER_TOKEN": ""}, "TI501"),
        ({"TRAY_MASTER_TOKEN": f"{CANARY} x"}, "TI503"),
        ({"TRAY_MASTER_TOKEN": f"{CANARY}\u00e9"}, "TI503"),
        ({"TRAY_MASTER_TOKEN_FILE": "exports/shop.csv"}, "TI502"),
        ({"TRAY_MASTER_TOKEN": None, "TRAY_MASTER_TOKEN_FILE": "exports/shop.csv"}, "TI503"),
        ({"TRAYIMPORT_LEDGER_KEY": f"{CANARY}"}, "TI609"),
    ],
)
def test_a_token_or_key_that_cannot_be_is_refused_without_being_shown(
    project: Project, variables: dict[str, str | None], says: str
) -> None:
    ends(project, 2, says, **variables)
    assert project.sandbox.counts.total() == 0


def test_a_file_of_the_token_may_end_with_a_line_break(project: Project) -> None:
    (project.root / "token").write_text(project.sandbox.master_token + "\n", "utf-8")
    assert project.apply(TRAY_MASTER_TOKEN=None, TRAY_MASTER_TOKEN_FILE="token").code == 0


def test_a_refused_token_names_the_region_that_it_was_tried_in(project: Project) -> None:
    text = ends(project, 3, "TI505", TRAY_MASTER_TOKEN="token-of-another-region", TRAY_REGION="eu")
    assert "target: Tray eu" in text
    assert "region" in all_codes()["TI505"].remedy + all_codes()["TI505"].cause


RECORD = '{"id": "1", "account": "a", "owner": "O", "token": "canary-9d41c"}'


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (RECORD.replace('"canary-9d41c"', "null"), "shop.jsonl:1: TI445 credentials.api_token: null"),
        (RECORD.replace('"canary-9d41c"', '["canary-9d41c"]'), "shop.jsonl:1: TI442 credentials.api_token"),
        (RECORD.replace('"canary-9d41c"', "1.5"), "shop.jsonl:1: TI446 credentials.api_token"),
        (RECORD.replace("token", "tokn"), "shop.jsonl:1: TI210 credentials.api_token: record.token is not there"),
        (RECORD.replace('"a"', "null"), "shop.jsonl:1: TI451 user.externalUserId"),
        (RECORD + "\n" + RECORD, "shop.jsonl:2: TI470 key"),
        (RECORD[:-1], "shop.jsonl:1: TI414 record"),
        ("[" + RECORD + "]", "shop.jsonl:1: TI415 record"),
        (RECORD.replace('"O"', '"\\ud800"'), "shop.jsonl:1: TI451 user.name"),
        (RECORD.replace("canary-9d41c", "canary\\u0000"), "shop.jsonl:1: TI448 credentials.api_token"),
    ],
)
def test_a_bad_record_of_json_lines_is_told_by_place_code_and_path(project: Project, lines: str, says: str) -> None:
    project.mapping(SHOP.replace("csv, path: ../exports/shop.csv", "jsonl, path: ../exports/shop.jsonl"))
    (project.root / "exports" / "shop.jsonl").write_text(lines, "utf-8")
    ends(project, 1, says)
    assert project.sandbox.counts["createExternalUser"] == 0


@pytest.mark.parametrize(
    ("path", "says"),
    [("../exports", "TI402"), ("../exports/shp.csv", "did you mean shop.csv?"), ("../../outside.csv", "TI403")],
)
def test_a_source_that_cannot_be_opened_stops_the_run(project: Project, path: str, says: str) -> None:
    project.mapping(SHOP.replace("../exports/shop.csv", path))
    (project.root.parent / "outside.csv").write_text("id,account,owner,token\n", "utf-8")
    ends(project, 2, says)
