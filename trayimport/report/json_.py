"""`validate --output json` (commands, ruling 10)."""

import json

from trayimport.model import Diagnostic, Json
from trayimport.report.findings import Findings


def render(findings: Findings) -> str:
    """One document; line and column count from 1."""
    document = {
        "version": 1,
        "problems": [_problem(diagnostic) for diagnostic in findings.diagnostics],
        "errors": findings.errors,
        "warnings": findings.warnings,
        "ignored": findings.ignored,
    }
    return json.dumps(document, indent=2) + "\n"


def _problem(diagnostic: Diagnostic) -> Json:
    return {
        "file": diagnostic.at.file,
        "line": diagnostic.at.line,
        "column": diagnostic.at.column,
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "path": diagnostic.path,
        "message": diagnostic.message,
    }
