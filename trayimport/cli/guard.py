"""The one place that turns errors into text and exit statuses."""

import faulthandler
import json
import os
import resource
import signal
import sys
import tempfile
import threading
import traceback
from itertools import pairwise
from typing import Any, NoReturn

import click

from trayimport.cli import streams
from trayimport.codes import run as codes
from trayimport.errors import MappingError, TrayError, TrayimportError

WRITING = frozenset({"apply", "resolve", "rollback"})
"""Commands whose status is that of what they did, whether or not its sum could be printed."""


def guarded(command: click.Command) -> NoReturn:
    """Run the command line, and exit with its status. Nothing is raised, and no exception's text is printed."""
    stdout, _ = streams.opened()
    _no_core_dumps()
    _no_tracebacks()
    try:
        if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        status = _run(command)
    except (KeyboardInterrupt, click.Abort):
        status = 130
        click.echo("interrupted", err=True)
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else 0
    except BaseException as error:  # noqa: BLE001 - whatever telling of another error raises
        status = 70
        click.echo(f"{codes.BUG.id} a bug in trayimport ({type(error).__name__}), while another was told", err=True)
    _leave(status, stdout)


def _run(command: click.Command) -> int:
    try:
        found = command.main(standalone_mode=False)
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.ClickException as error:
        error.show(file=sys.stderr)
        _error_document("TI715", error.format_message())
        return 1 if _detailed() else 2
    except (KeyboardInterrupt, click.Abort):
        raise
    except TrayimportError as error:
        say(error)
        _error_document(error.code.id, error.message)
        return 1 if _detailed() and error.exit_status == 2 else error.exit_status
    except TrayError as error:
        click.echo(f"{error.code.id} {error.summary}\n  {error.code.remedy}", err=True)
        _error_document(error.code.id, error.summary)
        return 3
    except Exception as error:  # noqa: BLE001 - the last line of defence: a bug of ours
        click.echo(f"{codes.BUG.id} a bug in trayimport ({type(error).__name__}); {_bug_log(error)}", err=True)
        return 70
    return found if isinstance(found, int) else 0


def say(error: TrayimportError) -> None:
    """An error and its remedy on stderr."""
    from trayimport.core.token_shapes import without_secrets  # noqa: PLC0415 - keeps --help fast
    from trayimport.report.escape import shown  # noqa: PLC0415

    if isinstance(error, MappingError):
        for finding in error.diagnostics:
            click.echo(shown(f"{finding.at}: {finding.code} {without_secrets(finding.said)}"), err=True)
            if finding.remedy:
                click.echo(f"  {shown(finding.remedy)}", err=True)
    click.echo(shown(f"{error.code.id} {without_secrets(error.message)}"), err=True)
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
    try:
        handle, name = tempfile.mkstemp(prefix="trayimport-bug-", suffix=".log")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"{type(error).__qualname__}\n{frames}")
    except OSError:
        return "no log of it could be written"
    return f"see {name}"


def _no_core_dumps() -> None:
    """A core dump would hold every secret."""
    faulthandler.disable()
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def _no_tracebacks() -> None:
    """Python's own words about an exception end with its text; a thread's, and one at the end of the process, too."""

    def told(kind: type[BaseException], *_: object) -> None:
        click.echo(f"{codes.BUG.id} a bug in trayimport ({kind.__name__})", err=True)

    sys.excepthook = told
    threading.excepthook = lambda found: told(found.exc_type)
    sys.unraisablehook = lambda _found: None


def _leave(status: int, stdout: streams.Outlet) -> NoReturn:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.stdout.flush()
    if stdout.failed is not None and stdout.failed not in streams.GONE:
        click.echo(f"{codes.UNREADABLE_FILE.id} stdout can't be written (errno {stdout.failed})", err=True)
        if status == 0 and not WRITING & set(sys.argv[1:2]):
            status = 2
    sys.stderr.flush()
    sys.exit(status)
