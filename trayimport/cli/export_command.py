"""`trayimport export`."""

import csv
import io
import json
import sys
from pathlib import Path
from typing import Any

import click

from trayimport.cli import completing, options
from trayimport.cli.console import Console
from trayimport.cli.finding import run_named
from trayimport.cli.folders import write_file
from trayimport.cli.wiring import Wiring
from trayimport.model import Item, Ledger, State
from trayimport.report.escape import shown

COLUMNS = (
    "externalUserId", "userId", "authenticationId", "service", "serviceVersion", "environment", "name", "mapping",
    "key", "run",
)  # fmt: skip


@click.command(name="export")
@options.ledger
@options.profile
@click.option("--format", "form", type=click.Choice(["csv", "json", "jsonl"]), default="csv", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="Write to this file instead of stdout.")
@click.option("--since", metavar="RUN", help="Only what this run and later ones made.", shell_complete=completing.runs)
def command(form: str, out: Path | None, since: str | None, **given: Any) -> int:
    """Write one row for each authentication that was imported, with the ids that the product needs."""
    wiring = Wiring(given, "export", (), Console())
    ledger = wiring.ledger_to_show()
    with wiring.stack:
        rows = [] if ledger is None else list(_rows(ledger, since))
    if out is None and form == "csv" and sys.stdout.isatty():
        rows = [{name: shown(cell) if isinstance(cell, str) else cell for name, cell in row.items()} for row in rows]
    text = _text(rows, form)
    if out is None:
        # Whatever a terminal's encoding is, a file of CSV is UTF-8.
        click.echo(text if sys.stdout.isatty() else text.encode("utf-8", "backslashreplace"), nl=False)
        return 0
    write_file(out, text)
    return 0


def _rows(ledger: Ledger, since: str | None) -> list[dict[str, Any]]:
    runs = None
    if since is not None:
        first = run_named(ledger, since).started
        runs = {one.run for one in ledger.runs() if one.started >= first}
    return [
        _row(ledger, item)
        for item in ledger.all_items()
        if item.state in {State.CREATED, State.UPDATING}
        and item.authentication_id
        and (runs is None or item.run in runs)
    ]


def _row(ledger: Ledger, item: Item) -> dict[str, Any]:
    known = ledger.mapping_identity(item.mapping)
    values = (
        item.external_user_id,
        item.user_id,
        item.authentication_id,
        None if known is None else known.service,
        None if known is None else known.version,
        None if known is None else known.environment_title,
        item.name,
        item.mapping,
        item.key,
        item.run,
    )
    return dict(zip(COLUMNS, values, strict=True))


def _text(rows: list[dict[str, Any]], form: str) -> str:
    if form == "json":
        return json.dumps(rows, indent=1) + "\n"
    if form == "jsonl":
        return "".join(json.dumps(row) + "\n" for row in rows)
    file = io.StringIO()
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()
