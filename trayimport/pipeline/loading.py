"""Paths → mapping files → mappings."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from trayimport.codes import all_codes
from trayimport.codes import run as codes
from trayimport.core.mapping import read_mapping
from trayimport.core.spec import Mapping
from trayimport.errors import ConfigurationError, MappingError
from trayimport.model import Diagnostic, Position

SUFFIXES = (".yaml", ".yml")
LARGEST = 1024 * 1024
"""Bytes of a mapping file; far more than a person writes."""


@dataclass(slots=True)
class Loaded:
    """Mapping files as read: those that can be used, and what is to be said of all of them."""

    mappings: list[Mapping] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)

    @property
    def errors(self) -> list[Diagnostic]:
        """Those that no mapping of theirs survives."""
        return [one for one in self.diagnostics if one.severity == "error"]

    def whole(self) -> list[Mapping]:
        """The mappings, where each file is one. Raises MappingError where any has an error."""
        if self.errors:
            noun = "problem" if len(self.errors) == 1 else "problems"
            raise MappingError(codes.BAD_MAPPINGS, f"{len(self.errors)} {noun} in mappings", self.errors)
        return self.mappings


def mapping_files(paths: Sequence[Path], cwd: Path) -> list[Path]:
    """Files to read, in order, each once. Raises ConfigurationError where a path is not there or holds none."""
    found: dict[Path, Path] = {}
    for path in paths:
        full = cwd / path
        if full.is_dir():
            files = sorted(
                file
                for file in full.rglob("*")
                if file.suffix in SUFFIXES and file.is_file() and _searched(file.relative_to(full))
            )
        elif full.is_file():
            files = [full]
        else:
            raise ConfigurationError(codes.NO_MAPPING, f"{shown(full, cwd)}: no such file or folder")
        for file in files:
            found.setdefault(file.resolve(), file)
    if not found:
        raise ConfigurationError(codes.NO_MAPPING, "no mapping found in the paths given")
    return list(found.values())


def _searched(relative: Path) -> bool:
    hidden = any(part.startswith(("_", ".")) for part in relative.parts)
    return not hidden and relative.name != "trayimport.yaml"


def shown(path: Path, cwd: Path) -> str:
    """A path as it is shown: relative to the working directory, with `/`."""
    try:
        return path.resolve().relative_to(cwd.resolve()).as_posix()
    except ValueError:
        return Path(os.path.relpath(path, cwd)).as_posix()


def _leads_outside(file: Path, paths: Sequence[Path], cwd: Path) -> bool:
    """Whether a file is a link to one that is neither here nor in a folder that was named: a checkout may carry links
    to whatever its user can read."""
    folders = [cwd, *(cwd / path if (cwd / path).is_dir() else (cwd / path).parent for path in paths)]
    real = file.resolve()
    return not any(real.is_relative_to(folder.resolve()) for folder in folders)


def _unquoting(finding: Diagnostic) -> Diagnostic:
    """A finding without a word of the file."""
    code = all_codes().get(finding.code)
    what = "a finding" if code is None else code.title
    message = f"{what}; the file is a link that leads outside, so nothing of it is shown: check what it leads to"
    return replace(finding, path="", message=message)


def load(paths: Sequence[Path], cwd: Path) -> Loaded:
    """Read all mappings, and all problems of each. Raises ConfigurationError where there is nothing to read."""
    loaded = Loaded()
    identities: dict[str, str] = {}
    for file in mapping_files(paths, cwd):
        name = shown(file, cwd)
        try:
            with file.open("rb") as opened:
                text = opened.read(LARGEST + 1)
        except OSError as error:
            message = f"{name}: cannot be read ({error.strerror})"
            raise ConfigurationError(codes.UNREADABLE_MAPPING, message) from None
        if len(text) > LARGEST:
            raise ConfigurationError(codes.UNREADABLE_MAPPING, f"{name}: larger than {LARGEST >> 20} MiB")
        loaded.files.append(name)
        mapping, diagnostics = read_mapping(text, name, file)
        if _leads_outside(file, paths, cwd):
            diagnostics = [_unquoting(one) for one in diagnostics]
        else:
            loaded.texts[name] = text.decode("utf-8", "replace")
        loaded.diagnostics += diagnostics
        if mapping is None:
            continue
        if mapping.identity in identities:
            message = f"called {mapping.identity}, as {identities[mapping.identity]} is"
            loaded.diagnostics.append(Diagnostic.of(codes.TWO_IDENTITIES, Position(name, 1, 1), message, "id"))
            continue
        identities[mapping.identity] = name
        loaded.mappings.append(mapping)
    return loaded
