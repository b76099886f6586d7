"""Which record is which, and what a run may read (commands, rulings 11 to 14, 27, 32): commands on a real ledger."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from project import SHOP, Project, shop_rows
from shop import shop_tray


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with shop_tray() as sandbox:
        made = Project(tmp_path, sandbox)
        made.mapping(SHOP)
        made.export(shop_rows(12, accounts=5))
        yield made


def test_a_mapping_in_another_folder_is_the_same_and_one_of_another_name_is_not(project: Project) -> None:
    project.apply()
    moved = project.root / "mappings" / "crm"
    moved.mkdir()
    (project.root / "mappings" / "shop.yaml").rename(moved / "shop.yaml")
    text = (moved / "shop.yaml").read_text("utf-8")
    (moved / "shop.yaml").write_text(text.replace("../exports", "../../exports"), "utf-8")
    assert project.apply("--output", "json").document["unchanged"] == 12
    (moved / "shop.yaml").rename(moved / "store.yaml")
    done = project.apply("--output", "json")
    assert (done.code, done.document["invalid"], done.document["created"]) == (1, 12, 0), done.text
    assert "TI476" in done.text
    (moved / "store.yaml").write_text("id: shop\n" + (moved / "store.yaml").read_text("utf-8"), "utf-8")
    assert project.apply("--output", "json").document["unchanged"] == 12
    assert project.sandbox.counts["create"] == 12


def test_another_environment_under_an_identity_is_refused_unless_it_is_meant(project: Project) -> None:
    project.apply()
    project.mapping(SHOP.replace("Production", "Staging"))
    done = project.apply()
    assert (done.code, "TI706" in done.text) == (2, True), done.text
    assert project.sandbox.counts["create"] == 12
    assert project.apply("--accept-environment", "--output", "json").code == 0


def test_records_under_new_keys_are_refused_with_the_numbers_unless_they_are_moved(project: Project) -> None:
    project.apply()
    project.mapping(SHOP.replace('key: "{{ record.id }}"', 'key: "shop/{{ record.id }}"'))
    done = project.apply()
    assert (done.code, "TI709" in done.text, "12" in done.text) == (2, True, True), done.text
    document = project.apply("--accept-moved", "--output", "json").document
    assert (document["unchanged"], document["created"]) == (12, 0)
    rows = json.loads(project.run("export", "--format", "json").out)
    assert {row["key"] for row in rows} == {f"shop/{number:04}" for number in range(12)}
    assert project.sandbox.counts["create"] == 12


def test_a_selection_counts_what_was_selected_and_duplicates_are_judged_over_all(project: Project) -> None:
    rows = shop_rows(4)
    project.export([*rows, rows[0] | {"account": "other", "token": "token-of-another"}])
    document = project.apply("--select", "0000", "--output", "json").document
    assert (document["records"], document["invalid"], document["created"]) == (2, 2, 0)
    document = project.apply("--select", "000[12]", "--output", "json").document
    assert (document["records"], document["created"]) == (2, 2)


def test_a_key_that_reads_like_a_glob_is_itself(project: Project) -> None:
    rows = shop_rows(3)
    project.export([rows[0] | {"id": "a*"}, rows[1] | {"id": "ab"}, rows[2] | {"id": "ac"}])
    assert project.apply("--select", "a*", "--output", "json").document["records"] == 1
    assert project.apply("--select", "a?", "--output", "json").document["records"] == 3


def test_a_file_of_keys_may_hold_bare_ones_and_those_of_a_retry_file(project: Project) -> None:
    lines = ["0001", json.dumps({"mapping": "shop", "key": "0002"}), json.dumps({"mapping": "other", "key": "0003"})]
    (project.root / "keys").write_text("\n".join(lines) + "\n", "utf-8")
    assert project.apply("--select", "@keys", "--output", "json").document["created"] == 2
    done = project.apply("--select", "@nothing")
    assert (done.code, "TI710" in done.text) == (2, True), done.text


def test_limit_takes_the_first_that_would_be_sent_over_all_mappings(project: Project) -> None:
    project.apply("--select", "0000")
    project.mapping(
        "id: second\n" + SHOP.replace("Shop {{", "Other {{").replace("record.token", "record.token ~ '-2'"), "z.yaml"
    )
    document = project.apply("--limit", "13", "--output", "json").document
    assert [one["created"] for one in document["mappings"]] == [11, 2]


def test_what_the_ledger_holds_unchanged_is_not_judged_again(project: Project) -> None:
    project.apply()
    project.mapping(SHOP + "checks:\n  - that: \"{{ record.id == 'none of them' }}\"\n")
    document = project.apply("--output", "json").document
    assert (document["unchanged"], document["invalid"]) == (12, 0)
    project.export([*shop_rows(12, accounts=5), shop_rows(13, accounts=5)[12]])
    assert project.apply("--output", "json").document["invalid"] == 1


def secret_project(project: Project, provider: str) -> Project:
    text = SHOP.replace("{{ record.token }}", "{{ record.token ~ secrets.salt }}")
    project.mapping(f"secrets: {{salt: {provider}}}\n{text}")
    return project


def test_the_plan_names_every_variable_and_file_that_a_mapping_reads(project: Project) -> None:
    (project.root / "salt.txt").write_text("pepper\n", "utf-8")
    done = secret_project(project, "{env: SHOP_SALT}").run("plan", "mappings/", "--rate", "0", SHOP_SALT="pepper")
    assert (done.code, "env SHOP_SALT" in done.text, "pepper" in done.text) == (0, True, False), done.text
    done = secret_project(project, "{file: ../salt.txt}").run("plan", "mappings/", "--rate", "0")
    assert (done.code, "file ../salt.txt" in done.text, "pepper" in done.text) == (0, True, False), done.text


def test_a_secret_arrives_where_the_template_puts_it_and_a_files_last_line_break_does_not(project: Project) -> None:
    (project.root / "salt.txt").write_text("-pepper\n", "utf-8")
    assert secret_project(project, "{file: ../salt.txt}").apply("--limit", "1").code == 0
    (one,) = project.sandbox.store.authentications()
    assert one.credentials["api_token"] == "token-of-0000-pepper"


@pytest.mark.parametrize("provider", ["{env: NOT_THERE}", "{file: ../nothing.txt}"])
def test_a_secret_that_is_not_there_stops_the_run_before_any_write(project: Project, provider: str) -> None:
    done = secret_project(project, provider).apply()
    assert (done.code, "TI430" in done.text or "TI402" in done.text or "TI431" in done.text) == (2, True), done.text
    assert project.sandbox.counts["create"] == 0
    assert project.sandbox.counts["createExternalUser"] == 0


def test_a_file_of_a_secret_lies_below_the_mapping_or_the_working_directory(project: Project, tmp_path: Path) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-outside.txt"
    outside.write_text("-pepper", "utf-8")
    provider = f"{{file: {os.path.relpath(outside, project.root / 'mappings')}}}"
    done = secret_project(project, provider).apply("--limit", "1")
    assert (done.code, "-pepper" in done.text) == (2, False), done.text
    assert secret_project(project, provider).apply("--limit", "1", "--allow-outside").code == 0


def test_validate_reads_no_secret(project: Project) -> None:
    project.run("pull", "mappings/")
    assert secret_project(project, "{env: NOT_THERE}").run("validate", "mappings/").code == 0
