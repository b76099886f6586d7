"""`# trayimport: ignore CODE` comments: which codes they name, and what they silence."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from trayimport.codes import all_codes
from trayimport.codes import mapping as codes
from trayimport.model import Diagnostic, Position

Ignores = Mapping[int, frozenset[str]]


@lru_cache
def _matching(name: str) -> frozenset[str]:
    """The codes that a word names."""
    if not re.fullmatch("TI[0-9][0-9xX]{2}", name):
        return frozenset()
    pattern = re.compile("TI" + re.sub("[xX]", "[0-9]", name[2:]))
    return frozenset(code for code in all_codes() if pattern.fullmatch(code))


def codes_of(words: Mapping[int, Sequence[str]], file: str) -> tuple[dict[int, frozenset[str]], list[Diagnostic]]:
    """The codes that comments name, by line; `TI3xx` names all of its range. Words that are no codes are reported."""
    found: dict[int, frozenset[str]] = {}
    diagnostics = []
    for line, names in words.items():
        named: set[str] = set()
        for name in names:
            matching = _matching(name)
            named |= matching
            if not matching:
                diagnostics.append(
                    Diagnostic.of(codes.BAD_IGNORE, Position(file, line, 1), "a comment that ignores no known code")
                )
                break
        found[line] = frozenset(named)
    return found, diagnostics


def split(diagnostics: Sequence[Diagnostic], ignores: Ignores) -> tuple[list[Diagnostic], list[Diagnostic]]:
    """(what counts, what a comment on its line silences)."""
    counting: list[Diagnostic] = []
    silenced: list[Diagnostic] = []
    for one in diagnostics:
        (silenced if one.code in ignores.get(one.at.line, frozenset()) else counting).append(one)
    return counting, silenced
