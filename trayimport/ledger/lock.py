"""One writing command at a time: an OS lock on a file beside the ledger, which dies with its process (rule 8).

A lock with a time limit would not do for SQLite: a runner that pauses longer wakes up and writes all the same.
"""

import fcntl
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from trayimport.codes import ledger as codes
from trayimport.errors import LedgerError
from trayimport.ledger.files import sync_folder

POLL: Final = 0.2
"""Seconds between two attempts."""
_LONGEST: Final = 500


@dataclass(frozen=True, slots=True)
class Patience:
    """How a lock waits: monotonic seconds, and a way to let some pass."""

    monotonic: Callable[[], float]
    sleep: Callable[[float], None]


class FileLock:
    """The lock at `path`; `holder` describes this process to those who find it locked, and holds no secret."""

    def __init__(self, path: Path, holder: str, patience: Patience) -> None:
        self.path = path
        self._holder = holder
        self._patience = patience
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
                holder = self.described() or "another process"
                raise LedgerError(codes.LOCKED, f"the ledger is in use by {holder}; waited {wait:g} s")
            self._patience.sleep(POLL)

    def release(self) -> None:
        """Give it back. The file stays: removing it could free a lock that somebody took in between."""
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None

    def held(self) -> str | None:
        """The holder's description, None if nobody holds it; what a dead process left in the file doesn't count."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY)
        except OSError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return self.described() or "another process"
        else:
            return None
        finally:
            os.close(descriptor)

    def described(self) -> str:
        """What the file says of its holder, one line without control characters."""
        try:
            text = self.path.read_text(encoding="utf-8", errors="replace")[:_LONGEST]
        except OSError:
            return ""
        return "".join(character if character.isprintable() else " " for character in text).strip()

    def _try(self) -> bool:
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise LedgerError(codes.READ_ONLY, f"the ledger's lock can't be made (errno {error.errno})") from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        except OSError as error:
            os.close(descriptor)
            message = f"the file system can't lock the ledger (errno {error.errno})"
            raise LedgerError(codes.UNREADABLE, message) from None
        if not self._is_ours(descriptor):
            os.close(descriptor)
            return False
        self._describe(descriptor)
        self._descriptor = descriptor
        return True

    def _is_ours(self, descriptor: int) -> bool:
        """Whether the locked file is still the one at the path, not one that was removed meanwhile."""
        try:
            return os.path.samestat(os.fstat(descriptor), self.path.stat())
        except FileNotFoundError:
            return False

    def _describe(self, descriptor: int) -> None:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, self._holder.encode(), 0)
        sync_folder(self.path.parent)
