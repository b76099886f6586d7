"""Snapshots on disk: found by what they say, written so that a diff is readable, never half."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from trayimport.catalog import Catalog, Snapshot
from trayimport.errors import ConfigurationError
from trayimport.model import Environment

PRODUCTION = Environment("id-1", "Production", "oauth2", ("write", "read"), {"b": 1, "a": {}}, {})
UUID = "0b0f6a0e-6d3c-4a9c-9a55-1f2f3f4f5f6f"


def named(title: str) -> Environment:
    return replace(PRODUCTION, title=title)


def only(found: Snapshot | list[Snapshot] | None) -> Snapshot:
    assert isinstance(found, Snapshot)
    return found


def test_what_is_written_is_found_and_has_no_id(tmp_path: Path) -> None:
    path = Catalog(tmp_path).write("mailchimp", 2, PRODUCTION)
    assert path == tmp_path / "services/mailchimp/v2/Production.json"
    found = only(Catalog(tmp_path).find("mailchimp", 2, "Production"))
    assert found.environment == replace(PRODUCTION, id=None, scopes=("read", "write"))
    assert (found.service, found.version, found.path) == ("mailchimp", 2, path)
    assert "id-1" not in path.read_text()


def test_the_file_is_sorted_stable_and_ends_with_a_line_feed(tmp_path: Path) -> None:
    path = Catalog(tmp_path).write("mailchimp", 2, PRODUCTION)
    first = path.read_bytes()
    document = json.loads(first)
    assert list(document) == sorted(document)
    assert list(document) == [
        "authenticationType",
        "credentialsSchema",
        "environment",
        "scopes",
        "service",
        "userDataSchema",
    ]
    Catalog(tmp_path).write("mailchimp", 2, replace(PRODUCTION, id="other", scopes=("read", "write", "read")))
    assert path.read_bytes() == first
    assert first.endswith(b"}\n")
    assert [one.name for one in path.parent.iterdir()] == ["Production.json"]


def test_a_catalog_sees_what_it_wrote_itself(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path)
    assert catalog.all() == []
    assert catalog.find("mailchimp", 2, None) is None
    catalog.write("mailchimp", 2, PRODUCTION)
    assert only(catalog.find("mailchimp", 2, None)).environment.title == "Production"


def test_which_environment_is_meant(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path)
    catalog.write("slack", 4, PRODUCTION)
    assert only(catalog.find("slack", 4, None))
    assert only(catalog.find("slack", 4, UUID))
    assert catalog.find("slack", 4, "production") is None
    assert catalog.find("slack", 3, None) is None
    catalog.write("slack", 4, named("Our app"))
    several = catalog.find("slack", 4, None)
    assert isinstance(several, list)
    assert [one.environment.title for one in several] == ["Our app", "Production"]
    assert isinstance(catalog.find("slack", 4, UUID), list)
    assert only(catalog.find("slack", 4, "Our app"))


def test_content_decides_and_not_the_file_s_name(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path)
    moved = tmp_path / "services" / "elsewhere.json"
    catalog.write("slack", 4, PRODUCTION).rename(moved)
    assert only(Catalog(tmp_path).find("slack", 4, "Production")).path == moved
    assert Catalog(tmp_path).write("slack", 4, PRODUCTION) == moved


@pytest.mark.parametrize(
    ("service", "title", "file"),
    [
        ("slack", "Our app (EU)", "services/slack/v1/Our_app__EU_.json"),
        ("slack", "é", "services/slack/v1/_.json"),
        ("slack", "", "services/slack/v1/_.json"),
        ("..", "../../x", "services/_./v1/_._.._x.json"),
        ("a/b", ".hidden", "services/a_b/v1/_hidden.json"),
        ("s", "x" * 300, f"services/s/v1/{'x' * 100}.json"),
    ],
)
def test_names_are_safe_for_files(tmp_path: Path, service: str, title: str, file: str) -> None:
    path = Catalog(tmp_path).write(service, 1, named(title))
    assert path == tmp_path / file
    assert only(Catalog(tmp_path).find(service, 1, title)).environment.title == title


def test_titles_that_collide_get_a_suffix_each_its_own(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path)
    titles = ["a b", "a/b", "A_b", "a:b"]
    paths = [catalog.write("slack", 4, named(title)) for title in titles]
    assert len({str(path).casefold() for path in paths}) == len(titles)
    assert [catalog.write("slack", 4, named(title)) for title in titles] == paths
    assert sorted(one.environment.title for one in catalog.all()) == sorted(titles)


def test_half_a_surrogate_pair_in_a_schema_survives(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path)
    catalog.write("slack", 4, replace(PRODUCTION, credentials_schema={"title": "\ud800"}))
    assert only(catalog.find("slack", 4, None)).environment.credentials_schema == {"title": "\ud800"}


def endless() -> Any:
    value: Any = {}
    for _ in range(100_000):
        value = [value]
    return value


@pytest.mark.parametrize("schema", [endless(), {"maximum": float("nan")}], ids=["deep", "NaN"])
def test_what_is_no_json_is_refused_and_leaves_no_file(tmp_path: Path, schema: Any) -> None:
    with pytest.raises(ConfigurationError) as error:
        Catalog(tmp_path).write("slack", 4, replace(PRODUCTION, credentials_schema=schema))
    assert error.value.code.id == "TI343"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


GOOD = {
    "service": {"name": "s", "version": 1},
    "environment": {"title": "P"},
    "authenticationType": "token",
    "scopes": [],
    "credentialsSchema": {},
    "userDataSchema": {},
}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<<<<<<< HEAD",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"a": NaN}',
        b'{"a": 1, "a": 2}',
        b"[" * 100_000,
        json.dumps({**GOOD, "service": {"name": "s", "version": "1"}}).encode(),
        json.dumps({**GOOD, "service": {"name": "s", "version": True}}).encode(),
        json.dumps({**GOOD, "scopes": [1]}).encode(),
        json.dumps({key: value for key, value in GOOD.items() if key != "credentialsSchema"}).encode(),
        b" " * (5 << 20),
    ],
)
def test_a_file_that_is_no_snapshot_is_named_and_can_be_pulled_over(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "services/s/v1/Production.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(ConfigurationError) as error:
        Catalog(tmp_path).all()
    assert error.value.code.id == "TI340"
    assert str(path) in error.value.message
    assert Catalog(tmp_path).write("s", 1, PRODUCTION) == path
    assert only(Catalog(tmp_path).find("s", 1, None))


def test_two_files_of_one_environment_are_an_error_that_names_both(tmp_path: Path) -> None:
    path = Catalog(tmp_path).write("slack", 4, PRODUCTION)
    twin = path.with_name("Copy.json")
    twin.write_bytes(path.read_bytes())
    with pytest.raises(ConfigurationError) as error:
        Catalog(tmp_path).find("other", 1, None)
    assert error.value.code.id == "TI341"
    assert str(path) in error.value.message
    assert str(twin) in error.value.message
