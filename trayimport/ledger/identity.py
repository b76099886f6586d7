"""Is this the ledger that was written last, or a copy of it? (Protocol, section 6; commands, ruling 26.)

Each writing command stores a new nonce both in the ledger and in a file beside it. A ledger that was copied, restored
or has lost its latest commits (SQLite without its `-wal`) holds another nonce than the file, or has none beside it.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from trayimport.codes import ledger as codes
from trayimport.errors import LedgerError
from trayimport.ledger.files import replace_durably


@dataclass(frozen=True, slots=True)
class Opening:
    """What the file beside the ledger says: whose it is, the nonces it may hold, and the machine that wrote it."""

    ledger: str
    nonces: tuple[str, ...]
    machine: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """`copied`: it isn't the ledger that was written last. `note` is a sentence for people, None if all is as ever."""

    copied: bool
    note: str | None = None


def judge(opening: Opening | None, ledger: str, nonce: str | None, machine: str) -> Judgement:
    """Compare the file beside the ledger with the ledger's own id and nonce (None: it never had one)."""
    if nonce is None:
        if opening is None:
            return Judgement(copied=False)
        return Judgement(True, "a ledger was here before and is gone: this one is new")
    if opening is None or opening.ledger != ledger or nonce not in opening.nonces:
        return Judgement(
            True, "this ledger is a copy, or was restored: Tray is asked before anything is believed absent"
        )
    if opening.machine != machine:
        return Judgement(False, f"this ledger was last used on {opening.machine}")
    return Judgement(copied=False)


def read_opening(path: Path) -> Opening | None:
    """The file's content; None where it is missing or says nothing usable."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return Opening(str(found["ledger"]), tuple(map(str, found["nonces"])), str(found["machine"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def renew(path: Path, opening: Opening, before: str | None, store: Callable[[], None]) -> None:
    """Put a nonce, `opening.nonces[0]`, beside the ledger and, by `store`, into it.

    In between, the file names the one before as well: a crash there must not make the ledger look like a copy.
    Raises LedgerError where the file can't be written.
    """
    both = opening.nonces if before is None else (*opening.nonces, before)
    try:
        replace_durably(path, _text(replace(opening, nonces=both)))
        store()
        replace_durably(path, _text(opening))
    except OSError as error:
        raise LedgerError(codes.READ_ONLY, f"{path.name} can't be written (errno {error.errno})") from None


def _text(opening: Opening) -> str:
    return json.dumps({"ledger": opening.ledger, "nonces": opening.nonces, "machine": opening.machine}) + "\n"
