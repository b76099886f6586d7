"""`{command: [program, argument, …]}`, only with --allow-commands; no shell."""

import subprocess

from trayimport.codes import record as codes
from trayimport.errors import ConfigurationError
from trayimport.model import Json
from trayimport.secrets.place import Place

SECONDS = 60


def read(argument: Json, place: Place) -> str:
    """What the command prints, less one final newline. Raises ConfigurationError."""
    if not place.allow_commands:
        raise ConfigurationError(codes.NO_PROVIDER, "secrets: commands need --allow-commands")
    if not isinstance(argument, list) or not argument or not all(isinstance(one, str) for one in argument):
        raise ConfigurationError(codes.NO_PROVIDER, "secrets: command: expected a list of texts")
    try:
        done = subprocess.run(  # noqa: S603
            argument,
            capture_output=True,
            timeout=SECONDS,
            check=True,
            cwd=place.base,
            env=place.own.without(place.environ),
        )
        return done.stdout.decode("utf-8").removesuffix("\n")
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        raise ConfigurationError(codes.NO_SECRET, f"secrets: the command {argument[0]} failed") from None
