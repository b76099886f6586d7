"""Reads of `user` and `auth`, which the mapping itself makes: what can never be there is found without a record."""

from pathlib import Path

import pytest

from trayimport.core.mapping import read_mapping

MAPPING = """\
version: 1
service: {name: acme, version: 1}
source: {type: json, path: a.json}
user: {externalUserId: "{{ record.id }}"}
auth:
  name: "{{ user.name }}"
  credentials:
    token: "{{ record.token }}"
    oauth: {id: "{{ record.oauth }}", more: "{{ record.more }}"}
checks:
  - that: "%s"
    message: no
"""
WHOLE = MAPPING.replace(MAPPING[MAPPING.index("  credentials:") : MAPPING.index("checks:")], "  credentials: %s\n")


def found(text: str) -> list[tuple[int, int, str]]:
    _, diagnostics = read_mapping(text.encode(), "m.yaml", Path("/m.yaml"))
    return [(one.at.line, one.at.column, one.message) for one in diagnostics if one.code == "TI138"]


@pytest.mark.parametrize(
    ("that", "message"),
    [
        ("{{ auth.credentials.tokn == 'a' }}", "auth.credentials has no tokn; did you mean token?"),
        ("{{ auth['credentials'].tokn == 'a' }}", "auth.credentials has no tokn; did you mean token?"),
        ("{{ auth.credentials.oauth.mroe == 'a' }}", "auth.credentials.oauth has no mroe; did you mean more?"),
        ("{{ auth.credentals.token == 'a' }}", "auth has no credentals; did you mean credentials?"),
        ("{{ auth.userData.x == 'a' }}", "auth.userData has no x"),
        ("{{ user.id == 'a' }}", "user has no id"),
        ("{{ 'a' if user.id | upper == 'A' else 'b' }}", "user has no id"),
    ],
)
def test_a_value_that_the_mapping_does_not_make_is_found_with_its_nearest_name(that: str, message: str) -> None:
    ((line, column, said),) = found(MAPPING % that)
    assert (line, column) == (11, 12 + that.index("user" if said.startswith("user") else "auth"))
    assert said == message


@pytest.mark.parametrize(
    "that",
    [
        "{{ auth.credentials.token == auth.name }}",
        "{{ auth.credentials.oauth.id in auth.scopes }}",
        "{{ auth.credentials.oauth.more.deeper == 'a' }}",
        "{{ auth.credentials.refresh is defined }}",
        "{{ auth.credentials.refresh | default('') == '' }}",
        "{{ auth.credentials.refresh == 'a' if auth.credentials.refresh is defined else true }}",
        "{{ auth.credentials[user.name] == 'a' }}",
        "{{ user.externalUserId == user.name and user.create and not user.isTestUser }}",
        "{{ record.user.id == vars.auth.x }}",
    ],
)
def test_what_may_be_there_is_left_in_peace(that: str) -> None:
    assert found(MAPPING % that) == []


@pytest.mark.parametrize("credentials", ['"{{ record.credentials }}"', "[a]", '{token: "{{ x.y }}", a: {b: "{{ z }"}}'])
def test_credentials_that_are_unknown_or_wrong_draw_no_second_finding(credentials: str) -> None:
    assert found(WHOLE % (credentials, "{{ auth.credentials.token == 'a' }}")) == []


def test_of_two_reads_of_one_value_one_is_found() -> None:
    assert len(found(MAPPING % "{{ auth.credential.token == auth.credential.other }}")) == 1


def test_a_mapping_without_auth_is_told_so_only() -> None:
    text = MAPPING % "{{ auth.credentials.token == 'a' }}"
    assert found(text[: text.index("auth:")] + text[text.index("checks:") :]) == []


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("credentials.tokn", ["auth.credentials has no tokn; did you mean token?"]),
        ("credentials.oauth.mroe", ["auth.credentials.oauth has no mroe; did you mean more?"]),
        ("credentials.oauth.id", []),
        ("credentials.oauth.more.at", []),
        ("credentials.list[0].at", []),
    ],
)
def test_the_credential_that_holds_the_expiry_is_one_that_the_mapping_makes(path: str, message: list[str]) -> None:
    text = MAPPING % "{{ auth.name == 'a' }}" + f"tokens: {{expiry: '{path}'}}\n"
    assert [said for _, _, said in found(text)] == message
