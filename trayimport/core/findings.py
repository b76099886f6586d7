"""Findings about one mapping file, as they are collected."""

import difflib
from collections.abc import Iterable
from itertools import islice

from trayimport.codes import mapping as codes
from trayimport.codes.base import Code
from trayimport.core.token_shapes import MASK, without_secrets
from trayimport.core.tree import Path, pointer
from trayimport.model import Diagnostic, Position

MOST = 300
"""Findings that are listed of one file."""


class Findings:
    """Collects findings; drops what only follows from an unquoted template, and says when it stops listing."""

    def __init__(self, found: Iterable[Diagnostic] = ()) -> None:
        self.all = list(found)
        self._blamed = {one.at for one in self.all if one.code == codes.UNQUOTED_TEMPLATE.id}

    @property
    def full(self) -> bool:
        """Whether no more are listed."""
        return len(self.all) > MOST

    def add(self, code: Code, at: Position, path: Path, message: str) -> None:
        """One more finding; `path` says which value of the mapping it is about."""
        if self.full or at in self._blamed:
            return
        if len(self.all) == MOST:
            self.all.append(Diagnostic.of(codes.TOO_MANY, at, f"more than {MOST} problems; the rest is not listed"))
            return
        self.all.append(Diagnostic.of(code, at, without_secrets(message), without_secrets(pointer(path))))

    def extend(self, found: Iterable[Diagnostic], path: Path) -> None:
        """Findings made elsewhere (templates), which get the path unless they have one."""
        for one in found:
            if not self.full and one.at not in self._blamed:
                self.all.append(
                    Diagnostic(
                        one.at,
                        one.code,
                        one.severity,
                        without_secrets(one.path or pointer(path)),
                        without_secrets(one.message),
                        one.remedy,
                    )
                )


def shown(name: str) -> str:
    """A name from a mapping file as messages show it: one line, of bounded length."""
    flat = without_secrets(" ".join(name.split()))
    flat = "".join(character if character.isprintable() else "?" for character in flat)
    return flat if len(flat) <= 60 else flat[:59] + "…"


def shown_key(name: str) -> str:
    """A key as messages show it. One with a space in it is rather a key, and its value, that lacks the colon."""
    first, _, rest = name.strip().partition(" ")
    return f"{shown(first)} {MASK}" if rest else shown(name)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`; did you mean x?`, or nothing."""
    near = nearest(name, known)
    return f"; did you mean {near}?" if near else ""


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that is most like this one, or nothing. Capitals, `_` and `-` don't count."""
    if len(name) > 100:
        return ""
    plain = {_plain(one): one for one in islice(known, MOST)}
    near = difflib.get_close_matches(_plain(name), plain, 1, 0.6)
    return plain[near[0]] if near else ""


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
