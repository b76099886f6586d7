"""`trayimport completion SHELL`."""

import click
from click.shell_completion import get_completion_class

NAME = "trayimport"


@click.command(name="completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(context: click.Context, shell: str) -> int:
    """Print what makes SHELL complete commands, options, codes, services, keys and runs."""
    found = get_completion_class(shell)
    if found is None:
        raise AssertionError("click knows all three")
    click.echo(found(context.find_root().command, {}, NAME, f"_{NAME.upper()}_COMPLETE").source())
    return 0
