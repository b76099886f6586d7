"""One writing command at a time: an OS lock on a file beside the ledger, which dies with its process (rule 8).

A lock with a time limit would not do for SQLite: a runner that pauses longer wakes up and writes all the same.
"""

import contextlib
import errno
import fcntl
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from trayimport.codes import ledger as codes
from trayimport.errors import LedgerError
from trayimport.ledger.inode import InodeLock

POLL: Final = 0.2
"""Seconds between two attempts."""
_LONGEST: Final = 500
"""Bytes of a description."""
_BEGINS: Final = "pid "
_PLAIN: Final = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""Neither a link nor a pipe that waits for its other end."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How a lock waits: monotonic seconds, and a way to let some pass."""

    monotonic: Callable[[], float]
    sleep: Callable[[float], None]


class FileLock:
    """The lock at `path`; `holder` describes this process to those who find it locked, and holds no secret.

    The file is written over, never cut, and only where it is such a lock already: what lies at a path in a checkout may
    be a link to, or another name of, something that is needed.
    """

    def __init__(self, path: Path, holder: str, patience: Patience, inode: InodeLock | None = None) -> None:
        """`inode` is taken with it: another name of the ledger has another file beside it."""
        self.path = path
        self._holder = holder
        self._patience = patience
        self._inode = inode
        self._descriptor: int | None = None

    @property
    def mine(self) -> bool:
        """Whether this object holds the lock."""
        return self._descriptor is not None

    def acquire(self, wait: float) -> None:
        """Take the lock within `wait` seconds, else raise LedgerError with its holder's description."""
        deadline = self._patience.monotonic() + wait
        while not self._try():
            if self._patience.monotonic() >= deadline:
                holder = self.held() or "another process, by another name of its file"
                raise LedgerError(codes.LOCKED, f"the ledger is in use by {holder}; waited {wait:g} s")
            self._patience.sleep(POLL)

    def release(self) -> None:
        """Give it back. The file stays: removing it could free a lock that somebody took in between."""
        if self._descriptor is not None:
            _describe(self._descriptor, "")
            os.close(self._descriptor)
            self._descriptor = None
        if self._inode is not None:
            self._inode.close()

    def held(self) -> str | None:
        """The holder's description, None if nobody holds it; what a dead process left in the file doesn't count."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | _PLAIN)
        except OSError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _description(descriptor) or "another process"
        except OSError:
            return None
        else:
            return None
        finally:
            os.close(descriptor)

    def _try(self) -> bool:
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | _PLAIN, 0o600)
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise LedgerError(codes.LINKED, f"{self.path.name} beside the ledger is a link") from None
            raise LedgerError(codes.READ_ONLY, f"the ledger's lock can't be made (errno {error.errno})") from None
        taken = False
        try:
            taken = self._take(descriptor)
        finally:
            if not taken:
                os.close(descriptor)
        return taken

    def _take(self, descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            message = f"the file system can't lock the ledger (errno {error.errno})"
            raise LedgerError(codes.UNREADABLE, message) from None
        found = os.fstat(descriptor)
        if not self._is_ours(found):
            return False
        text = _description(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1 or (text and not text.startswith(_BEGINS)):
            raise LedgerError(codes.LINKED, f"{self.path.name} beside the ledger is no lock of a ledger")
        if self._inode is not None and not self._inode.take():
            return False
        _describe(descriptor, self._holder)
        self._descriptor = descriptor
        return True

    def _is_ours(self, found: os.stat_result) -> bool:
        """Whether the locked file is still the one at the path, not one that was removed meanwhile."""
        try:
            return os.path.samestat(found, self.path.lstat())
        except FileNotFoundError:
            return False


def _description(descriptor: int) -> str:
    """What a lock says of its holder, one line without control characters."""
    try:
        text = os.pread(descriptor, _LONGEST, 0).decode("utf-8", "replace")
    except OSError:
        return ""
    return "".join(character if character.isprintable() else " " for character in text).strip()


def _describe(descriptor: int, text: str) -> None:
    """Write over the description; a full disk has no room for one, and the lock is held without."""
    with contextlib.suppress(OSError):
        size = min(os.fstat(descriptor).st_size, _LONGEST)
        os.pwrite(descriptor, text.encode()[:_LONGEST].ljust(size), 0)
