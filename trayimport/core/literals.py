"""What is written into a mapping and should not be: secrets, passwords in URLs, placeholders (commands, ruling 33)."""

import re
from collections.abc import Mapping

from trayimport.codes import mapping as codes
from trayimport.core.findings import Findings
from trayimport.core.placeholder import looks_redacted
from trayimport.core.template import has_template, without_templates
from trayimport.core.token_shapes import secret_offset
from trayimport.core.tree import Path
from trayimport.core.yaml_tree import Map, Scalar, scalars
from trayimport.model import Json

BODY = (("auth", "credentials"), ("auth", "userData"))
SHORTEST_SECRET = 8
"""Characters from which a literal credential counts as a secret."""

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_SECRET_WORD = re.compile(r"(?:token|secret|password|passwd|key)s?\Z")
_ABOUT = frozenset({"type", "url", "uri", "endpoint", "id", "name", "version", "format", "header", "expiry", "expires"})
_URL_PASSWORD = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}://[^/\s:@?#]*:[^@/\s]+@")


def names_a_secret(name: str) -> bool:
    """Whether a credential of that name is a secret: access_token, apiKey and the like, but not token_type."""
    words = [word.lower() for word in _WORD.findall(name)]
    return any(_SECRET_WORD.search(word) for word in words) and words[-1] not in _ABOUT


def check_literals(root: Map, schemas: Mapping[str, Json], findings: Findings, *, allow_placeholders: bool) -> None:
    """Reports literals of `credentials` and `userData` that are secrets or placeholders, and elsewhere passwords in
    URLs and what is a secret by its shape, in templates too; examples hold invented ones.

    `schemas` are the mapping's own, under the same two names.
    """
    for entry in root.entries:
        if entry.key == "examples":
            continue
        for path, scalar in scalars(entry.value, (entry.key,)):
            told = path[:2] in BODY and _check_credential(
                path, scalar, schemas.get(str(path[1])), findings, allow_placeholders=allow_placeholders
            )
            if "://" in scalar.text and _URL_PASSWORD.search(without_templates(scalar.text)):
                findings.add(codes.URL_PASSWORD, scalar.at, path, "a password inside a URL")
            offset = secret_offset(scalar.text)
            if offset is not None and not told:
                findings.add(codes.LITERAL_SECRET, scalar.locate(offset), path, "a secret, by its shape")


def _check_credential(
    path: Path, scalar: Scalar, schema: Json, findings: Findings, *, allow_placeholders: bool
) -> bool:
    """Whether something was found."""
    if not isinstance(scalar.value, str) or has_template(scalar.text):
        return False
    names = [step for step in path[2:] if isinstance(step, str)]
    if not allow_placeholders and path[1] == "credentials" and looks_redacted(scalar.text):
        findings.add(codes.LITERAL_PLACEHOLDER, scalar.at, path, "looks like a placeholder")
        return True
    if len(scalar.text) >= SHORTEST_SECRET and names and (names_a_secret(names[-1]) or _password(schema, names)):
        message = f"a literal of {SHORTEST_SECRET} characters or more as a credential of that name"
        findings.add(codes.LITERAL_SECRET, scalar.at, path, message)
        return True
    return False


def _password(schema: Json, names: list[str]) -> bool:
    """Whether the mapping's own schema says `format: password` of a credential."""
    for name in names:
        properties = schema.get("properties") if isinstance(schema, Mapping) else None
        schema = properties.get(name) if isinstance(properties, Mapping) else None
    return isinstance(schema, Mapping) and schema.get("format") == "password"
