"""What of an authentication is compared: canonical bytes, leaves, and what depends on time."""

import json
from collections.abc import Callable, Iterator, Mapping

from trayimport.core.tree import Path, pointer
from trayimport.model import Json

Fingerprint = Callable[[bytes], str]
"""Keyed, so that the ledger's fingerprints tell nothing without its key."""

SPECIFIC_LENGTH = 8
"""Characters from which a text counts as belonging to one record (commands, ruling 14)."""


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


def field_fingerprints(
    credentials: Json,
    user_data: Json,
    timed: frozenset[Path],
    enums: Callable[[Path], bool],
    fingerprint: Fingerprint,
) -> dict[str, str]:
    """A fingerprint for each leaf that is sent.

    A name is `credentials.access_token` for a leaf that can tell whose it is, `=credentials.dc` for one that is too
    short, no text or one of an enum, `~credentials.expires_in` for one that depends on time.
    """
    found = {}
    for path, value in leaves(credentials):
        mark = "" if is_specific(value) and not enums(path) else "="
        if any(path[: len(start)] == start for start in timed):
            mark = "~"
        found[mark + pointer(path, "credentials")] = fingerprint(b"leaf\0" + canonical(value))
    for path, value in leaves(user_data):
        found["=" + pointer(path, "userData")] = fingerprint(b"leaf\0" + canonical(value))
    return found


def is_specific(value: Json) -> bool:
    """Whether a leaf is a text long enough to tell whose it is."""
    return isinstance(value, str) and len(value) >= SPECIFIC_LENGTH


def specific(fields: Mapping[str, str]) -> dict[str, str]:
    """The fields that can tell whose an authentication is."""
    return {name: value for name, value in fields.items() if name[:1] not in "=~"}
