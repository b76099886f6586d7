"""`trayimport init SERVICE`."""

import secrets
from pathlib import Path
from typing import Any

import click

from trayimport.catalog import Catalog, file_name
from trayimport.cli import completing, options
from trayimport.cli.asking import asker
from trayimport.cli.console import show_findings
from trayimport.cli.folders import near, write_file
from trayimport.codes import run as codes
from trayimport.core.mapping_schema import mapping_schema_text
from trayimport.core.starter.text import Started
from trayimport.errors import ConfigurationError
from trayimport.model import Environment
from trayimport.pipeline.checking import check
from trayimport.pipeline.choosing import named
from trayimport.pipeline.environments import version_of
from trayimport.pipeline.loading import load
from trayimport.pipeline.noledger import NoLedger
from trayimport.pipeline.run import Importer
from trayimport.pipeline.starting import started
from trayimport.report.escape import shown


@click.command(name="init")
@click.argument("service", shell_complete=completing.services)
@click.option("--version", "version", type=click.IntRange(min=1), help="The service's version. [default: the newest]")
@click.option("--environment", metavar="TITLE", help="Title of the service environment, where there are several.")
@click.option("--sample", type=click.Path(path_type=Path), help="An export (csv, jsonl, json), for its columns' names.")
@click.option("--out", type=click.Path(path_type=Path), help="The mapping. [default: mappings/SERVICE.yaml]")
@click.option("--force", is_flag=True, help="Write over a mapping that is there.")
@options.tray
def command(service: str, **given: Any) -> int:
    """Write a first mapping for SERVICE from its live schema, with the places marked that you have to fill."""
    cwd = Path.cwd()
    file = cwd / (given["out"] or Path("mappings") / f"{file_name(service)}.yaml")
    if file.exists() and not given["force"]:
        raise ConfigurationError(codes.FILE_EXISTS, f"{near(file)} is there already")
    importer, wiring = asker((file,), given, "init")
    with wiring.stack:
        version, environment = _chosen(importer, service, given)
    catalog = Catalog(wiring.schemas())
    sample = None if given["sample"] is None else cwd / given["sample"]
    made = started(service, version, environment, file=file, sample=sample, schemas=catalog.folder.absolute())
    snapshot = catalog.write(service, version, environment)
    write_file(catalog.folder / "mapping.schema.json", mapping_schema_text(), folder=True)
    write_file(file, made.text, folder=True)
    click.echo(shown(f"{near(file)}: {service} {version}, {environment.title}"))
    click.echo(shown(near(snapshot)))
    _say(file, made, catalog)
    return 0


def _chosen(importer: Importer, service: str, given: dict[str, Any]) -> tuple[int, Environment]:
    version = version_of(importer.services(), service, given["version"])
    offered = importer.environments(service, version)
    remedy = "Give one of those with --environment."
    return version, named(offered, given["environment"], setting="--environment", remedy=remedy)


def _say(file: Path, made: Started, catalog: Catalog) -> None:
    """The places to fill, and what `validate` says of the mapping as it is."""
    for line, todo in made.places:
        click.echo(shown(f"{near(file)}:{line}: fill in {todo}"))
    (mapping,) = load([file], Path.cwd()).whole()
    checked = check(mapping, catalog, NoLedger(secrets.token_bytes(32)).fingerprint)
    marked = {line for line, _ in made.places}
    show_findings([one for one in checked.all if one.at.line not in marked])
    path = near(file)
    click.echo(shown(f"then: trayimport validate {path}, trayimport plan {path} --sandbox, trayimport apply {path}"))
