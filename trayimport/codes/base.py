"""What a diagnostic code is."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Code:
    """A stable diagnostic code with all that `trayimport explain` says of it.

    `id` is `TInnn`; `title` a short noun phrase; `cause`, `example` and `remedy` are sentences for the
    person who has to act.
    """

    id: str
    title: str
    cause: str
    example: str
    remedy: str
    severity: Severity = "error"
