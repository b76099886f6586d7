"""Frozen values that the parts hand to each other, and the Protocols of source, client and ledger."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Protocol, Self

from trayimport.codes.base import Code, Severity

Json = Any
"""null, booleans, integers, fractions, texts, lists and maps with texts as keys."""

Permit = Callable[[], bool]
"""Asked right before the request line is written; False gives the claim back unsent (protocol, rule 8)."""

OWN_VARIABLES: Final = frozenset({"TRAY_MASTER_TOKEN", "TRAY_MASTER_TOKEN_FILE", "TRAYIMPORT_LEDGER_KEY"})
"""Environment variables that no mapping reads and no other program inherits."""


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a file; `line` and `column` count from 1, `file` is relative to the working directory."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A finding about a mapping file. `path` is a pointer in the mapping's own terms (`auth.credentials.dc`)."""

    at: Position
    code: str
    severity: Severity
    path: str
    message: str
    remedy: str = ""

    @classmethod
    def of(cls, code: Code, at: Position, message: str, path: str = "", remedy: str | None = None) -> Self:
        """A finding with the severity and, unless given, the remedy of its code."""
        return cls(at, code.id, code.severity, path, message, code.remedy if remedy is None else remedy)

    @property
    def said(self) -> str:
        """The message with what it is about, as people read it."""
        return self.message if not self.path or self.path in self.message else f"{self.path}: {self.message}"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one record: `path` as in language ruling 18, `message` without any of its values."""

    code: str
    path: str
    message: str
    where: str = ""
    remedy: str = ""

    @classmethod
    def of(cls, code: Code, path: str, message: str, where: str = "", remedy: str | None = None) -> Self:
        """A problem with, unless given, the remedy of its code."""
        return cls(code.id, path, message, where, code.remedy if remedy is None else remedy)


class Masked:
    """Mixin: whatever holds values of a record or a secret shows a mask, and cannot be pickled."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} ***>"

    __str__ = __repr__

    def __format__(self, _spec: str) -> str:
        return repr(self)

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise TypeError(f"{type(self).__name__} is not written anywhere")


class Secret(Masked):
    """A secret text; `reveal()` is the only way to it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The bare text, for the request or the template that needs it."""
        return self._value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


class Record(Masked):
    """One record of a source: `data` as the source gives it, and where it came from.

    `file` is relative to the working directory; `place` is what follows it: `:17` (first physical line) or
    `[3]` (index in a JSON array).
    """

    __slots__ = ("data", "file", "place")

    def __init__(self, data: Mapping[str, Json], file: str, place: str) -> None:
        self.data = data
        self.file = file
        self.place = place

    @property
    def where(self) -> str:
        """`exports/slack.csv:17`."""
        return self.file + self.place


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A record that the source could not read; the ones after it can still be."""

    where: str
    problem: Problem


class Source(Protocol):
    """A place that records come from. It can be read more than once, and gives the same order each time."""

    typed: bool
    """False where every value is a text (csv), so that mappings can be checked for comparing with numbers."""

    def columns(self) -> Sequence[str] | None:
        """The names of a header, or None where each record has its own.

        Raises SourceError where the source can't be read.
        """

    def records(self) -> Iterator[Record | BadRecord]:
        """All records in order, streamed. Raises SourceError where the source can't be read (on)."""


@dataclass(frozen=True, slots=True)
class Connector:
    """A row of `GET /connectors`; the service's name and version are what environments are asked for with."""

    name: str
    version: str
    title: str
    service_name: str
    service_version: int


@dataclass(frozen=True, slots=True)
class Environment:
    """A service environment as Tray gives it; schemas are raw. `id` is None in a snapshot."""

    id: str | None
    title: str
    authentication_type: str
    scopes: tuple[str, ...]
    credentials_schema: Json
    user_data_schema: Json


@dataclass(frozen=True, slots=True)
class ExternalUser:
    """One End User as GraphQL `users` lists them."""

    id: str
    external_user_id: str
    name: str = ""
    is_test_user: bool = False


@dataclass(frozen=True, slots=True)
class UserPage:
    """A page of `users`; `next` is the cursor to go on with, None at the end."""

    users: tuple[ExternalUser, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Listed:
    """One authentication in its owner's list."""

    id: str
    name: str
    environment_id: str
    service_name: str = ""
    service_version: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """An owner's list; it proves absence only if `complete` (no errors, no next page, no null nodes)."""

    authentications: tuple[Listed, ...]
    complete: bool


class Full(Masked):
    """An authentication with its values in clear."""

    __slots__ = ("credentials", "environment_id", "id", "name", "scopes", "user_data")

    def __init__(
        self,
        id: str,  # noqa: A002 - the API's own name
        name: str,
        environment_id: str,
        credentials: Json,
        user_data: Json,
        scopes: Json,
    ) -> None:
        self.id = id
        self.name = name
        self.environment_id = environment_id
        self.credentials = credentials
        self.user_data = user_data
        self.scopes = scopes


class UserToken(Masked):
    """A user token; made by `authorize` alone, and the only thing that `create` accepts."""

    __slots__ = ("_value", "user_id")

    def __init__(self, value: str, user_id: str) -> None:
        self._value = value
        self.user_id = user_id

    def reveal(self) -> str:
        """The bare token, for the Authorization header."""
        return self._value


class Body(Masked):
    """A request body as bytes, ready to be sent."""

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        self.data = data


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """What Call Connector says: `success`, and the third party's HTTP status where it gives one."""

    success: bool
    status: int | None
    output: Json = field(repr=False)


class Tray(Protocol):
    """The calls of the contract and no others; each method sends one request, unpaced, and never retries.

    Every method raises a TrayError subclass for anything but success. `permit` is asked right before the
    request line is written; a False raises NeverSentError.
    """

    def connectors(self) -> list[Connector]: ...
    def environments(self, service: str, version: int) -> list[Environment]: ...
    def users(self, after: str | None, external_user_id: str | None = None) -> UserPage: ...
    def create_user(
        self, external_user_id: str, name: str, is_test_user: bool, permit: Permit | None = None
    ) -> str: ...
    def authorize(self, user_id: str) -> UserToken: ...
    def authentications(self, token: UserToken) -> Listing: ...
    def create(self, token: UserToken, body: Body, permit: Permit | None = None) -> str: ...
    def get(self, token: UserToken, authentication_id: str) -> Listed: ...
    def full(self, token: UserToken, authentication_id: str) -> Full: ...
    def update(self, token: UserToken, authentication_id: str, body: Body, permit: Permit | None = None) -> None: ...
    def delete(self, token: UserToken, authentication_id: str, permit: Permit | None = None) -> None: ...
    def call(
        self,
        token: UserToken,
        connector: str,
        version: str,
        operation: str,
        authentication_id: str,
        input: Json,  # noqa: A002 - the API's own name
    ) -> CallOutcome: ...
    def remove_user(self, user_id: str, permit: Permit | None = None) -> None: ...
    def requests(self) -> Mapping[str, int]:
        """How many requests of each kind left so far (`connectors`, `environments`, `users`,
        `createExternalUser`, `authorize`, `authentications`, `create`, `get`, `full`, `update`, `delete`,
        `call`, `removeExternalUser`)."""
        ...


class State(StrEnum):
    """States of an item (protocol, section 2). `updating` and `deleting` are intents on what was created."""

    PLANNED = "planned"
    SENDING = "sending"
    CREATED = "created"
    REFUSED = "refused"
    IN_DOUBT = "in_doubt"
    CONFLICT = "conflict"
    UPDATING = "updating"
    DELETING = "deleting"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Item:
    """What the ledger knows of one record's authentication; everything is an id or a keyed fingerprint.

    `attempt` counts requests that may have left, and with `state` is what compare-and-set compares.
    `payload` fingerprints the whole rendering at the fixed instant, `content` all credentials less what
    depends on time, `fields` each sent leaf (`!credentials.api_token` → fingerprint; for the first
    character see `marked` in core/content.py). `snapshot` is the ids that the owner had in this environment
    before the first send, None before that. `sent_at` is wall-clock seconds, for people. `next_*` belong to an
    update.
    """

    mapping: str
    key: str
    state: State
    attempt: int
    external_user_id: str
    environment_id: str
    name: str
    payload: str
    content: str
    run: str | None = None
    user_id: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    snapshot: tuple[str, ...] | None = None
    sent_at: float | None = None
    authentication_id: str | None = None
    origin: str | None = None
    """`created`, `adopted` or `updated`: how the authentication became ours."""
    detail: str | None = None
    """Why it is in doubt, refused or in conflict: a code and ids, never a value."""
    seen: tuple[str, ...] = ()
    """Candidates' ids seen at the last look, for what is in doubt."""
    lease: int | None = None
    next_payload: str | None = None
    next_content: str | None = None
    next_fields: Mapping[str, str] = field(default_factory=dict)
    since: float | None = None
    """Wall-clock seconds when it came into this state, for people."""


@dataclass(frozen=True, slots=True)
class LedgerUser:
    """What the ledger knows of one End User. `state`: `sending`, `created` (by us), `found`, `in_doubt`,
    `conflict`, `refused`, `deleting`, `deleted`."""

    external_user_id: str
    state: str
    attempt: int = 0
    user_id: str | None = None
    run: str | None = None
    sent_at: float | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a writing command. `counts` are those of its JSON document; times are wall-clock seconds."""

    run: str
    command: str
    started: float
    ended: float | None = None
    status: int | None = None
    mappings: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    host: str = ""


@dataclass(frozen=True, slots=True)
class MappingIdentity:
    """What a mapping's identity stood for when the ledger saw it last (commands, ruling 11)."""

    mapping: str
    service: str
    version: int
    environment_id: str
    environment_title: str


Expect = tuple[State, int] | None
"""State and attempt that the row must have; None: there must be no row yet."""


@dataclass(frozen=True, slots=True)
class ItemWrite:
    """Put `item` if the row is as `expect` says. A second row with one authentication id fails as well."""

    item: Item
    expect: Expect


@dataclass(frozen=True, slots=True)
class ItemMove:
    """Move the row (`mapping`, `old_key`) to `item.key`, as `--accept-moved` asks."""

    item: Item
    old_key: str


@dataclass(frozen=True, slots=True)
class UserWrite:
    """Put `user` if the row's (state, attempt) is `expect`; None: there must be no row yet."""

    user: LedgerUser
    expect: tuple[str, int] | None


Write = ItemWrite | ItemMove | UserWrite


class Ledger(Protocol):
    """What is known of every authentication and user that this tool sent, durably (protocol, rules 1 and 9).

    Every method raises LedgerError where the ledger can't be read or written.
    """

    id: str
    fresh_since: float
    """Wall-clock seconds when this ledger (or this copy of one) was opened for the first time."""
    fresh: bool
    """True where the ledger was made, or found not to be the one written last, by this opening or less than D+L ago:
    no absence is believed on its word (rule 11)."""
    restored: bool
    """True where there was another ledger that knew more: this one is a copy, was put back, or follows one that is
    gone."""
    note: str | None
    """What opening or locking it found, for people."""
    shared: bool

    def fingerprint(self, data: bytes) -> str:
        """Keyed fingerprint (32 hexadecimal digits)."""

    def write(self, writes: Sequence[Write]) -> list[bool]:
        """All writes in one durable transaction; says for each whether its condition held."""

    def items(self, mapping: str, keys: Sequence[str]) -> dict[str, Item]: ...
    def items_of_users(self, external_user_ids: Sequence[str]) -> dict[str, list[Item]]: ...
    def items_of_mapping(self, mapping: str) -> Iterator[Item]: ...
    def all_items(self, run: str | None = None) -> Iterator[Item]:
        """Every item, or those whose last attempt belongs to `run`, ordered by mapping and key."""

    def open_items(self) -> Iterator[Item]:
        """Items that are `sending`, `updating`, `deleting` or `in_doubt`."""

    def open_users(self) -> Iterator[LedgerUser]:
        """Users that are `sending`, `deleting` or `in_doubt`."""

    def users(self, external_user_ids: Sequence[str]) -> dict[str, LedgerUser]: ...
    def users_of_run(self, run: str) -> Iterator[LedgerUser]: ...
    def states(self) -> dict[str, int]:
        """How many items are in each state."""

    def mapping_identity(self, mapping: str) -> MappingIdentity | None: ...
    def mapping_identities(self) -> list[MappingIdentity]:
        """What each mapping stood for when it was last applied."""

    def put_mapping_identity(self, identity: MappingIdentity) -> None: ...
    def environment_ids(self) -> set[str]:
        """Ids of all environments seen at this organisation."""

    def organisation(self) -> tuple[str, str] | None:
        """(region, hosts) that this ledger is tied to."""

    def anchor(self) -> str | None:
        """The environment by which this ledger's organisation is known: one of the first that it saw."""

    def tie(self, region: str, hosts: str, environment_ids: Iterable[str]) -> None: ...
    def windows(self, send: float, commit: float, lag: float) -> tuple[float, float, float]:
        """Store P, D and L; gives the larger of stored and given, unless nothing is open (ruling 46)."""

    def put_run(self, run: Run) -> None: ...
    def runs(self) -> list[Run]:
        """Newest first."""

    def lock(self, wait: float) -> None:
        """Become the one writing command; LedgerError names the holder after `wait` seconds."""

    def holds(self) -> bool:
        """Whether this is the one writing command now."""
        ...

    def held(self) -> str | None:
        """Who holds the lock now ("pid 12 on host"), None if nobody."""

    def close(self) -> None: ...
