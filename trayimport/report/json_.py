"""`validate --output json` (commands, ruling 10)."""

import json

from trayimport.model import Diagnostic, Json
from trayimport.report.findings import Findings


def render(findings: Findings) -> str:
    """One document; line and column count from 1."""
    document = {
        "version": 1,
        "problems": [finding_document(diagnostic) for diagnostic in findings.diagnostics],
        "errors": findings.errors,
        "warnings": findings.warnings,
        "ignored": findings.ignored,
    }
    return json.dumps(document, indent=2) + "\n"


def finding_document(diagnostic: Diagnostic) -> Json:
    """One finding, as `validate --output json` has it."""
    return {
        "file": diagnostic.at.file,
        "line": diagnostic.at.line,
        "column": diagnostic.at.column,
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "path": diagnostic.path,
        "message": diagnostic.message,
    }
