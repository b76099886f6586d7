"""`trayimport verify [PATH…]`."""

from collections import Counter
from pathlib import Path
from typing import Any

import click

from trayimport.apply.effects import Work
from trayimport.apply.reading import verify_items
from trayimport.cli import options
from trayimport.cli.console import show_json
from trayimport.cli.settling import settler
from trayimport.core.spec import Mapping
from trayimport.model import Item, State
from trayimport.pipeline.loading import load
from trayimport.pipeline.run import Importer
from trayimport.report.escape import shown

OUTCOMES = ("alive", "dead", "missing", "changed", "renamed", "refreshed", "unknown")


@click.command(name="verify")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@options.tray
@options.output
@click.option("--sample", metavar="N|P%", help="Only so many.")
def command(paths: tuple[Path, ...], sample: str | None, **given: Any) -> int:
    """Read each imported authentication back, and say which are dead, missing or changed."""
    importer, wiring = settler(paths, given, "verify", write=False)
    with wiring.stack:
        mappings = {one.identity: one for one in load(paths, wiring.cwd).whole()} if paths else None
        items = [
            item
            for item in importer.parts.ledger.all_items()
            if item.state == State.CREATED and (mappings is None or item.mapping in mappings)
        ]
        report = _verify(importer, _sampled(items, sample), mappings or {})
    counts = Counter(outcome for _, outcome in report)
    problems = [
        {"mapping": item.mapping, "key": item.key, "authenticationId": item.authentication_id, "outcome": outcome}
        for item, outcome in report
        if outcome not in {"alive", "refreshed"}
    ]
    if given["output"] == "json":
        show_json(
            {"version": 1, "verified": len(report), **{one: counts[one] for one in OUTCOMES}, "problems": problems}
        )
    else:
        for one in problems:
            click.echo(shown(f"{one['outcome']}: {one['mapping']} {one['key']} ({one['authenticationId']})"))
            if one["outcome"] == "missing":
                click.echo(shown(f"  to import it again: trayimport resolve {one['key']} --absent"))
        click.echo(f"{len(report):,} verified: " + ", ".join(f"{counts[one]:,} {one}" for one in OUTCOMES))
    return 1 if counts["dead"] + counts["missing"] + counts["changed"] else 0


def _verify(importer: Importer, items: list[Item], mappings: dict[str, Mapping]) -> list[tuple[Item, str]]:
    ledger = importer.parts.ledger
    report: list[tuple[Item, str]] = []
    users: dict[str, dict[str, list[Item]]] = {}
    for item in items:
        users.setdefault(item.external_user_id, {}).setdefault(item.mapping, []).append(item)
    types: dict[str, bool] = {}
    for identity in {item.mapping for item in items}:
        known = ledger.mapping_identity(identity)
        if known is not None:
            offered = importer.environments(known.service, known.version)
            types[identity] = any(
                one.id == known.environment_id and one.authentication_type.startswith("oauth") for one in offered
            )

    def of_user(groups: dict[str, list[Item]]) -> Work:
        for mapping, group in groups.items():
            call = mappings[mapping].verify if mapping in mappings else None
            yield from verify_items(importer.context, group, types.get(mapping, False), call, report)

    importer.drive(map(of_user, users.values()))
    return report


def _sampled(items: list[Item], sample: str | None) -> list[Item]:
    if sample is None or not items:
        return items
    try:
        number = round(len(items) * float(sample[:-1]) / 100) if sample.endswith("%") else int(sample)
    except ValueError:
        raise click.UsageError("--sample takes a number, or a percentage such as 10%") from None
    step = max(1, len(items) // max(1, number))
    return items[::step][: max(0, number)]
