"""`trayimport apply PATH…`."""

import json
from pathlib import Path
from typing import Any

import click

from trayimport.cli import options
from trayimport.cli.console import (
    Console,
    plan_view,
    show_findings,
    show_json,
    show_noted,
    show_outcome,
    show_problems,
)
from trayimport.cli.guard import say
from trayimport.cli.plan_command import plan_paths
from trayimport.cli.running import Prepared, confirmed, interruptible, prepare
from trayimport.codes import run as codes
from trayimport.errors import ConfigurationError, LedgerError, RefusalError, SourceError, StoppedError, TrayimportError
from trayimport.model import Problem
from trayimport.pipeline.outcome import Outcome
from trayimport.pipeline.run import Importer
from trayimport.planfile import SavedPlan
from trayimport.report import plan_text

Problems = set[tuple[str | None, Problem]]


@click.command(name="apply")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@options.tray
@options.run
@options.output
@options.yes
@click.option("--retry-file", type=click.Path(path_type=Path), help="Write the keys that failed or are in doubt here.")
@click.option("--plan", "plan", type=click.Path(path_type=Path), help="Apply this saved plan; instead of PATHS.")
@click.option("--dry-run", is_flag=True, help="The same as plan.")
def command(paths: tuple[Path, ...], **given: Any) -> int:
    """Import what the mappings at PATHS describe: plan, show it, ask, import, sum up.

    Run the same command again after any interruption: nothing is created twice.
    """
    if given["plan"] is not None:
        return _apply_saved(paths, given)
    if not paths:
        raise ConfigurationError(codes.BAD_OPTION, "missing PATHS, or --plan FILE")
    if given["dry_run"]:
        return plan_paths(paths, given)
    return _apply(prepare(paths, given, "apply", write=True), given)


def _apply_saved(paths: tuple[Path, ...], given: dict[str, Any]) -> int:
    """What a saved plan says, and nothing else (commands, ruling 25)."""
    for name, set_ in (("PATHS", paths), ("--select", given["select"]), ("--limit", given["limit"] is not None)):
        if set_:
            raise ConfigurationError(
                codes.BAD_OPTION, f"{name} and --plan: a saved plan says by itself what it is about"
            )
    if given["dry_run"]:
        raise ConfigurationError(codes.BAD_OPTION, "--dry-run and --plan: the plan has been made already")
    with SavedPlan(given["plan"]) as saved:
        files = tuple(Path(one.path) for one in saved.header.mappings)
        return _apply(prepare(files, given, "apply", write=True, saved=saved), given)


def _apply(prepared: Prepared, given: dict[str, Any]) -> int:
    importer = prepared.importer
    with prepared.wiring.stack, interruptible(importer.stop):
        return _run(importer, prepared.console, given, ask=prepared.ask)


def _run(importer: Importer, console: Console, given: dict[str, Any], *, ask: bool) -> int:
    error: TrayimportError | None = None
    interrupted = False
    shown_before: Problems = set()
    try:
        importer.plan(apply=True)
        console.pause()
        show_findings(importer.warnings)
        shown_before = _show(importer)
        if importer.blocked():
            click.echo("invalid records stop the import before the first write (or --allow-partial)", err=True)
        elif _consent(importer, ask=ask):
            work = importer.work()
            console.begin(work)
            importer.apply()
            if not work:
                click.echo("nothing is left to do", err=True)
    except (StoppedError, LedgerError, SourceError) as stopped:
        error = stopped
    except KeyboardInterrupt:
        interrupted = True
    console.pause()
    if error is not None and not (importer.opened and (importer.wrote or error.exit_status == 3)):
        raise error
    found = importer.outcome(planned=False)
    status = 130 if interrupted else 3 if error is not None else found.exit_status
    _end(importer, found, status)
    _print(found, given, shown_before)
    if error is not None:
        say(error)
    if status in (3, 130):
        click.echo("run the same command again to go on", err=True)
    return status


def _show(importer: Importer) -> Problems:
    """Show the plan; gives the problems that were shown with it, so that they aren't said twice."""
    planned = importer.outcome(planned=True)
    for _, _, problems in planned.per_mapping:
        show_problems(problems)
    show_noted(planned)
    click.echo(plan_text(plan_view(planned, importer.store)), err=True, nl=False)
    return {one for _, _, problems in planned.per_mapping for one in problems}


def _consent(importer: Importer, *, ask: bool) -> bool:
    if ask and importer.work() and not confirmed("Import these into Tray?"):
        raise RefusalError(codes.DECLINED, "nothing was written")
    return True


def _end(importer: Importer, found: Outcome, status: int) -> None:
    try:
        importer.end_run(status, {"records": found.records, **found.counts})
    except LedgerError as error:
        say(error)


def _print(found: Outcome, given: dict[str, Any], shown_before: Problems) -> None:
    if given["retry_file"] is not None:
        _retry_file(found, given["retry_file"])
    if given["output"] == "json":
        show_json(found.document())
    else:
        for _, _, problems in found.per_mapping:
            show_problems([one for one in problems if one not in shown_before])
        show_problems((key, problem) for _, key, problem in found.extra)
        show_outcome(found)


def _retry_file(found: Outcome, path: Path) -> None:
    lines = {
        (mapping, key): None for mapping, _, problems in found.per_mapping for key, _ in problems if key is not None
    }
    try:
        with path.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps({"mapping": mapping, "key": key}) + "\n" for mapping, key in lines)
    except OSError as error:
        raise ConfigurationError(codes.UNREADABLE_FILE, f"{path}: {error.strerror}") from None
