"""Which of an export's columns gives which key, by name alone; values are only looked at for their kind."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from trayimport.core.instant import seconds_of
from trayimport.model import Json

Column = tuple[str, ...]
"""A column's name, or the steps to a value within a record: `("oauth", "access_token")`."""
DEEPEST: Final = 3
IDENTITIES: Final = frozenset({"any", "text", "truth", "digits", "integer", "instant"})
"""Kinds of values that can be an identity, which is a text."""

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z_ .-]*(?:[0-9]{1,2}[A-Za-z_ .-]*){0,2}")
"""What the name of a column looks like: a token has more digits, or begins with one."""

EXTERNAL_USER_ID: Final = (
    *("external user id", "external id", "end user id", "user id", "account id", "customer id", "tenant id"),
    *("workspace id", "organisation id", "organization id", "org id", "company id", "account", "customer", "tenant"),
    *("user", "id"),
)
USER_NAME: Final = (
    *("external user name", "end user name", "account name", "customer name", "company name", "tenant name"),
    *("workspace name", "organisation name", "organization name", "org name", "user name", "full name"),
    *("display name", "name", "owner", "company"),
)
KEY: Final = (
    "connection id",
    "integration id",
    "credential id",
    "authentication id",
    "auth id",
    "row id",
    "uuid",
    "id",
)
EXPIRY: Final = (
    *("expires at", "access token expires at", "token expires at", "expires on", "expiry", "expiration"),
    *("expiry date", "expiration date", "valid until", "expires"),
)
EXPORTED: Final = ("exported at", "export time", "dumped at", "extracted at")
SECRET: Final = frozenset({"token", "secret", "password", "key"})
"""Words that end the names of credentials."""
VAGUE: Final = frozenset({"id", "name", "type", "key", "url", "email"})
"""Words that end the names of many columns, and say of none what it is."""
STATUS: Final = ("status", "state", "connection status", "active", "is active", "enabled")


@dataclass(frozen=True, slots=True)
class Sample:
    """Columns of an export, in its order, and of which kind each one's values are."""

    columns: tuple[Column, ...]
    kinds: Mapping[Column, str]
    """`text`, `empty`, `boolean`, `integer`, `number`, `list`, `map`; of texts also `digits`, `instant` and `truth`
    (true or false); `any` where no value was seen."""
    repeated: frozenset[Column] = frozenset()
    """Columns in which a value stands twice."""

    @property
    def names(self) -> frozenset[str]:
        """The words of the columns' last steps."""
        return frozenset(plain(column[-1]) for column in self.columns)

    def named(self, names: Sequence[str], taken: Iterable[Column] = ()) -> Column | None:
        """The column with the first of these names that there is: that of its last step, or of all of them."""
        free = [column for column in reversed(self.columns) if column not in set(taken)]
        words = {plain(column[-1]): column for column in free} | {plain(" ".join(column)): column for column in free}
        return next((words[plain(name)] for name in names if plain(name) in words), None)

    def identity(self, names: Sequence[str], taken: Iterable[Column] = ()) -> Column | None:
        """The same, of the columns whose values can be an identity."""
        return self.named(names, [*taken, *(one for one in self.columns if self.kinds[one] not in IDENTITIES)])

    def secrets(self) -> list[Column]:
        """Columns that are called as credentials are."""
        return [column for column in self.columns if plain(column[-1]).split()[-1:] and _is_secret(column)]


def _is_secret(column: Column) -> bool:
    name = plain(column[-1])
    return name.split()[-1] in SECRET and name not in VAGUE


def sample_of(records: Iterable[Json], header: Sequence[str] | None) -> Sample:
    """Columns of some records of a source; those whose name may be a value are left out."""
    columns: dict[Column, str] = {(name,): "any" for name in header or ()}
    seen: set[tuple[Column, Json]] = set()
    repeated: set[Column] = set()
    for record in records:
        for column, value in _values(record, ()):
            kind = _kind(value)
            if isinstance(value, str | int):
                repeated |= {column} if (column, value) in seen else set()
                seen.add((column, value))
            before = columns.get(column, "any")
            columns[column] = kind if before in ("any", "empty") else before if kind in ("empty", before) else "text"
    maps = {column[:end] for column in columns for end in range(1, len(column))}
    named = {
        column: kind for column, kind in columns.items() if all(is_name(step) for step in column) and column not in maps
    }
    return Sample(tuple(named), named, frozenset(repeated))


def is_name(text: str) -> bool:
    """Whether a text can be shown as a column's name, and is no value of an export without a header."""
    return len(text) <= 60 and _NAME.fullmatch(text) is not None


def plain(name: str) -> str:
    """A name by its words, however they are joined: `accessToken`, `Access Token` and `access_token` are one."""
    return " ".join(word.lower() for word in _WORD.findall(name))


def match(
    names: Sequence[tuple[str, ...]],
    sample: Sample,
    service: str,
    fits: Callable[[tuple[str, ...], Column], bool],
) -> dict[tuple[str, ...], Column]:
    """The column of each key: of the same name, else of one that is longer or shorter by whole words, if only one is.

    A column gives one key only; surer matches go first. `fits` says whether a column's values can give a key.
    """
    found: dict[tuple[str, ...], Column] = {}
    for alike in (_same, _without(service), _longer, _shorter):
        for name in names:
            if name in found:
                continue
            near = [one for one in sample.columns if one not in found.values() and alike(plain(name[-1]), one)]
            if len(near) == 1 and fits(name, near[0]):
                found[name] = near[0]
    return found


def _same(key: str, column: Column) -> bool:
    return key == plain(column[-1])


def _without(service: str) -> Callable[[str, Column], bool]:
    own = set(plain(service).split())

    def alike(key: str, column: Column) -> bool:
        words = [word for word in plain(" ".join(column)).split() if word not in own]
        return key == " ".join(words)

    return alike


def _longer(key: str, column: Column) -> bool:
    return key not in VAGUE and _ends(plain(" ".join(column)).split(), key.split())


def _shorter(key: str, column: Column) -> bool:
    name = plain(column[-1])
    return name not in VAGUE and _ends(key.split(), name.split())


def _ends(longer: list[str], shorter: list[str]) -> bool:
    return bool(shorter) and longer[-len(shorter) :] == shorter


def _values(value: Json, path: Column) -> Iterator[tuple[Column, Json]]:
    if isinstance(value, dict) and value and len(path) < DEEPEST:
        for name, child in value.items():
            yield from _values(child, (*path, name))
    elif path:
        yield path, value


def _kind(value: Json) -> str:
    if value is None or value == "":
        return "empty"
    kinds: dict[type, str] = {bool: "boolean", int: "integer", float: "number", list: "list", dict: "map"}
    if not isinstance(value, str):
        return kinds.get(type(value), "text")
    if value.isascii() and value.isdigit():
        return "digits"
    if value in {"true", "false"}:
        return "truth"
    return "instant" if seconds_of(value) is not None else "text"
