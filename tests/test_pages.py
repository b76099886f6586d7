"""What the documentation shows is true: every command is run, every mapping is validated."""

import runpy
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pages import Reader, blocks, mappings
from project import Project

from trayimport.catalog import Catalog
from trayimport.core.mapping import read_mapping
from trayimport.pipeline.checking import check
from trayimport.sandbox import Sandbox, ServiceEnvironment

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TUTORIAL = ROOT / "docs" / "tutorial.md"
WITH_COMMANDS = [page for page in PAGES if any(block.kind == "sh" for block in blocks(page))]


def services() -> list[ServiceEnvironment]:
    return [
        ServiceEnvironment(
            one.service,
            one.version,
            one.environment.title,
            one.environment.authentication_type,
            one.environment.scopes,
            one.environment.credentials_schema,
            one.environment.user_data_schema,
        )
        for one in Catalog(ROOT / "schemas").all()
    ]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A copy of the repository's mappings, snapshots and examples, and a Tray that offers their services."""
    with Sandbox(services(), rate=0) as sandbox:
        for name in ("mappings", "schemas", "examples"):
            shutil.copytree(ROOT / name, tmp_path / name)
        (tmp_path / "tray-token").write_text(sandbox.master_token)
        (tmp_path / "tray-token").chmod(0o600)
        yield Project(tmp_path, sandbox, {"HOME": str(tmp_path), "STAGING_TRAY_TOKEN": sandbox.master_token})


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=lambda page: page.name)
def test_every_command_of_a_page_does_what_the_page_says(project: Project, page: Path) -> None:
    Reader(project).follow(page)


MAPPINGS = [
    pytest.param(text, id=f"{page.name}:{line}")
    for page in PAGES
    for line, text in mappings(page, next(one.text for one in blocks(TUTORIAL) if one.title.startswith("mappings/")))
]


@pytest.mark.parametrize("text", MAPPINGS)
def test_every_mapping_that_is_shown_is_valid(text: str) -> None:
    mapping, found = read_mapping(text.encode(), "page.yaml", ROOT / "mappings" / "page.yaml")
    assert mapping is not None, found
    assert check(mapping, Catalog(ROOT / "schemas"), lambda data: data.hex()).errors == []


def test_the_reference_is_what_its_generator_writes() -> None:
    written = runpy.run_path(str(ROOT / "docs" / "generate.py"))["pages"]()
    assert {name: (ROOT / "docs" / "reference" / name).read_text("utf-8") for name in written} == written


def test_pages_show_commands_and_mappings_in_fences_only() -> None:
    kinds = {block.kind for page in PAGES for block in blocks(page)}
    assert kinds <= {"sh", "yaml", "csv", "console", "json", "text"}
    for page in PAGES:
        indented = [line for line in page.read_text("utf-8").splitlines() if line.startswith("    trayimport ")]
        assert indented == [], page.name
