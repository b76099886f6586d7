"""What other packages that are installed here add: entry points, by group and name."""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint


@cache
def plugins(group: str) -> Mapping[str, "EntryPoint"]:
    """The entry points of a group, by name; nothing of them is imported yet."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - slow to import, and most mappings need no plugin

    return {point.name: point for point in entry_points(group=group)}
