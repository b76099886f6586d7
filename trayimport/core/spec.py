"""What a mapping file says, read and checked: the values that core/mapping.py gives."""

from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Literal

from trayimport.core.tree import Node, Template
from trayimport.model import Diagnostic, Json, Position

Existing = Literal["fail", "adopt", "update"]
Change = Literal["keep", "update"]


@dataclass(frozen=True, slots=True)
class ServiceRef:
    """`service:`: name and integer version of the service, and the environment's title or id."""

    name: str
    version: int
    environment: str | None
    at: Position
    places: Map[str, Position] = field(default_factory=dict)

    def place(self, key: str) -> Position:
        """Where one of its keys is written."""
        return self.places.get(key, self.at)

    @property
    def environment_is_id(self) -> bool:
        """A UUID is an id, anything else a title (commands, ruling 35)."""
        parts = (self.environment or "").split("-")
        return [len(part) for part in parts] == [8, 4, 4, 4, 12] and all(
            character in "0123456789abcdefABCDEF" for part in parts for character in part
        )


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """`source:`: `type`, and the other keys as a tree whose templates see `secrets` only."""

    type: str
    options: Map[str, Node]
    at: Position
    type_at: Position


@dataclass(frozen=True, slots=True)
class SecretSpec:
    """One of `secrets:`: the provider's name (`env`, `file`, …) and what it is asked for."""

    provider: str
    argument: Json
    at: Position


@dataclass(frozen=True, slots=True)
class Variable:
    """One of `vars:`; `early` where `when` needs it (language, ruling 8)."""

    name: str
    value: Node
    early: bool
    time_dependent: bool
    """Through templates of its own, or the vars that it reads."""


@dataclass(frozen=True, slots=True)
class UserSpec:
    """`user:`."""

    external_user_id: Node
    name: Node | None
    create: bool = True
    is_test_user: bool = False


@dataclass(frozen=True, slots=True)
class AuthSpec:
    """`auth:`; `credentials`, `user_data` and `scopes` are None where the mapping leaves them out."""

    name: Node
    credentials: Node | None
    user_data: Node | None
    scopes: Node | None
    at: Position
    places: Map[str, Position] = field(default_factory=dict)

    def place(self, key: str) -> Position:
        """Where one of its keys is written."""
        return self.places.get(key, self.at)


@dataclass(frozen=True, slots=True)
class Check:
    """One of `checks:`."""

    that: Template
    message: str
    at: Position


@dataclass(frozen=True, slots=True)
class TokensSpec:
    """`tokens:`; `max_age` in seconds."""

    exported_at: Template | None = None
    max_age: int | None = None
    expires: Literal["required", "never", "unknown"] | None = None
    expiry: str | None = None
    allow_placeholders: bool = False
    app: Literal["own", "tray"] = "own"
    at: Position | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """One of `examples:`, as written: `record`, `now`, `secrets`, `expect`, `error`, `skip`, `absent`."""

    name: str
    record: Map[str, Json]
    now: str | None
    secrets: Map[str, str]
    expect: Map[str, Json] | None
    error: str | None
    skip: bool
    absent: tuple[str, ...]
    at: Position
    places: Map[str, Position] = field(default_factory=dict)
    """Where what it expects is written: `error`, `skip`, `absent[0]`, `auth.credentials.dc`."""


@dataclass(frozen=True, slots=True)
class VerifySpec:
    """`verify:`: the connector's operation that shows whether an authentication works."""

    connector: str
    version: str
    operation: str
    input: Json
    expect: Json
    at: Position


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping file. `path` is relative to the working directory, with `/`; `identity` as in ruling 11."""

    path: str
    file: FilePath
    identity: str
    digest: str
    """SHA-256 of the file's text."""
    service: ServiceRef
    source: SourceSpec
    secrets: Map[str, SecretSpec]
    variables: tuple[Variable, ...]
    when: Template | None
    key: Template | None
    user: UserSpec
    auth: AuthSpec
    schema: Map[str, Json]
    """What tightens the environment's: `credentials` and `userData`, raw."""
    schema_at: Map[str, Position]
    checks: tuple[Check, ...]
    tokens: TokensSpec
    on_existing: Existing
    on_change: Change
    examples: tuple[Example, ...]
    verify: VerifySpec | None
    ignores: Map[int, frozenset[str]] = field(default_factory=dict)
    """Codes that a `# trayimport: ignore` comment names, by line."""
    ignored: tuple[Diagnostic, ...] = ()
    """Findings about the file that such a comment silences."""
