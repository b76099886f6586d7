"""The exports that come with the project are what its generator writes, and give no secret scanner a reason."""

import csv
import io
import json
import re
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
EXPORTS = ("airtable.json", "mailchimp.csv", "netsuite.jsonl", "slack.csv")
OWNER: dict[str, Callable[[dict[str, Any]], str]] = {
    "airtable.json": lambda row: str(row["customer"]["id"]),
    "mailchimp.csv": lambda row: row["account_id"],
    "netsuite.jsonl": lambda row: row["customerId"],
    "slack.csv": lambda row: row["customer_id"],
}
REAL_LOOKING = re.compile(
    r"xox[abposr]-\d{5}|xoxe(\.xox[bp])?-\d-|(?<![a-z])pat\w{14}\.|[0-9a-f]{32}-us\d|\beyJ|AKIA|-----BEGIN|x{4}|\*{4}",
    re.ASCII,
)


def rows(name: str) -> list[dict[str, Any]]:
    text = (EXAMPLES / name).read_bytes().decode()
    if name.endswith(".csv"):
        return list(csv.DictReader(io.StringIO(text, newline="")))
    if name.endswith(".jsonl"):
        return [json.loads(line) for line in text.splitlines()]
    found: list[dict[str, Any]] = json.loads(text)
    return found


def test_the_generator_writes_what_is_committed() -> None:
    written = runpy.run_path(str(EXAMPLES / "generate.py"))["exports"]()
    assert {name: (EXAMPLES / name).read_bytes().decode() for name in written} == written


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_is_as_large_as_a_real_first_import(name: str) -> None:
    assert len(rows(name)) >= 100


def test_customers_have_several_services_and_several_workspaces() -> None:
    owners = {name: [OWNER[name](row) for row in rows(name)] for name in EXPORTS}
    shared = set.intersection(*(set(found) for found in owners.values()))
    assert len(shared) > 50
    assert all(len(set(found)) < len(found) for found in owners.values())


@pytest.mark.parametrize("name", EXPORTS)
def test_no_token_looks_like_a_providers(name: str) -> None:
    assert not REAL_LOOKING.search((EXAMPLES / name).read_text(encoding="utf-8"))
