"""The only way in for anything from outside of the record: read when first used, once in a run, shown nowhere."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from trayimport.codes import record as codes
from trayimport.errors import ConfigurationError
from trayimport.model import Json, Masked, Secret
from trayimport.plugins import plugins
from trayimport.secrets import aws_provider, command_provider, env_provider, file_provider, vault_provider
from trayimport.secrets.own import Own
from trayimport.secrets.place import Place

Provider = Callable[[Json, Place], str]

PROVIDERS: dict[str, Provider] = {
    "env": env_provider.read,
    "file": file_provider.read,
    "vault": vault_provider.read,
    "aws_secret": aws_provider.read,
    "command": command_provider.read,
}
GROUP = "trayimport.secrets"


class Spec(Protocol):
    """What a mapping says of one secret."""

    @property
    def provider(self) -> str: ...
    @property
    def argument(self) -> Json: ...


class Secrets(Masked):
    """The secrets of one mapping."""

    def __init__(
        self,
        specs: Mapping[str, Spec],
        *,
        environ: Mapping[str, str],
        base: Path,
        roots: Sequence[Path] | None,
        cwd: Path,
        allow_commands: bool = False,
        own: Own | None = None,
    ) -> None:
        self._specs = specs
        self._place = Place(environ, base, roots, cwd, allow_commands, own or Own())
        self._read: dict[str, Secret] = {}

    def get(self, name: str) -> str:
        """The bare secret. Raises ConfigurationError where there is none."""
        if name not in self._read:
            spec = self._specs[name]
            value = _provider(spec.provider)(spec.argument, self._place)
            if not value:
                raise ConfigurationError(codes.NO_SECRET, f"secrets.{name}: empty")
            if self._place.own.within(value):
                raise ConfigurationError(
                    codes.OWN_SECRET, f"secrets.{name}: holds the master token or the ledger's key"
                )
            self._read[name] = Secret(value)
        return self._read[name].reveal()

    def describe(self) -> list[str]:
        """What would be read, by name: for the plan."""
        return [
            f"{spec.provider} {_shown(spec.argument)}" if is_provider(spec.provider) else "from an unknown provider"
            for spec in self._specs.values()
        ]


def is_provider(name: str) -> bool:
    """Whether such a provider can be asked here: by the table, or by a plugin that is installed."""
    return name in PROVIDERS or name in plugins(GROUP)


def provider_names() -> list[str]:
    """Providers that can be asked here, sorted."""
    return sorted({*PROVIDERS, *plugins(GROUP)})


def _shown(argument: Json) -> str:
    return str(argument) if isinstance(argument, str) else " ".join(map(str, argument))


def _provider(name: str) -> Provider:
    known = PROVIDERS.get(name)
    if known is not None:
        return known
    point = plugins(GROUP).get(name)
    if point is not None:
        provider: Provider = point.load()
        return provider
    raise ConfigurationError(codes.NO_PROVIDER, f"secrets: no provider is called {name}")
