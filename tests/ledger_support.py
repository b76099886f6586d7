"""What the ledger's tests share: an opening with a clock of their own, and items with all that an item can have."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from trayimport.ledger import Process, SqlLedger, open_ledger
from trayimport.ledger.lock import Patience
from trayimport.model import Item, State

KEY = "0f" * 32
"""A key for tests."""
NOW = 1_900_000_000.0


@dataclass
class Time:
    """A clock that passes only while somebody sleeps."""

    now: float = NOW
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def process(time: Time, machine: str = "left", command: str = "apply", pid: int = 12) -> Process:
    """A process on `machine` that waits by `time`."""
    return Process(command=command, pid=pid, machine=machine, patience=Patience(time, time.sleep))


def opened(
    url: str, *, time: Time | None = None, environ: Mapping[str, str] | None = None, machine: str = "left"
) -> SqlLedger:
    """A ledger to write to, made where there is none; not locked."""
    time = time or Time()
    ledger = open_ledger(url, environ=environ or {}, write=True, clock=time, process=process(time, machine))
    assert ledger is not None
    return ledger


def item(key: str = "a1", state: State = State.PLANNED, attempt: int = 0, **more: Any) -> Item:
    """An item of the mapping `slack`."""
    values: dict[str, Any] = {
        "mapping": "slack",
        "external_user_id": "user-1",
        "environment_id": "env-1",
        "name": f"name of {key}",
        "payload": "p" * 32,
        "content": f"content of {key}",
    }
    return Item(key=key, state=state, attempt=attempt, **(values | more))


def whole_item() -> Item:
    """An item with every field set to something that is not its default."""
    return item(
        "ключ 'quoted' \"twice\" %s",
        State.UPDATING,
        3,
        run="run-1",
        user_id="tray-user",
        fields={"credentials.access_token": "f" * 32, "~credentials.expires_in": "e" * 32},
        snapshot=("one", "two"),
        sent_at=NOW + 0.125,
        authentication_id="auth-1",
        origin="created",
        detail="TI523",
        seen=("three",),
        lease=7,
        next_payload="n" * 32,
        next_content="m" * 32,
        next_fields={"credentials.access_token": "d" * 32},
        since=NOW + 0.25,
    )
