"""The record of a first mapping's example: of the sample's shape, with values that nobody has."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from trayimport.core.conversion import conversion
from trayimport.core.schema_words import Schema, alone
from trayimport.core.starter import invent
from trayimport.core.starter.columns import Column, Sample
from trayimport.core.starter.schema_keys import SchemaKey
from trayimport.model import Json


@dataclass(slots=True)
class Stub:
    """Values by column, as the source would give them; `invented` gives a key one that its schema takes."""

    source_type: str
    sample: Sample
    invented: Callable[[SchemaKey], Json]
    record: dict[Column, Json] = field(default_factory=dict)

    def use(self, column: Column, key: SchemaKey | None = None) -> None:
        """Give a column a value: one that the schema of `key` takes, which it is for."""
        made = None if key is None else self.invented(key)
        if column not in self.record or made is not None:
            kind = self.sample.kinds[column]
            self.record[column] = invent.for_column(column, kind) if made is None else self._as_source(made, kind)

    def status(self, column: Column) -> None:
        """Give a column the value of a record that is not skipped."""
        kind = self.sample.kinds[column]
        self.record[column] = "active" if kind == "text" else invent.for_column(column, kind)

    def instant(self, column: Column, instant: str) -> None:
        """Give a column an instant."""
        self.record[column] = invent.instant(instant, self.sample.kinds[column])

    def fill(self) -> None:
        """Give every other column of the sample a value of its kind."""
        for column in self.sample.columns:
            if column not in self.record:
                self.record[column] = invent.for_column(column, self.sample.kinds[column])

    def becomes(self, column: Column, key: SchemaKey, root: Schema) -> Json:
        """What a column's value becomes where the schema of `key` has a type. `root` has what it refers to."""
        own = self.record[column]
        if "string" in key.types and not isinstance(own, str):
            return str(own)
        convert = conversion(alone(key.schema, root), ())
        return own if convert is None else convert(own)

    def _as_source(self, made: Json, kind: str) -> Json:
        """A csv's cells are texts, and so is a column whose values are."""
        untyped = self.source_type == "csv" or kind == "text"
        return json.dumps(made) if untyped and not isinstance(made, str) else made
