"""`trayimport resolve KEY`."""

from pathlib import Path
from typing import Any

import click

from trayimport.apply.resolving import Resolved, resolve_absent, resolve_created
from trayimport.cli import completing, options
from trayimport.cli.console import show_json
from trayimport.cli.running import confirmed, require_consent
from trayimport.cli.settling import settler
from trayimport.codes import run as codes
from trayimport.errors import ConfigurationError, RefusalError
from trayimport.model import Item, Ledger, State
from trayimport.pipeline.loading import load
from trayimport.report.escape import shown

OPEN = {State.SENDING, State.IN_DOUBT}


@click.command(name="resolve")
@click.argument("key", shell_complete=completing.open_keys)
@click.option("--created", metavar="AUTH_ID", help="It was created: this authentication is the record's.")
@click.option("--absent", is_flag=True, help="It was not created: the next run may send it again.")
@click.option("--mapping", type=click.Path(path_type=Path), help="Where several mappings have that key.")
@options.tray
@options.bounds
@options.output
@options.yes
def command(key: str, created: str | None, absent: bool, mapping: Path | None, **given: Any) -> int:
    """Settle the record KEY, which is in doubt, by hand. Both ways look at Tray first."""
    if (created is None) == (not absent):
        raise click.UsageError("give one of --created AUTH_ID and --absent")
    ask = require_consent(given)
    importer, wiring = settler((mapping,) if mapping else (), given, "resolve")
    with wiring.stack:
        identity = None if mapping is None else load([mapping], wiring.cwd).whole()[0].identity
        item = _find(importer.parts.ledger, key, identity, absent=absent)
        if ask and not confirmed(f"Settle {shown(item.key)} of {shown(item.mapping)}?"):
            raise RefusalError(codes.DECLINED, "nothing was changed")
        context = importer.context
        context.tell_left = lambda seconds: wiring.listener.note(
            f"looking whether it is there, for another {seconds:.0f} s (--commit-within, --lookup-lag)"
        )
        worker = resolve_absent(context, item) if created is None else resolve_created(context, item, created)
        done: Resolved = importer.drive_one(worker)
    if given["output"] == "json":
        show_json(
            {
                "version": 1,
                "mapping": done.item.mapping,
                "key": done.item.key,
                "state": str(done.item.state),
                "id": done.item.authentication_id,
            }
        )
    if done.refusal is not None:
        click.echo(shown(f"not settled: {done.refusal}"), err=True)
        return 1
    click.echo(shown(f"{done.item.key} of {done.item.mapping}: {done.item.state}"), err=given["output"] == "json")
    return 0


def _find(ledger: Ledger, key: str, identity: str | None, *, absent: bool) -> Item:
    states = OPEN | {State.CREATED} if absent else OPEN
    found = [
        item
        for item in ledger.all_items()
        if item.key == key and (identity is None or item.mapping == identity) and item.state in states
    ]
    if len(found) == 1:
        return found[0]
    if not found:
        raise ConfigurationError(codes.UNKNOWN_RUN, "no record of that key is in doubt")
    raise ConfigurationError(codes.UNKNOWN_RUN, "several mappings have that key: give --mapping PATH")
