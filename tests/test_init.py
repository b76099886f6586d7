"""`init`: a first mapping from a live schema, which is valid as soon as its marked places are filled."""

import re
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from project import Project
from shop import shop_tray
from starter_strategies import EXPORTS, maps

from trayimport.catalog import Catalog
from trayimport.core.mapping import read_mapping
from trayimport.core.starter.columns import is_name
from trayimport.model import Environment
from trayimport.pipeline.checking import check
from trayimport.pipeline.starting import started
from trayimport.sandbox import Sandbox, ServiceEnvironment

TEXT = {"type": "string"}


def environment(credentials: Any, user_data: Any = None, kind: str = "token") -> Environment:
    return Environment("e1", "Production", kind, (), credentials, user_data or {"additionalProperties": False})


def begun(
    folder: Path, live: Environment, sample: str | None = None, name: str = "export.csv"
) -> tuple[str, list[str]]:
    """The text of a new mapping, and what `validate` says of it: errors only."""
    path = None
    if sample is not None:
        path = folder / name
        path.write_text(sample, "utf-8")
    file = folder / "mappings" / "acme.yaml"
    made = started("acme", 1, live, file=file, sample=path, schemas=folder / "schemas")
    catalog = Catalog(folder / "schemas")
    catalog.write("acme", 1, live)
    return made.text, errors_of(made.text, folder)


def errors_of(text: str, folder: Path) -> list[str]:
    """Line and message of each error that `validate` finds in a mapping."""
    mapping, found = read_mapping(text.encode(), "acme.yaml", folder / "mappings" / "acme.yaml")
    assert mapping is not None, found
    checked = check(mapping, Catalog(folder / "schemas"), lambda data: data.hex())
    found = [*checked.findings, *(one for _, own in checked.examples for one in own)]
    return [f"{one.at.line} {one.message}" for one in found if one.severity == "error"]


CREDENTIALS: dict[str, Any] = {
    "required and optional": {"required": ["token"], "properties": {"token": TEXT, "region": TEXT}},
    "an enum": {"required": ["dc"], "properties": {"dc": {"enum": ["eu", "us"]}}},
    "a constant": {"required": ["kind"], "properties": {"kind": {"const": "bot"}}},
    "a pattern": {"required": ["id"], "properties": {"id": {**TEXT, "pattern": "^T[A-Z0-9]{8,}$"}}},
    "lengths": {"required": ["k"], "properties": {"k": {**TEXT, "minLength": 32, "maxLength": 32}}},
    "numbers": {
        "required": ["n", "m"],
        "properties": {"n": {"type": "integer", "minimum": 5000}, "m": {"type": "number"}},
    },
    "a boolean": {"required": ["sandbox"], "properties": {"sandbox": {"type": "boolean"}}},
    "maps in maps": {
        "required": ["oauth"],
        "properties": {
            "oauth": {
                "type": "object",
                "required": ["token"],
                "properties": {"token": TEXT, "team": {"type": "object", "properties": {"id": TEXT}}},
            },
            "note": TEXT,
        },
    },
    "a reference": {"required": ["a"], "properties": {"a": {"$ref": "#/definitions/t"}}, "definitions": {"t": TEXT}},
    "one of two": {
        "properties": {"token": TEXT, "user": TEXT, "password": TEXT},
        "oneOf": [{"required": ["token"]}, {"required": ["user", "password"]}],
    },
    "all of two": {
        "allOf": [{"required": ["a"], "properties": {"a": TEXT}}, {"required": ["b"], "properties": {"b": TEXT}}]
    },
    "odd names": {
        "required": ["2fa", "a-b", "on", "a.b"],
        "properties": dict.fromkeys(("2fa", "a-b", "on", "a.b"), TEXT),
    },
    "required but not described": {"required": ["token"]},
    "a list": {"required": ["scopes"], "properties": {"scopes": {"type": "array", "items": TEXT}}},
    "a format": {"required": ["mail"], "properties": {"mail": {**TEXT, "format": "email"}}},
    "titles with braces": {"required": ["a"], "properties": {"a": {**TEXT, "title": "{{ x }} # \n y: {% z"}}},
    "nothing": {},
    "no key at all": {"type": "object", "additionalProperties": False},
}


@pytest.mark.parametrize("name", CREDENTIALS)
def test_without_a_sample_it_is_valid_at_once(tmp_path: Path, name: str) -> None:
    text, errors = begun(tmp_path, environment({"type": "object", **CREDENTIALS[name]}))
    written = {found for line in errors for found in re.findall(r"TODO_\w+", line)}
    assert [line for line in errors if "TODO_" not in line] == [], text
    assert written == set(re.findall(r"record\.(TODO_\w+)", text))


@given(credentials=maps(), user_data=st.none() | maps(1), export=EXPORTS)
@settings(max_examples=150, deadline=None)
def test_whatever_the_schema_and_the_export_nothing_is_wrong_but_what_is_marked(
    credentials: Any, user_data: Any, export: tuple[str, str] | None
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        text, errors = begun(Path(folder), environment(credentials, user_data, "oauth2"), *(export or ()))
    assert [line for line in errors if "TODO_" not in line] == [], text


def test_each_key_has_its_title_its_type_whether_it_is_required_and_its_enum(tmp_path: Path) -> None:
    properties = {"dc": {"enum": ["eu", "us"], "title": "Data centre"}, "note": {**TEXT, "title": "A note"}}
    text, _ = begun(tmp_path, environment({"type": "object", "required": ["dc"], "properties": properties}))
    assert '# Data centre: required, string, one of "eu", "us"\n    dc: ' in text
    assert "# A note: optional, string\n    # note: " in text
    assert text.startswith("# yaml-language-server: $schema=../schemas/mapping.schema.json\n")


def test_of_a_schema_that_accepts_anything_the_keys_are_guessed_and_then_held_to(tmp_path: Path) -> None:
    sample = "account_id,bot_token,team,signing secret\na,1,2,3\n"
    text, errors = begun(tmp_path, environment({}), sample)
    assert errors == []
    assert "  credentials: # TODO the service's schema accepts any key" in text
    assert 'bot_token: "{{ record.bot_token }}"' in text
    assert "signing_secret: \"{{ record['signing secret'] }}\"" in text
    assert "    required: [bot_token, signing_secret]\n    additionalProperties: false\n" in text


def test_of_alternatives_the_one_is_taken_that_the_export_gives_whole_and_the_others_are_comments(
    tmp_path: Path,
) -> None:
    properties = dict.fromkeys(("token", "login", "password"), TEXT)
    either = [{"required": ["token"]}, {"required": ["login", "password"]}]
    live = environment({"type": "object", "properties": properties, "oneOf": either})
    text, errors = begun(tmp_path, live, "account_id,login,password,token_of_trial\na,b,c,d\n")
    assert errors == []
    assert "# one of: token | login + password" in text
    assert '\n    login: "{{ record.login }}"' in text
    assert '\n    # token: "{{ record.token | default_omit }}"' in text


def test_a_column_whose_values_are_of_another_type_is_not_taken_and_said_to_be(tmp_path: Path) -> None:
    live = environment(
        {"type": "object", "required": ["expires_at"], "properties": {"expires_at": {"type": "integer"}}}
    )
    text, errors = begun(tmp_path, live, "account_id,expires_at\na,2031-01-01T00:00:00Z\n")
    assert "# TODO the column with expires_at; record.expires_at is of another type" in text
    assert len(errors) == 1
    assert "TODO_expires_at" in errors[0]


def test_of_an_optional_map_with_a_column_what_it_requires_is_marked_and_without_one_it_is_a_comment(
    tmp_path: Path,
) -> None:
    oauth = {"type": "object", "required": ["id", "secret"], "properties": {"id": TEXT, "secret": TEXT}}
    live = environment({"type": "object", "properties": {"oauth": oauth}})
    text, _ = begun(tmp_path, live, "account_id,secret\na,b\n")
    assert '    oauth:\n      # required, string\n      id: "{{ record.TODO_id }}" # TODO' in text
    assert '      secret: "{{ record.secret }}"' in text
    text, errors = begun(tmp_path, live, "account_id,status\na,b\n")
    assert errors == []
    assert "    # oauth:\n      # optional, string\n      # id: " in text


MATCHES = [
    # key, column, template
    ("access_token", "access_token", "record.access_token"),
    ("access_token", "AccessToken", "record.AccessToken"),
    ("access_token", "acme_access_token", "record.acme_access_token"),
    ("access_token", "oauth_access_token", "record.oauth_access_token"),
    ("access_token", "token", "record.token"),
    ("access_token", "Access Token", "record['Access Token']"),
    ("apiKey", "api_key", "record.api_key"),
]


@pytest.mark.parametrize(("key", "column", "template"), MATCHES)
def test_columns_are_found_by_their_names(tmp_path: Path, key: str, column: str, template: str) -> None:
    sample = f"account_id,account_name,{column}\n1,Bolo,secret-value-1\n2,Cato,secret-value-2\n"
    live = environment({"type": "object", "required": [key], "properties": {key: TEXT}})
    text, errors = begun(tmp_path, live, sample)
    assert errors == []
    assert f'{key}: "{{{{ {template} }}}}"' in text
    assert 'externalUserId: "{{ record.account_id }}"' in text
    assert 'name: "{{ record.account_name }}"' in text


def test_a_sample_gives_its_shape_and_none_of_its_values(tmp_path: Path) -> None:
    sample = (
        '[{"id": "c-7781", "account": {"id": 5512, "name": "Canary Ltd"}, "oauth": {"access_token": "canary-1",'
        ' "expires_at": "2031-05-06T07:08:09Z"}, "exported_at": 1893452400, "tags": ["canary-2"]}]'
    )
    live = environment(
        {
            "type": "object",
            "required": ["access_token"],
            "properties": {"access_token": TEXT, "expires_in": {"type": "integer"}},
        },
        kind="oauth2",
    )
    text, errors = begun(tmp_path, live, sample, "export.json")
    assert errors == []
    assert not any(value in text for value in ("7781", "5512", "anary", "2031", "1893452400"))
    assert 'key: "{{ record.id }}"' in text
    assert 'access_token: "{{ record.oauth.access_token }}"' in text
    assert 'expires_in: "{{ record.oauth.expires_at | default_omit | seconds_until }}"' in text
    assert "expires: required" in text
    assert 'exported_at: "{{ record.exported_at }}"' in text


def test_what_no_column_gives_is_marked_and_found_by_validate_until_it_is_filled(tmp_path: Path) -> None:
    live = environment({"type": "object", "required": ["secret"], "properties": {"secret": TEXT}})
    sample = "account_id,login,pass\nx,anna,1\nx,bob,2\n"
    text, errors = begun(tmp_path, live, sample)
    assert len(errors) == 1
    assert "TODO_" in errors[0]
    assert "# TODO what tells the authentications of one user apart" in text
    filled = text.replace("record.TODO_secret", "record.pass").replace("record.TODO_key", "record.login")
    assert errors_of(filled, tmp_path) == []


def test_where_a_column_is_to_be_filled_in_its_value_in_the_example_is_marked_if_not_any_will_do(
    tmp_path: Path,
) -> None:
    properties = {"dc": {**TEXT, "pattern": "^us[0-9]+$"}, "token": TEXT, "n": {"type": "integer", "minimum": 7}}
    live = environment({"type": "object", "required": list(properties), "properties": properties})
    text, errors = begun(tmp_path, live, "account_id,place,pass,size\nx,a,b,c\n")
    assert len(errors) == 3
    (dc, number) = re.findall(r"# TODO a value of the column with \w+: such as (\S+)", text)
    assert (re.fullmatch(r'"us[0-9]+"', dc) is not None, number) == (True, "3600")
    filled = text
    for key, column, value in (("dc", "place", "us2"), ("token", "pass", "t"), ("n", "size", "3600")):
        filled = filled.replace(f"record.TODO_{key}", f"record.{column}")
        filled = re.sub(rf'\n      {column}: ".*"', f'\n      {column}: "{value}"', filled)
    assert errors_of(filled, tmp_path) == []


@pytest.fixture
def tray() -> Any:
    schema = {"type": "object", "required": ["api_token"], "properties": {"api_token": TEXT}}
    services = [
        ServiceEnvironment("rocket", version, title, "token", (), schema, {"additionalProperties": False})
        for version, title in ((1, "Production"), (2, "Production"), (2, "Staging"))
    ]
    with shop_tray(services=services) as sandbox:
        yield sandbox


def test_a_service_that_nobody_knew_becomes_a_mapping_a_snapshot_and_an_editors_schema(
    tmp_path: Path, tray: Sandbox
) -> None:
    project = Project(tmp_path, tray)
    done = project.run("init", "rocket", "--environment", "Production")
    assert done.code == 0, done.text
    assert set(project.files()) == {"schemas/services/rocket/v2/Production.json", "schemas/mapping.schema.json"}
    text = (tmp_path / "mappings" / "rocket.yaml").read_text()
    marked = [number for number, line in enumerate(text.splitlines(), 1) if "# TODO" in line]
    assert [int(number) for number in re.findall(r"mappings/rocket\.yaml:(\d+): fill in ", done.out)] == marked
    assert project.run("validate", "mappings/", TRAY_API_URL=None, TRAY_MASTER_TOKEN=None).code == 0


REFUSED = [
    (["init", "rocket"], "--environment is needed, as there are 2: Production, Staging"),
    (["init", "rockt"], "TI704 no service is called rockt; did you mean rocket?"),
    (["init", "rocket", "--version", "3"], "it has 1, 2"),
    (["init", "rocket", "--environment", "Prod"], "there are: Production, Staging"),
    (["init", "rocket", "--version", "1", "--sample", "exports/none.csv"], "exports/none.csv"),
    (["init", "rocket", "--version", "1", "--sample", "exports/data.xml"], ".csv, .tsv"),
    (["init", "rocket", "--version", "1", "--sample", "exports/bare.csv"], "has the export a header?"),
]


def test_what_cannot_be_is_refused_with_what_there_is_and_nothing_is_written(tmp_path: Path, tray: Sandbox) -> None:
    project = Project(tmp_path, tray)
    (tmp_path / "exports" / "bare.csv").write_text("acc-1,canary@mail.example,canary-9f8e7d6c5b\n")
    for arguments, said in REFUSED:
        done = project.run(*arguments)
        assert done.code in {2, 3}, done.text
        assert said in done.err
        assert "canary" not in done.text
    assert project.files() == {}
    assert list((tmp_path / "mappings").iterdir()) == []


def test_a_mapping_that_is_there_is_written_over_only_when_told_to(tmp_path: Path, tray: Sandbox) -> None:
    project = Project(tmp_path, tray)
    path = project.mapping("mine", "rocket.yaml")
    done = project.run("init", "rocket", "--version", "1")
    assert (done.code, path.read_text(), "TI723" in done.err) == (2, "mine", True)
    assert "--force" in done.err
    assert tray.counts.total() == 0
    assert project.run("init", "rocket", "--version", "1", "--force").code == 0
    assert path.read_text() != "mine"


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("access_token", True), ("Access Token", True), ("address_line_1", True), ("accountId", True),
        ("xoxb-1234-5678", False), ("canary@mail.example", False), ("2030-01-01", False), ("", False),
        ("9f8e7d6c", False), ("a" * 61, False), ("00000000-0000-4000-8000-000000000001", False),
    ],
)  # fmt: skip
def test_what_looks_like_a_value_is_no_columns_name(name: str, is_one: bool) -> None:
    assert is_name(name) is is_one
