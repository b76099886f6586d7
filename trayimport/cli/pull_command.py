"""`trayimport pull PATH…`."""

import secrets
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from trayimport.catalog import Catalog
from trayimport.cli import options
from trayimport.cli.asking import asker
from trayimport.cli.console import show_findings, show_json
from trayimport.core.spec import Mapping
from trayimport.model import Diagnostic
from trayimport.pipeline.drifting import Drift, Live, broken, drifted
from trayimport.pipeline.loading import load
from trayimport.pipeline.noledger import NoLedger
from trayimport.pipeline.run import Importer
from trayimport.report import finding_document, shown


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
        live = list(_live(importer, loaded.mappings))
    if given["check"]:
        return max(_check(catalog, live, given), 1 if loaded.errors else 0)
    written = [
        str(catalog.write(one.service, one.version, environment)) for one in live for environment in one.environments
    ]
    if given["output"] == "json":
        show_json({"version": 1, "snapshots": written})
    else:
        for path in written:
            click.echo(shown(path))
    return 1 if loaded.errors else 0


def _live(importer: Importer, mappings: list[Mapping]) -> Iterator[Live]:
    importer.require_services(mappings)
    groups: dict[tuple[str, int], list[Mapping]] = {}
    for mapping in mappings:
        groups.setdefault((mapping.service.name, mapping.service.version), []).append(mapping)
    for (service, version), users in groups.items():
        yield Live(service, version, importer.environments(service, version), users)


def _check(catalog: Catalog, live: list[Live], given: dict[str, Any]) -> int:
    changes = list(drifted(live, catalog))
    fingerprint = NoLedger(secrets.token_bytes(32)).fingerprint
    breaks = dict(broken(live, catalog, fingerprint)) if changes else {}
    if given["output"] == "json":
        show_json(_document(changes, breaks))
    else:
        click.echo(_text(changes, breaks))
    return 1 if changes else 0


def _document(changes: list[Drift], breaks: dict[str, list[Diagnostic]]) -> dict[str, Any]:
    broken_by = [
        {"mapping": path, "problems": [finding_document(one) for one in found]}
        for path, found in breaks.items()
        if found
    ]
    return {"version": 1, "drift": [asdict(one) for one in changes], "broken": broken_by}


def _text(changes: list[Drift], breaks: dict[str, list[Diagnostic]]) -> str:
    """Each change once, by environment; then which mappings still fit what Tray has now."""
    if not changes:
        return "the snapshots are what Tray has now"
    places: dict[str, dict[str, None]] = {}
    for one in changes:
        mark = "breaks what the snapshot accepted" if one.breaking else "harmless"
        what = shown(f"{one.path} {one.change}".strip())
        places.setdefault(shown(f"{one.service}, {one.environment}:"), {})[f"  {what} ({mark})"] = None
    lines = [line for place, found in places.items() for line in (place, *found)]
    for path, found in breaks.items():
        lines.append(shown(path) + (" breaks:" if found else " fits what Tray has now"))
        lines += [f"  {shown(f'{one.at}: {one.code} {one.path}: {one.message}')}" for one in found]
    lines.append("`trayimport pull` takes the changes over into the snapshots")
    return "\n".join(lines)
