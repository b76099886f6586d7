"""Fingerprints as they are stored: bound to their record, so that equal values of two records don't look equal.

A run compares what two records have (protocol, rule 12), and so has fingerprints that are equal where values are. What
is stored is that under a mask which the ledger's key, the record and the place of the value make; without the key
nothing of two rows can be compared.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from trayimport.model import Item

MARK: Final = "b."
"""Begins a fingerprint that is bound; those that versions before 2 wrote have none, and are read as they are."""
FIELD_MARKS: Final = "!^-=~"
"""What a field's name begins with; a mapping that changes may change it, and the value is the same."""
_PLAIN: Final = re.compile(r"[0-9a-f]{32}")
_BOUND: Final = re.compile(r"b\.[0-9a-f]{32}")


class Binding:
    """Binds the fingerprints of items, and gives them back; without a key they stay as they are."""

    def __init__(self, key: bytes | None) -> None:
        self._key = None if key is None else hashlib.blake2b(b"bound to a record", key=key, digest_size=32).digest()

    def bind(self, item: Item) -> Item:
        """The item as it is stored."""
        return self._masked(item, _PLAIN, "", MARK)

    def unbind(self, item: Item) -> Item:
        """The item as runs know it, of a row that may be from before."""
        return self._masked(item, _BOUND, MARK, "")

    def _masked(self, item: Item, shape: re.Pattern[str], before: str, after: str) -> Item:
        if self._key is None:
            return item
        record = hashlib.blake2b(
            f"{len(item.mapping)}:{item.mapping}{item.key}".encode("utf-8", "surrogatepass"),
            key=self._key,
            digest_size=32,
        ).digest()

        def masked(value: str, place: str) -> str:
            if not shape.fullmatch(value):
                return value
            mask = hashlib.blake2b(place.encode("utf-8", "surrogatepass"), key=record, digest_size=16).digest()
            number = int(value.removeprefix(before), 16) ^ int.from_bytes(mask, "big")
            return f"{after}{number:032x}"

        def all_of(fields: Mapping[str, str]) -> dict[str, str]:
            return {name: masked(value, f"field {name.lstrip(FIELD_MARKS)}") for name, value in fields.items()}

        return replace(
            item,
            payload=masked(item.payload, "payload"),
            content=masked(item.content, "content"),
            fields=all_of(item.fields),
            next_payload=None if item.next_payload is None else masked(item.next_payload, "payload"),
            next_content=None if item.next_content is None else masked(item.next_content, "content"),
            next_fields=all_of(item.next_fields),
        )
