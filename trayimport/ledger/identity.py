"""Is this the ledger that was written last, or a copy of it? (Protocol, section 6; commands, ruling 26.)

Each writing command stores a new nonce both in the ledger and in a file beside it. A ledger that was copied, restored
or has lost its latest commits (SQLite without its `-wal`) holds another nonce than the file, or has none beside it.
Where both were put back together they agree; then the file is not the one that the ledger saw being written.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from trayimport.codes import ledger as codes
from trayimport.errors import LedgerError
from trayimport.ledger.files import footprint, read_small, replace_durably


@dataclass(frozen=True, slots=True)
class Opening:
    """What the file beside the ledger says: whose it is, the nonces it may hold, and the machine that wrote it."""

    ledger: str
    nonces: tuple[str, ...]
    machine: str


@dataclass(frozen=True, slots=True)
class Stored:
    """What the ledger itself holds: its id, its nonce (None: it never had one), and the footprint of the file beside it
    when that was last written ("": not known)."""

    ledger: str
    nonce: str | None
    footprint: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """`copied`: it isn't the ledger that was written last. `note` is a sentence for people, None if all is as ever."""

    copied: bool
    note: str | None = None


def judge(opening: Opening | None, footprint: str | None, stored: Stored, machine: str) -> Judgement:
    """Compare the file beside the ledger, and that file's footprint, with what the ledger holds."""
    if stored.nonce is None:
        if opening is None:
            return Judgement(copied=False)
        return Judgement(True, "a ledger was here before and is gone: this one is new")
    if opening is None or opening.ledger != stored.ledger or stored.nonce not in opening.nonces:
        return Judgement(True, "this ledger is a copy, or was restored")
    if stored.footprint and stored.footprint != footprint:
        return Judgement(True, "this ledger and the file beside it were copied, moved or restored")
    if opening.machine != machine:
        return Judgement(False, f"this ledger was last used on {opening.machine}")
    return Judgement(copied=False)


def read_opening(path: Path) -> Opening | None:
    """The file's content; None where it is missing or says nothing usable."""
    try:
        found = json.loads(read_small(path))
        return Opening(str(found["ledger"]), tuple(map(str, found["nonces"])), str(found["machine"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def renew(path: Path, opening: Opening, before: str | None, store: Callable[[Mapping[str, str]], None]) -> None:
    """Put a nonce, `opening.nonces[0]`, beside the ledger and, by `store` (values under names), into it.

    In between, the file names the one before as well, and the ledger no footprint: a crash there must not make the
    ledger look like a copy. Raises LedgerError where the file can't be written.
    """
    both = opening.nonces if before is None else (*opening.nonces, before)
    try:
        store({"footprint": ""})
        replace_durably(path, _text(replace(opening, nonces=both)))
        store({"nonce": opening.nonces[0]})
        replace_durably(path, _text(opening))
    except OSError as error:
        raise LedgerError(codes.READ_ONLY, f"{path.name} can't be written (errno {error.errno})") from None
    store({"footprint": footprint(path) or ""})


def _text(opening: Opening) -> str:
    return json.dumps({"ledger": opening.ledger, "nonces": opening.nonces, "machine": opening.machine}) + "\n"
