"""Texts that are meant as templates and are none, so that every record would get the text itself."""

import re

from trayimport.codes import mapping as codes
from trayimport.core.findings import Findings
from trayimport.core.template import without_templates
from trayimport.core.yaml_tree import Map, scalars

HOMES = ("vars", "user", "key", "auth")
"""Where templates see the record (language, ruling 26)."""

_NAME = r"(?:record|vars|secrets|user)"
_BARE = re.compile(rf"\s*{_NAME}(?:\.\w+|\[\s*(['\"])[^'\"]*\1\s*\])+(?:\s*\|.*)?\s*", re.DOTALL)
_OTHER_BRACES = re.compile(rf"(?:(?<!\{{)\{{|[<$]|%\()\s*{_NAME}\s*[.\[]\s*['\"\w]")
_WRAPPED = re.compile(r"\s*(?:['\"`“”„‘’«]\s*\{\{[^{}]*\}\}\s*['\"`“”’»]|\$\s*\{\{[^{}]*\}\})\s*", re.DOTALL)


def check_lookalikes(root: Map, findings: Findings) -> None:
    """Reports expressions without braces or in braces of another language, and templates in quotes of their own."""
    for entry in root.entries:
        if entry.key in HOMES:
            for path, scalar in scalars(entry.value, (entry.key,)):
                message = _message(scalar.text)
                if message is not None:
                    findings.add(codes.LOOKALIKE, scalar.at, path, message)
    source = root.get("source")
    for path, scalar in scalars(source, ("source",)) if source is not None else ():
        if _BARE.fullmatch(scalar.text) and scalar.text.lstrip().startswith("secrets"):
            findings.add(codes.LOOKALIKE, scalar.at, path, "an expression without its braces")


def _message(text: str) -> str | None:
    if _BARE.fullmatch(text):
        return "an expression without its braces"
    if _OTHER_BRACES.search(without_templates(text)):
        return "an expression in braces that are not those of a template"
    if _WRAPPED.fullmatch(text):
        return "what stands around the braces would be part of the value"
    return None
