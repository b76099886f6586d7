"""`trayimport status`."""

from typing import Any

import click

from trayimport.cli import options
from trayimport.cli.console import Console, show_json
from trayimport.cli.wiring import Wiring
from trayimport.core.instant import text_of
from trayimport.model import State
from trayimport.report.escape import shown

DOUBTFUL = {State.SENDING, State.IN_DOUBT, State.UPDATING, State.DELETING}


@click.command(name="status")
@options.ledger
@options.profile
@options.output
@click.option("--sandbox-state", hidden=True)
def command(**given: Any) -> int:
    """Show how many authentications the ledger knows in each state, and what is in doubt."""
    wiring = Wiring(given, "status", (), Console())
    ledger = wiring.ledger_to_show()
    states: dict[str, int] = {}
    doubts: list[dict[str, Any]] = []
    with wiring.stack:
        if ledger is not None:
            states = ledger.states()
            doubts = [
                {
                    "mapping": item.mapping,
                    "key": item.key,
                    "attempt": item.attempt,
                    "since": None if item.since is None else text_of(item.since),
                    "ids": list(item.seen),
                }
                for item in ledger.open_items()
                if item.state in DOUBTFUL
            ]
    if given["output"] == "json":
        show_json({"version": 1, "states": states, "in_doubt": doubts})
        return 0
    for state, number in sorted(states.items()):
        click.echo(f"{number:>9,}  {state.replace('_', ' ')}")
    if not states:
        click.echo("the ledger knows nothing yet")
    for one in doubts:
        click.echo(shown(f"in doubt: {one['mapping']} {one['key']}, attempt {one['attempt']}, since {one['since']}"))
        click.echo(shown(f"  trayimport resolve {one['key']} --created AUTH_ID | --absent"))
    return 0
