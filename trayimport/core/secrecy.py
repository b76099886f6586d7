"""Identities are shown and stored, so none may be a secret (language, ruling 22)."""

from trayimport.codes import content as codes
from trayimport.core.content import leaves
from trayimport.core.literals import names_a_secret
from trayimport.model import Json, Problem


def shown_secrets(shown: dict[str, str], credentials: Json, passwords: frozenset[str]) -> list[Problem]:
    """Problems of the identities in `shown`, by path; `passwords` are the keys whose format says so."""
    secrets = {
        value
        for path, value in leaves(credentials)
        if isinstance(value, str)
        and value
        and any(isinstance(step, str) and (step in passwords or names_a_secret(step)) for step in path[-1:])
    }
    return [
        Problem.of(codes.SECRET_IDENTITY, path, "equals a credential")
        for path, text in shown.items()
        if text in secrets
    ]
