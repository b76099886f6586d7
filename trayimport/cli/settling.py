"""Commands that settle what the ledger knows: the lock, the ledger and the edges, without mappings."""

from pathlib import Path
from typing import Any

from trayimport.cli.asking import DEFAULTS
from trayimport.cli.console import Console
from trayimport.cli.running import held_ledger, settings_of
from trayimport.cli.wiring import Wiring
from trayimport.codes import run as codes
from trayimport.errors import ConfigurationError
from trayimport.pipeline.run import Importer


def settler(
    paths: tuple[Path, ...], options: dict[str, Any], command: str, *, write: bool = True
) -> tuple[Importer, Wiring]:
    """An importer on the ledger, under its lock if it writes. Raises ConfigurationError where there is no ledger."""
    wiring = Wiring(options, command, paths, Console(options["verbose"]))
    settings = settings_of(paths, DEFAULTS | options, wiring, command)
    wiring.target_early()
    ledger = wiring.ledger(write=False)
    if ledger is None:
        raise ConfigurationError(codes.UNKNOWN_RUN, "there is no ledger here yet")
    if write:
        ledger = held_ledger(wiring, settings)
    if ledger.note is not None:
        wiring.listener.note(f"ledger: {ledger.note}")
    importer = Importer(settings, wiring.parts(ledger), [])
    importer.check_organisation()
    return importer, wiring
