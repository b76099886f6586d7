"""`validate --output sarif`: SARIF 2.1.0, for code scanning."""

import hashlib
import json
from urllib.parse import quote

from trayimport.codes import Code, all_codes
from trayimport.model import Diagnostic, Json
from trayimport.report.escape import shown
from trayimport.report.findings import Findings

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render(findings: Findings) -> str:
    """One log with one run; a rule, with its help, for each code that occurs."""
    ids = sorted({diagnostic.code for diagnostic in findings.diagnostics})
    index = {code: number for number, code in enumerate(ids)}
    run = {
        "tool": {"driver": {"name": "trayimport", "rules": [_rule(code) for code in ids]}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(diagnostic, index[diagnostic.code]) for diagnostic in findings.diagnostics],
        "properties": {
            "errors": findings.errors,
            "warnings": findings.warnings,
            "ignored": findings.ignored,
        },
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(identity: str) -> Json:
    code = all_codes().get(identity)
    if code is None:
        return {"id": identity}
    return {
        "id": identity,
        "name": "".join(word.capitalize() for word in code.title.split() if word.isalnum()) or identity,
        "shortDescription": {"text": code.title},
        "fullDescription": {"text": code.cause},
        "help": {"text": _help(code, ""), "markdown": _help(code, "**")},
        "defaultConfiguration": {"level": code.severity},
    }


def _help(code: Code, mark: str) -> str:
    parts = (("Cause", code.cause), ("Example", code.example), ("Remedy", code.remedy))
    return "\n\n".join(f"{mark}{name}:{mark} {text}" for name, text in parts if text)


def _result(diagnostic: Diagnostic, index: int) -> Json:
    message = " ".join(shown(part) for part in (diagnostic.message, diagnostic.remedy) if part)
    region = {"startLine": max(diagnostic.at.line, 1), "startColumn": max(diagnostic.at.column, 1)}
    location: Json = {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(diagnostic.at.file), "uriBaseId": "%SRCROOT%"},
            "region": region,
        }
    }
    if diagnostic.path:
        location["logicalLocations"] = [{"fullyQualifiedName": shown(diagnostic.path)}]
    return {
        "ruleId": diagnostic.code,
        "ruleIndex": index,
        "level": diagnostic.severity,
        "message": {"text": message or diagnostic.code},
        "locations": [location],
        "partialFingerprints": {"place/v1": _fingerprint(diagnostic)},
    }


def _fingerprint(diagnostic: Diagnostic) -> str:
    """The same while lines move: file, code and pointer."""
    place = "\0".join((diagnostic.at.file, diagnostic.code, diagnostic.path))
    return hashlib.sha256(place.encode("utf-8", "backslashreplace")).hexdigest()[:32]
