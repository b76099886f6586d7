"""`trayimport plan PATH…`."""

from pathlib import Path
from typing import Any

import click

from trayimport.cli import options
from trayimport.cli.console import plan_view, show_findings, show_json, show_noted, show_problems
from trayimport.cli.running import interruptible, prepare
from trayimport.pipeline.outcome import Outcome
from trayimport.pipeline.run import Importer
from trayimport.report import plan_markdown, plan_text


@click.command(name="plan")
@options.paths
@options.tray
@options.run
@click.option(
    "--output",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
    help="What to print on stdout; markdown is for the comment of a pull request.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Save the plan in this file, for apply --plan.")
@click.option("--detailed-exitcode", is_flag=True, help="0: nothing to do, 2: something to do, 1: error.")
def command(paths: tuple[Path, ...], **given: Any) -> int:
    """Show what apply would do with the mappings at PATHS. Writes nothing, in Tray or in the ledger."""
    return plan_paths(paths, given)


def plan_paths(paths: tuple[Path, ...], given: dict[str, Any]) -> int:
    """Plan, and print it; gives the exit status."""
    prepared = prepare(paths, given, "plan", write=False)
    importer = prepared.importer
    with prepared.wiring.stack, interruptible(importer.stop):
        importer.plan(apply=False)
        prepared.console.pause()
        show_findings(importer.warnings)
        if given.get("out") is not None:
            importer.save(given["out"])
        return _print(importer, given)


def _print(importer: Importer, given: dict[str, Any]) -> int:
    found = importer.outcome(planned=True)
    for _, _, problems in found.per_mapping if given["output"] != "json" else ():
        show_problems(problems)
    show_noted(found)
    OUTPUTS[given["output"]](importer, found)
    status = found.exit_status
    if given.get("detailed_exitcode") and status == 0 and importer.work():
        return 2
    return status


def _name(action: str) -> str:
    return {"created": "unchanged"}.get(action, action)


def _json(importer: Importer, found: Outcome) -> None:
    document = found.document()
    paths = [unit.program.mapping.path for unit in importer.units]
    document["actions"] = [
        {"mapping": paths[row.mapping], "key": row.key, "action": _name(row.action), "where": row.place}
        for row in importer.store.rows()
    ]
    show_json(document)


def _text(importer: Importer, found: Outcome) -> None:
    click.echo(plan_text(plan_view(found, importer.store)), nl=False)


def _markdown(importer: Importer, found: Outcome) -> None:
    click.echo(plan_markdown(plan_view(found, importer.store)), nl=False)


OUTPUTS = {"text": _text, "json": _json, "markdown": _markdown}
"""What prints a plan on stdout, by the name of the format."""
