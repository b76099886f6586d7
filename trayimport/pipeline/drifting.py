"""Snapshots beside what Tray has now: what changed, and which mappings it breaks (`pull --check`)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from trayimport.catalog import Catalog
from trayimport.core.drift import drift
from trayimport.core.spec import Mapping
from trayimport.model import Diagnostic, Environment
from trayimport.pipeline.checking import check, check_against


@dataclass(frozen=True, slots=True)
class Live:
    """The environments of a service version as Tray has them now, and the mappings that use the service."""

    service: str
    version: int
    environments: Sequence[Environment]
    mappings: Sequence[Mapping]

    def users(self, environment: Environment) -> list[Mapping]:
        """The mappings that use this environment, or where none does, all of the service."""
        own = [one for one in self.mappings if self._uses(one, environment)]
        return own or list(self.mappings)

    def _uses(self, mapping: Mapping, environment: Environment) -> bool:
        wanted = mapping.service.environment
        if wanted is None:
            return len(self.environments) == 1
        return wanted == (environment.id if mapping.service.environment_is_id else environment.title)


@dataclass(frozen=True, slots=True)
class Drift:
    """One change of one environment, for one mapping. `path` is empty where there is no snapshot at all."""

    mapping: str
    service: str
    environment: str
    path: str
    change: str
    breaking: bool


def drifted(live: Iterable[Live], catalog: Catalog) -> Iterator[Drift]:
    """Every change, for each mapping that it concerns."""
    for one in live:
        name = f"{one.service} {one.version}"
        for environment in one.environments:
            snapshot = catalog.titled(one.service, one.version, environment.title)
            changes = (
                [("", "no snapshot", True)]
                if snapshot is None
                else [(found.path, found.change, found.breaking) for found in drift(snapshot.environment, environment)]
            )
            for mapping in one.users(environment):
                for path, change, breaking in changes:
                    yield Drift(mapping.path, name, environment.title, path, change, breaking)


def broken(
    live: Iterable[Live], catalog: Catalog, fingerprint: Callable[[bytes], str]
) -> Iterator[tuple[str, list[Diagnostic]]]:
    """Each mapping's errors by what Tray has now, less those that it has by its snapshot."""
    for one in live:
        for mapping in one.mappings:
            before = {(found.code, found.path) for found in check(mapping, catalog, fingerprint).errors}
            now = check_against(mapping, one.environments, fingerprint).errors
            yield mapping.path, [found for found in now if (found.code, found.path) not in before]
