"""`trayimport services [TEXT]`."""

from typing import Any

import click

from trayimport.cli import completing, options
from trayimport.cli.asking import asker
from trayimport.cli.console import show_json
from trayimport.errors import ConfigurationError
from trayimport.model import Environment
from trayimport.pipeline.run import Importer
from trayimport.report.escape import shown

FEW = 20
"""Matches up to which environments are fetched (commands, ruling 41)."""


@click.command(name="services")
@click.argument("text", required=False, shell_complete=completing.services)
@options.tray
@options.output
def command(text: str | None, **given: Any) -> int:
    """List the services that Tray offers, or those whose name or title contains TEXT."""
    importer, wiring = asker((), given, "services")
    with wiring.stack:
        services = importer.services()
        matches = [
            (name, version, title)
            for (name, version), title in sorted(services.items())
            if text is None or text.lower() in name.lower() or text.lower() in title.lower()
        ]
        detailed = text is not None and len(matches) <= FEW
        rows: list[dict[str, Any]] = []
        for name, version, title in matches:
            found = _environments(importer, name, version) if detailed else []
            rows.append(
                {
                    "service": name,
                    "version": version,
                    "title": title,
                    "environments": [
                        {"title": one.title, "id": one.id, "authenticationType": one.authentication_type}
                        for one in found
                    ],
                }
            )
    if given["output"] == "json":
        show_json({"version": 1, "services": rows})
        return 0
    for row in rows:
        click.echo(shown(f"{row['service']} {row['version']}  {row['title']}"))
        for one in row["environments"]:
            click.echo(shown(f"    {one['title']}  ({one['authenticationType']}, {one['id']})"))
    if not rows:
        click.echo("no service matches", err=True)
    return 0


def _environments(importer: Importer, name: str, version: int) -> list[Environment]:
    """The environments of a service; none where Tray lists the service and shows nothing of it."""
    try:
        return importer.environments(name, version)
    except ConfigurationError:
        return []
