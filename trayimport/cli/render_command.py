"""`trayimport render MAPPING`."""

import json
import os
import secrets
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from trayimport.catalog import Catalog
from trayimport.cli import completing, options
from trayimport.cli.console import show_findings, show_json
from trayimport.cli.folders import schemas_folder
from trayimport.cli.wiring import Wiring
from trayimport.codes import run as codes
from trayimport.core.instant import text_of
from trayimport.core.spec import Mapping
from trayimport.core.tracing import Origin, Shown, origins
from trayimport.errors import ConfigurationError, MappingError
from trayimport.model import BadRecord, Json, Record
from trayimport.pipeline.loading import load
from trayimport.pipeline.rendering import program_of, rendered
from trayimport.pipeline.settings import Settings
from trayimport.pipeline.sourcing import SecretNames, open_unit_source, secrets_of
from trayimport.progress import Silence
from trayimport.report import record_text

FEW = 5
"""Records that are shown unless more are asked for."""


@click.command(name="render")
@click.argument("mapping", type=click.Path(path_type=Path))
@click.option("--key", metavar="K", help="Only the record with this key.", shell_complete=completing.keys)
@click.option("--limit", type=click.IntRange(min=1), help=f"So many records. [default: {FEW}]")
@click.option("--record", "record", type=click.Path(path_type=Path), help="A JSON file with one record.")
@click.option("--show-secrets", is_flag=True, help="Credentials in clear; only on a terminal.")
@click.option("--allow-outside", is_flag=True, help="Sources may lie outside the mappings' folders.")
@click.option("--allow-commands", is_flag=True, help="Secrets may come from commands.")
@options.schemas
@options.output
def command(mapping: Path, **given: Any) -> int:
    """Show what records become by MAPPING and its snapshot, offline. Credentials are masked."""
    if given["show_secrets"] and not (sys.stdout.isatty() and given["output"] == "text"):
        raise ConfigurationError(codes.BAD_OPTION, "--show-secrets is for a terminal: stdout is none, or not text")
    cwd = Path.cwd()
    (read,) = load([mapping], cwd).whole()
    settings = Settings(
        (mapping,),
        cwd,
        dict(os.environ),
        allow_outside=given["allow_outside"],
        allow_commands=given["allow_commands"],
        own=Wiring({}, "render", [mapping], Silence()).own(),
    )
    names = secrets_of(settings, read)
    catalog = Catalog(schemas_folder(given["schemas"], [mapping], cwd))
    program, findings = program_of(read, catalog, names, secrets.token_bytes(32))
    show_findings(findings)
    records = _records(read, settings, names, given["record"])
    limit = given["limit"] or (None if given["key"] else FEW)
    found = rendered(program, records, text_of(time.time()), key=given["key"], limit=limit, bare=given["show_secrets"])
    return _print(found, read, given)


def _records(
    mapping: Mapping, settings: Settings, names: SecretNames, file: Path | None
) -> Iterable[Record | BadRecord]:
    if file is not None:
        return [Record(_one(file, typed=mapping.source.type != "csv"), file.as_posix(), "")]
    source, findings = open_unit_source(settings, mapping, names)
    errors = [one for one in findings if one.severity == "error"]
    if errors:
        raise MappingError(codes.BAD_MAPPINGS, f"{mapping.path} does not fit its source", errors)
    return source.records()


def _one(file: Path, *, typed: bool) -> dict[str, Json]:
    """The record of a file. Raises ConfigurationError, which shows nothing of it."""
    try:
        value = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise ConfigurationError(codes.UNREADABLE_FILE, f"{file}: cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError):
        raise ConfigurationError(codes.UNREADABLE_FILE, f"{file}: expected one record as JSON") from None
    if not isinstance(value, dict):
        raise ConfigurationError(codes.UNREADABLE_FILE, f"{file}: expected one record, a map")
    if not typed and not all(isinstance(cell, str) for cell in value.values()):
        raise ConfigurationError(codes.UNREADABLE_FILE, f"{file}: a csv record has texts only; put them in quotes")
    return value


def _print(found: Iterable[Shown], mapping: Mapping, given: dict[str, Any]) -> int:
    records: list[Json] = []
    count = invalid = 0
    sources = origins(mapping)
    messages = [check.message for check in mapping.checks]
    for one in found:
        count += 1
        invalid += one.action == "invalid"
        if given["output"] == "json":
            records.append(_document(one, sources))
        else:
            click.echo(record_text(one, sources, messages))
    if given["key"] is not None and not count:
        raise ConfigurationError(codes.NO_SUCH_RECORD, "no record has that key")
    if given["output"] == "json":
        show_json({"version": 1, "records": records})
    return 1 if invalid else 0


def _document(one: Shown, sources: dict[str, Origin]) -> Json:
    problems = [{"code": p.code, "path": p.path, "message": p.message} for p in one.problems]
    steps: dict[str, Json] = {}
    if one.trace is not None:
        steps = {
            "vars": one.trace.variables,
            "when": one.trace.when,
            "schema": one.trace.schema,
            "checks": list(one.trace.checks),
        }
    return {
        "where": one.where,
        "key": one.key,
        "action": one.action,
        "user": one.user,
        "auth": one.auth,
        "problems": problems,
        **steps,
        "from": {path: {"reads": list(origin.reads), "line": origin.at.line} for path, origin in sources.items()},
    }
