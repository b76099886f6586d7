"""`validate --output junit`: one suite a mapping, one test for the file itself and one for each example."""

from collections.abc import Sequence
from html import escape

from trayimport.model import Diagnostic, Problem
from trayimport.report.escape import shown
from trayimport.report.findings import Case, Findings

FILE_TEST = "mapping file"


def render(findings: Findings) -> str:
    """A `<testsuites>` document; warnings stand in a test's `<system-out>`."""
    suites = _suites(findings)
    body = [line for file, cases in suites.items() for line in _suite(file, cases)]
    head = f'<testsuites name="trayimport" {_counts([case for cases in suites.values() for case in cases])}>'
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *body, "</testsuites>"]) + "\n"


def _suites(findings: Findings) -> dict[str, list[Case]]:
    """Each file's cases; what no case tells becomes a case of the file's own."""
    suites: dict[str, list[Case]] = {}
    for case in findings.cases:
        suites.setdefault(case.mapping, []).append(case)
    told = {one for case in findings.cases for one in case.problems if isinstance(one, Diagnostic)}
    untold: dict[str, list[Diagnostic]] = {}
    for diagnostic in findings.diagnostics:
        if diagnostic not in told:
            untold.setdefault(diagnostic.at.file, []).append(diagnostic)
    for file, diagnostics in untold.items():
        suites.setdefault(file, []).insert(0, Case(file, FILE_TEST, diagnostics))
    return suites


def _suite(file: str, cases: Sequence[Case]) -> list[str]:
    inner = [line for case in cases for line in _case(case)]
    return [f"  <testsuite name={_attribute(file)} {_counts(cases)}>", *inner, "  </testsuite>"]


def _counts(cases: Sequence[Case]) -> str:
    return f'tests="{len(cases)}" failures="{sum(bool(case.errors) for case in cases)}" errors="0"'


def _case(case: Case) -> list[str]:
    file = _attribute(case.mapping)
    head = f"    <testcase classname={file} name={_attribute(case.name)} file={file}"
    inner = []
    if errors := [_line(one) for one in case.errors]:
        inner.append(f"      <failure message={_attribute(errors[0])}>{_text(errors)}</failure>")
    if warnings := [_line(one) for one in case.warnings]:
        inner.append(f"      <system-out>{_text(warnings)}</system-out>")
    return [f"{head}>", *inner, "    </testcase>"] if inner else [f"{head} />"]


def _line(one: Diagnostic | Problem) -> str:
    if isinstance(one, Diagnostic):
        return f"{one.at}: {one.code} {one.message}"
    return f"{one.code} {one.path}: {one.message}"


def _text(lines: Sequence[str]) -> str:
    return "\n".join(escape(shown(line), quote=False) for line in lines)


def _attribute(text: str) -> str:
    return f'"{escape(shown(text))}"'
