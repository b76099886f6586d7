"""What a run tells those who listen; silent unless someone does."""

from collections.abc import Callable
from typing import Protocol


class Listener(Protocol):
    """Hears of a run's steps. Nothing that it is told holds a value of a record."""

    def note(self, text: str) -> None:
        """A line for a person."""
        ...

    def detail(self, level: int, text: Callable[[], str]) -> None:
        """A line for a person who asked for more: 1, what became of each record; 2, each request."""
        ...

    def count(self, stage: str, done: int, total: int | None) -> None:
        """How far a stage is."""
        ...


class Silence:
    """Listens to nothing."""

    def note(self, text: str) -> None:
        """Nothing."""

    def detail(self, level: int, text: Callable[[], str]) -> None:
        """Nothing."""

    def count(self, stage: str, done: int, total: int | None) -> None:
        """Nothing."""
