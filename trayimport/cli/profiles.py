"""`trayimport.yaml`: profiles with a region, a ledger, a rate, and where the master token comes from."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import yaml

from trayimport.codes import run as codes
from trayimport.errors import ConfigurationError
from trayimport.report.escape import shown
from trayimport.tray.targets import REGIONS

FILE = "trayimport.yaml"
LARGEST: Final = 1024 * 1024
"""Characters of the file that are read."""
TRAYS_OWN: Final = frozenset(urlsplit(url).hostname for pair in REGIONS.values() for url in pair)
CONTACTED: Final = ("api_url", "graphql_url", "ledger")
"""Settings that name a host."""
KEYS = {"region": str, "ledger": str, "rate": (int, float), "burst": int, "workers": int, "api_url": str}
KEYS |= {"graphql_url": str, "schemas": str, "master_token": dict}


@dataclass(slots=True)
class Profile:
    """One profile; None where it says nothing."""

    region: str | None = None
    ledger: str | None = None
    rate: float | None = None
    burst: int | None = None
    workers: int | None = None
    api_url: str | None = None
    graphql_url: str | None = None
    schemas: str | None = None
    token_environment: dict[str, str] = field(default_factory=dict)
    token_variable: str | None = None
    """The variable that the master token is in."""
    chosen: bool = False
    """Whether it was named on the command line, and not merely found in the working directory."""

    def trust(self) -> None:
        """Raise ConfigurationError where settings of this profile name hosts that nobody has chosen: such a file comes
        with any checkout, and would be sent the master token, or what a password file of this user holds."""
        found = {name: _host(name, getattr(self, name)) for name in CONTACTED}
        hosts = {name: host for name, host in found.items() if host is not None and host not in TRAYS_OWN}
        if hosts and not self.chosen:
            named = ", ".join(f"{name} at {shown(host)}" for name, host in hosts.items())
            raise ConfigurationError(codes.UNCHOSEN_HOST, f"{FILE} was found here, not chosen, and names {named}")


def _host(name: str, value: str | None) -> str | None:
    """The host, in lower case; None where the setting names none, as for a file."""
    if value is None or (name == "ledger" and value.startswith("sqlite")):
        return None
    try:
        return urlsplit(value).hostname or "no host"
    except ValueError:
        return "no host"


def load_profile(name: str | None, cwd: Path) -> Profile:
    """The named profile, or `default` where the file has one. Raises ConfigurationError."""
    path = cwd / FILE
    if not path.is_file():
        if name is not None:
            raise ConfigurationError(codes.BAD_OPTION, f"--profile {name}: there is no {FILE} here")
        return Profile()
    try:
        with path.open(encoding="utf-8") as file:
            document = yaml.safe_load(file.read(LARGEST)) or {}
    except (OSError, ValueError, yaml.YAMLError, RecursionError):
        raise ConfigurationError(codes.UNREADABLE_FILE, f"{FILE}: not readable as YAML") from None
    profiles = document.get("profiles", {}) if isinstance(document, dict) else None
    if not isinstance(profiles, dict):
        raise ConfigurationError(codes.BAD_OPTION, f"{FILE}: expected a map under `profiles`")
    if name is None and "default" not in profiles:
        return Profile()
    chosen = profiles.get(name or "default")
    if not isinstance(chosen, dict):
        known = ", ".join(sorted(map(str, profiles))) or "none"
        raise ConfigurationError(codes.BAD_OPTION, f"--profile {name}: {FILE} has {known}")
    return _profile(chosen, by_name=name is not None)


def _profile(chosen: dict[str, Any], *, by_name: bool) -> Profile:
    import os  # noqa: PLC0415 - only to find the token that a profile names

    values: dict[str, Any] = {}
    for key, value in chosen.items():
        kind = KEYS.get(key)
        if kind is None or not isinstance(value, kind):  # type: ignore[arg-type]
            raise ConfigurationError(codes.BAD_OPTION, f"{FILE}: {key}: not a setting, or of the wrong type")
        if key != "master_token":
            values[key] = value
    token = chosen.get("master_token", {})
    environment = {}
    variable = str(token["env"]) if "env" in token else None
    if variable is not None and os.environ.get(variable):
        environment["TRAY_MASTER_TOKEN"] = os.environ[variable]
    elif "file" in token:
        environment["TRAY_MASTER_TOKEN_FILE"] = str(token["file"])
    return Profile(**values, token_environment=environment, token_variable=variable, chosen=by_name)
