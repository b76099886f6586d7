"""What a filter is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Function = Callable[..., Any]
"""(state, value, *arguments) → value."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter: a function whose first argument is the value before the `|`."""

    name: str
    function: Callable[..., Any]
    text_input: bool = False
    """True where the value must be a text or an integer (language ruling 4)."""
