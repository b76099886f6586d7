"""`trayimport validate PATH…`."""

import secrets
import signal
import sys
import time
from pathlib import Path
from typing import Any

import click

from trayimport.catalog import Catalog
from trayimport.cli import options
from trayimport.cli.folders import schemas_folder
from trayimport.cli.guard import say
from trayimport.cli.profiles import load_profile
from trayimport.cli.watching import changes, stamps
from trayimport.codes import run as codes
from trayimport.errors import ConfigurationError, TrayimportError
from trayimport.pipeline.checking import Checked, check
from trayimport.pipeline.loading import Loaded, load
from trayimport.pipeline.noledger import NoLedger
from trayimport.report import FORMATS, Case, render


@click.command(name="validate")
@options.paths
@options.schemas
@options.profile
@click.option("--output", type=click.Choice(sorted(FORMATS)), default="text", show_default=True, help="What to print.")
@click.option("--strict", is_flag=True, help="Warnings fail too.")
@click.option("--watch", is_flag=True, help="Check again whenever a file is saved, until interrupted.")
def command(paths: tuple[Path, ...], **given: Any) -> int:
    """Check the mappings at PATHS offline: language, templates, examples, snapshots. For CI."""
    if given["watch"]:
        return _watch(paths, given)
    return _validate(paths, given)


def _watch(paths: tuple[Path, ...], given: dict[str, Any]) -> int:
    """Until an interrupt; what stops one check is said, and the next one goes on."""
    if given["output"] != "text":
        raise ConfigurationError(codes.BAD_OPTION, "--watch is for people: --output text only")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    folder = schemas_folder(given["schemas"], paths, Path.cwd())
    for found in changes(lambda: stamps([*paths, folder]), time.sleep):
        if sys.stdout.isatty():
            click.clear()
        try:
            _validate(paths, given)
        except TrayimportError as error:
            say(error)
        click.echo(f"watching {len(found)} files; Ctrl-C ends it", err=True)
    return 0


def _validate(paths: tuple[Path, ...], given: dict[str, Any]) -> int:
    cwd = Path.cwd()
    load_profile(given["profile"], cwd)
    loaded = load(paths, cwd)
    checked = _check(loaded, schemas_folder(given["schemas"], paths, cwd))
    findings = [*loaded.diagnostics]
    for one in checked:
        findings += one.all
    findings = sorted(set(findings), key=lambda one: (one.at.file, one.at.line, one.at.column))
    errors = sum(one.severity == "error" for one in findings)
    warnings = len(findings) - errors
    cases = _cases(loaded, checked)
    colour = given["output"] == "text" and sys.stdout.isatty()
    text = render(
        given["output"],
        findings,
        errors=errors,
        warnings=warnings,
        ignored=sum(len(set(one.ignored)) for one in checked),
        cases=cases,
        sources=loaded.texts,
        colour=colour,
    )
    click.echo(text, nl=not text.endswith("\n"))
    return 1 if errors or (given["strict"] and warnings) else 0


def _check(loaded: Loaded, folder: Path) -> list[Checked]:
    catalog = Catalog(folder)
    fingerprint = NoLedger(secrets.token_bytes(32)).fingerprint
    return [check(mapping, catalog, fingerprint) for mapping in loaded.mappings]


def _cases(loaded: Loaded, checked: list[Checked]) -> list[Case]:
    cases = []
    own = {one.mapping: one for one in checked}
    for file in loaded.files:
        found = [one for one in loaded.diagnostics if one.at.file == file]
        if file in own:
            found += own[file].findings
        cases.append(Case(file, "mapping", tuple(found)))
        for name, problems in own[file].examples if file in own else ():
            cases.append(Case(file, name, tuple(problems)))
    return cases
