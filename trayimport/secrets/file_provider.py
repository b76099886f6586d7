"""`{file: PATH}`, below the roots of `source.path` or /run/secrets (commands, ruling 32)."""

import os
import stat
from pathlib import Path

from trayimport.codes import record as codes
from trayimport.errors import ConfigurationError
from trayimport.model import Json
from trayimport.secrets.place import Place

CONTAINERS = Path("/run/secrets")
LARGEST = 1024 * 1024


def read(argument: Json, place: Place) -> str:
    """A file's text, less one final newline. Raises ConfigurationError."""
    path = place.base / str(argument)
    real = path.resolve()
    roots = () if place.roots is None else (*place.roots, CONTAINERS)
    if roots and not any(real.is_relative_to(root.resolve()) for root in roots):
        raise ConfigurationError(codes.OUTSIDE, f"secrets: {argument}: outside of the allowed folders")
    if place.own.is_file(real):
        raise ConfigurationError(codes.OWN_SECRET, f"secrets: a mapping may not read {argument}")
    try:
        value = _text(real)
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(codes.NO_SECRET, f"secrets: {argument}: cannot be read") from None
    return value.removesuffix("\n").removesuffix("\r")


def _text(path: Path) -> str:
    """A regular file's text; raises OSError for all else, without waiting for a pipe's other end."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with os.fdopen(descriptor, encoding="utf-8", newline="") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError
        return file.read(LARGEST)
