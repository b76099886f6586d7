"""`trayimport rollback RUN`."""

from collections import Counter
from typing import Any

import click

from trayimport.apply.deleting import Deletion, delete_items
from trayimport.cli import completing, options
from trayimport.cli.console import show_json
from trayimport.cli.finding import run_named
from trayimport.cli.running import confirmed, interruptible, require_consent
from trayimport.cli.settling import settler
from trayimport.codes import run as codes
from trayimport.errors import RefusalError
from trayimport.model import Item, State
from trayimport.report.escape import shown

OURS = {State.CREATED, State.DELETING, State.SENDING, State.IN_DOUBT}


@click.command(name="rollback")
@click.argument("run", shell_complete=completing.runs)
@options.tray
@options.bounds
@options.output
@options.yes
def command(run: str, **given: Any) -> int:
    """Delete the authentications that RUN created, and nothing else. What was adopted or changed since is left."""
    ask = require_consent(given)
    importer, wiring = settler((), given, "rollback")
    report: list[Deletion] = []
    interrupted = False
    with wiring.stack, interruptible(importer.stop):
        ledger = importer.parts.ledger
        name = run_named(ledger, run).run
        items = [item for item in ledger.all_items(name) if item.state in OURS]
        click.echo(f"{len(items):,} authentications of run {shown(name)} would be deleted", err=True)
        if items and ask and not confirmed("Delete them in Tray?"):
            raise RefusalError(codes.DECLINED, "nothing was deleted")
        groups: dict[str, list[Item]] = {}
        for item in items:
            if item.origin in {None, "created"}:
                groups.setdefault(item.external_user_id, []).append(item)
            else:
                report.append(Deletion(item, "left", f"it was {item.origin} and not created"))
        importer.begin_run()
        try:
            importer.drive(delete_items(importer.context, group, report) for group in groups.values())
        except KeyboardInterrupt:
            interrupted = True
        counts = Counter(one.outcome for one in report)
        missing = len(items) - len(report)
        status = 130 if interrupted else 1 if counts["left"] + counts["failed"] + counts["in_doubt"] + missing else 0
        importer.end_run(status, dict(counts))
    _print(name, report, counts, given)
    return status


def _print(name: str, report: list[Deletion], counts: Counter[str], given: dict[str, Any]) -> None:
    names = ("deleted", "absent", "left", "failed", "in_doubt")
    problems = [
        {
            "mapping": one.item.mapping,
            "key": one.item.key,
            "authenticationId": one.item.authentication_id,
            "outcome": one.outcome,
            "why": one.why,
        }
        for one in report
        if one.outcome not in {"deleted", "absent"}
    ]
    if given["output"] == "json":
        counted = {one: counts[one] for one in names}
        show_json({"version": 1, "run": name, **counted, "users_deleted": 0, "problems": problems})
        return
    for one in problems:
        why = f": {one['why']}" if one["why"] else ""
        click.echo(shown(f"{one['outcome']}: {one['mapping']} {one['key']} ({one['authenticationId']}){why}"))
    click.echo(", ".join(f"{counts[one]:,} {one.replace('_', ' ')}" for one in names))
