"""The right OAuth app: who can refresh a token that is imported (commands, ruling 47)."""

from collections.abc import Sequence

from trayimport.codes import content as codes
from trayimport.core.spec import Mapping
from trayimport.core.tree import Branch, Node
from trayimport.model import Diagnostic, Environment, Position

OF_TRAY = "Production"
"""The title of the environment that uses Tray's own app (contract, REST)."""
REFRESH = "refresh_token"


def app_problems(mapping: Mapping, environment: Environment, titles: Sequence[str]) -> list[Diagnostic]:
    """A warning where refresh tokens go to Tray's own app without saying so; `titles` are all that the service has."""
    if environment.authentication_type != "oauth2" or environment.title != OF_TRAY or mapping.tokens.app == "tray":
        return []
    at = _refreshes(mapping.auth.credentials)
    if at is None:
        return []
    others = [title for title in titles if title != OF_TRAY]
    besides = f"; besides it there are: {', '.join(others)}" if others else ""
    message = f"a refresh token for Tray's own OAuth app{besides}"
    return [Diagnostic.of(codes.OTHER_APP, at, message, "auth.credentials")]


def _refreshes(node: Node | None) -> Position | None:
    """Where a refresh token is written, at any depth."""
    if not isinstance(node, Branch):
        return None
    for key, child in node.entries:
        if key == REFRESH:
            return node.key_positions.get(key, child.at)
        below = _refreshes(child)
        if below is not None:
            return below
    return None
