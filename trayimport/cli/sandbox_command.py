"""`trayimport sandbox`."""

import signal
import sys
import threading
from pathlib import Path
from typing import Any

import click

from trayimport.cli.emulating import emulator
from trayimport.sandbox.readings import NAMES, readings


@click.command(name="sandbox")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 picks a free one.", show_default=True)
@click.option("--latency", type=click.FloatRange(min=0), default=0.0, help="Seconds before each answer.")
@click.option("--rate", type=click.FloatRange(min=0), default=30.0, help="Requests a second; 0: no limit.")
@click.option("--burst", type=click.IntRange(min=1), default=50, help="Requests in any one second.")
@click.option("--users", type=click.IntRange(min=0), default=0, help="External Users who are there already.")
@click.option("--schemas", type=click.Path(path_type=Path), default=Path("schemas"), help="Snapshots to serve.")
@click.option("--sandbox-state", type=click.Path(path_type=Path), help="Keep the state here.")
@click.option(
    "--mild",
    multiple=True,
    type=click.Choice([*NAMES, "all"]),
    help="Read this unknown of Tray's contract mildly, in place of harshly; may be repeated.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="OPERATION=FAULT",
    help="What the next request of an operation meets, such as create='held after'; may be repeated.",
)
def command(
    schemas: Path, sandbox_state: Path | None, mild: tuple[str, ...], faults: tuple[str, ...], **given: Any
) -> int:
    """Serve the Tray emulator on loopback until it is stopped; the first lines are what a shell can eval."""
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stopped.set())
    with emulator(schemas, script=_script(faults), state=sandbox_state, readings=readings(mild), **given) as sandbox:
        click.echo(f"export TRAY_API_URL={sandbox.api_url}")
        click.echo(f"export TRAY_GRAPHQL_URL={sandbox.graphql_url}")
        click.echo(f"export TRAY_MASTER_TOKEN={sandbox.master_token}")
        sys.stdout.flush()
        stopped.wait()
    return 0


def _script(faults: tuple[str, ...]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in faults:
        operation, _, fault = one.partition("=")
        found.setdefault(operation, []).append(fault)
    return found
