"""What a run is asked to do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from trayimport.apply.context import Bounds
from trayimport.apply.effects import Clock
from trayimport.apply.loop import Pacer
from trayimport.apply.pool import Pool
from trayimport.model import Ledger, Tray
from trayimport.progress import Listener, Silence
from trayimport.secrets.own import Own


@dataclass(slots=True)
class Settings:
    """Options of `plan` and `apply`, after flags, environment and files were merged."""

    paths: Sequence[Path]
    cwd: Path
    environ: dict[str, str]
    schemas: Path | None = None
    select: Sequence[str] = ()
    limit: int | None = None
    allow_partial: bool = False
    max_changes: str = "30%"
    lookups: bool | None = None
    accept_drift: bool = False
    accept_environment: bool = False
    accept_moved: bool = False
    overwrite_refreshed: bool = False
    allow_outside: bool = False
    allow_commands: bool = False
    bounds: Bounds = field(default_factory=Bounds)
    give_up_after: float = 60.0
    lock_wait: float = 60.0
    command: str = "apply"
    own: Own = field(default_factory=Own)
    """What no mapping reads."""
    emulated: bool = False
    """Whether Tray is the emulator inside this process, which has the services of the snapshots only."""


@dataclass(slots=True)
class Parts:
    """The edges that a run stands on, wired by the command."""

    tray: Tray
    ledger: Ledger
    """Or something that reads as an empty one, for a plan."""
    region: str
    hosts: str
    clock: Clock
    pacer: Pacer
    pool: Pool
    random: Callable[[], float]
    new_id: Callable[[], str]
    host: str = ""
    listener: Listener = field(default_factory=Silence)
