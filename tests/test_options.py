"""Options over environment over trayimport.yaml, and what single options promise (design, sections 3 and 5)."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from polling import until
from project import SHOP, Project, shop_rows
from shop import shop_tray

from trayimport.sandbox import Fault, FaultPlan

CANARY = "canary-3e77a"


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with shop_tray() as sandbox:
        made = Project(tmp_path, sandbox)
        made.mapping(SHOP)
        made.export(shop_rows(3))
        yield made


def profiles(project: Project, text: str) -> None:
    (project.root / "trayimport.yaml").write_text(text, "utf-8")


def test_a_profile_says_where_tray_and_the_ledger_are_and_which_token_to_take(project: Project) -> None:
    urls = f"api_url: {project.sandbox.api_url}, graphql_url: {project.sandbox.graphql_url}"
    own = "region: eu, ledger: 'sqlite:///state/mine.db', rate: 0, master_token: {env: MY_TOKEN}"
    profiles(project, f"profiles:\n  default: {{rate: 5}}\n  mine: {{{own}, {urls}}}\n")
    variables = {"TRAY_API_URL": None, "TRAY_GRAPHQL_URL": None, "TRAY_MASTER_TOKEN": None}
    arguments = ("apply", "mappings/", "--yes", "--profile", "mine")
    done = project.run(*arguments, MY_TOKEN=project.sandbox.master_token, **variables)
    assert done.code == 0, done.text
    assert "target: Tray eu" in done.text
    assert "state/mine.db" in project.files()


def test_options_win_over_the_environment_and_that_over_the_profile(project: Project) -> None:
    profiles(project, "profiles:\n  default: {region: ap, ledger: 'sqlite:///from-profile.db'}\n")
    assert "target: Tray ap" in project.apply("--limit", "1").text
    done = project.apply("--limit", "1", TRAY_REGION="eu", TRAYIMPORT_LEDGER="sqlite:///from-environment.db")
    assert "target: Tray eu" in done.text
    arguments = ("--limit", "1", "--region", "us", "--ledger", "sqlite:///from-option.db")
    done = project.apply(*arguments, TRAY_REGION="eu", TRAYIMPORT_LEDGER="sqlite:///from-environment.db")
    assert "target: Tray us" in done.text
    assert {"from-profile.db", "from-environment.db", "from-option.db"} <= set(project.files())


@pytest.mark.parametrize(
    ("text", "arguments", "says"),
    [
        (None, ["--profile", "mine"], "there is no trayimport.yaml here"),
        ("profiles: {other: {}}", ["--profile", "mine"], "trayimport.yaml has other"),
        (f"profiles: {{default: {{master_token: {CANARY}}}}}", [], "master_token"),
        ("profiles: {default: {reigon: eu}}", [], "reigon: not a setting"),
        ("profiles: {default: {region: mars}}", [], "region"),
        ("profiles: {default: {rate: fast}}", [], "rate"),
        ("profiles: [1", [], "not readable as YAML"),
        ("profiles: 5", [], "expected a map"),
    ],
)
def test_a_profile_that_cannot_be_is_refused(
    project: Project, text: str | None, arguments: list[str], says: str
) -> None:
    if text is not None:
        profiles(project, text)
    done = project.apply(*arguments)
    assert (done.code, says in done.text, CANARY in done.text) == (2, True, False), done.text
    assert project.sandbox.counts.total() == 0


def test_a_dry_run_is_a_plan(project: Project) -> None:
    dry, plan = (
        project.run(*words, "--rate", "0", "--output", "json")
        for words in (("apply", "mappings/", "--dry-run"), ("plan", "mappings/"))
    )
    assert (dry.code, dry.document["created"], dry.document["actions"]) == (0, 3, plan.document["actions"])
    assert project.sandbox.counts["create"] == 0
    assert not project.files()


def test_a_retry_file_names_what_failed_and_serves_as_a_selection(tmp_path: Path) -> None:
    with shop_tray(faults=FaultPlan(script={"create": [Fault.QUOTED]})) as sandbox:
        project = Project(tmp_path, sandbox)
        project.mapping(SHOP)
        project.export(shop_rows(3))
        done = project.apply("--retry-file", "retry", "--workers", "1", "--output", "json")
        assert (done.code, done.document["failed"]) == (1, 1), done.text
        (line,) = (project.root / "retry").read_text("utf-8").splitlines()
        assert set(json.loads(line)) == {"mapping", "key"}
        again = project.apply("--select", "@retry", "--output", "json").document
        assert (again["records"], again["created"]) == (1, 1)


def test_a_run_on_a_ledger_waits_for_the_one_that_holds_it_and_says_who_that_is(tmp_path: Path) -> None:
    with shop_tray(faults=FaultPlan(script={"create": [Fault.HELD_BEFORE]})) as sandbox:
        project = Project(tmp_path, sandbox)
        project.mapping(SHOP)
        project.export(shop_rows(3))
        process = project.start("apply", "mappings/", "--yes")
        until(lambda: sandbox.held == 1)
        refused = project.apply("--lock-wait", "0.1")
        planned = project.run("plan", "mappings/", "--rate", "0", "--output", "json")
        before = sandbox.counts["authorize"]
        status = project.run("status", "--output", "json")
        sandbox.release()
        process.communicate(timeout=60)
    assert (refused.code, f"pid {process.pid}" in refused.text) == (2, True), refused.text
    assert planned.code in (0, 1), planned.text
    assert "held by" in planned.text, "a plan looks nobody up meanwhile"
    assert before == sandbox.counts["authorize"]
    assert status.code == 0
    assert process.returncode == 0


@pytest.mark.parametrize("rate", ["0", "200"])
def test_no_limit_or_a_higher_one_is_for_loopback_or_draws_a_warning(project: Project, rate: str) -> None:
    tray = {"TRAY_API_URL": None, "TRAY_GRAPHQL_URL": None}
    arguments = ("apply", "mappings/", "--yes", "--rate", rate, "--give-up-after", "0.1", "--no-lookups")
    if rate == "0":
        done = project.run(*arguments, **tray)
        assert done.code == 2, done.text
    else:
        done = project.run(*arguments)
        assert (done.code, "warning" in done.text.lower()) == (0, True), done.text


def test_a_stopped_run_says_what_to_run_next(tmp_path: Path) -> None:
    with shop_tray(faults=FaultPlan(script={"authorize": [None, *[Fault.CUT_BEFORE] * 200]})) as sandbox:
        project = Project(tmp_path, sandbox)
        project.mapping(SHOP)
        project.export(shop_rows(3))
        done = project.apply("--give-up-after", "0.3", "--output", "json")
        assert (done.code, "run the same command again" in done.err) == (3, True), done.text
        document = done.document
        outcomes = ("created", "adopted", "updated", "unchanged", "kept", "skipped", "invalid", "failed", "in_doubt")
        assert sum(document[name] for name in outcomes) + document["pending"] == document["records"] == 3
        sandbox.faults.quiet()
        assert project.apply("--output", "json").document["created"] + document["created"] == 3


def test_all_documents_say_their_version_and_an_early_error_is_one(project: Project) -> None:
    for words in (["apply", "mappings/", "--yes"], ["plan", "mappings/"], ["status"], ["runs"], ["verify"]):
        assert project.run(*words, "--output", "json").document["version"] == 1, words
    done = project.apply("--output", "json", TRAY_MASTER_TOKEN=None)
    assert done.document == {"version": 1, "error": {"code": "TI501", "message": "there is no master token"}}
