"""`trayimport explain CODE`."""

import difflib

import click

from trayimport.cli import completing
from trayimport.codes import all_codes


@click.command(name="explain")
@click.argument("code", shell_complete=completing.codes)
def command(code: str) -> int:
    """Say what the diagnostic CODE means, with an example, and what to do."""
    codes = all_codes()
    found = codes.get(code.upper())
    if found is None:
        near = difflib.get_close_matches(code.upper(), codes, 3) or list(codes)[:3]
        raise click.UsageError(f"no such code; did you mean {', '.join(near)}?")
    click.echo(f"{found.id}  {found.title} ({found.severity})\n\n{found.cause}\n")
    click.echo(f"Example:  {found.example}\nRemedy:   {found.remedy}")
    return 0
