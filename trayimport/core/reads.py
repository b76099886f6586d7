"""What a template reads, noted while it is compiled: names, columns, time, and what its conditions look at."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Reads:
    """Names by the scope that they belong to. Offsets are of characters of the template's text."""

    names: set[str] = field(default_factory=set)
    variables: set[str] = field(default_factory=set)
    secrets: set[str] = field(default_factory=set)
    timed: bool = False
    """Whether `now` or a filter that asks for it occurs."""
    timed_condition: bool = False
    conditions: set[str] = field(default_factory=set)
    """Those of `variables` that decide what is given: in conditions, in selections, as computed keys."""
    compared: list[tuple[str, int]] = field(default_factory=list)
    """Columns that are compared with a number or a boolean."""
    _columns: list[tuple[str, bool, int]] = field(default_factory=list)
    _own: list[tuple[tuple[str, ...], bool, int]] = field(default_factory=list)
    _asked: set[tuple[str, ...]] = field(default_factory=set)
    _guards: int = 0

    def column(self, name: str, offset: int) -> None:
        """A field of the record is read."""
        self._columns.append((name, self._guards > 0, offset))

    def own(self, path: tuple[str, ...], offset: int) -> None:
        """A value of `user` or `auth` is read, which the mapping itself makes."""
        self._own.append((path, self._guards > 0, offset))

    def asked(self, path: tuple[str, ...]) -> None:
        """`record.name is defined` occurs: the template can do without that value."""
        self._asked.add(path)

    def columns(self) -> list[tuple[str, bool, int]]:
        """(name, whether the template can do without it, offset) of each field that is read."""
        return [(name, guarded or ("record", name) in self._asked, offset) for name, guarded, offset in self._columns]

    def needed(self) -> list[tuple[tuple[str, ...], int]]:
        """(path, offset) of each value of `user` and `auth` that the template can't do without."""
        return [(path, offset) for path, guarded, offset in self._own if not guarded and path not in self._asked]

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """What is compiled inside may be missing."""
        self._guards += 1
        try:
            yield
        finally:
            self._guards -= 1

    @contextmanager
    def strict(self) -> Iterator[None]:
        """What is compiled inside must be there, whatever stands around it."""
        before, self._guards = self._guards, 0
        try:
            yield
        finally:
            self._guards = before

    @contextmanager
    def deciding(self) -> Iterator[None]:
        """What is compiled inside decides which value is given (language, ruling 5)."""
        timed, variables = self.timed, self.variables
        self.timed, self.variables = False, set()
        try:
            yield
        finally:
            self.timed_condition = self.timed_condition or self.timed
            self.conditions |= self.variables
            self.timed = self.timed or timed
            self.variables |= variables
