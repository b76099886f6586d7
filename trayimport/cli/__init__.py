"""The command line: one file per command, one guard that owns texts and exit statuses."""

import importlib

import click

COMMANDS = {
    "apply": "Import what the mappings describe: plan, show it, ask, import, sum up.",
    "plan": "Show what apply would do, and write nothing.",
    "validate": "Check mapping files offline; for CI.",
    "init": "Write a first mapping for a service, from its live schema.",
    "render": "Show what records become, with credentials masked.",
    "pull": "Fetch snapshots of the service environments' schemas.",
    "services": "List what Tray offers: services, versions, environments.",
    "status": "Show what the ledger knows.",
    "runs": "List the runs that the ledger knows.",
    "export": "Write one row for each imported authentication.",
    "verify": "Read imported authentications back, and say which are dead.",
    "resolve": "Settle by hand a record that is in doubt.",
    "rollback": "Delete what a run created, and nothing else.",
    "sandbox": "Serve the Tray emulator until stopped.",
    "explain": "Say what a diagnostic code means, and what to do.",
    "completion": "Print what makes a shell complete commands and their words.",
}
"""Commands and their short help; each lives in the module of its name, imported when it is used."""


class Lazy(click.Group):
    """Imports a command when it is used, so that `--help` starts at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's name
        """All names, in the order of a person's first day."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"trayimport.cli.{cmd_name}_command")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="trayimport", message="%(version)s")
def cli() -> None:
    """Moves your End Users' existing credentials into Tray.ai, exactly once."""


def main() -> None:
    """The console script."""
    from trayimport.cli.guard import guarded  # noqa: PLC0415 - keeps --help fast

    guarded(cli)
