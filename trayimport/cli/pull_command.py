"""`trayimport pull PATH…`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from trayimport.catalog import Catalog
from trayimport.cli import options
from trayimport.cli.asking import asker
from trayimport.cli.console import show_findings, show_json
from trayimport.core.drift import drift
from trayimport.core.spec import Mapping
from trayimport.model import Environment
from trayimport.pipeline.loading import load
from trayimport.pipeline.run import Importer
from trayimport.report.escape import shown

Wanted = tuple[str, int, Environment, list[Mapping]]


@click.command(name="pull")
@options.paths
@options.tray
@options.output
@click.option("--check", is_flag=True, help="Write nothing; exit 1 where a snapshot is not what Tray has now.")
def command(paths: tuple[Path, ...], **given: Any) -> int:
    """Fetch the schemas of the environments of the services that the mappings at PATHS use."""
    importer, wiring = asker(paths, given, "pull")
    loaded = load(paths, wiring.cwd)
    if not loaded.mappings:
        loaded.whole()
    show_findings(loaded.errors)
    catalog = Catalog(wiring.schemas())
    with wiring.stack:
        wanted = list(_environments(importer, loaded.mappings))
    if given["check"]:
        return max(_check(catalog, wanted, given), 1 if loaded.errors else 0)
    written = [str(catalog.write(service, version, environment)) for service, version, environment, _ in wanted]
    if given["output"] == "json":
        show_json({"version": 1, "snapshots": written})
    else:
        for path in written:
            click.echo(shown(path))
    return 1 if loaded.errors else 0


def _environments(importer: Importer, mappings: list[Mapping]) -> Iterator[Wanted]:
    importer.require_services(mappings)
    groups: dict[tuple[str, int], list[Mapping]] = {}
    for mapping in mappings:
        groups.setdefault((mapping.service.name, mapping.service.version), []).append(mapping)
    for (service, version), users in groups.items():
        for environment in importer.environments(service, version):
            yield service, version, environment, users


def _check(catalog: Catalog, wanted: list[Wanted], given: dict[str, Any]) -> int:
    changes = []
    for service, version, environment, mappings in wanted:
        snapshot = catalog.titled(service, version, environment.title)
        found = (
            [("", "no snapshot", True)]
            if snapshot is None
            else [(one.path, one.change, one.breaking) for one in drift(snapshot.environment, environment)]
        )
        changes += [
            {
                "mapping": mapping.path,
                "service": f"{service} {version}",
                "environment": environment.title,
                "path": path,
                "change": change,
                "breaking": breaking,
            }
            for mapping in mappings
            for path, change, breaking in found
        ]
    if given["output"] == "json":
        show_json({"version": 1, "drift": changes})
    else:
        for one in changes:
            mark = "breaks" if one["breaking"] else "harmless"
            click.echo(shown(f"{one['mapping']}: {one['service']} {one['environment']}: {one['change']} ({mark})"))
        if not changes:
            click.echo("the snapshots are what Tray has now")
    return 1 if changes else 0
