"""Options that commands share: flags over environment over profile (design, sections 3 and 5)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from trayimport.cli import completing

F = TypeVar("F", bound=Callable[..., Any])


def together(*decorators: Callable[[Any], Any]) -> Callable[[F], F]:
    """Several decorators as one."""

    def decorate(function: F) -> F:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


paths = click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
output = click.option(
    "--output", type=click.Choice(["text", "json"]), default="text", help="What to print on stdout.", show_default=True
)
yes = click.option("--yes", is_flag=True, help="Don't ask; needed where there is no terminal.")
profile = click.option("--profile", metavar="NAME", help="A profile of trayimport.yaml.")
schemas = click.option(
    "--schemas", type=click.Path(path_type=Path), help="Folder of snapshots. [default: schemas beside the mappings]"
)
ledger = click.option("--ledger", metavar="URL", help="Where the ledger is. [default: sqlite:///.trayimport/ledger.db]")
tray = together(
    click.option("--region", type=click.Choice(["us", "eu", "ap"]), help="Tray's region. [default: us]"),
    click.option("--api-url", metavar="URL", help="Host of the REST API, without /core/v1."),
    click.option("--graphql-url", metavar="URL", help="URL of the GraphQL API."),
    click.option("--sandbox", is_flag=True, help="Use an emulator inside this process."),
    click.option("--sandbox-state", type=click.Path(path_type=Path), help="Keep the emulator's state and ledger here."),
    click.option("--rate", type=click.FloatRange(min=0), help="Requests a second, on average. [default: 30]"),
    click.option("--burst", type=click.IntRange(min=1), help="Requests in any one second. [default: 50]"),
    click.option(
        "--workers", type=click.IntRange(min=1, max=1000), help="Requests in the air at a time. [default: 96]"
    ),
    click.option(
        "--give-up-after", type=click.FloatRange(min=0), default=60.0, help="Seconds of outage. [default: 60]"
    ),
    click.option(
        "--answer-within",
        type=click.FloatRange(min=0, min_open=True, max=30),
        envvar="TRAYIMPORT_ANSWER_WITHIN",
        default=30.0,
        help="Seconds for one request, answer included. [default: 30]",
    ),
    click.option("-v", "--verbose", count=True, help="Say more; never a value of a record."),
    profile,
    schemas,
    ledger,
)
bounds = together(
    click.option(
        "--send-within",
        type=float,
        envvar="TRAYIMPORT_SEND_WITHIN",
        default=5.0,
        help="Seconds from claim to wire, at most. [default: 5]",
    ),
    click.option(
        "--commit-within",
        type=float,
        envvar="TRAYIMPORT_COMMIT_WITHIN",
        default=60.0,
        help="Seconds from wire to commit, at most. [default: 60]",
    ),
    click.option(
        "--lookup-lag",
        type=float,
        envvar="TRAYIMPORT_LOOKUP_LAG",
        default=10.0,
        help="Seconds that look-ups lag, at most. [default: 10]",
    ),
    click.option(
        "--lease",
        type=click.FloatRange(min=1),
        envvar="TRAYIMPORT_LEASE",
        default=30.0,
        help="Seconds that a dead run holds a PostgreSQL ledger. [default: 30]",
    ),
    click.option("--lock-wait", type=float, default=60.0, help="Seconds to wait for another run. [default: 60]"),
)
run = together(
    bounds,
    click.option(
        "--select",
        multiple=True,
        metavar="KEY|GLOB|@FILE",
        help="Only these records.",
        shell_complete=completing.keys,
    ),
    click.option("--limit", type=click.IntRange(min=0), help="Only the first N that would be sent."),
    click.option("--allow-partial", is_flag=True, help="Import the valid records though others are not."),
    click.option("--max-changes", default="30%", metavar="N|P%", help="Updates of what exists. [default: 30%]"),
    click.option("--lookups/--no-lookups", default=None, help="Ask Tray what existing users have, at plan time."),
    click.option("--accept-drift", is_flag=True, help="Go on though a live schema no longer fits its snapshot."),
    click.option("--accept-environment", is_flag=True, help="A mapping may stand for another environment than before."),
    click.option("--accept-moved", is_flag=True, help="Keep authentications whose keys have changed."),
    click.option("--overwrite-refreshed", is_flag=True, help="Update even what Tray has refreshed since."),
    click.option("--allow-outside", is_flag=True, help="Sources may lie outside the mappings' folders."),
    click.option("--allow-commands", is_flag=True, help="Secrets may come from commands."),
)
