"""The emulator's state on disk: a journal of events, sealed, so that no token is in a file in clear."""

import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from cryptography.fernet import Fernet, InvalidToken

from trayimport.sandbox.errors import SandboxError
from trayimport.sandbox.store import Event


class Journal:
    """A file of events, one a line, readable by its owner only; an unfinished last line is cut off.

    What is sealed is safe from backups and searches, not from somebody who reads the folder: the key lies beside it.
    """

    def __init__(self, folder: Path) -> None:
        """Open or make the journal in `folder`. Raises SandboxError."""
        self._path = folder / "tray.journal"
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._seal = Fernet(_kept(folder / "tray.key", Fernet.generate_key()))
            self.master_token = _kept(folder / "tray.token", secrets.token_hex(24).encode()).decode()
            self._file: IO[bytes] = os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600), "r+b")
        except (OSError, ValueError) as error:
            raise SandboxError(f"{folder}: the sandbox's state can't be opened ({type(error).__name__})") from None

    def events(self) -> Iterator[Event]:
        """What was written so far. Raises SandboxError where it can't be read; then leaves the end for `write`."""
        end = 0
        self._file.seek(0)
        for line in self._file:
            if not line.endswith(b"\n"):
                break
            try:
                event: Any = json.loads(self._seal.decrypt(line))
            except (InvalidToken, ValueError):
                raise SandboxError(f"{self._path}: not a journal of this sandbox; remove the folder") from None
            end += len(line)
            yield event
        self._file.seek(end)
        self._file.truncate()

    def write(self, event: Event) -> None:
        """Append an event; it is out of this process when this returns."""
        self._file.write(self._seal.encrypt(json.dumps(event).encode()) + b"\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _kept(path: Path, new: bytes) -> bytes:
    """What a small file holds, made with `new` where there is none."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(handle, "wb") as file:
        file.write(new)
    return new
