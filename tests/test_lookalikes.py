"""Texts that are meant as templates, or are secrets by their shape: what is found, and what is left in peace."""

from pathlib import Path

import pytest

from trayimport.core.mapping import read_mapping
from trayimport.core.token_shapes import secret_offset

MAPPING = """\
version: 1
service: {{name: acme, version: 1}}
source: {{type: csv, path: a.csv}}
user: {{externalUserId: "{{{{ record.id }}}}"}}
auth:
  name: {text}
"""


def found(text: str) -> list[str]:
    _, diagnostics = read_mapping(MAPPING.format(text=text).encode(), "m.yaml", Path("/m.yaml"))
    return [one.code for one in diagnostics]


@pytest.mark.parametrize(
    "text",
    [
        "record.name",
        "record['the name']",
        "record.name | trim",
        "user.name",
        "{record.name}",
        "Acme of <record.name>",
        "Acme of $record.name",
        "%(record.name)s",
        "'\"{{ record.name }}\"'",
        '"`{{ record.name }}`"',
        "« {{ record.name }} »",
        "${{ record.name }}",
    ],
)
def test_a_text_that_is_meant_as_a_template_is_found(text: str) -> None:
    assert found(text if text[0] in "'\"«" else f'"{text}"') == ["TI129"]


@pytest.mark.parametrize(
    "text",
    [
        "A record of Acme",
        "Our users. All of them",
        "record",
        "recorded.live",
        "user@example.com",
        "Acme (user.name)",
        "{acme}",
        "$5 for {{ record.name }}",
        "“{{ record.name }}” of “{{ record.team }}”",
        "{{ record.name }}'s Acme",
        "{{ '${record.x}' }}",
        "xoxb- is how they begin",
        "xoxb-{{ record.name }}",
    ],
)
def test_other_texts_are_left_in_peace(text: str) -> None:
    assert found(f'"{text}"') == []


@pytest.mark.parametrize(
    "text",
    [
        "xoxb-123456789012-abcdefghijkl",
        "xoxe.xoxp-1-Mi0yLTEyMzQ1",
        "ghp_0123456789abcdefghijABCDEFGHIJ012345",
        "github_pat_0123456789abcdefghijAB_C",
        "glpat-0123456789abcdefghij",
        "sk_live_0123456789abcdef",
        "shpat_0123456789abcdef0123456789abcdef",
        "AKIA0123456789ABCDEF",
        "AIza0123456789abcdefghijABCDEFGHIJ01234",
        "ya29.0123456789abcdefghij",
        "pat0123456789abcd.0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "0123456789abcdef0123456789abcdef-us21",
        "SG.0123456789abcdefghijkl.0123456789abcdefghijABCDEFGHIJ0123456789abc",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NSJ9.c2lnbmF0dXJl",
        "-----BEGIN RSA PRIVATE KEY-----",
    ],
)
def test_a_secret_is_known_by_its_shape_wherever_it_stands(text: str) -> None:
    assert secret_offset(text) == 0
    assert secret_offset(f"Bearer {text}") == 7
    assert secret_offset(text[:12]) is None


@pytest.mark.parametrize("text", ["xox[be]", "sk_live_", "pattern-us21", "eyJ.eyJ.x", "-----BEGIN CERTIFICATE-----"])
def test_what_only_begins_like_a_secret_is_none(text: str) -> None:
    assert secret_offset(text) is None


@pytest.mark.parametrize(
    ("key", "owner", "paths"),
    [
        ("one", "{{ record.id }}", ["key"]),
        ("{{ 'a' ~ 'b' }}", "{{ record.id }}", ["key"]),
        ("{{ record.id }}", "acme", ["user.externalUserId"]),
        ("{{ vars.id }}", "{{ record.id }}", []),
        ("a-{{ user.externalUserId }}", "a-{{ record.id }}", []),
    ],
)
def test_an_identity_that_is_the_same_for_every_record_draws_a_warning(key: str, owner: str, paths: list[str]) -> None:
    text = (
        MAPPING.format(text="Acme").replace("{{ record.id }}", owner)
        + f'key: "{key}"\nvars: {{id: "{{{{ record.id }}}}"}}\n'
    )
    _, diagnostics = read_mapping(text.encode(), "m.yaml", Path("/m.yaml"))
    assert [(one.code, one.severity, one.path) for one in diagnostics] == [("TI139", "warning", path) for path in paths]


def test_an_identity_without_its_braces_is_told_once() -> None:
    text = MAPPING.format(text="Acme").replace('"{{ record.id }}"', "record.id")
    _, diagnostics = read_mapping(text.encode(), "m.yaml", Path("/m.yaml"))
    assert [one.code for one in diagnostics] == ["TI129"]
