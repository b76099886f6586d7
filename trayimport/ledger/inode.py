"""A lock on the ledger's own file, whatever name it is opened by: a bind mount gives it a second one.

An open file description lock (fcntl(2)) on a byte that SQLite doesn't use (sqlite.org/lockingv3.html), so that neither
is in the other's way, on network file systems either. Where the system has none, names are told apart by links alone.
"""

import errno
import fcntl
import os
import stat
import struct
from pathlib import Path
from typing import Final

from trayimport.codes import ledger as codes
from trayimport.errors import LedgerError

_BYTE: Final = 1 << 62
_SET: Final[int | None] = getattr(fcntl, "F_OFD_SETLK", None)


class InodeLock:
    """The lock on the file at `path`. It is opened once, and closed after SQLite: a descriptor that is closed takes the
    process's own locks on that file with it (sqlite.org/howtocorrupt.html, 2.2)."""

    def __init__(self, path: Path) -> None:
        """Raises LedgerError where the file has several names, as each would have a write-ahead log of its own."""
        try:
            self._descriptor: int | None = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            code = codes.UNREADABLE if error.errno == errno.EISDIR else codes.READ_ONLY
            raise LedgerError(code, f"the ledger can't be opened (errno {error.errno})") from None
        found = os.fstat(self._descriptor)
        if not stat.S_ISREG(found.st_mode):
            self.close()
            raise LedgerError(codes.UNREADABLE, f"{path.name} is not a file")
        if found.st_nlink > 1:
            self.close()
            raise LedgerError(codes.LINKED, f"{path.name} has more than one name: a hard link leads to it as well")

    def take(self) -> bool:
        """Whether it could be taken, at once; True where the system or the file system has no such locks."""
        if self._descriptor is None:
            return False
        if _SET is None:
            return True
        asked = struct.pack("hhqqi0q", fcntl.F_WRLCK, os.SEEK_SET, _BYTE, 1, 0)
        try:
            fcntl.fcntl(self._descriptor, _SET, asked)
        except (BlockingIOError, PermissionError):
            return False
        except OSError:
            return True
        return True

    def close(self) -> None:
        """Give it back."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
