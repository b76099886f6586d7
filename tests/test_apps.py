"""A refresh token works for the OAuth app that got it only (commands, ruling 47)."""

from pathlib import Path

import pytest

from trayimport.core.apps import app_problems
from trayimport.core.mapping import read_mapping
from trayimport.model import Environment

MAPPING = """\
version: 1
service: {name: slack, version: 4, environment: Production}
source: {type: csv, path: x.csv}
user: {externalUserId: "{{ record.id }}"}
auth:
  name: Slack
  credentials:
    access_token: "{{ record.token }}"
    oauth: {refresh_token: "{{ record.refresh | default_omit }}"}
"""


def warned(text: str, type: str = "oauth2", title: str = "Production") -> list[tuple[str, int, str]]:  # noqa: A002
    mapping, findings = read_mapping(text.encode(), "m.yaml", Path("m.yaml"))
    assert mapping is not None, findings
    environment = Environment("e", title, type, (), {}, {})
    found = app_problems(mapping, environment, ["Production", "Acme"])
    return [(one.code, one.at.line, one.message) for one in found]


def test_one_warning_a_mapping_names_the_other_environments() -> None:
    ((code, line, message),) = warned(MAPPING)
    assert (code, line) == ("TI491", 9)
    assert "Acme" in message


@pytest.mark.parametrize(
    ("text", "type", "title"),
    [
        (MAPPING + "tokens: {app: tray}\n", "oauth2", "Production"),
        (MAPPING.replace("refresh_token", "other"), "oauth2", "Production"),
        (MAPPING, "token", "Production"),
        (MAPPING, "oauth2", "Acme"),
    ],
)
def test_what_is_meant_or_has_no_such_app_draws_none(text: str, type: str, title: str) -> None:  # noqa: A002
    assert warned(text, type, title) == []


def test_saying_that_the_app_is_ones_own_does_not_silence_it() -> None:
    assert len(warned(MAPPING + "tokens: {app: own}\n")) == 1
