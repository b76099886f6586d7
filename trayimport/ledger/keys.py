"""The key that fingerprints are made with: 64 hexadecimal digits, in the environment or in a 0600 file of its own."""

import hashlib
import os
import stat
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from trayimport.codes import ledger as codes
from trayimport.errors import LedgerError
from trayimport.ledger.files import sync_folder

VARIABLE: Final = "TRAYIMPORT_LEDGER_KEY"
FILE: Final = "ledger.key"
_LONGEST: Final = 4096
_CHECK: Final = b"trayimport ledger key check"


def fingerprint(key: bytes, data: bytes) -> str:
    """Keyed BLAKE2b, 32 hexadecimal digits."""
    return hashlib.blake2b(data, key=key, digest_size=16).hexdigest()


def check_value(key: bytes) -> str:
    """What a ledger stores to recognise its key; it says nothing about the key (BLAKE2b is a keyed hash)."""
    return fingerprint(key, _CHECK)


def find_key(environ: Mapping[str, str], folders: Sequence[Path]) -> bytes | None:
    """The key in the environment, else in the first of `folders` that has one; None where there is none.

    Raises LedgerError where it is malformed, or where others can read its file.
    """
    given = environ.get(VARIABLE)
    if given is not None:
        return _parse(given, VARIABLE)
    for folder in folders:
        key = _in_folder(folder)
        if key is not None:
            return key
    return None


def _in_folder(folder: Path) -> bytes | None:
    try:
        text, mode = _read(folder / FILE)
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError):
        raise LedgerError(codes.KEY_UNUSABLE, f"{FILE} beside the ledger can't be read") from None
    if mode & 0o077:
        message = f"{FILE} beside the ledger has mode {mode:04o}: others can read it"
        raise LedgerError(codes.KEY_UNUSABLE, message)
    return _parse(text, f"{FILE} beside the ledger")


def make_key(folder: Path | None, random_bytes: Callable[[int], bytes]) -> bytes:
    """A new key, kept in `folder` if there is one; where another process was faster, the key is that one's.

    Raises LedgerError where the file can't be written.
    """
    key = random_bytes(32)
    if folder is None:
        return key
    try:
        made = _write_once(folder, key.hex())
    except OSError as error:
        raise LedgerError(codes.READ_ONLY, f"{FILE} can't be written beside the ledger (errno {error.errno})") from None
    return key if made else find_key({}, [folder]) or key


def judge_key(key: bytes | None, stored: str) -> bytes:
    """The key of an existing ledger whose check value is `stored`. Raises LedgerError for a missing or a wrong one."""
    if key is None:
        raise LedgerError(codes.KEY_LOST, f"neither {VARIABLE} nor {FILE} beside the ledger holds its key")
    if check_value(key) != stored:
        raise LedgerError(codes.KEY_WRONG, "the key found is not this ledger's")
    return key


def _read(file: Path) -> tuple[str, int]:
    descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, encoding="ascii") as opened:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise OSError
        return opened.read(_LONGEST), stat.S_IMODE(mode)


def _parse(text: str, where: str) -> bytes:
    digits = text.strip()
    try:
        key = bytes.fromhex(digits)
    except ValueError:
        key = b""
    if len(key) != 32 or len(digits) != 64:
        raise LedgerError(codes.KEY_UNUSABLE, f"{where} is not 64 hexadecimal digits")
    return key


def _write_once(folder: Path, text: str) -> bool:
    """The file appears with all its bytes, on the disk, or not at all; False where there is one already."""
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=f".{FILE}.")
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as opened:
            opened.write(text + "\n")
            opened.flush()
            os.fsync(opened.fileno())
        try:
            os.link(draft, folder / FILE)
        except FileExistsError:
            return False
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(folder)
    return True
