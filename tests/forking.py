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
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
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
        started = self.start(arguments, cwd, environment)
        out, err = started.communicate(SECONDS)
        assert started.returncode is not None
        return started.returncode, out, err

    def start(self, arguments: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> "Started":
        """A command that goes on beside the test."""
        folder = tempfile.TemporaryDirectory(prefix="ti-run-")
        out, err = Path(folder.name) / "out", Path(folder.name) / "err"
        pid = self.ask("start", list(arguments), str(cwd), dict(environment), str(out), str(err))
        assert pid is not None
        return Started(self, pid, folder, out, err)

    def ask(self, *request: object) -> int | None:
        """What the server answers."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps(request) + "\n")
        answer: int | None = json.loads(self._server.stdout.readline())
        return answer

    def close(self) -> None:
        """End the server."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.close()
        self._server.wait(SECONDS)
        self._server.stdout.close()


class Started:
    """A command that runs; as subprocess.Popen, of which tests use this much."""

    def __init__(
        self, forking: Forking, pid: int, folder: "tempfile.TemporaryDirectory[str]", out: Path, err: Path
    ) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._forking = forking
        self._folder = folder
        self._out = out
        self._err = err

    def poll(self) -> int | None:
        """The exit status, None while it runs."""
        if self.returncode is None:
            self.returncode = self._forking.ask("poll", self.pid)
        return self.returncode

    def wait(self, timeout: float = SECONDS) -> int:
        """The exit status, once it has ended."""
        if self.returncode is None:
            self.returncode = self._forking.ask("wait", self.pid, timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired("trayimport", timeout)
        return self.returncode

    def communicate(self, timeout: float = SECONDS) -> tuple[str, str]:
        """Stdout and stderr, once it has ended."""
        self.wait(timeout)
        out, err = self._out.read_text("utf-8"), self._err.read_text("utf-8")
        self._folder.cleanup()
        return out, err

    def send_signal(self, number: int) -> None:
        """Signal it, unless its end is known."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it with SIGKILL."""
        self.send_signal(signal.SIGKILL)


def _serve() -> None:
    from trayimport.cli import cli  # noqa: PLC0415 - what the client must not pay for
    from trayimport.cli.guard import guarded  # noqa: PLC0415

    for name in PRELOADED:
        cli.get_command(None, name)  # type: ignore[arg-type]
    for module in ("rich.console", "rich.table", "trayimport.sandbox", "psycopg"):
        importlib.import_module(module)
    gc.collect()
    gc.freeze()  # else each child's collections would copy all of its memory
    answers: dict[str, Callable[..., int | None]]
    answers = {"start": partial(_start, guarded, cli), "poll": _poll, "wait": _wait}
    for line in sys.stdin:
        what, *request = json.loads(line)
        print(json.dumps(answers[what](*request)), flush=True)  # noqa: T201 - the answer


def _start(guarded: Callable[[Any], NoReturn], command: Any, arguments: list[str], cwd: str, *more: Any) -> int:
    child = os.fork()
    if child == 0:
        _become(arguments, cwd, *more)
        _end(guarded, command)
    return child


def _poll(pid: int, flags: int = os.WNOHANG) -> int | None:
    ended, status = os.waitpid(pid, flags)
    return os.waitstatus_to_exitcode(status) if ended else None


def _wait(pid: int, seconds: float) -> int | None:
    """Its exit status, None if it goes on for longer; SIGALRM ends it anyhow."""
    if seconds >= SECONDS:
        return _poll(pid, 0)
    until = time.monotonic() + seconds
    while (found := _poll(pid)) is None and time.monotonic() < until:
        time.sleep(0.002)
    return found


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
