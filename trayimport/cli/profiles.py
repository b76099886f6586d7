"""`trayimport.yaml`: profiles with a region, a ledger, a rate, and where the master token comes from."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from trayimport.codes import run as codes
from trayimport.errors import ConfigurationError

FILE = "trayimport.yaml"
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


def load_profile(name: str | None, cwd: Path) -> Profile:
    """The named profile, or `default` where the file has one. Raises ConfigurationError."""
    path = cwd / FILE
    if not path.is_file():
        if name is not None:
            raise ConfigurationError(codes.BAD_OPTION, f"--profile {name}: there is no {FILE} here")
        return Profile()
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, ValueError, yaml.YAMLError):
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
    return _profile(chosen)


def _profile(chosen: dict[str, Any]) -> Profile:
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
    if "env" in token and os.environ.get(str(token["env"])):
        environment["TRAY_MASTER_TOKEN"] = os.environ[str(token["env"])]
    elif "file" in token:
        environment["TRAY_MASTER_TOKEN_FILE"] = str(token["file"])
    return Profile(**values, token_environment=environment)
