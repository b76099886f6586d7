"""`trayimport runs`."""

from typing import Any

import click

from trayimport.cli import options
from trayimport.cli.console import Console, show_json
from trayimport.cli.wiring import Wiring
from trayimport.core.instant import text_of
from trayimport.report.escape import shown


@click.command(name="runs")
@options.ledger
@options.profile
@options.output
def command(**given: Any) -> int:
    """List the runs that the ledger knows, the newest first."""
    wiring = Wiring(given, "runs", (), Console())
    ledger = wiring.ledger_to_show()
    with wiring.stack:
        runs = [] if ledger is None else ledger.runs()
    rows = [
        {
            "run": one.run,
            "command": one.command,
            "started": text_of(one.started),
            "ended": None if one.ended is None else text_of(one.ended),
            "status": one.status,
            "mappings": list(one.mappings),
            "counts": dict(one.counts),
        }
        for one in runs
    ]
    if given["output"] == "json":
        show_json({"version": 1, "runs": rows})
        return 0
    for row, one in zip(rows, runs, strict=True):
        ended = "did not end" if one.status is None else f"exit {one.status}"
        counts = ", ".join(f"{number:,} {name}" for name, number in one.counts.items() if number)
        click.echo(shown(f"{row['run']}  {row['command']}  {row['started']}  {ended}  {counts}"))
    if not rows:
        click.echo("no runs yet")
    return 0
