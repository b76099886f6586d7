"""Where secrets are read from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from trayimport.secrets.own import Own


@dataclass(frozen=True, slots=True)
class Place:
    """The environment and folders that a mapping's secrets may come from."""

    environ: Mapping[str, str]
    base: Path
    roots: Sequence[Path] | None
    cwd: Path
    allow_commands: bool
    own: Own = field(default_factory=Own)
    """What no mapping reads."""
