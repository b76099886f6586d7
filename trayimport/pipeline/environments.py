"""Services and environments: from Tray's rows to the one that a mapping means."""

import difflib
from dataclasses import dataclass, field

from trayimport.apply.asking import ask_as_master
from trayimport.apply.context import Context
from trayimport.apply.effects import Work
from trayimport.codes import run as codes
from trayimport.core.spec import Mapping
from trayimport.errors import ConfigurationError, NotFoundError, RefusalError
from trayimport.model import Connector, Environment, Ledger, MappingIdentity

Services = dict[tuple[str, int], str]
"""Titles by service name and version."""


@dataclass(slots=True)
class Directory:
    """What Tray offers: services by (name, version), and the environments that were asked for."""

    services: Services = field(default_factory=dict)
    environments: dict[tuple[str, int], list[Environment]] = field(default_factory=dict)

    def ids(self) -> set[str]:
        """Ids of all environments that were asked for."""
        return {one.id for found in self.environments.values() for one in found if one.id is not None}


def fetch_services(context: Context, directory: Directory) -> Work:
    """One request: all connectors, of which only the services matter."""
    found: list[Connector] = yield from ask_as_master(context, context.tray.connectors)
    for connector in found:
        directory.services.setdefault((connector.service_name, connector.service_version), connector.title)


def fetch_environments(context: Context, directory: Directory, service: str, version: int) -> Work:
    """One request per service version."""
    if (service, version) in directory.environments:
        return
    try:
        found = yield from ask_as_master(context, lambda: context.tray.environments(service, version))
    except NotFoundError:
        message = f"service {service} {version}: Tray knows it, but shows no environments of it"
        raise ConfigurationError(codes.UNKNOWN_SERVICE, message) from None
    directory.environments[service, version] = found


def version_of(
    services: Services, name: str, version: int | None, *, place: str = "", remedy: str | None = None
) -> int:
    """The version of a service, the newest for None.

    Raises ConfigurationError, with the nearest names, where Tray has no such service or version.
    """
    versions = sorted(other for service, other in services if service == name)
    if versions and (version is None or version in versions):
        return versions[-1] if version is None else version
    if versions:
        shown = ", ".join(map(str, versions))
        message = f"{place}{name} has no version {version}; it has {shown}"
        raise ConfigurationError(codes.UNKNOWN_SERVICE, message, remedy)
    near = difflib.get_close_matches(name, sorted({service for service, _ in services}), 3)
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    raise ConfigurationError(codes.UNKNOWN_SERVICE, f"{place}no service is called {name}{hint}", remedy)


def require_service(services: Services, mapping: Mapping, remedy: str | None = None) -> None:
    """Raise ConfigurationError where Tray has no such service or version as the mapping names."""
    service = mapping.service
    version_of(services, service.name, service.version, place=f"{service.place('version')}: ", remedy=remedy)


def check_identity(ledger: Ledger, mapping: Mapping, environment: Environment, *, accept: bool) -> MappingIdentity:
    """What the identity stands for now. Raises RefusalError where the ledger remembers something else (ruling 11)."""
    now = MappingIdentity(
        mapping.identity, mapping.service.name, mapping.service.version, environment.id or "", environment.title
    )
    before = ledger.mapping_identity(mapping.identity)
    if before is None or accept:
        return now
    same = (before.service, before.version, before.environment_id) == (now.service, now.version, now.environment_id)
    if not same:
        message = (
            f"{mapping.path}: the ledger knows {mapping.identity} as {before.service} {before.version}, environment "
            f"{before.environment_title} ({before.environment_id}); now it is {now.service} {now.version}, "
            f"{now.environment_title} ({now.environment_id})"
        )
        raise RefusalError(codes.OTHER_ENVIRONMENT, message)
    return now
