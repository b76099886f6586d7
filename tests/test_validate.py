"""`validate`, `pull` and `services` as commands: what they find, what they ask for, and how they end."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from project import SHOP, Project
from sarif_schema import validator
from shop import shop_services, shop_tray

ROOT = Path(__file__).parent.parent
EXAMPLES = """
examples:
  - name: a token arrives
    record: {id: 0001, account: a, owner: O, token: tok-1}
    expect: {key: "0001", auth: {credentials: {api_token: tok-1}}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project with a snapshot; whatever asks Tray from then on is counted."""
    with shop_tray() as sandbox:
        made = Project(tmp_path, sandbox)
        made.mapping(SHOP + EXAMPLES)
        assert made.run("pull", "mappings/").code == 0
        sandbox.counts.clear()
        yield made


OFFLINE = {"TRAY_MASTER_TOKEN": None, "TRAY_API_URL": None, "TRAY_GRAPHQL_URL": None, "TRAYIMPORT_LEDGER_KEY": None}


def test_validate_needs_no_network_no_secrets_and_no_exports(project: Project) -> None:
    shutil.rmtree(project.root / "exports")
    project.mapping(
        SHOP.replace("{{ record.token }}", "{{ record.token ~ secrets.salt }}") + "secrets: {salt: {env: S}}\n"
    )
    before = project.files()
    done = project.run("validate", "mappings/", **OFFLINE)
    assert (done.code, project.sandbox.counts.total()) == (0, 0), done.text
    assert project.files() == before


def test_validate_tells_all_problems_of_all_files_with_place_code_and_remedy(project: Project) -> None:
    project.mapping(SHOP.replace("auth:", "auht:"), "a.yaml")
    project.mapping(SHOP.replace("record.token", "recrod.token").replace("key:", "kee:"), "b.yaml")
    done = project.run("validate", "mappings/")
    assert done.code == 1
    for line in (
        "mappings/a.yaml:8:1: TI120 unknown key auht; did you mean auth?",
        "mappings/b.yaml:4:1: TI120 unknown key kee; did you mean key?",
        "mappings/b.yaml:11:20: TI203 auth.credentials.api_token: recrod is no name",
        "In scope here: now, omit, range, record, secrets, user, vars.",
    ):
        assert line in done.out, done.out
    assert "the key auth is missing" not in done.out, "it is there, but for its spelling"


def test_validate_as_json_has_the_documented_keys(project: Project) -> None:
    project.mapping(SHOP + "chekcs: []\n")
    done = project.run("validate", "mappings/", "--output", "json")
    problem = {"file": "mappings/shop.yaml", "line": 12, "column": 1, "code": "TI120", "severity": "error"}
    (found,) = [one for one in done.document["problems"] if one["severity"] == "error"]
    assert found == {**problem, "path": "chekcs", "message": "unknown key chekcs; did you mean checks?"}
    assert (done.code, done.document["version"], done.document["errors"]) == (1, 1, 1)


def test_validate_as_sarif_is_valid_by_its_schema_and_has_the_same_findings_as_json(project: Project) -> None:
    project.mapping("a: [1\n", "unreadable.yaml")
    project.mapping(SHOP.replace("record.token", "recrod.token"), "a name.yaml")
    project.mapping(SHOP + EXAMPLES.replace("api_token: tok-1}}", "api_token: other}}"), "example.yaml")
    log = project.run("validate", "mappings/", "--output", "sarif").document
    validator().validate(log)
    found = [
        {"code": result["ruleId"], "severity": result["level"], "file": unquote(place["artifactLocation"]["uri"])}
        | {"line": place["region"]["startLine"], "column": place["region"]["startColumn"]}
        for result in log["runs"][0]["results"]
        for place in [result["locations"][0]["physicalLocation"]]
    ]
    problems = project.run("validate", "mappings/", "--output", "json").document["problems"]
    assert found == [{name: problem[name] for name in found[0]} for problem in problems]


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("unreadable YAML", "a: [1\n", 1),
        ("an empty file", "", 1),
        ("no snapshot", SHOP.replace("name: shop", "name: shoop"), 1),
        ("no such version", SHOP.replace("version: 3", "version: 4"), 1),
        ("no such environment", SHOP.replace("Production", "Prodution"), 1),
        ("an example that fails", SHOP + EXAMPLES.replace('expect: {key: "0001"', 'expect: {key: "1"'), 1),
        ("a warning", SHOP, 0),
        ("nothing", SHOP + EXAMPLES, 0),
    ],
)
def test_validate_ends_with_1_where_it_found_an_error(project: Project, name: str, text: str, code: int) -> None:
    project.mapping(text)
    done = project.run("validate", "mappings/")
    assert done.code == code, (name, done.text)


def test_a_warning_fails_only_if_that_is_asked_for(project: Project) -> None:
    project.mapping(SHOP)
    assert project.run("validate", "mappings/").code == 0
    assert project.run("validate", "mappings/", "--strict").code == 1


@pytest.mark.parametrize("path", ["nowhere/", "mappings/nothing.yaml", "exports/"])
def test_a_path_without_a_mapping_is_an_error_of_usage(project: Project, path: str) -> None:
    assert project.run("validate", path).code == 2


def test_folders_are_searched_at_any_depth_but_for_what_begins_with_an_underscore_or_a_dot(project: Project) -> None:
    broken = SHOP.replace("auth:", "auht:")
    (project.root / "mappings" / "sub" / "deep").mkdir(parents=True)
    (project.root / "mappings" / "_sub").mkdir()
    for name in ("sub/deep/one.yml", "_two.yaml", ".three.yaml", "_sub/four.yaml", "trayimport.yaml", "five.txt"):
        project.mapping(broken, name)
    found = project.run("validate", "mappings/", "--output", "json").document["problems"]
    assert {one["file"] for one in found if one["severity"] == "error"} == {"mappings/sub/deep/one.yml"}
    named = project.run("validate", "mappings/_two.yaml", "mappings/trayimport.yaml", "--output", "json").document
    assert {one["file"] for one in named["problems"]} == {"mappings/_two.yaml", "mappings/trayimport.yaml"}


def test_a_file_reached_twice_is_read_once(project: Project) -> None:
    (project.root / "mappings" / "link.yaml").symlink_to(project.root / "mappings" / "shop.yaml")
    done = project.run("validate", "mappings/", "mappings/shop.yaml", str(project.root / "mappings"))
    assert done.code == 0, done.text


def test_two_files_of_one_identity_are_an_error_at_its_place(project: Project) -> None:
    (project.root / "mappings" / "eu").mkdir()
    project.mapping(SHOP + EXAMPLES, "eu/shop.yaml")
    done = project.run("validate", "mappings/")
    assert (done.code, "TI703 id: called shop, as mappings/" in done.out) == (1, True), done.text
    assert project.apply().code == 2
    project.mapping("id: shop-eu\n" + SHOP + EXAMPLES, "eu/shop.yaml")
    assert project.run("validate", "mappings/").code == 0


@pytest.mark.parametrize("environment", ["6f1c0a52-3b1c-4e8c-9a55-0b6c7d1e2f30", "Staging"])
def test_an_environment_is_found_by_its_title_and_an_id_means_the_only_snapshot(
    project: Project, environment: str
) -> None:
    project.mapping(SHOP.replace("Production", environment) + EXAMPLES)
    if environment != "Staging":
        for path in (project.root / "schemas").rglob("Staging.json"):
            path.unlink()
    assert project.run("validate", "mappings/").code == 0


def test_pull_writes_snapshots_without_ids_and_the_same_bytes_each_time(project: Project) -> None:
    snapshots = {name: data for name, data in project.files().items() if name.startswith("schemas")}
    assert sorted(snapshots) == [f"schemas/services/shop/v3/{title}.json" for title in ("Production", "Staging")]
    document = json.loads(snapshots["schemas/services/shop/v3/Production.json"])
    assert list(document) == sorted(document)
    assert document["environment"] == {"title": "Production"}
    assert project.run("pull", "mappings/").code == 0
    assert {name: project.files()[name] for name in snapshots} == snapshots
    assert project.sandbox.counts == {"connectors": 1, "environments": 1}


def test_pull_passes_over_no_mapping_in_silence(project: Project) -> None:
    project.mapping("a: [1\n", "broken.yaml")
    done = project.run("pull", "mappings/")
    assert (done.code, "mappings/broken.yaml:1:4: TI102" in done.err) == (1, True), done.text
    assert "schemas/services/shop/v3/Production.json" in done.out


def test_services_lists_what_tray_offers_and_asks_for_environments_of_a_few_only(tmp_path: Path) -> None:
    services = shop_services() + [
        one.__class__(f"other{number}", 1, "Production", "token", (), {}, {})
        for number in range(21)
        for one in shop_services()[:1]
    ]
    with shop_tray(services=services) as sandbox:
        project = Project(tmp_path, sandbox)
        whole = project.run("services", "--output", "json")
        assert [one["service"] for one in whole.document["services"]][:2] == ["other0", "other1"]
        assert len(whole.document["services"]) == 22
        assert sandbox.counts == {"connectors": 1}
        sandbox.counts.clear()
        (found,) = project.run("services", "SHOP", "--output", "json").document["services"]
        assert (found["service"], found["version"]) == ("shop", 3)
        assert [one["title"] for one in found["environments"]] == ["Production", "Staging"]
        assert sandbox.counts == {"connectors": 1, "environments": 1}
        sandbox.counts.clear()
        assert project.run("services", "other").code == 0
        assert sandbox.counts == {"connectors": 1}
        assert project.run("services", "nothing-like-it").code == 0


def test_the_projects_own_mappings_are_valid_without_anything_else() -> None:
    with shop_tray() as sandbox:
        done = Project(ROOT, sandbox).run("validate", "mappings/", "mappings/_slack-sql.yaml", **OFFLINE)
    assert (done.code, "0 errors, 0 warnings" in done.out) == (0, True), done.text
