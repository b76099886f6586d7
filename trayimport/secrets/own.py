"""What is trayimport's own: the master token and the ledger's key. No mapping reads them, no command has them."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from trayimport.model import OWN_VARIABLES, Masked

TOKEN_FILE: Final = "TRAY_MASTER_TOKEN_FILE"  # noqa: S105 - a variable's name
_LARGEST: Final = 64 * 1024
_SHORTEST: Final = 8
"""Characters from which on a value is looked for in others; what is shorter is no token."""


@dataclass(frozen=True, slots=True)
class Own(Masked):
    """Names of variables, files, and the values in both."""

    variables: frozenset[str] = OWN_VARIABLES
    files: tuple[Path, ...] = ()
    values: frozenset[str] = frozenset()

    def names(self, variable: str) -> bool:
        """Whether this environment variable is one's own, in any case: Windows has one for all."""
        return variable.upper() in {name.upper() for name in self.variables}

    def is_file(self, path: Path) -> bool:
        """Whether `path` is one of the files, by whatever name or link."""
        return any(_same(path, file) for file in self.files)

    def within(self, value: str) -> bool:
        """Whether one of the values is in `value`: a file of the process's environment has them too."""
        return any(one in value for one in self.values)

    def without(self, environ: Mapping[str, str]) -> dict[str, str]:
        """The environment that another program may have."""
        return {name: value for name, value in environ.items() if not self.names(name) and not self.within(value)}


def own(environ: Mapping[str, str], variables: Iterable[str] = (), files: Iterable[Path] = ()) -> Own:
    """What is one's own in this environment; `variables` and `files` are those that a profile or a ledger adds."""
    names = OWN_VARIABLES | frozenset(variables)
    named = environ.get(TOKEN_FILE)
    paths = (*((Path(named),) if named else ()), *files)
    values = {environ.get(name, "").strip() for name in names - {TOKEN_FILE}} | {_text(path) for path in paths}
    return Own(names, paths, frozenset(value for value in values if len(value) >= _SHORTEST))


def _text(path: Path) -> str:
    """What a regular file holds, or nothing where that can't be said: it is only looked for."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except (OSError, ValueError):
        return ""
    with os.fdopen(descriptor, "rb") as file:
        try:
            return file.read(_LARGEST).decode("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return ""


def _same(path: Path, file: Path) -> bool:
    try:
        return path.samefile(file)
    except (OSError, ValueError):
        return path.absolute() == file.absolute()
