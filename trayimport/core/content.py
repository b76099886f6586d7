"""What of an authentication is compared: canonical bytes, leaves, and what depends on time."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from trayimport.core.literals import names_a_secret
from trayimport.core.tree import Path, pointer
from trayimport.model import Json

Fingerprint = Callable[[bytes], str]
"""Keyed, so that the ledger's fingerprints tell nothing without its key."""

OWN_LENGTH = 8
"""Characters from which a text that is no secret can tell whose it is."""

OWN = "!"
"""Mark of a leaf that a template gave from the record: a secret, or a text that is long enough; none of an enum."""
OWN_REFRESHED = "^"
"""The same, of a leaf that Tray changes when it refreshes a token."""
REFRESHED = "-"
"""Mark of any other leaf that Tray changes then."""
COMMON = "="
"""Mark of a leaf that may be the same for many: a literal, a number, a short text, one of an enum."""
TIMED = "~"
"""Mark of a leaf that depends on time: it is never compared."""
MARKS = OWN + OWN_REFRESHED + REFRESHED + COMMON + TIMED

OAUTH_TOKENS = frozenset({"accesstoken", "refreshtoken", "idtoken"})
"""Names of the tokens that Tray changes when it refreshes one, in small letters and without underscores."""


def canonical(value: Json) -> bytes:
    """The same bytes for equal values, whatever the order of keys."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def leaves(value: Json, path: Path = ()) -> Iterator[tuple[Path, Json]]:
    """Every value below that is no map and no list; empty ones count as leaves."""
    if isinstance(value, dict) and value:
        for key, child in value.items():
            yield from leaves(child, (*path, key))
    elif isinstance(value, list) and value:
        for index, child in enumerate(value):
            yield from leaves(child, (*path, index))
    else:
        yield path, value


def is_leaf(value: Json, path: Path) -> bool:
    """Whether `path` leads through maps only to no map and no list, or to nothing."""
    for step in path:
        if not isinstance(value, dict):
            return False
        value = value.get(str(step))
    return not isinstance(value, dict | list)


def differing(one: Json, other: Json) -> frozenset[Path]:
    """The leaves that are not the same in both."""
    left, right = dict(leaves(one)), dict(leaves(other))
    return frozenset(path for path in left.keys() | right.keys() if left.get(path) != right.get(path))


def without(value: Json, timed: frozenset[Path], path: Path = ()) -> Json:
    """`value` less what stands at a path in `timed`; the top itself becomes None."""
    if path in timed:
        return None
    if isinstance(value, dict):
        return {key: without(child, timed, (*path, key)) for key, child in value.items() if (*path, key) not in timed}
    if isinstance(value, list):
        return [
            without(child, timed, (*path, index)) for index, child in enumerate(value) if (*path, index) not in timed
        ]
    return value


def content_bytes(credentials: Json, timed: frozenset[Path]) -> bytes:
    """What two authentications must share to be the same (commands, ruling 14)."""
    return b"content\0" + canonical(without(credentials, timed))


@dataclass(frozen=True, slots=True)
class Telling:
    """What a mapping and its environment say of a leaf's power to tell whose it is.

    `read`: does its template read the record? `listed`: is it one of an enum? `secret`: is it a secret by its name or
    schema? `refreshed`: does Tray change it when it refreshes a token? Each is asked with the leaf's path.
    """

    read: Callable[[Path], bool]
    listed: Callable[[Path], bool]
    secret: Callable[[Path], bool]
    refreshed: Callable[[Path], bool]

    def mark(self, path: Path, value: Json) -> str:
        """The mark of a leaf that does not depend on time: see OWN, OWN_REFRESHED, REFRESHED, COMMON."""
        telling = is_text_or_number(value) if self.secret(path) else is_long(value)
        own = telling and self.read(path) and not self.listed(path)
        if self.refreshed(path):
            return OWN_REFRESHED if own else REFRESHED
        return OWN if own else COMMON


def field_fingerprints(
    credentials: Json, user_data: Json, timed: frozenset[Path], telling: Telling, fingerprint: Fingerprint
) -> dict[str, str]:
    """A fingerprint for each leaf that is sent; its name is a mark and a pointer: `!credentials.api_token`."""
    found = {}
    for path, value in leaves(credentials):
        mark = telling.mark(path, value)
        if any(path[: len(start)] == start for start in timed):
            mark = TIMED
        found[mark + pointer(path, "credentials")] = fingerprint(b"leaf\0" + canonical(value))
    for path, value in leaves(user_data):
        found[COMMON + pointer(path, "userData")] = fingerprint(b"leaf\0" + canonical(value))
    return found


def is_text_or_number(value: Json) -> bool:
    """Whether a leaf can be a secret: no boolean, no null, nothing empty."""
    return bool(value) and isinstance(value, str | int | float) and not isinstance(value, bool)


def is_long(value: Json) -> bool:
    """Whether a leaf is a text long enough to tell whose it is."""
    return isinstance(value, str) and len(value) >= OWN_LENGTH


def marked(name: str) -> tuple[str, str]:
    """(mark, pointer) of a field's name. Fields that an earlier version wrote may have none: ""."""
    return (name[0], name[1:]) if name[:1] in MARKS else ("", name)


def is_refreshed(pointer: str) -> bool:
    """Whether Tray changes a leaf of this name when it refreshes an OAuth token: one of the tokens, or an expiry."""
    name = pointer.rsplit(".", 1)[-1].replace("_", "").lower()
    return name in OAUTH_TOKENS or "expir" in name


def own(fields: Mapping[str, str]) -> dict[str, str]:
    """Fingerprints, by pointer, of the leaves that can tell whose an authentication is, as far as a mapping alone can
    say: another record may still have the same value. Where there is no mark, only secrets do."""
    found = {}
    for name, value in fields.items():
        mark, at = marked(name)
        if mark in (OWN, OWN_REFRESHED) or (not mark and names_a_secret(at.rsplit(".", 1)[-1])):
            found[at] = value
    return found
