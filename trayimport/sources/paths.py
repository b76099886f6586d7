"""`source.path` → files, below the allowed roots; opened as text or bytes, unpacked if need be."""

import difflib
import glob
import gzip
import os
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from trayimport.codes import record as codes
from trayimport.errors import SourceError


def files_of(path: str, base: Path, roots: Sequence[Path] | None, cwd: Path) -> list[tuple[Path, str]]:
    """Files that a path (or a glob) names, with the text that is shown of each. Raises SourceError."""
    full = base / path
    shown = relative(full, cwd)
    if any(character in path for character in "*?["):
        before, after = _around_glob(path)
        _inside(base.joinpath(*before), roots, cwd)
        if roots is not None and ".." in after:
            raise SourceError(codes.OUTSIDE, f"{shown}: a step back after a pattern may lead anywhere")
        found = [Path(one) for one in sorted(glob.glob(str(full), recursive=True)) if Path(one).is_file()]  # noqa: PTH207 - Path.glob takes no path with `..`
        if not found:
            raise SourceError(codes.MISSING_FILE, f"{shown}: no file matches")
    else:
        found = [full]
    for file in found:
        _inside(file, roots, cwd)
        _there(file, cwd)
    return [(file, relative(file, cwd)) for file in found]


def _around_glob(path: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The steps of a path up to its first pattern, and the rest. A search takes as long as the disk is big, so whether
    it may begin there is asked before."""
    steps = Path(path).parts
    first = next((index for index, step in enumerate(steps) if any(sign in step for sign in "*?[")), len(steps))
    return steps[:first], steps[first:]


def _inside(file: Path, roots: Sequence[Path] | None, cwd: Path) -> None:
    if roots is None:
        return
    real = file.resolve()
    if not any(real.is_relative_to(root.resolve()) for root in roots):
        raise SourceError(codes.OUTSIDE, f"{relative(file, cwd)}: outside of the allowed folders")


def _there(file: Path, cwd: Path) -> None:
    shown = relative(file, cwd)
    if not file.exists():
        names = [one.name for one in file.parent.iterdir()] if file.parent.is_dir() else []
        near = difflib.get_close_matches(file.name, names, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise SourceError(codes.MISSING_FILE, f"{shown}: no such file{hint}")
    if not file.is_file():
        raise SourceError(codes.UNREADABLE, f"{shown}: not a file")
    if not os.access(file, os.R_OK):
        raise SourceError(codes.UNREADABLE, f"{shown}: permission denied")
    if file.stat().st_size == 0:
        raise SourceError(codes.ZERO_BYTES, f"{shown}: zero bytes")


def relative(file: Path, cwd: Path) -> str:
    """A path as it is shown: relative to the working directory, with `/`."""
    return Path(os.path.relpath(file, cwd)).as_posix()


def open_bytes(file: Path, shown: str) -> IO[bytes]:
    """The file's bytes, unpacked where its name ends in `.gz`. Raises SourceError."""
    try:
        return gzip.open(file, "rb") if file.suffix == ".gz" else file.open("rb")  # type: ignore[return-value]
    except OSError as error:
        raise SourceError(codes.UNREADABLE, f"{shown}: {error.strerror or 'cannot be read'}") from None
