"""Commands as processes of their own without the price of importing everything each time: one that has, forks.

Run as a script it reads a request a line, forks, and answers with the exit status; `Forking` is its client.
"""

import gc
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

SECONDS = 120
"""After so long a command is ended by SIGALRM."""
PRELOADED = (
    "apply",
    "plan",
    "validate",
    "init",
    "render",
    "pull",
    "status",
    "runs",
    "export",
    "verify",
    "resolve",
    "rollback",
)


class Forking:
    """The client: one server for all commands of a test worker."""

    def __init__(self) -> None:
        self._server = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def run(self, arguments: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> tuple[int, str, str]:
        """Exit status (minus the signal's number for a killed one), stdout and stderr."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        with tempfile.TemporaryDirectory(prefix="ti-run-") as folder:
            out, err = Path(folder) / "out", Path(folder) / "err"
            request = [list(arguments), str(cwd), dict(environment), str(out), str(err)]
            self._server.stdin.write(json.dumps(request) + "\n")
            status = int(self._server.stdout.readline())
            return status, out.read_text("utf-8"), err.read_text("utf-8")

    def close(self) -> None:
        """End the server."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.close()
        self._server.wait(SECONDS)
        self._server.stdout.close()


def _serve() -> None:
    from trayimport.cli import cli  # noqa: PLC0415 - what the client must not pay for
    from trayimport.cli.guard import guarded  # noqa: PLC0415

    for name in PRELOADED:
        cli.get_command(None, name)  # type: ignore[arg-type]
    for module in ("rich.console", "rich.table", "trayimport.sandbox", "psycopg"):
        importlib.import_module(module)
    gc.collect()
    gc.freeze()  # else each child's collections would copy all of its memory
    for line in sys.stdin:
        arguments, cwd, environment, out, err = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(arguments, cwd, environment, out, err)
            _end(guarded, cli)
        _, ended = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(ended), flush=True)  # noqa: T201 - the answer


def _end(guarded: Callable[[Any], NoReturn], command: Any) -> NoReturn:
    """Run a command, and leave without taking apart all that was imported."""
    status: int | str | None = 70
    try:
        guarded(command)
    except SystemExit as ended:
        status = ended.code
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status if isinstance(status, int) else 0)


def _become(arguments: list[str], cwd: str, environment: dict[str, str], out: str, err: str) -> None:
    signal.alarm(SECONDS)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["trayimport", *arguments]
    for descriptor, path in ((0, os.devnull), (1, out), (2, err)):
        opened = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.dup2(opened, descriptor)
        os.close(opened)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    _serve()
