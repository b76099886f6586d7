"""The emulator, started for a command; what it can't do becomes an error that the guard knows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trayimport.codes import run as codes
from trayimport.errors import ConfigurationError

if TYPE_CHECKING:
    from trayimport.sandbox import Sandbox


@contextmanager
def emulator(
    schemas: Path, *, script: Mapping[str, Sequence[str]] | None = None, **options: Any
) -> "Iterator[Sandbox]":
    """A running emulator with the snapshots below `schemas`.

    `script` orders faults by operation, `options` are those of Sandbox. Raises ConfigurationError where it can't start.
    """
    from trayimport.sandbox import (  # noqa: PLC0415 - starts a server
        OPERATIONS,
        Fault,
        FaultPlan,
        Sandbox,
        SandboxError,
        services_from_snapshots,
    )

    ordered = script or {}
    _known("operation", ordered, OPERATIONS)
    _known("fault", (one for faults in ordered.values() for one in faults), tuple(Fault))
    plan = FaultPlan(script={name: [Fault(one) for one in faults] for name, faults in ordered.items()})
    with ExitStack() as stack:
        try:
            services = services_from_snapshots(schemas) if schemas.is_dir() else None
            sandbox = stack.enter_context(Sandbox(services, faults=plan, **options))
        except SandboxError as error:
            raise ConfigurationError(codes.NO_SANDBOX, str(error)) from None
        yield sandbox


def _known(what: str, given: Iterable[str], known: Sequence[str]) -> None:
    if not set(given) <= set(known):
        raise ConfigurationError(codes.BAD_OPTION, f"--fault: no such {what}; there are: {', '.join(known)}")
