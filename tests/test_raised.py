"""Codes that nothing else in the tests names: each is raised by what it is about."""

import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from imports import APPLY, project_in
from ledger_support import KEY, opened
from project import BOUNDS, SHOP, Project, shop_rows
from shop import shop_tray
from sqlalchemy.exc import DBAPIError

from trayimport.errors import ConfigurationError, LedgerError, TrayError
from trayimport.ledger.database import sqlite_database
from trayimport.ledger.failures import translated
from trayimport.sandbox import Fault, FaultPlan, ServiceEnvironment
from trayimport.sources import open_source
from trayimport.tray.answers import parsed
from trayimport.tray.failures import of_graphql, of_status

OPEN_SCHEMA = {"type": "object", "additionalProperties": True}
SERVICES = [ServiceEnvironment("shop", 3, "Production", "oauth2", (), OPEN_SCHEMA, OPEN_SCHEMA)]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with shop_tray(services=SERVICES) as sandbox:
        made = Project(tmp_path, sandbox, dict(BOUNDS))
        made.mapping(SHOP)
        made.export(shop_rows(2))
        yield made


def misspelt_column(project: Project) -> None:
    project.mapping(SHOP.replace("record.token", "record.tokn"))


def misspelt_column_that_is_guarded(project: Project) -> None:
    project.mapping(SHOP + "    note: \"{{ record.noet | default('-') }}\"\n")


def one_credential_twice(project: Project) -> None:
    project.export([row | {"account": "one", "token": "the-same-token"} for row in shop_rows(2)])


def another_user_under_the_key(project: Project) -> None:
    assert project.apply().code == 0
    project.export([row | {"account": "somebody-else"} for row in shop_rows(2)])


def nothing_of_what_was_sent(project: Project) -> None:
    project.mapping(SHOP.replace("Shop {{ record.id }}", "{{ record.owner }}") + "on_change: update\n")
    assert project.apply().code == 0
    project.export([row | {"owner": "New " + row["owner"], "token": "new-" + row["token"]} for row in shop_rows(2)])


def two_users_of_one_id(project: Project) -> None:
    for _ in range(2):
        project.sandbox.store.create_user("acc-0", "Somebody", foreign=True).created_at -= 60


def a_huge_mapping(project: Project) -> None:
    project.mapping(SHOP + "#" * (5 << 20))


def an_unknown_service(project: Project) -> None:
    project.mapping(SHOP.replace("name: shop", "name: shoop"))


def a_broken_mapping(project: Project) -> None:
    project.mapping(SHOP.replace("auth:", "auht:"))


def nothing(_project: Project) -> None:
    pass


PLANNED: list[tuple[str, Callable[[Project], None], int]] = [
    ("TI420", misspelt_column, 2),
    ("TI421", misspelt_column_that_is_guarded, 0),
    ("TI472", one_credential_twice, 1),
    ("TI477", another_user_under_the_key, 1),
    ("TI478", nothing_of_what_was_sent, 1),
    ("TI485", two_users_of_one_id, 1),
    ("TI490", nothing, 0),
    ("TI702", a_huge_mapping, 2),
    ("TI704", an_unknown_service, 2),
    ("TI714", a_broken_mapping, 2),
]


@pytest.mark.parametrize(("code", "change", "status"), PLANNED, ids=[code for code, *_ in PLANNED])
def test_a_plan_says_it(project: Project, code: str, change: Callable[[Project], None], status: int) -> None:
    change(project)
    done = project.run("plan", "mappings/", "--rate", "0", "--max-changes", "100%")
    assert (done.code, code in done.text) == (status, True), done.text


def test_validate_says_that_there_is_no_example(project: Project) -> None:
    assert project.run("pull", "mappings/").code == 0
    assert "TI721" in project.run("validate", "mappings/").out


def test_three_requests_that_end_without_an_authentication_are_enough_for_one_run(tmp_path: Path) -> None:
    with project_in(tmp_path, faults=FaultPlan(script={"create": [Fault.CUT_BEFORE] * 3})) as made:
        made.export(shop_rows(1))
        done = made.run(*APPLY, "--output", "json")
        assert (done.code, done.document["failed"], "TI486" in done.out) == (1, 1, True), done.text


def test_a_user_whose_creation_has_no_answer_is_not_called_one_of_several(tmp_path: Path) -> None:
    with project_in(tmp_path, faults=FaultPlan(script={"createExternalUser": [Fault.CUT_BEFORE] * 6})) as made:
        made.environment |= {"TRAYIMPORT_SEND_WITHIN": "0.3", "TRAYIMPORT_COMMIT_WITHIN": "0.1"}
        made.export(shop_rows(1))
        done = made.run(*APPLY, "--output", "json")
        assert (done.code, "TI493" in done.out, "Remove all but one" in done.text) == (1, True, False), done.text


def ended(code: str) -> list[dict[str, Any]]:
    return [{"message": "x", "extensions": {"name": "PreconditionError", "code": code}}]


ANSWERS = [
    ("TI508", lambda: of_status(302)),
    ("TI511", lambda: of_status(500)),
    ("TI512", lambda: of_status(400)),
    ("TI516", lambda: of_graphql(ended("user_already_exists"))),
]


@pytest.mark.parametrize(("code", "of"), ANSWERS, ids=[code for code, _ in ANSWERS])
def test_an_answer_of_tray_has_its_code(code: str, of: Callable[[], TrayError | None]) -> None:
    found = of()
    assert found is not None
    assert found.code.id == code


def test_a_page_in_place_of_json_has_its_code() -> None:
    with pytest.raises(TrayError) as caught:
        parsed(b"<html>")
    assert caught.value.code.id == "TI510"


def test_a_driver_that_is_missing_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for module in ("pyodbc", "psycopg"):
        monkeypatch.setitem(sys.modules, module, None)
    options = {"url": "mssql+pyodbc://reader@host/db", "query": "select 1"}
    with pytest.raises(ConfigurationError) as source:
        open_source("sql", options, base=tmp_path, roots=None, cwd=tmp_path)
    with pytest.raises(LedgerError) as ledger:
        opened("postgresql://host/ledger", environ={"TRAYIMPORT_LEDGER_KEY": KEY})
    assert (source.value.code.id, ledger.value.code.id) == ("TI406", "TI613")


def full(path: Path) -> None:
    database = sqlite3.connect(path)
    database.execute("PRAGMA max_page_count = 1")
    with translated():
        try:
            database.execute("CREATE TABLE t (x)")
        except sqlite3.Error as error:
            raise DBAPIError("", None, error) from error


def newer(path: Path) -> None:
    opened(f"sqlite:///{path}").close()
    with sqlite3.connect(path) as database:
        database.execute("UPDATE meta SET value = '99' WHERE name = 'schema'")
    opened(f"sqlite:///{path}")


def key_lost(path: Path) -> None:
    opened(f"sqlite:///{path}").close()
    (path.parent / "ledger.key").unlink()
    opened(f"sqlite:///{path}")


def key_wrong(path: Path) -> None:
    opened(f"sqlite:///{path}").close()
    opened(f"sqlite:///{path}", environ={"TRAYIMPORT_LEDGER_KEY": KEY})


LEDGERS = [("TI603", full), ("TI606", newer), ("TI607", key_lost), ("TI608", key_wrong)]


@pytest.mark.parametrize(("code", "trouble"), LEDGERS, ids=[code for code, _ in LEDGERS])
def test_a_ledger_that_cannot_be_used_says_why(tmp_path: Path, code: str, trouble: Callable[[Path], None]) -> None:
    with pytest.raises(LedgerError) as caught:
        trouble(tmp_path / "ledger.db")
    assert caught.value.code.id == code


def test_a_ledger_that_others_keep_changing_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.touch()
    database = sqlite_database(path, write=True, clock=lambda: 0.0)

    def raced(_connection: object) -> None:
        raise DBAPIError("", None, sqlite3.IntegrityError())

    with pytest.raises(LedgerError) as caught:
        database.write(raced)
    assert caught.value.code.id == "TI615"
    database.close()


def test_what_came_later_than_its_bound_is_reported_as_being_there_twice(tmp_path: Path) -> None:
    faults = FaultPlan(script={"create": [Fault.LATE_COMMIT, Fault.SLOW]}, late=2.5, slow=3.0)
    with project_in(tmp_path, faults=faults) as made:
        made.export(shop_rows(1))
        done = made.run(*APPLY, "--output", "json")
        assert (done.code, done.document["created"], "TI483" in done.out) == (1, 1, True), done.text
        assert len(made.sandbox.store.authentications()) == 2, "neither is deleted unasked"
