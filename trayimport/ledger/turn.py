"""One writing command at a time on a shared ledger: a lease by the database's clock, renewed while its runner lives.

A row, not an advisory lock: connection poolers break those (protocol, section 6). What is sent asks for the lease right
before the request line is written (rule 8), so that a runner that was paused beyond it sends nothing.
"""

import threading
from typing import Final

from sqlalchemy import Connection

from trayimport.codes import ledger as codes
from trayimport.errors import LedgerError
from trayimport.ledger.leases import Leases
from trayimport.ledger.lock import POLL, Patience
from trayimport.ledger.origin import Origin
from trayimport.ledger.presence import Found

NAME: Final = ""
"""The lease of the ledger as a whole; no End User has an empty externalUserId."""


class Turn:
    """Whose turn it is to write; `holder` describes this process, and holds no secret. `seconds`: of a lease."""

    def __init__(self, leases: Leases, origin: Origin, holder: str, patience: Patience, seconds: float) -> None:
        self._leases = leases
        self._origin = origin
        self._holder = holder
        self._patience = patience
        self._seconds = seconds
        self._number: int | None = None
        self._ended = threading.Event()
        self._renewing: threading.Thread | None = None

    def enter(self, wait: float) -> Found:
        """Take the lease within `wait` seconds, that of a dead runner once it has run out. Raises LedgerError.

        Then says whether this is the ledger that was written last.
        """
        deadline = self._patience.monotonic() + wait
        while self._number is None:
            self._number = self._leases.claim_user(NAME, self._holder, self._seconds)
            if self._number is None:
                if self._patience.monotonic() >= deadline:
                    holder = self.held() or "another process"
                    raise LedgerError(codes.LOCKED, f"the ledger is in use by {holder}; waited {wait:g} s")
                self._patience.sleep(POLL)
        if self._renewing is None:
            self._renewing = threading.Thread(target=self._renew, name="lease", daemon=True)
            self._renewing.start()
        return self._origin.keep()

    def look(self) -> Found:
        """What `enter` would find, changing nothing."""
        return self._origin.look()

    def holds(self) -> bool:
        """Whether it is this process's turn now."""
        return self._number is not None and self._leases.holds(NAME, self._number)

    def fences(self, connection: Connection) -> bool:
        """Whether what a transaction claims is this process's to claim. It is where no turn was ever asked for."""
        return self._number is None or self._leases.fences(connection, NAME, self._number)

    def held(self) -> str | None:
        """Whose turn it is."""
        return self._leases.holder(NAME)

    def leave(self) -> None:
        """Give the lease back."""
        self._ended.set()
        if self._renewing is not None:
            self._renewing.join()
        if self._number is not None:
            self._leases.release(NAME, self._number)
            self._number = None

    def _renew(self) -> None:
        while not self._ended.wait(self._seconds / 3):
            try:
                if self._number is None or not self._leases.renew(NAME, self._number, self._seconds):
                    return
            except LedgerError:
                # The database may be back before the lease has run out; if not, nothing more is sent.
                continue
