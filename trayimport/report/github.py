"""`validate --output github`: workflow commands, which GitHub shows beside the lines of a pull request."""

from trayimport.codes import all_codes
from trayimport.model import Diagnostic
from trayimport.report.escape import shown
from trayimport.report.findings import Findings


def render(findings: Findings) -> str:
    """One `::error` or `::warning` command a finding, and a notice with the counts."""
    counts = f"{findings.errors} errors, {findings.warnings} warnings, {findings.ignored} ignored"
    lines = [_command(diagnostic) for diagnostic in findings.diagnostics]
    return "\n".join([*lines, f"::notice title=trayimport::{counts}"]) + "\n"


def _command(diagnostic: Diagnostic) -> str:
    code = all_codes().get(diagnostic.code)
    title = f"{diagnostic.code} {code.title}" if code else diagnostic.code
    properties = {
        "file": diagnostic.at.file,
        "line": str(diagnostic.at.line),
        "col": str(diagnostic.at.column),
        "title": title,
    }
    named = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    message = "\n".join(shown(part) for part in (diagnostic.message, diagnostic.remedy) if part)
    return f"::{diagnostic.severity} {named}::{_data(message)}"


def _data(text: str) -> str:
    """Escaped as GitHub's own toolkit does; the percent sign first."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(shown(text)).replace(":", "%3A").replace(",", "%2C")
