"""A mapping's line under a finding, with a caret; what may be a secret that someone wrote there is left out."""

import re
from functools import lru_cache

from jinja2 import TemplateSyntaxError

from trayimport.core.template_lexer import parse
from trayimport.core.token_shapes import MASK, without_secrets
from trayimport.model import Diagnostic
from trayimport.report.escape import shown

PLAIN_ROOTS = ("version", "id", "service", "when", "key", "tokens", "on_existing", "on_change", "source.type")
"""Where a line with one key may show its value: no credential belongs there."""
TOKEN = re.compile(
    r"""(?P<template>\{\{.*?\}\}|\{%.*?%\})      # code, less its long literals
      | (?P<unclosed>\{[{%].*$)                 # all of it
      | (?P<key>"[^"]*"|'[^']*'|[\w.$-]+)(?=\s*:(?:\s|$))
      | (?P<comment>\#.*$)
      | (?P<text>"(?:(?!\{\{)[^"])*"?|'(?:(?!\{\{)[^'])*'?|[^\s{}\[\],:"']+)
      | (?P<rest>.)""",
    re.VERBOSE,
)
TEMPLATE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}")
UNCLOSED = re.compile(r"\{[{%]")
ONE_KEY = re.compile(r"\s*(- )?[\w.-]+:\s*[^\s{\[].*$")
LITERAL = re.compile(r"""(?<!\[)("[^"]{8,}"|'[^']{8,}')""")
WORDS = frozenset(("true", "false", "null", "csv", "json", "jsonl", "sql", "fail", "adopt", "update", "keep"))
LONGEST = 500
"""Characters of a line that is shown; nobody looks at a longer one, and its place is told."""
BEFORE_KEY = frozenset("{,-?")
"""What a key of YAML may follow on its line."""


def excerpt(diagnostic: Diagnostic, text: str) -> list[str]:
    """`12 | line` and a caret below; nothing where the file has no such line, or a very long one."""
    lines = _lines(text)
    number = diagnostic.at.line
    if not 1 <= number <= len(lines):
        return []
    line = lines[number - 1].removesuffix("\r")
    if len(line) > LONGEST:
        return []
    start = min(max(diagnostic.at.column, 1) - 1, len(line))
    plain = _plain(diagnostic.path) and ONE_KEY.fullmatch(line) and without_secrets(line) == line
    if not plain or UNCLOSED.search(TEMPLATE.sub("", line)):
        line, start = _masked(line, start)
    margin = " " * len(str(number))
    width = len(shown(line[:start]))
    return [f"  {number} | {shown(line)}", f"  {margin} | {' ' * width}^"]


@lru_cache(8)
def _lines(text: str) -> list[str]:
    return text.split("\n")


def _plain(path: str) -> bool:
    return any(path == root or path.startswith((f"{root}.", f"{root}[")) for root in PLAIN_ROOTS)


def _masked(line: str, start: int) -> tuple[str, int]:
    """The line without its texts, and where what stood at `start` is now."""
    out = ""
    moved = None
    begins = True
    for match in TOKEN.finditer(line):
        piece = _piece(match, begins=begins)
        if match.group().strip():
            begins = match.group() in BEFORE_KEY
        if moved is None and start < match.end():
            moved = len(out) + (start - match.start() if piece == match.group() else 0)
        out += piece
    return out, len(out) if moved is None else moved


def _piece(match: re.Match[str], *, begins: bool) -> str:
    piece, kind = match.group(), match.lastgroup
    if kind == "template":
        return (
            without_secrets(LITERAL.sub(f"'{MASK}'", piece)) if _parses(piece) else f"{piece[:2]} {MASK} {piece[-2:]}"
        )
    if kind == "key" and begins:
        return without_secrets(piece)
    hidden = kind in ("comment", "unclosed") or (kind in ("text", "key") and piece not in WORDS and len(piece) > 1)
    return MASK if hidden else piece


def _parses(template: str) -> bool:
    """Whether a template is one: what is none may be anything that somebody wrote there."""
    try:
        parse(template)
    except (TemplateSyntaxError, ValueError, RecursionError):
        return False
    return True
