"""The rulings of the language as cases in files: how one is read, and what comes of its mapping and record.

A case has `that` (what is promised) and

- `value`: what stands under `auth.credentials.value`, or `raw`: the same as YAML text;
- `set`: other keys by dotted path (`user.name`, `vars`), or `yaml`: the whole mapping;
- `record`, `type` (of the source: csv), `now`, `secrets`, `schema` (the environment's, for credentials), `scopes`;
- what is to come of it: `gives` (the credential's value), `absent`, `expect` (a part of key, user and auth), `skip`;
  or `error: CODE PATH`, `at: LINE:COLUMN`; besides `warns: CODE`, `says` (words of the message or remedy).
"""

import copy
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from trayimport.core.example import run_example
from trayimport.core.mapping import read_mapping
from trayimport.core.program import Program, Rejected, Rendered, Skipped
from trayimport.model import Diagnostic, Environment, Problem, Record
from trayimport.pipeline.joining import join

FOLDER = Path(__file__).parent / "language"
NOW = "2030-01-01T00:00:00Z"
BASE: dict[str, Any] = {
    "version": 1,
    "service": {"name": "shop", "version": 1},
    "source": {"type": "csv", "path": "shop.csv"},
    "user": {"externalUserId": "{{ record.id }}"},
    "auth": {"name": "Shop", "credentials": {}},
}
ABSENT = object()


@dataclass(frozen=True, slots=True)
class Found:
    """What came of a case."""

    diagnostics: list[Diagnostic]
    problems: tuple[Problem, ...] = ()
    rendered: Rendered | None = None
    program: Program | None = None
    skipped: bool = False

    @property
    def errors(self) -> list[Diagnostic]:
        """Errors of the mapping."""
        return [one for one in self.diagnostics if one.severity == "error"]

    def told(self) -> list[str]:
        """Every finding in full, for messages of failed tests."""
        found = [f"{one.code} {one.path} {one.message} {one.remedy}" for one in self.diagnostics]
        return found + [f"{one.code} {one.path} {one.message} {one.remedy}" for one in self.problems]


def cases() -> list[tuple[str, dict[str, Any]]]:
    """(id, case) of every file."""
    files = [(file.stem, yaml.safe_load(file.read_text(encoding="utf-8"))) for file in sorted(FOLDER.glob("*.yaml"))]
    return [(f"{name}: {case['that']}", case) for name, read in files for case in read["cases"]]


def text_of(case: dict[str, Any]) -> str:
    """The case's mapping as a file."""
    if "yaml" in case:
        return str(case["yaml"])
    mapping = copy.deepcopy(BASE)
    mapping["source"]["type"] = case.get("type", "csv")
    if "value" in case:
        mapping["auth"]["credentials"]["value"] = case["value"]
    for path, value in case.get("set", {}).items():
        *above, last = path.split(".")
        target = mapping
        for step in above:
            target = target.setdefault(step, {})
        target[last] = value
    if "raw" not in case:
        return (
            "\n".join(f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in mapping.items())
            + "\n"
        )
    del mapping["auth"]
    head = "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in mapping.items())
    body = "\n".join("    " + line for line in f"value: {case['raw']}".splitlines())
    return f"{head}auth:\n  name: Shop\n  credentials:\n{body}\n"


def run(case: dict[str, Any]) -> Found:
    """The case's mapping read, and its record rendered and judged."""
    mapping, diagnostics = read_mapping(text_of(case).encode(), "m.yaml", Path("m.yaml"))
    if mapping is None:
        return Found(diagnostics)
    schema = case.get("schema", {})
    environment = Environment(
        "e1", "Production", "token", tuple(case.get("scopes", ())), schema, case.get("user_schema", {})
    )
    program, more = join(mapping, environment, case.get("secrets", {}), lambda data: hashlib.sha256(data).hexdigest())
    diagnostics = [*diagnostics, *more]
    if program is not None:
        diagnostics += [one for example in mapping.examples for one in run_example(program, example)]
    if program is None or any(one.severity == "error" for one in diagnostics):
        return Found(diagnostics)
    record = {"id": "u1"} | case.get("record", {})
    begun = program.begin(Record(record, "shop.csv:2", ""), case.get("now", NOW))
    if isinstance(begun, Skipped):
        return Found(diagnostics, program=program, skipped=True)
    if isinstance(begun, Rejected):
        return Found(diagnostics, begun.problems, program=program)
    return Found(diagnostics, program.judge(begun), begun, program)


def result(found: Found, now: str) -> dict[str, Any]:
    """key, user and auth as they would be sent at `now`."""
    assert found.rendered is not None
    assert found.program is not None
    payload = found.program.payload_at(found.rendered, now)
    auth = {"name": payload.name, "credentials": payload.credentials, "userData": payload.user_data}
    auth["scopes"] = payload.scopes
    return {"key": found.rendered.key, "user": found.rendered.scope["user"], "auth": auth}
