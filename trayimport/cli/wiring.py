"""Options → the edges that a run stands on: target, client, ledger, pacer, emulator."""

import os
import random
import secrets
import socket
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from trayimport.apply.pool import ThreadPool
from trayimport.cli.emulating import emulator
from trayimport.cli.folders import schemas_folder
from trayimport.cli.profiles import CONTACTED, Profile, load_profile
from trayimport.codes import run as codes
from trayimport.core.pace import Pacer
from trayimport.errors import ConfigurationError
from trayimport.ledger import Process, SqlLedger, key_files, open_ledger
from trayimport.pipeline.noledger import NoLedger
from trayimport.pipeline.settings import Parts
from trayimport.progress import Listener
from trayimport.report.escape import shown
from trayimport.secrets.own import TOKEN_FILE, Own, own
from trayimport.tray import Client, MasterToken, Target, master_token, target

LEASE = 30.0
"""Seconds (commands, ruling 45)."""
ANSWER_WITHIN = 30.0
"""Seconds that one request has in all (protocol, rule 3)."""
DEFAULT_LEDGER = "sqlite:///.trayimport/ledger.db"


class SystemClock:
    """This machine's clocks."""

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()

    def wall(self) -> float:
        """Seconds since 1970."""
        return time.time()


@dataclass(slots=True)
class Wiring:
    """What a command was given, resolved; `close` undoes it all."""

    options: dict[str, Any]
    command: str
    paths: Sequence[Path]
    listener: Listener
    stack: ExitStack = field(default_factory=ExitStack)
    profile: Profile = field(default_factory=Profile)
    _target: tuple[Target, MasterToken, str] | None = None

    def __post_init__(self) -> None:
        self.profile = load_profile(self.options.get("profile"), Path.cwd())

    @property
    def cwd(self) -> Path:
        """The working directory."""
        return Path.cwd()

    def setting(self, name: str, variable: str, default: Any) -> Any:
        """Flag over environment over profile over default."""
        if self.options.get(name) is not None:
            return self.options[name]
        if os.environ.get(variable):
            return os.environ[variable]
        given = getattr(self.profile, name, None)
        if given is not None and name in CONTACTED:
            self.profile.trust()
        return default if given is None else given

    def schemas(self) -> Path:
        """The folder of snapshots."""
        return schemas_folder(self.options.get("schemas"), self.paths, self.cwd)

    def ledger_url(self) -> str:
        """Where the ledger is; with --sandbox only the option counts (commands, ruling 39)."""
        if self.options.get("ledger"):
            return str(self.options["ledger"])
        if self.options.get("sandbox"):
            state = self.options.get("sandbox_state")
            if state is not None:
                Path(state).mkdir(parents=True, exist_ok=True)
                return f"sqlite:///{Path(state) / 'ledger.db'}"
            return f"sqlite:///{self._temporary() / 'ledger.db'}"
        return str(self.setting("ledger", "TRAYIMPORT_LEDGER", DEFAULT_LEDGER))

    def _temporary(self) -> Path:
        import tempfile  # noqa: PLC0415 - for the sandbox alone

        return Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="trayimport-")))

    def ledger(self, *, write: bool) -> SqlLedger | None:
        """The ledger, or None where there is none and none is to be made."""
        environ = dict(os.environ)
        if self.options.get("sandbox"):
            environ.pop("TRAYIMPORT_LEDGER_KEY", None)
        process = Process(self.command, lease=self.options.get("lease") or LEASE)
        found = open_ledger(self.ledger_url(), environ=environ, write=write, clock=time.time, process=process)
        if found is not None:
            self.stack.callback(found.close)
        return found

    def ledger_to_show(self) -> SqlLedger | None:
        """The ledger for a command that shows what it holds, and says whether it may have forgotten something."""
        found = self.ledger(write=False)
        if found is not None and found.note is not None:
            self.listener.note(f"ledger: {found.note}")
        return found

    def own(self) -> Own:
        """What no mapping may read, in this environment, with this profile and beside this ledger."""
        named = self.profile.token_environment.get(TOKEN_FILE)
        files = [Path(named)] if named else []
        found = self.options.get("ledger") or os.environ.get("TRAYIMPORT_LEDGER") or self.profile.ledger
        keys = key_files(str(found or DEFAULT_LEDGER))
        variable = self.profile.token_variable
        return own(os.environ, [variable] if variable else [], [*files, *keys])

    def target_early(self) -> None:
        """Resolve target and token before the ledger is opened, so that a missing token leaves nothing behind."""
        self._target = self._resolve()

    def target(self) -> tuple[Target, MasterToken, str]:
        """Where to, with which token, and where that came from. Raises ConfigurationError."""
        if self._target is None:
            self._target = self._resolve()
        return self._target

    def _resolve(self) -> tuple[Target, MasterToken, str]:
        if self.options.get("sandbox"):
            return self._start_sandbox()
        found = target(
            str(self.setting("region", "TRAY_REGION", "us")),
            self.setting("api_url", "TRAY_API_URL", None),
            self.setting("graphql_url", "TRAY_GRAPHQL_URL", None),
        )
        environ = dict(os.environ)
        if not environ.get("TRAY_MASTER_TOKEN") and not environ.get("TRAY_MASTER_TOKEN_FILE"):
            environ |= self.profile.token_environment
        token, source = master_token(environ)
        return found, token, source

    def _start_sandbox(self) -> tuple[Target, MasterToken, str]:
        state = self.options.get("sandbox_state")
        sandbox = self.stack.enter_context(emulator(self.schemas(), state=None if state is None else Path(state)))
        found = target("us", sandbox.api_url, sandbox.graphql_url)
        token, _ = master_token({"TRAY_MASTER_TOKEN": sandbox.master_token})
        return found, token, "the sandbox"

    def parts(self, ledger: SqlLedger | NoLedger) -> Parts:
        """The edges, wired. Says where it goes and where the token came from."""
        found, token, source = self.target()
        workers = int(self.setting("workers", "TRAYIMPORT_WORKERS", 96))
        rate = float(self.setting("rate", "TRAYIMPORT_RATE", 30.0))
        burst = int(self.setting("burst", "TRAYIMPORT_BURST", 50))
        if rate == 0 and not found.loopback:
            raise ConfigurationError(codes.BAD_OPTION, "--rate 0 (no limit) is for loopback only")
        if rate > 30 or burst > 50:
            click.echo("warning: Tray documents 30 requests a second with bursts to 50", err=True)
        own = Pacer(rate, burst)
        self.listener.note(f"target: Tray {found.region}, {shown(found.api)}; master token from {shown(source)}")
        client = Client(
            found,
            token,
            width=workers,
            timeout=self.options.get("answer_within") or ANSWER_WITHIN,
            heard=lambda text: self.listener.detail(2, lambda: text),
        )
        self.stack.callback(client.close)
        pool = ThreadPool(workers)
        self.stack.callback(pool.close)
        return Parts(
            tray=client,
            ledger=ledger,  # type: ignore[arg-type]
            region=found.region,
            hosts=found.hosts,
            clock=SystemClock(),
            pacer=own if isinstance(ledger, NoLedger) else ledger.budget(own),
            pool=pool,
            random=random.SystemRandom().random,
            new_id=lambda: time.strftime("%Y%m%d-%H%M%S-", time.gmtime()) + secrets.token_hex(3),
            host=f"{socket.gethostname()}:{os.getpid()}",
            listener=self.listener,
        )
