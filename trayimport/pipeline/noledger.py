"""A ledger that knows nothing, for a plan where none has been made (commands, ruling 17)."""

import hashlib
from collections.abc import Iterator, Sequence

from trayimport.model import Item, LedgerUser, MappingIdentity


class NoLedger:
    """Reads as empty; `fingerprint` is keyed with bytes that nobody keeps."""

    id = ""
    fresh = True
    restored = False
    note = None
    fresh_since = 0.0
    shared = False

    def __init__(self, key: bytes) -> None:
        self._key = key

    def fingerprint(self, data: bytes) -> str:
        """Keyed BLAKE2b, 32 hexadecimal digits."""
        return hashlib.blake2b(data, key=self._key, digest_size=16).hexdigest()

    def items(self, _mapping: str, _keys: Sequence[str]) -> dict[str, Item]:
        """None."""
        return {}

    def items_of_users(self, _users: Sequence[str]) -> dict[str, list[Item]]:
        """None."""
        return {}

    def users(self, _users: Sequence[str]) -> dict[str, LedgerUser]:
        """None."""
        return {}

    def all_items(self, run: str | None = None) -> Iterator[Item]:  # noqa: ARG002 - the Protocol's name
        """None."""
        return iter(())

    def open_items(self) -> Iterator[Item]:
        """None."""
        return iter(())

    def mapping_identity(self, _mapping: str) -> MappingIdentity | None:
        """None."""
        return None

    def mapping_identities(self) -> list[MappingIdentity]:
        """None."""
        return []

    def environment_ids(self) -> set[str]:
        """None."""
        return set()

    def organisation(self) -> tuple[str, str] | None:
        """None."""
        return None

    def holds(self) -> bool:
        """Nothing is sent without a ledger."""
        return False

    def held(self) -> str | None:
        """Nobody."""
        return None

    def anchor(self) -> str | None:
        """None."""
        return None

    def close(self) -> None:
        """Nothing is open."""
