"""What is shown and stored: identities, of which none may be a secret (language, ruling 22); masked credentials."""

from collections.abc import Callable
from dataclasses import dataclass

from trayimport.codes import content as codes
from trayimport.core.content import leaves
from trayimport.core.literals import names_a_secret
from trayimport.core.tree import Path
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


@dataclass(frozen=True, slots=True)
class Mask:
    """What may be shown of a part of the body: places, and names of keys; `passwords` are keys that may not."""

    is_shown: Callable[[Path], bool]
    known: frozenset[str]
    passwords: frozenset[str]


def masked(value: Json, mask: Mask, path: Path = ()) -> Json:
    """`value` with each text that isn't literally in the mapping replaced by what can be told of it.

    Numbers and booleans are shown, unless their key names a secret; a key that only the record names is not.
    """
    if isinstance(value, dict):
        return {
            key if key in mask.known else f"[{number}]": masked(child, mask, (*path, key))
            for number, (key, child) in enumerate(value.items(), 1)
        }
    if isinstance(value, list):
        return [masked(child, mask, (*path, index)) for index, child in enumerate(value)]
    name = next((step for step in reversed(path) if isinstance(step, str)), "")
    if mask.is_shown(path) or (not isinstance(value, str) and name not in mask.passwords and not names_a_secret(name)):
        return value
    return f"<text of {len(value)} characters>" if isinstance(value, str) else "<hidden>"
