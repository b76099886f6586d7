"""No token and no user id serves two: a cache before Tray that mixes answers up would fill one account with all."""

import hashlib
import secrets
import threading
from collections import OrderedDict
from typing import Final

from trayimport.codes import tray as codes
from trayimport.errors import StoppedError

REMEMBERED: Final = 100_000
"""Things whose owner is known at a time; the one seen longest ago is forgotten first."""


class Owners:
    """Whose each thing is that Tray gave out in this process; safe for many threads. Holds digests, no token."""

    def __init__(self, kind: str, answer: str) -> None:
        self._kind = kind
        self._answer = answer
        self._key = secrets.token_bytes(32)
        self._owners: OrderedDict[bytes, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, thing: str, owner: str) -> None:
        """`thing` is `owner`'s from now on. Raises StoppedError where it is another's."""
        found, mine = self._digest(thing), self._digest(owner)
        with self._lock:
            known = self._owners.setdefault(found, mine)
            self._owners.move_to_end(found)
            if len(self._owners) > REMEMBERED:
                self._owners.popitem(last=False)
        if known != mine:
            message = f"Tray gave {self._kind} of one account as {self._answer}"
            raise StoppedError(codes.MIXED_UP, message)

    def _digest(self, text: str) -> bytes:
        return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=self._key, digest_size=16).digest()
