"""A world without real time: a Tray in memory, a clock that only waiting moves, and a crash at any step."""

import json
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trayimport.apply.context import Bounds
from trayimport.apply.pool import Done
from trayimport.codes import tray as codes
from trayimport.core.pace import Pacer
from trayimport.errors import (
    NeverSentError,
    NotFoundError,
    RateLimitedError,
    RefusedError,
    UnauthorisedError,
    UncertainError,
)
from trayimport.ledger import SqlLedger, open_ledger
from trayimport.model import (
    Body,
    CallOutcome,
    Connector,
    Environment,
    ExternalUser,
    Full,
    Ledger,
    Listed,
    Listing,
    Permit,
    State,
    UserPage,
    UserToken,
)
from trayimport.pipeline.loading import load
from trayimport.pipeline.run import Importer
from trayimport.pipeline.settings import Parts, Settings
from trayimport.sandbox.store import Authentication, MissingError, Store

KEY = "0f" * 32
BOUNDS = Bounds(5.0, 60.0, 10.0)
ENVIRONMENT = Environment("environment-1", "Production", "oauth2", (), {"type": "object"}, {})
Json = Any


class CrashError(BaseException):
    """The process is no more."""


@dataclass
class World:
    """What outlives a process: Tray, time, and the ledger's file. `chance` decides everything that may happen."""

    chance: random.Random
    folder: Path
    now: float = 1_900_000_000.0
    stormy: bool = False
    fuse: int = -1
    """Steps until the process dies; below 0: it lives."""
    visible_at: dict[str, float] = field(default_factory=dict)
    late: list[tuple[float, Callable[[], object]]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    ledger: SqlLedger | None = None
    bounds: Bounds = BOUNDS
    steady_lag: float | None = None
    """Seconds that all look-ups are behind, if they are so steadily; else each is as it happens."""

    def __post_init__(self) -> None:
        self.store = Store(lambda: self.now)

    def monotonic(self) -> float:
        """See Clock."""
        return self.now

    def wall(self) -> float:
        """See Clock."""
        return self.now

    def step(self) -> None:
        """A moment at which the process may die."""
        if self.fuse == 0:
            raise CrashError
        self.fuse -= self.fuse > 0

    def pass_time(self, seconds: float) -> None:
        """Let time pass, and happen what was to happen meanwhile."""
        self.now += seconds
        due = [one for one in self.late if one[0] <= self.now]
        self.late = [one for one in self.late if one[0] > self.now]
        for _, happen in due:
            happen()

    def sees(self, found_id: str) -> bool:
        """Whether a look-up shows it now: always, once its lag is over; before, as it happens."""
        return self.now >= self.visible_at[found_id] or (self.steady_lag is None and self.chance.random() < 0.3)

    def made(self, found_id: str) -> str:
        """Something was created: look-ups may miss it for a while."""
        lag = self.chance.uniform(0, 9.9) if self.stormy else 0.0
        self.visible_at[found_id] = self.now + (lag if self.steady_lag is None else self.steady_lag)
        return found_id

    def fault(self, kinds: tuple[str, ...]) -> str:
        """What happens to a request: nothing special, or one of `kinds`."""
        return self.chance.choice(kinds) if self.stormy and self.chance.random() < 0.3 else ""


READ_FAULTS = ("uncertain", "never", "limited")
OWN_FAULTS = (*READ_FAULTS, "ended")
WRITE_FAULTS = ("lost before", "lost after", "late", "never", "limited", "slow", "refused")


class VirtualTray:
    """`Tray` on the world's store; each request passes time, and may meet a fault."""

    def __init__(self, world: World) -> None:
        self._world = world

    def _read(self, operation: str, kinds: tuple[str, ...], token: UserToken | None = None) -> None:
        world = self._world
        world.step()
        world.counts[operation] += 1
        world.pass_time(world.chance.uniform(0.01, 0.3))
        match world.fault(kinds):
            case "uncertain":
                raise UncertainError(codes.NO_ANSWER, "lost")
            case "never":
                raise NeverSentError(codes.UNREACHABLE, "unreachable")
            case "limited":
                raise RateLimitedError(codes.RATE_LIMITED, "limited")
            case "ended" if token is not None:
                world.store.expire_token(token.reveal())
        world.step()
        if token is not None and world.store.token_owner(token.reveal()) != token.user_id:
            raise UnauthorisedError(codes.UNAUTHORISED, "ended")

    def _write(self, operation: str, permit: Permit | None, commit: Callable[[], str]) -> str:
        world = self._world
        fault = world.fault(WRITE_FAULTS)
        world.step()
        world.pass_time(world.chance.uniform(0, 8) if fault == "slow" else 0.01)
        if permit is not None and not permit():
            raise NeverSentError(codes.EXPIRED_PERMIT, "too late")
        if fault == "never":
            raise NeverSentError(codes.UNREACHABLE, "unreachable")
        world.counts[operation] += 1
        if fault == "limited":
            raise RateLimitedError(codes.RATE_LIMITED, "limited")
        if fault == "refused":
            raise RefusedError(codes.REFUSED, "refused")
        if fault == "late":
            world.late.append((world.now + world.chance.uniform(0, 59.9), lambda: self._late(commit)))
        if fault in ("late", "lost before"):
            world.step()
            world.pass_time(world.chance.choice((0.1, 29.0)))
            raise UncertainError(codes.NO_ANSWER, "lost")
        found = commit()
        world.pass_time(0.05)
        world.step()
        if fault == "lost after":
            raise UncertainError(codes.NO_ANSWER, "lost")
        return found

    def _late(self, commit: Callable[[], str]) -> None:
        try:
            commit()
        except (MissingError, UnauthorisedError):
            return

    def connectors(self) -> list[Connector]:
        self._read("connectors", READ_FAULTS)
        return [Connector("shop", "1.0", "Shop", "shop", 3)]

    def environments(self, service: str, version: int) -> list[Environment]:
        assert (service, version) == ("shop", 3)
        self._read("environments", READ_FAULTS)
        return [ENVIRONMENT]

    def users(self, after: str | None, external_user_id: str | None = None) -> UserPage:
        assert after is None
        self._read("users", READ_FAULTS)
        found = [user for user in self._world.store.users() if self._world.sees(user.id)]
        if external_user_id is not None:
            found = [user for user in found if user.external_user_id == external_user_id]
        return UserPage(tuple(ExternalUser(one.id, one.external_user_id, one.name) for one in found), None)

    def create_user(self, external_user_id: str, name: str, is_test_user: bool, permit: Permit | None = None) -> str:
        def commit() -> str:
            # The harsher reading: one who is there already is made a second time.
            made = self._world.store.create_user(external_user_id, name, is_test_user=is_test_user)
            return self._world.made(made.id)

        return self._write("createExternalUser", permit, commit)

    def authorize(self, user_id: str) -> UserToken:
        self._read("authorize", READ_FAULTS)
        return UserToken(self._world.store.authorize(user_id), user_id)

    def authentications(self, token: UserToken) -> Listing:
        self._read("authentications", OWN_FAULTS, token)
        owned = [one for one in self._world.store.owned(token.user_id) if self._world.sees(one.id)]
        complete = not (self._world.stormy and self._world.chance.random() < 0.05)
        shown = owned if complete else owned[: len(owned) // 2]
        return Listing(tuple(Listed(one.id, one.name, one.environment_id) for one in shown), complete)

    def create(self, token: UserToken, body: Body, permit: Permit | None = None) -> str:
        value = json.loads(body.data)

        def commit() -> str:
            if self._world.store.token_owner(token.reveal()) != token.user_id:
                raise UnauthorisedError(codes.UNAUTHORISED, "ended")
            return self._world.made(self._world.store.create_authentication(token.user_id, value).id)

        assert self._intended(value["name"]), "a create without an intent"
        return self._write("create", permit, commit)

    def _intended(self, name: str) -> bool:
        ledger = self._world.ledger
        return ledger is not None and any(
            item.name == name and item.state == State.SENDING for item in ledger.open_items()
        )

    def _own(self, token: UserToken, authentication_id: str) -> Authentication:
        found = self._world.store.authentication(authentication_id)
        if found is None or found.user_id != token.user_id:
            raise NotFoundError(codes.NOT_FOUND, "absent")
        return found

    def get(self, token: UserToken, authentication_id: str) -> Listed:
        self._read("get", OWN_FAULTS, token)
        found = self._own(token, authentication_id)
        return Listed(found.id, found.name, found.environment_id)

    def full(self, token: UserToken, authentication_id: str) -> Full:
        self._read("full", OWN_FAULTS, token)
        found = self._own(token, authentication_id)
        return Full(found.id, found.name, found.environment_id, found.credentials, found.user_data, found.scopes)

    def update(self, token: UserToken, authentication_id: str, body: Body, permit: Permit | None = None) -> None:
        raise NotImplementedError

    def delete(self, token: UserToken, authentication_id: str, permit: Permit | None = None) -> None:
        raise NotImplementedError

    def remove_user(self, user_id: str, permit: Permit | None = None) -> None:
        def commit() -> str:
            assert not self._world.store.owned(user_id), "a user who has something is removed"
            self._world.store.remove_user(user_id)
            return user_id

        self._write("removeExternalUser", permit, commit)

    def call(self, *_: Any) -> CallOutcome:
        raise NotImplementedError

    def requests(self) -> Mapping[str, int]:
        return dict(self._world.counts)


class VirtualPool:
    """Runs one request at a time, in an order that is drawn; waiting passes time."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._jobs: list[tuple[Any, Callable[[], Any]]] = []

    def submit(self, tag: Any, run: Callable[[], Any]) -> None:
        self._jobs.append((tag, run))

    def wait(self, seconds: float) -> list[Done]:
        if not self._jobs:
            self._world.step()
            self._world.pass_time(max(seconds, 0.001))
            return []
        tag, run = self._jobs.pop(self._world.chance.randrange(len(self._jobs)))
        try:
            return [Done(tag, run(), None)]
        except Exception as error:  # noqa: BLE001 - as the pool of threads does
            return [Done(tag, None, error)]

    def wake(self) -> None:
        """Nobody sleeps."""

    def close(self) -> None:
        """Nothing is open."""


class DyingLedger:
    """The ledger of a process that may die right before or right after a commit."""

    def __init__(self, world: World, ledger: SqlLedger) -> None:
        self._world = world
        self._ledger = ledger

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    def write(self, writes: Any) -> list[bool]:
        self._world.step()
        answers = self._ledger.write(writes)
        self._world.step()
        return answers


def importer_of(world: World, mapping: Path) -> tuple[Importer, SqlLedger]:
    """A new process on the world: an importer, and its ledger, opened and locked."""
    ledger = open_ledger(
        f"sqlite:///{world.folder / 'ledger.db'}",
        environ={"TRAYIMPORT_LEDGER_KEY": KEY},
        write=True,
        clock=world.wall,
    )
    assert ledger is not None
    world.ledger = ledger
    ledger.lock(0)
    settings = Settings((mapping,), world.folder, {}, bounds=world.bounds, give_up_after=3600.0)
    dying: Ledger = DyingLedger(world, ledger)
    parts = Parts(
        tray=VirtualTray(world),
        ledger=dying,
        region="us",
        hosts="virtual",
        clock=world,
        pacer=Pacer(0, 50),
        pool=VirtualPool(world),
        random=world.chance.random,
        new_id=lambda: f"run-{world.now}",
    )
    return Importer(settings, parts, load([mapping], world.folder).mappings), ledger
