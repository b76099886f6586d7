"""Which column gives which key of a first mapping."""

from typing import Final

from trayimport.core.starter import columns
from trayimport.core.starter.columns import Column, Sample, plain
from trayimport.core.starter.schema_keys import SchemaKey, SchemaKeys, needed

EXPIRIES: Final = frozenset({"expires in", "expiry", "expires"})
"""Keys that may want seconds, and get them from a column with the instant."""
_SCALARS: Final = frozenset({"string", "boolean", "integer", "number"})
FITTING: Final[dict[str, frozenset[str]]] = {
    "any": _SCALARS,
    "empty": _SCALARS,
    "text": frozenset({"string"}),
    "truth": frozenset({"string", "boolean"}),
    "digits": frozenset({"string", "integer", "number"}),
    "instant": frozenset({"string"}),
    "boolean": frozenset({"boolean"}),
    "integer": frozenset({"string", "integer", "number"}),
    "number": frozenset({"number"}),
    "list": frozenset({"array"}),
    "map": frozenset({"object"}),
}
"""The schema's types that a column's kind can become (language, ruling 12)."""


class Pairing:
    """What is given, and what must be: asked key by key."""

    def __init__(self, parts: tuple[SchemaKeys, ...], sample: Sample, service: str) -> None:
        self._sample = sample
        keys = {key.place: key for part in parts for key in part.keys if key.path not in part.excluded}

        def fits(name: tuple[str, ...], column: Column) -> bool:
            return _fits(keys[name], sample.kinds[column])

        self._found = columns.match(list(keys), sample, service, fits)
        self.expiry = self._expiry_column()
        self._given = {
            part: [key.path for key in keys.values() if key.part == part and self.is_given(key)]
            for part in ("credentials", "userData")
        }

    def _expiry_column(self) -> Column | None:
        """The column with the instant of expiry, where the schema wants seconds and no column has its name."""
        column = self._sample.named(columns.EXPIRY, self._found.values())
        return column if column is not None and self._sample.kinds[column] in {"instant", "digits", "integer"} else None

    def column(self, key: SchemaKey) -> Column | None:
        """The column that gives a key as it is."""
        return self._found.get(key.place)

    def other(self, key: SchemaKey) -> Column | None:
        """A column of a key's name that can't give it, as its values are of another kind."""
        return next((one for one in self._sample.columns if plain(one[-1]) == plain(key.name)), None)

    def is_expiry(self, key: SchemaKey) -> bool:
        """Whether a key gets the seconds until `expiry`."""
        counts = not key.types or {"integer", "number"} & set(key.types)
        wants_seconds = plain(key.name) in EXPIRIES and "string" not in key.types and counts
        return self.expiry is not None and key.place not in self._found and bool(wants_seconds)

    def is_given(self, key: SchemaKey) -> bool:
        """Whether some column gives it."""
        return key.place in self._found or self.is_expiry(key)

    def is_needed(self, key: SchemaKey) -> bool:
        """Required, or required beside a key that is given."""
        return needed(key.path, key.required_from, self._given[key.part])

    def is_written(self, key: SchemaKey) -> bool:
        """Whether it stands in the mapping, and not in a comment only."""
        return self.is_needed(key) or self.is_given(key)

    def maps(self, part: str, found: SchemaKeys) -> set[tuple[str, ...]]:
        """The maps that must be there, even if they are empty."""
        return {path for path, depth in found.maps.items() if needed(path, depth, self._given[part])}


def _fits(key: SchemaKey, kind: str) -> bool:
    return not key.types or not FITTING[kind].isdisjoint(key.types)
