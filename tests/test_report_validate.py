"""Findings of `validate` in each of the five formats."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from junitparser import JUnitXml
from sarif_schema import validator

from trayimport.codes import all_codes
from trayimport.model import Diagnostic, Position, Problem
from trayimport.report import FORMATS, Case, render

SOURCE = """version: 1
auth:
  credentials:
    access_token: gone-with-the-wind-77
    dc: "{{ record.dc | lowr }}"
  name: {hidden: hunter2, shown: "{{ x }}"} # and a comment of mine
on_existing: adpot
id: xoxb-123456789012-abcdefghijkl
when: "{{ record.token == 'ghp_0123456789abcdefghijABCDEFGHIJ012345' }}"
"""
EVIL = "a,b:100%\nc\x1b[31m\u202e<&\"'>\ud800\x00"


def finding(
    line: int = 5, column: int = 12, path: str = "auth.credentials.dc", severity: str = "error", message: str = "no"
) -> Diagnostic:
    code = next(iter(all_codes().values())).id
    at = Position("mappings/a b.yaml", line, column)
    return Diagnostic(at, code, "warning" if severity == "warning" else "error", path, message, "Do it.")


def rendered(format: str, found: Sequence[Diagnostic], cases: Sequence[Case] = (), colour: bool = False) -> str:  # noqa: A002
    wrong = sum(item.severity == "error" for item in found)
    return render(
        format,
        found,
        errors=wrong,
        warnings=len(found) - wrong,
        ignored=3,
        cases=cases,
        sources={"mappings/a b.yaml": SOURCE},
        colour=colour,
    )


def test_text_begins_with_place_code_and_message() -> None:
    first, *rest = rendered("text", [finding()]).splitlines()
    assert first == f"mappings/a b.yaml:5:12: {finding().code} auth.credentials.dc: no"
    assert rest[-1] == "1 error, 0 warnings, 3 ignored"


def test_text_shows_the_line_with_a_caret_under_the_column() -> None:
    _, line, caret, *_ = rendered("text", [finding(column=12)]).splitlines()
    assert line == '  5 |     dc: "{{ record.dc | lowr }}"'
    assert caret.index("^") == line.index(" record")


@pytest.mark.parametrize(
    ("line", "path", "secret"),
    [
        (4, "auth.credentials.access_token", "gone-with"),
        (6, "auth.name", "hunter2"),
        (6, "when", "hunter2"),
        (6, "", "comment of mine"),
        (8, "id", "abcdef"),
        (9, "when", "abcdef"),
    ],
)
def test_text_shows_no_literal_that_may_be_a_secret(line: int, path: str, secret: str) -> None:
    assert secret not in rendered("text", [finding(line, 3, path)])


def test_text_shows_the_value_of_a_key_that_holds_no_secrets() -> None:
    lines = rendered("text", [finding(7, 14, "on_existing")]).splitlines()
    assert lines[1:3] == ["  7 | on_existing: adpot", "    |              ^"]


def test_text_is_coloured_only_when_asked() -> None:
    assert "\x1b" not in rendered("text", [finding()])
    assert "\x1b[1;31m" in rendered("text", [finding()], colour=True)


def test_json_has_exactly_the_documented_keys() -> None:
    document = json.loads(rendered("json", [finding()]))
    assert list(document) == ["version", "problems", "errors", "warnings", "ignored"]
    assert document["problems"] == [
        {
            "file": "mappings/a b.yaml",
            "line": 5,
            "column": 12,
            "code": finding().code,
            "severity": "error",
            "path": "auth.credentials.dc",
            "message": "no",
        }
    ]


def test_github_commands_are_escaped_so_that_no_message_ends_one() -> None:
    lines = rendered("github", [finding(message=EVIL, severity="warning")]).splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("::warning file=mappings/a b.yaml,line=5,col=12,title=")
    assert "100%25" in lines[0]
    assert "%0ADo it." in lines[0]


def sarif(found: Sequence[Diagnostic]) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(rendered("sarif", found))
    validator().validate(log)
    return log


def test_sarif_gives_each_rule_its_help_and_each_result_its_place() -> None:
    (run,) = sarif([finding(), finding(message=EVIL, severity="warning")])["runs"]
    (rule,) = run["tool"]["driver"]["rules"]
    assert all_codes()[rule["id"]].remedy in rule["help"]["text"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "mappings/a%20b.yaml"
    assert place["region"] == {"startLine": 5, "startColumn": 12}


@pytest.mark.parametrize("path", ["", "auth.credentials.access_token", EVIL])
def test_sarif_is_valid_by_its_schema_whatever_is_found(path: str) -> None:
    codes = list(all_codes())
    found = [replace(finding(line=line, path=path), code=code) for line, code in enumerate(codes)]
    (run,) = sarif(found)["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == codes
    assert not [rule["name"] for rule in rules if not re.fullmatch(r"\S+", rule["name"])]


def test_sarif_is_valid_by_its_schema_without_findings() -> None:
    assert sarif([])["runs"][0]["results"] == []


def test_the_schema_of_sarif_refuses_a_property_that_it_does_not_know() -> None:
    log = sarif([finding()])
    log["runs"][0]["results"][0]["locaitons"] = []
    assert not validator().is_valid(log)


def suites(found: Sequence[Diagnostic], cases: Sequence[Case]) -> list[tuple[int, int, list[str | None]]]:
    """As another program reads them; what a suite says of its tests is what stands in it."""
    read = JUnitXml.fromstring(rendered("junit", found, cases))
    said = [(suite.tests, suite.failures, [case.name for case in suite]) for suite in read]
    assert [suite.failures for suite in read] == [sum(case.is_failure for case in suite) for suite in read]
    assert [suite.tests for suite in read] == [len(names) for _, _, names in said]
    assert (read.tests, read.failures) == (sum(one[0] for one in said), sum(one[1] for one in said))
    return said


def test_junit_has_a_test_for_each_case_and_one_for_what_no_case_tells() -> None:
    told = finding(line=3)
    cases = [
        Case("mappings/a b.yaml", "good", [finding(severity="warning")]),
        Case("mappings/a b.yaml", "bad", [told]),
        Case("mappings/c.yaml", "worse", [Problem("TI401", "credentials.dc", EVIL)]),
    ]
    assert suites([finding(), told], cases) == [(3, 2, ["mapping file", "good", "bad"]), (1, 1, ["worse"])]
    assert suites([told], cases) == [(2, 1, ["good", "bad"]), (1, 1, ["worse"])]


def test_junit_is_well_formed_whatever_a_name_holds() -> None:
    ((tests, failures, _),) = suites([], [Case("m.yaml", EVIL, [Problem("TI401", EVIL, EVIL)])])
    assert (tests, failures) == (1, 1)


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_no_format_lets_control_characters_through(format: str) -> None:  # noqa: A002
    text = rendered(format, [finding(message=EVIL, path=EVIL)], [Case("m.yaml", EVIL)])
    assert not {"\x1b", "\u202e", "\ud800", "\x00"} & set(text)


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_every_format_works_without_findings(format: str) -> None:  # noqa: A002
    assert rendered(format, []).endswith("\n")
