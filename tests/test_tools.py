"""What others' tools make of it: the editor's schema, a pre-commit hook, a GitHub action; each by the real program.

Hook and action install this project into an environment of their own. Here pip leaves out the dependencies, which are
found where the tests have them: what is tried is the wiring, not pip.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from project import SHOP
from shop import shop_services

from trayimport.catalog import Catalog
from trayimport.model import Environment

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
BROKEN = SHOP.replace("auth:", "auht:")


@pytest.fixture
def company(tmp_path: Path) -> Path:
    """A company's repository with a mapping and a snapshot, under git."""
    folder = tmp_path / "company"
    (folder / "mappings").mkdir(parents=True)
    (folder / "mappings" / "shop.yaml").write_text(SHOP, "utf-8")
    one = shop_services()[0]
    Catalog(folder / "schemas").write(
        "shop",
        3,
        Environment(None, one.title, one.authentication_type, one.scopes, one.credentials_schema, one.user_data_schema),
    )
    commit(folder)
    return folder


def commit(folder: Path) -> None:
    """Put all of a folder under git."""
    person = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com", "-c", "commit.gpgsign=false")
    for arguments in (("init", "-q"), ("add", "-A"), (*person, "commit", "-q", "-m", "all")):
        subprocess.run(["git", *arguments], cwd=folder, env=variables(folder), check=True, capture_output=True)


@pytest.fixture
def project_copy(tmp_path: Path) -> Path:
    """What an installation of this project is made from, under git."""
    folder = tmp_path / "trayimport"
    folder.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml", "action.yml"):
        shutil.copy(ROOT / name, folder / name)
    shutil.copytree(ROOT / "trayimport", folder / "trayimport", ignore=shutil.ignore_patterns("__pycache__"))
    commit(folder)
    return folder


def variables(home: Path, **more: str) -> dict[str, str]:
    """An environment with a home of its own; pip finds its index as it does for the tests."""
    kept = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    return {
        **kept,
        "HOME": str(home),
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "LC_ALL": "C.UTF-8",
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "0",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PYTHONPATH": sysconfig.get_path("purelib"),
        **more,
    }


def run(words: list[str], folder: Path, environment: dict[str, str]) -> tuple[int, str]:
    """Exit status, and all that was printed."""
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300)
    return done.returncode, done.stdout + done.stderr


def test_check_jsonschema_accepts_the_mappings_and_refuses_a_misspelt_key(company: Path) -> None:
    schema = str(ROOT / "schemas" / "mapping.schema.json")
    check = [str(BIN / "check-jsonschema"), "--schemafile", schema]
    ours = sorted(str(path) for path in (ROOT / "mappings").glob("*.yaml"))
    assert run([*check, *ours, "mappings/shop.yaml"], company, variables(company))[0] == 0
    (company / "mappings" / "shop.yaml").write_text(BROKEN, "utf-8")
    code, said = run([*check, "mappings/shop.yaml"], company, variables(company))
    assert (code, "auht" in said) == (1, True)


def test_pre_commit_runs_the_hook_and_refuses_a_broken_mapping(company: Path, project_copy: Path) -> None:
    _, revision = run(["git", "rev-parse", "HEAD"], project_copy, variables(company))
    hook = {"repo": str(project_copy), "rev": revision.strip(), "hooks": [{"id": "trayimport-validate"}]}
    (company / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [hook]}), "utf-8")
    environment = variables(company, PRE_COMMIT_HOME=str(company.parent / "cache"))
    words = [str(BIN / "pre-commit"), "run", "--all-files", "--verbose"]
    code, said = run(words, company, environment)
    assert (code, "0 errors" in said) == (0, True), said
    (company / "mappings" / "shop.yaml").write_text(BROKEN, "utf-8")
    code, said = run(words, company, environment)
    assert (code, "mappings/shop.yaml:8:1: TI120" in said) == (1, True), said


def test_the_actions_steps_install_and_annotate(company: Path, project_copy: Path) -> None:
    action = yaml.safe_load((project_copy / "action.yml").read_text("utf-8"))
    inputs = {name: one["default"] for name, one in action["inputs"].items()}
    (company / "mappings" / "shop.yaml").write_text(BROKEN, "utf-8")
    code, said = 0, ""
    for step in action["runs"]["steps"]:
        if "run" not in step:
            continue
        assert step["shell"] == "bash"
        given = {name: inputs[text.split("inputs.")[1].split(" ")[0]] for name, text in step.get("env", {}).items()}
        environment = variables(
            company, RUNNER_TEMP=str(company.parent / "temp"), GITHUB_ACTION_PATH=str(project_copy), **given
        )
        code, said = run(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]], company, environment)
        if code:
            break
    assert (code, "::error file=mappings/shop.yaml,line=8" in said) == (1, True), said


def test_editors_have_a_hover_text_for_each_key() -> None:
    schema = json.loads((ROOT / "schemas" / "mapping.schema.json").read_text("utf-8"))
    assert [path for path, text in hovers(schema, "") if not text] == []


def hovers(schema: dict[str, Any], path: str) -> Iterator[tuple[str, str]]:
    """Each property below a schema, and what is shown of it."""
    for name, below in schema.get("properties", {}).items():
        yield f"{path}.{name}", below.get("description", "")
        yield from hovers(below, f"{path}.{name}")
    for keyword in ("items", "additionalProperties"):
        if isinstance(schema.get(keyword), dict):
            yield from hovers(schema[keyword], f"{path}[]")
    for keyword in ("anyOf", "allOf", "oneOf"):
        for branch in schema.get(keyword, []):
            yield from hovers({name: one for name, one in branch.items() if name != "if"}, path)
            yield from hovers(branch.get("then", {}), path)
