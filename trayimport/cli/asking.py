"""Commands that only ask Tray: their edges, and one way to run a worker to its end."""

import secrets
from pathlib import Path
from typing import Any

from trayimport.cli.console import Console
from trayimport.cli.running import settings_of
from trayimport.cli.wiring import Wiring
from trayimport.pipeline.noledger import NoLedger
from trayimport.pipeline.run import Importer

DEFAULTS: dict[str, Any] = {
    "select": (),
    "limit": None,
    "allow_partial": False,
    "max_changes": "30%",
    "lookups": None,
    "accept_drift": True,
    "accept_environment": True,
    "accept_moved": False,
    "overwrite_refreshed": False,
    "allow_outside": False,
    "allow_commands": False,
    "send_within": 5.0,
    "commit_within": 60.0,
    "lookup_lag": 10.0,
    "lock_wait": 60.0,
}


def asker(paths: tuple[Path, ...], options: dict[str, Any], command: str) -> tuple[Importer, Wiring]:
    """An importer without mappings or ledger, for its connection to Tray."""
    wiring = Wiring(options, command, paths, Console(options["verbose"]))
    settings = settings_of(paths, DEFAULTS | options, wiring, command)
    parts = wiring.parts(NoLedger(secrets.token_bytes(32)))
    return Importer(settings, parts, []), wiring
