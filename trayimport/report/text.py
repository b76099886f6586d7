"""`validate --output text`: `file:line:column: CODE message`, the line with a caret, and what to do."""

from trayimport.model import Diagnostic
from trayimport.report.escape import shown
from trayimport.report.excerpt import excerpt
from trayimport.report.findings import Findings

RESET = "\x1b[0m"
COLOURS = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m", "dim": "\x1b[2m", "good": "\x1b[32m"}


def render(findings: Findings) -> str:
    """All findings and a last line with the counts."""
    lines = [line for diagnostic in findings.diagnostics for line in _finding(findings, diagnostic)]
    counts = ", ".join(
        (_count(findings.errors, "error"), _count(findings.warnings, "warning"), f"{findings.ignored} ignored")
    )
    kind = "error" if findings.errors else "warning" if findings.warnings else "good"
    return "\n".join([*lines, _painted(findings, kind, counts)]) + "\n"


def _finding(findings: Findings, diagnostic: Diagnostic) -> list[str]:
    kind = diagnostic.severity
    note = " (warning)" if kind == "warning" else ""
    head = f"{shown(str(diagnostic.at))}: {_painted(findings, kind, diagnostic.code)} {shown(diagnostic.said)}"
    lines = [head + note]
    if diagnostic.at.file in findings.sources:
        found = excerpt(diagnostic, findings.sources[diagnostic.at.file])
        lines += [_painted(findings, "dim", line) for line in found]
    if diagnostic.remedy:
        lines.append(f"    {shown(diagnostic.remedy)}")
    return lines


def _painted(findings: Findings, kind: str, text: str) -> str:
    return f"{COLOURS[kind]}{text}{RESET}" if findings.colour else text


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
