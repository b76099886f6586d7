"""`pull --check`: what changed in Tray since the snapshots, in words, and which mappings it breaks."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from project import SHOP, Project
from shop import shop_services, shop_tray

from trayimport.sandbox import ServiceEnvironment

TEXT = {"type": "string"}
REGION = "    region: eu\n"


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project with two mappings of one service, for an environment each, and with snapshots."""
    with shop_tray(services=shop_services(region={"enum": ["eu", "us"]})) as sandbox:
        made = Project(tmp_path, sandbox)
        made.mapping(SHOP + REGION)
        made.mapping(SHOP.replace("Production", "Staging"), "staging.yaml")
        assert made.run("pull", "mappings/").code == 0
        sandbox.counts.clear()
        yield made


def changed(project: Project, **credentials: Any) -> None:
    """Give Production's credentials other keys than its snapshot has."""
    one, other = shop_services(region={"enum": ["eu", "us"]})
    schema = dict(one.credentials_schema)
    schema["properties"] = {**schema["properties"], **credentials.pop("properties", {})}
    project.sandbox.rest.serve(
        [
            ServiceEnvironment(
                "shop", 3, "Production", "token", one.scopes, schema | credentials, one.user_data_schema
            ),
            other,
        ]
    )


def test_without_a_change_nothing_is_said_and_nothing_is_written(project: Project) -> None:
    before = project.files()
    done = project.run("pull", "mappings/", "--check")
    assert (done.code, done.out) == (0, "the snapshots are what Tray has now\n")
    assert project.files() == before
    assert project.sandbox.counts == {"connectors": 1, "environments": 1}


def test_a_change_is_named_in_words_with_the_mapping_that_it_breaks_and_where(project: Project) -> None:
    before = project.files()
    changed(project, required=["api_token", "dc"], properties={"region": {"enum": ["us"]}, "dc": TEXT})
    done = project.run("pull", "mappings/", "--check")
    assert done.code == 1
    assert done.out.splitlines() == [
        "shop 3, Production:",
        "  credentials.region enum lost eu (breaks what the snapshot accepted)",
        "  credentials.dc became required (breaks what the snapshot accepted)",
        "mappings/shop.yaml breaks:",
        "  mappings/shop.yaml:10:3: TI320 credentials.dc: dc is required, and not there",
        '  mappings/shop.yaml:12:13: TI323 credentials.region: expected one of "us", found a text of 2 characters',
        "mappings/staging.yaml fits what Tray has now",
        "`trayimport pull` takes the changes over into the snapshots",
    ]
    assert project.files() == before


def test_as_json_each_change_is_that_of_the_mappings_that_use_the_environment(project: Project) -> None:
    changed(project, required=["api_token", "dc"], properties={"dc": TEXT})
    document = project.run("pull", "mappings/", "--check", "--output", "json").document
    assert document["drift"] == [
        {
            "mapping": "mappings/shop.yaml",
            "service": "shop 3",
            "environment": "Production",
            "path": "credentials.dc",
            "change": "became required",
            "breaking": True,
        }
    ]
    (one,) = document["broken"]
    assert (one["mapping"], [found["code"] for found in one["problems"]]) == ("mappings/shop.yaml", ["TI320"])


def test_what_is_harmless_is_drift_all_the_same_and_breaks_no_mapping(project: Project) -> None:
    changed(project, properties={"note": TEXT})
    done = project.run("pull", "mappings/", "--check")
    assert (done.code, "credentials.note is new and optional (harmless)" in done.out) == (1, True)
    assert "breaks" not in done.out
    assert project.run("plan", "mappings/staging.yaml").code == 2, "as the export is missing, not for drift"
    assert project.run("pull", "mappings/").code == 0
    assert project.run("pull", "mappings/", "--check").code == 0


def test_a_missing_snapshot_is_drift(project: Project) -> None:
    for path in (project.root / "schemas").rglob("Staging.json"):
        path.unlink()
    done = project.run("pull", "mappings/", "--check", "--output", "json")
    (one,) = done.document["drift"]
    assert (done.code, one["environment"], one["change"]) == (1, "Staging", "no snapshot")
    assert one["mapping"] == "mappings/staging.yaml"
