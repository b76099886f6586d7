"""Against an attacker: a cache that mixes answers up, a checkout that asks for a token, a mapping that reads it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from project import SHOP, Project, shop_rows
from shop import shop_tray

from trayimport.sandbox import Fault, FaultPlan, Sandbox


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with shop_tray() as sandbox:
        made = Project(tmp_path, sandbox)
        made.mapping(SHOP)
        made.export(shop_rows(6))
        yield made


def mixed_up(sandbox: Sandbox) -> None:
    """As a cache before Tray would that looks at the path alone: the first answer serves all."""
    first: list[str] = []
    authorize = sandbox.store.authorize

    def answer(user_id: str) -> str:
        first.append(authorize(user_id))
        return first[0]

    sandbox.store.authorize = answer  # type: ignore[method-assign]


def test_one_token_for_two_users_ends_the_run_with_nothing_in_a_strangers_account(project: Project) -> None:
    store = project.sandbox.store
    authorize = store.authorize
    mixed_up(project.sandbox)
    done = project.apply()
    assert (done.code, "TI518" in done.text) == (3, True), done.text
    assert len(store.authentications()) <= 1
    store.authorize = authorize  # type: ignore[method-assign]
    done = project.apply()
    assert done.code == 0, done.text
    assert len({one.user_id for one in store.authentications()}) == len(store.authentications()) == 6


URLS = "api_url: 'https://collector.example', graphql_url: 'https://collector.example/graphql'"


@pytest.mark.parametrize(
    ("profile", "names"),
    [
        (f"{URLS}, master_token: {{env: OTHER}}", "api_url at collector.example, graphql_url at collector.example"),
        (f"{URLS}, master_token: {{file: private.pem}}", "collector.example"),
        ("api_url: 'https://api.tray.io', graphql_url: 'https://tray.io.collector.example'", "tray.io.collector"),
        ("api_url: 'https://api.tray.io@collector.example', graphql_url: 'https://tray.io/graphql'", "collector"),
        ("api_url: 'http://127.0.0.1:9', graphql_url: 'http://127.0.0.1:9'", "127.0.0.1"),
        ("ledger: 'postgresql://collector.example/x'", "ledger at collector.example"),
        ("ledger: 'postgresql:///x?host=collector.example'", "ledger at no host"),
    ],
)
def test_a_profile_that_nobody_chose_names_no_host(project: Project, profile: str, names: str) -> None:
    (project.root / "trayimport.yaml").write_text(f"profiles: {{default: {{{profile}}}}}", "utf-8")
    urls = {"TRAY_API_URL": None, "TRAY_GRAPHQL_URL": None}
    done = project.run("apply", "mappings/", "--yes", OTHER="secret-of-another", **urls)
    assert (done.code, "TI726" in done.text, names in done.text) == (2, True, True), done.text
    assert "secret-of-another" not in done.text
    assert not (project.root / ".trayimport").exists()


def test_a_chosen_profile_and_the_environment_may_name_any_host(project: Project) -> None:
    urls = f"api_url: '{project.sandbox.api_url}', graphql_url: '{project.sandbox.graphql_url}'"
    (project.root / "trayimport.yaml").write_text(f"profiles: {{default: {{{urls}, rate: 0}}}}", "utf-8")
    given = {"TRAY_API_URL": None, "TRAY_GRAPHQL_URL": None}
    assert project.run("plan", "mappings/", "--profile", "default", **given).code == 0
    (project.root / "trayimport.yaml").write_text(f"profiles: {{default: {{{URLS}, rate: 0}}}}", "utf-8")
    assert project.run("plan", "mappings/").code == 0, "the environment's addresses win, and were given"


MASTER = "the master token"


@pytest.mark.parametrize(
    ("secret", "variables"),
    [
        ("{env: TRAY_MASTER_TOKEN}", {}),
        ("{env: TRAYIMPORT_LEDGER_KEY}", {}),
        ("{env: TRAY_MASTER_TOKEN_FILE}", {"TRAY_MASTER_TOKEN": None, "TRAY_MASTER_TOKEN_FILE": "tray.token"}),
        ("{file: ../tray.token}", {"TRAY_MASTER_TOKEN": None, "TRAY_MASTER_TOKEN_FILE": "tray.token"}),
        ("{file: ../link}", {"TRAY_MASTER_TOKEN": None, "TRAY_MASTER_TOKEN_FILE": "tray.token"}),
        ("{file: ../hard}", {"TRAY_MASTER_TOKEN": None, "TRAY_MASTER_TOKEN_FILE": "tray.token"}),
        ("{file: ../copy}", {"TRAY_MASTER_TOKEN": None, "TRAY_MASTER_TOKEN_FILE": "tray.token"}),
        ("{file: ../.trayimport/ledger.key}", {"TRAYIMPORT_LEDGER_KEY": None}),
        ("{env: ALSO}", {"ALSO": MASTER}),
        ("{command: [printenv, TRAY_MASTER_TOKEN]}", {}),
        ("{command: [printenv, TRAYIMPORT_LEDGER_KEY]}", {}),
        ("{command: [printenv, ALSO]}", {"ALSO": MASTER}),
    ],
)
def test_no_mapping_reads_what_is_trayimports_own(
    project: Project, secret: str, variables: dict[str, str | None]
) -> None:
    root, master = project.root, project.sandbox.master_token
    variables = {name: master if value is MASTER else value for name, value in variables.items()}
    (root / "tray.token").write_text(f"{master}\n", "utf-8")
    (root / "copy").write_text(f"token={master}\n", "utf-8")
    (root / "link").symlink_to("tray.token")
    (root / "hard").hardlink_to(root / "tray.token")
    (root / ".trayimport").mkdir(mode=0o700)
    (root / ".trayimport" / "ledger.key").write_text("ab" * 32, "ascii")
    (root / ".trayimport" / "ledger.key").chmod(0o600)
    project.mapping(SHOP.replace("auth:", f"secrets: {{k: {secret}}}\nauth:").replace("record.token", "secrets.k"))
    done = project.run("apply", "mappings/", "--yes", "--allow-commands", "--allow-outside", **variables)
    refused = "TI430" if "printenv" in secret else "TI432"
    assert (done.code, refused in done.text) == (2, True), done.text
    assert master not in done.text
    assert project.sandbox.store.authentications() == []


@pytest.mark.parametrize("name", ["TRAY_MASTER_TOKEN", "TRAYIMPORT_LEDGER_KEY", "tray_master_token"])
def test_validate_names_the_line_that_asks_for_trayimports_own(project: Project, name: str) -> None:
    secret = f"secrets:\n  k: {{env: {name}}}\nauth:"
    project.mapping(SHOP.replace("auth:", secret).replace("record.token", "secrets.k"))
    done = project.run("validate", "mappings/")
    assert (done.code, "shop.yaml:9:12: TI432" in done.text) == (1, True), done.text


def test_a_variable_that_a_profile_names_for_the_master_token_is_no_mappings(project: Project) -> None:
    (project.root / "trayimport.yaml").write_text("profiles: {eu: {master_token: {env: EU_TOKEN}}}", "utf-8")
    secret = SHOP.replace("auth:", "secrets: {k: {env: EU_TOKEN}}\nauth:").replace("record.token", "secrets.k")
    project.mapping(secret)
    token = project.sandbox.master_token
    done = project.run("apply", "mappings/", "--yes", "--profile", "eu", TRAY_MASTER_TOKEN=None, EU_TOKEN=token)
    assert (done.code, "TI432" in done.text) == (2, True), done.text


@pytest.mark.parametrize("command", ["plan", "render"])
def test_a_secret_in_a_pipe_is_refused_at_once(project: Project, command: str) -> None:
    os.mkfifo(project.root / "pipe")
    project.mapping(SHOP.replace("auth:", "secrets: {k: {file: ../pipe}}\nauth:").replace("record.token", "secrets.k"))
    project.run("pull", "mappings/")
    done = project.run(command, "mappings/shop.yaml")
    assert "TI430" in done.text, done.text


def test_a_rate_limit_for_ever_ends_the_run(tmp_path: Path) -> None:
    with shop_tray(faults=FaultPlan(script={"connectors": [Fault.LIMITED] * 1000})) as sandbox:
        project = Project(tmp_path, sandbox)
        project.mapping(SHOP)
        project.export(shop_rows(2))
        done = project.apply("--give-up-after", "1")
        assert (done.code, "TI506 nothing but the rate limit" in done.text) == (3, True), done.text
        assert sandbox.counts["connectors"] < 20


@pytest.mark.parametrize(
    "path", ["../../**/*.csv", "/**/*.csv", "../exports/**/../../../**/*.csv", "../*/../../*/x.csv"]
)
def test_no_glob_walks_the_disk_before_its_roots_are_checked(project: Project, path: str) -> None:
    project.mapping(SHOP.replace("../exports/shop.csv", path))
    done = project.run("plan", "mappings/")
    assert (done.code, "TI403" in done.text) == (2, True), done.text
