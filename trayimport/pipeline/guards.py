"""What stops a run before its first write (commands, rulings 12, 13 and 24)."""

import fnmatch
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice

from trayimport.codes import content as content_codes
from trayimport.codes import run as codes
from trayimport.errors import ConfigurationError, RefusalError
from trayimport.model import ItemMove, Ledger, Problem
from trayimport.pipeline.planning import Unit
from trayimport.planstore import WORK, PlanStore, Row

FEW = 10
"""Records from which --max-changes is judged."""


def refuse_changes(units: Sequence[Unit], store: PlanStore, most: str) -> None:
    """--max-changes N|P%: more updates of what exists than that, in a mapping, are refused."""
    for index, unit in enumerate(units):
        counts = store.counts(index)
        records, updates = sum(counts.values()), counts.get("update", 0)
        if not updates or (most.endswith("%") and records < FEW):
            continue
        limit = records * float(most[:-1]) / 100 if most.endswith("%") else int(most)
        if updates > limit:
            path = unit.program.mapping.path
            message = f"{path}: {updates} of {records} records would be updated; --max-changes allows {most}"
            raise RefusalError(codes.TOO_MANY_CHANGES, message)


def settle_twins(units: Sequence[Unit], store: PlanStore, ledger: Ledger, *, accept_moved: bool) -> list[ItemMove]:
    """Newcomers that equal what the ledger knows under another key: conflicts, or moves where that key has vanished.

    Raises RefusalError with the numbers where records moved and `accept_moved` is not set.
    """
    names = {unit.program.mapping.identity: index for index, unit in enumerate(units)}
    moved: list[tuple[Row, str, str]] = []
    for row in store.rows(actions=("create",), selected=False):
        if row.twin_mapping is None or row.twin_key is None:
            continue
        same = names.get(row.twin_mapping) == row.mapping
        if same and not store.has_key(row.mapping, row.twin_key):
            moved.append((row, row.twin_mapping, row.twin_key))
            continue
        message = f"the ledger knows it as {row.twin_key} of {row.twin_mapping}"
        store.mark(row.seq, "conflict", [Problem.of(content_codes.KNOWN_ELSEWHERE, "name", message, row.place)])
    if moved and not accept_moved:
        message = f"{len(moved)} new keys stand for authentications whose former keys have vanished from the source"
        raise RefusalError(codes.MOVED, message)
    moves = []
    for row, mapping, key in moved:
        item = ledger.items(mapping, [key]).get(key)
        if item is not None and row.key is not None:
            moves.append(ItemMove(replace(item, key=row.key), key))
            store.mark(row.seq, "unchanged" if item.payload == row.payload else "keep")
    return moves


def select(
    units: Sequence[Unit], store: PlanStore, patterns: Sequence[str], limit: int | None, read: Callable[[str], str]
) -> None:
    """--select and --limit, after rendering. Raises ConfigurationError where @FILE can't be read."""
    if patterns:
        keys, globs = _selection(patterns, read)
        # What equals a key is never a glob (commands, ruling 13).
        globs -= {row.key for row in store.rows() if row.key in globs}
        mappings = [unit.program.mapping for unit in units]

        def chosen(row: Row) -> bool:
            if row.key is None:
                return False
            mapping = mappings[row.mapping]
            named = {(None, row.key), (mapping.identity, row.key), (mapping.path, row.key)}
            return bool(named & keys) or any(fnmatch.fnmatchcase(row.key, glob) for glob in globs)

        for seq in [row.seq for row in store.rows() if not chosen(row)]:
            store.unselect(seq)
    if limit is not None:
        for seq in [row.seq for row in islice(store.rows(actions=WORK), limit, None)]:
            store.unselect(seq)


def _selection(patterns: Sequence[str], read: Callable[[str], str]) -> tuple[set[tuple[str | None, str]], set[str]]:
    """(mapping or None, key) of those that are named, and what may be globs."""
    keys: set[tuple[str | None, str]] = set()
    globs = set()
    for pattern in patterns:
        if not pattern.startswith("@"):
            keys.add((None, pattern))
            globs.add(pattern)
            continue
        try:
            lines = read(pattern[1:]).splitlines()
        except OSError as error:
            message = f"{pattern[1:]}: cannot be read ({error.strerror})"
            raise ConfigurationError(codes.UNREADABLE_SELECTION, message) from None
        for line in lines:
            if line.strip():
                keys.add(_entry(line.strip()))
    return keys, globs


def _entry(line: str) -> tuple[str | None, str]:
    try:
        entry = json.loads(line)
    except ValueError:
        return None, line
    if isinstance(entry, dict) and isinstance(entry.get("key"), str):
        mapping = entry.get("mapping")
        return (mapping if isinstance(mapping, str) else None), entry["key"]
    return None, line
