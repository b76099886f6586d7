"""The services that the emulator has: its own two of the contract, and those of snapshots on disk."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trayimport.sandbox.errors import SandboxError
from trayimport.sandbox.store import derived_id

Json = Any

CONNECTOR_VERSIONS = ("1.0", "2.0", "2.1")
"""Every version of every connector is a row of `GET /connectors`, so a service repeats (contract, REST)."""


@dataclass(frozen=True, slots=True)
class ServiceEnvironment:
    """One environment of one service version; its id derives from its names."""

    service: str
    version: int
    title: str
    authentication_type: str = "oauth2"
    scopes: tuple[Json, ...] = ()
    credentials_schema: Json = field(default_factory=dict)
    user_data_schema: Json = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The service environment's id, a UUID."""
        return derived_id("environment", self.service, self.version, self.title)

    @property
    def service_id(self) -> str:
        """The service version's id, a UUID."""
        return derived_id("service", self.service, self.version)


def built_in_services() -> list[ServiceEnvironment]:
    """Slack 4 with two environments and NetSuite 1, as the vendor shows them, slips included (contract, REST)."""
    slack: dict[str, Json] = {
        "credentials_schema": {},
        "user_data_schema": {
            "type": "object",
            "advanced": [],
            "additionalProperties": False,
            "properties": {"signing_secret": {"type": "string", "format": "password", "title": "Signing secret"}},
        },
        "scopes": (
            {"scope": "channels:read", "description": "View channels"},
            {"scope": "chat:write", "description": "Send messages"},
            "users:read",
        ),
    }
    return [
        ServiceEnvironment("slack", 4, "Production", **slack),
        ServiceEnvironment("slack", 4, "Acme Slack App", **slack),
        ServiceEnvironment("netsuite", 1, "Production", "token", credentials_schema=_netsuite()),
    ]


def _netsuite() -> Json:
    def text(name: str) -> Json:
        return {"id": f"http://jsonschema.net/{name}", "type": "string"}

    return {
        "id": "http://jsonschema.net",
        "schema": "http://json-schema.org/draft-03/schema",
        "type": "object",
        "additionalProperties": False,
        "required": ["email", "password", "account", "role"],
        "properties": {
            "email": text("email"),
            "password": {"id": "http://jsonschema.net/password", "tytpe": "string", "format": "password"},
            "account": text("account"),
            "role": {"id": "http://jsonschema.net/role", "type": "integer"},
        },
    }


def services_from_snapshots(folder: Path) -> list[ServiceEnvironment]:
    """The emulator's own services, and over them those of the snapshots below `folder`.

    A file is a snapshot by its content, not by its name (commands, ruling 37). Raises SandboxError for a file that
    can't be read.
    """
    found = {(one.service, one.version, one.title): one for one in built_in_services()}
    for path in sorted(folder.glob("services/**/*.json")):
        one = _snapshot(path)
        if one is not None:
            found[one.service, one.version, one.title] = one
    return list(found.values())


def _snapshot(path: Path) -> ServiceEnvironment | None:
    try:
        read = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise SandboxError(f"{path}: not a snapshot that can be read ({type(error).__name__})") from None
    try:
        return ServiceEnvironment(
            read["service"]["name"],
            int(read["service"]["version"]),
            read["environment"]["title"],
            read.get("authenticationType") or "token",
            tuple(read.get("scopes") or ()),
            read.get("credentialsSchema", {}),
            read.get("userDataSchema", {}),
        )
    except (KeyError, TypeError, AttributeError, ValueError):
        return None


def connector_rows(services: Iterable[ServiceEnvironment]) -> list[Json]:
    """The elements of `GET /connectors`; a connector's name and version differ from its service's."""
    rows = []
    for name, version in dict.fromkeys((one.service, one.version) for one in services):
        service = {"id": derived_id("service", name, version), "name": name, "version": version}
        for number in CONNECTOR_VERSIONS:
            title = name.replace("-", " ").title()
            rows.append({"name": name, "version": number, "title": title, "description": title, "service": service})
        rows.append(
            {"name": f"{name}-output", "version": "1.0", "title": name, "description": name, "service": service}
        )
    return rows
