"""Whether an authentication in Tray is the one that an item sent (docs/exactly-once.md). Pure."""

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from enum import Enum

from trayimport.core.content import (
    OWN,
    OWN_REFRESHED,
    REFRESHED,
    TIMED,
    Fingerprint,
    canonical,
    is_refreshed,
    leaves,
    marked,
    own,
)
from trayimport.core.tree import pointer
from trayimport.model import Full


class Whose(Enum):
    """What the content of an authentication says of it."""

    OURS = "ours"
    """All that is specific to the record agrees."""
    NOT_OURS = "not ours"
    """Something differs that a refresh doesn't change."""
    UNKNOWN = "unknown"
    """What agrees may be the same for others, and nothing tells them apart."""


@dataclass(frozen=True, slots=True)
class Differences:
    """What differs between what was sent and what is there, by pointer; what depends on time is left out.

    `refreshed`: what Tray changes when it refreshes a token; `more`: what is there and was not sent.
    """

    stable: frozenset[str]
    refreshed: frozenset[str]
    more: frozenset[str]

    @property
    def none(self) -> bool:
        """Whether the contents are the same."""
        return not (self.stable or self.refreshed or self.more)


def full_fields(found: Full, fingerprint: Fingerprint) -> dict[str, str]:
    """Fingerprints of an authentication's credentials, by pointer."""
    return {
        pointer(path, "credentials"): fingerprint(b"leaf\0" + canonical(value))
        for path, value in leaves({} if found.credentials is None else found.credentials)
    }


def differences(fields: Mapping[str, str], found: Mapping[str, str]) -> Differences:
    """Compare the fields of an item with those of an authentication (`full_fields`)."""
    stable: set[str] = set()
    refreshed: set[str] = set()
    seen: set[str] = set()
    for name, value in fields.items():
        mark, at = marked(name)
        if not _in_credentials(at):
            continue
        seen.add(at)
        if mark == TIMED or found.get(at) == value:
            continue
        changes = mark in (OWN_REFRESHED, REFRESHED) or (not mark and is_refreshed(at))
        (refreshed if changes else stable).add(at)
    return Differences(frozenset(stable), frozenset(refreshed), frozenset(found.keys() - seen))


def same_content(fields: Mapping[str, str], found: Mapping[str, str]) -> bool:
    """Whether all credentials but what depends on time are equal."""
    return differences(fields, found).none


Shared = Callable[[Iterable[str]], Set[str]]
"""Fingerprints → those of them that other records have too."""


def whose(fields: Mapping[str, str], found: Mapping[str, str], shared: Shared, *, known: bool = False) -> Whose:
    """Whether what is there is what was sent.

    What is `shared` tells nothing; it is asked for only where that matters. `known`: the id is one that Tray gave for
    this item. After a refresh that changed every token, what is left (an account's id) may be the same in whatever its
    user connects by hand; it proves an authentication ours only where the id says so too.
    """
    differ = differences(fields, found)
    if differ.stable:
        return Whose.NOT_OURS
    agreeing = {at: value for at, value in own(fields).items() if found.get(at) == value}
    elsewhere = shared(agreeing.values()) if agreeing else frozenset()
    telling = {at for at, value in agreeing.items() if value not in elsewhere}
    if differ.refreshed:
        # Without a mark, what stays may be a literal of the mapping.
        telling = {at for at in telling if at.lower().endswith("token") or (known and OWN + at in fields)}
    return Whose.OURS if telling else Whose.UNKNOWN


def _in_credentials(at: str) -> bool:
    return at == "credentials" or at.startswith(("credentials.", "credentials["))
