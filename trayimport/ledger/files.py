"""Files beside each other: made private, durable, and watched for being replaced."""

import os
import stat
import tempfile
from pathlib import Path
from typing import Final

from trayimport.codes import ledger as codes
from trayimport.errors import LedgerError

SMALL: Final = 64 * 1024
"""Characters of a small file that are read."""


def make_private(path: Path) -> None:
    """Make an empty file of mode 0600 (unless it exists), and its folder of mode 0700. Raises LedgerError."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        sync_folder(path.parent)
    except FileExistsError:
        return
    except OSError as error:
        raise LedgerError(codes.READ_ONLY, f"the ledger can't be made at its path (errno {error.errno})") from None


def sync_folder(folder: Path) -> None:
    """Make a file's name as durable as its bytes."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_durably(path: Path, text: str) -> None:
    """Give a file of mode 0600 new content, whole or not at all, on the disk. Raises OSError."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(path.parent)


def read_small(path: Path) -> str:
    """The text of a small regular file; OSError for a link, a pipe and all else, ValueError where it is no text."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, encoding="utf-8") as opened:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError
        return opened.read(SMALL)


def footprint(path: Path) -> str | None:
    """What a copy doesn't share with the file it was made of: the inode and when that was last changed.

    None where there is no such file. The device is left out: it may be another number after a restart.
    """
    try:
        found = path.stat()
    except OSError:
        return None
    return f"{found.st_ino}:{found.st_ctime_ns}"


class Guard:
    """Notices files that were deleted or replaced since `watch`: SQLite writes into a deleted one without an error."""

    def __init__(self) -> None:
        self._watched: dict[Path, tuple[int, int]] = {}

    def watch(self, path: Path) -> None:
        """From now on the file at `path` must stay the one it is. Raises LedgerError where there is none."""
        identity = _identity(path)
        if identity is None:
            raise LedgerError(codes.REPLACED, f"{path.name} has gone")
        self._watched[path] = identity

    def forget(self, path: Path) -> None:
        """Watch it no longer."""
        self._watched.pop(path, None)

    def intact(self) -> bool:
        """Whether every watched file is still itself."""
        return all(_identity(path) == before for path, before in list(self._watched.items()))

    def check(self) -> None:
        """Raise LedgerError where a watched file is no longer itself."""
        for path, before in self._watched.items():
            now = _identity(path)
            if now != before:
                what = "has gone" if now is None else "was replaced"
                raise LedgerError(codes.REPLACED, f"{path.name} {what} while this command was using it")


def _identity(path: Path) -> tuple[int, int] | None:
    """Device and inode; never opens the file: closing it would drop SQLite's own locks (sqlite.org/howtocorrupt)."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
