"""What `apply` and `plan` share: from options to a planned Importer."""

import os
import re
import secrets as random_secrets
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import click

from trayimport.apply.context import Bounds
from trayimport.cli.console import Console, show_findings
from trayimport.cli.wiring import Wiring
from trayimport.codes import run as codes
from trayimport.errors import ConfigurationError, RefusalError
from trayimport.ledger import SqlLedger
from trayimport.model import Ledger
from trayimport.pipeline.loading import load
from trayimport.pipeline.noledger import NoLedger
from trayimport.pipeline.run import Importer
from trayimport.pipeline.settings import Settings
from trayimport.planfile import SavedPlan


def settings_of(paths: tuple[Path, ...], options: dict[str, Any], wiring: Wiring, command: str) -> Settings:
    """Options as the pipeline takes them. Raises ConfigurationError."""
    most = options["max_changes"]
    if not re.fullmatch(r"\d+|\d+(\.\d+)?%", most):
        raise ConfigurationError(codes.BAD_OPTION, "--max-changes takes a number, or a percentage such as 30%")
    for name in ("send_within", "commit_within", "lookup_lag"):
        if options[name] < 0:
            raise ConfigurationError(codes.BAD_OPTION, f"--{name.replace('_', '-')} can't be negative")
    return Settings(
        paths=paths,
        cwd=wiring.cwd,
        environ=dict(os.environ),
        schemas=wiring.schemas(),
        select=options["select"],
        limit=options["limit"],
        allow_partial=options["allow_partial"],
        max_changes=most,
        lookups=options["lookups"],
        accept_drift=options["accept_drift"],
        accept_environment=options["accept_environment"],
        accept_moved=options["accept_moved"],
        overwrite_refreshed=options["overwrite_refreshed"],
        allow_outside=options["allow_outside"],
        allow_commands=options["allow_commands"],
        bounds=Bounds(options["send_within"], options["commit_within"], options["lookup_lag"]),
        give_up_after=options["give_up_after"],
        lock_wait=options["lock_wait"],
        command=command,
        own=wiring.own(),
        emulated=bool(options["sandbox"]),
    )


def require_consent(options: dict[str, Any]) -> bool:
    """Whether to ask. Raises RefusalError where nobody can be asked and --yes is missing (commands, ruling 3)."""
    if options["yes"] or (options["sandbox"] and not options["ledger"]):
        return False
    if sys.stdin.isatty() and sys.stderr.isatty():
        return True
    raise RefusalError(codes.NO_CONSENT, "there is no terminal to ask on, and --yes is not given")


def confirmed(question: str) -> bool:
    """Ask on stderr; an interrupt at the question ends the command at once, as nothing is in the air."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return click.confirm(question, err=True)
    finally:
        signal.signal(signal.SIGINT, before)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A command that may begin: `ask` says whether a person is asked before the first write."""

    importer: Importer
    wiring: Wiring
    console: Console
    ask: bool


def prepare(
    paths: tuple[Path, ...], options: dict[str, Any], command: str, *, write: bool, saved: SavedPlan | None = None
) -> Prepared:
    """Mappings, consent, token, ledger, lock and edges, in the order of commands ruling 1."""
    console = Console(options["verbose"])
    wiring = Wiring(options, command, paths, console)
    wiring.stack.callback(console.pause)
    settings = settings_of(paths, options, wiring, command)
    loaded = load(paths, wiring.cwd)
    mappings = loaded.whole()
    show_findings(loaded.diagnostics)
    ask = write and require_consent(options)
    wiring.target_early()
    if write:
        ledger: SqlLedger | None = held_ledger(wiring, settings)
    else:
        # A plan makes no ledger, but one that is saved is bound to the ledger's id and key (commands, ruling 17).
        ledger = wiring.ledger(write=False) or (wiring.ledger(write=True) if options.get("out") else None)
    for line in () if ledger is None else said_of(ledger, settings.bounds):
        wiring.listener.note(line)
    parts = wiring.parts(ledger or NoLedger(random_secrets.token_bytes(32)))
    return Prepared(Importer(settings, parts, mappings, saved), wiring, console, ask)


def held_ledger(wiring: Wiring, settings: Settings) -> SqlLedger:
    """The ledger, to be written by this command alone; `settings` get the bounds that it keeps. Raises LedgerError."""
    ledger = wiring.ledger(write=True)
    if ledger is None:
        raise AssertionError("a ledger that is to be written is made")
    ledger.lock(settings.lock_wait)
    bounds = settings.bounds
    settings.bounds = Bounds(*ledger.windows(bounds.send_within, bounds.commit_within, bounds.lookup_lag))
    return ledger


def said_of(ledger: Ledger, bounds: Bounds) -> list[str]:
    """What people must know of a ledger before anything is done on its word, and what follows from it."""
    lines = [] if ledger.note is None else [f"ledger: {ledger.note}"]
    seconds = f"{bounds.commit_within + bounds.lookup_lag:g} s"
    if ledger.restored:
        lines.append(
            "ledger: it may have forgotten what was sent. Users that Tray has are listed once more, "
            f"{seconds} from now, before anything is sent; where the two differ is said"
        )
    elif ledger.fresh:
        lines.append(
            f"ledger: a new one. Users that Tray has already are listed once more, {seconds} from now, "
            "before anything is sent to them"
        )
    return lines


@contextmanager
def interruptible(stop: Callable[[], None]) -> Iterator[None]:
    """The first SIGINT or SIGTERM calls `stop`, which ends the run cleanly; the second ends it at once."""
    seen = 0

    def handle(_number: int, _frame: FrameType | None) -> None:
        nonlocal seen
        seen += 1
        if seen > 1:
            os._exit(130)
        os.write(2, b"\nstopping: what is in the air may land; interrupt again to stop at once\n")
        stop()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
