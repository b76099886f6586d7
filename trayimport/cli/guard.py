"""The one place that turns errors into text and exit statuses."""

import faulthandler
import json
import os
import resource
import sys
import tempfile
import traceback
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

import click

from trayimport.codes import run as codes
from trayimport.errors import MappingError, TrayError, TrayimportError


def guarded(command: click.Command) -> NoReturn:
    """Run the command line, and exit with its status."""
    _no_core_dumps()
    try:
        status = command.main(standalone_mode=False)
    except click.exceptions.Exit as error:
        _leave(error.exit_code)
    except click.ClickException as error:
        error.show(file=sys.stderr)
        _error_document("TI715", error.format_message())
        _leave(1 if _detailed() else 2)
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        _leave(130)
    except TrayimportError as error:
        say(error)
        _error_document(error.code.id, error.message)
        _leave(1 if _detailed() and error.exit_status == 2 else error.exit_status)
    except TrayError as error:
        click.echo(f"{error.code.id} {error.summary}\n  {error.code.remedy}", err=True)
        _error_document(error.code.id, error.summary)
        _leave(3)
    except BrokenPipeError:
        _leave(0)
    except Exception as error:  # noqa: BLE001 - the last line of defence: a bug of ours
        click.echo(f"{codes.BUG.id} a bug in trayimport ({type(error).__name__}); see {_bug_log(error)}", err=True)
        _leave(70)
    _leave(status if isinstance(status, int) else 0)


def say(error: TrayimportError) -> None:
    """An error and its remedy on stderr."""
    from trayimport.report.escape import shown  # noqa: PLC0415 - keeps --help fast

    if isinstance(error, MappingError):
        for finding in error.diagnostics:
            click.echo(shown(f"{finding.at}: {finding.code} {finding.said}"), err=True)
            if finding.remedy:
                click.echo(f"  {shown(finding.remedy)}", err=True)
    click.echo(shown(f"{error.code.id} {error.message}"), err=True)
    if error.remedy:
        click.echo(f"  {shown(error.remedy)}", err=True)


def _detailed() -> bool:
    return "--detailed-exitcode" in sys.argv


def _error_document(code: str, message: str) -> None:
    arguments = sys.argv
    as_json = "--output=json" in arguments or any(
        one == "--output" and two == "json" for one, two in pairwise(arguments)
    )
    if as_json:
        document: dict[str, Any] = {"version": 1, "error": {"code": code, "message": message}}
        click.echo(json.dumps(document))


def _bug_log(error: BaseException) -> str:
    """Frames only: no locals, and no exception's text, which may quote a value."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    handle, name = tempfile.mkstemp(prefix="trayimport-bug-", suffix=".log")
    with os.fdopen(handle, "w") as file:
        file.write(f"{type(error).__qualname__}\n{frames}")
    return str(Path(name))


def _no_core_dumps() -> None:
    """A core dump would hold every secret."""
    faulthandler.disable()
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def _leave(status: int) -> NoReturn:
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(status)
