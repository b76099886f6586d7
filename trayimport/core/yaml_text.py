"""A YAML file's text: places in it, and where each character of a scalar's value stands."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from typing import Literal

from trayimport.model import Position

Style = Literal["plain", "single", "double", "literal", "folded"]

_LINE_END = re.compile("\r\n?|\n")
_BLANK = " \t"
_BREAK = "\r\n"
_HEX = {"x": 2, "u": 4, "U": 8}
_ESCAPES = dict(zip('0abt\tnvfre "/\\N_LP', '\0\a\b\t\t\n\v\f\r\x1b "/\\\x85\xa0\u2028\u2029', strict=True))


class SourceText:
    """The decoded text of a file, and its lines; `\\n`, `\\r\\n` and `\\r` end one."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(found.end() for found in _LINE_END.finditer(self.text))]

    def position(self, index: int) -> Position:
        """The place of a character; indices beyond the text mean its end."""
        index = max(0, min(index, len(self.text)))
        line = bisect_right(self._starts, index)
        return Position(self.file, line, index - self._starts[line - 1] + 1)

    def line(self, number: int) -> str:
        """The text of a line that counts from 1, without its end."""
        start = self._starts[number - 1]
        end = self._starts[number] if number < len(self._starts) else len(self.text)
        return self.text[start:end].rstrip(_BREAK)


class _Decoded:
    """A value as it is put together, and the index in the file of each of its characters."""

    def __init__(self) -> None:
        self.value: list[str] = []
        self.indices: list[int] = []

    def add(self, character: str, index: int) -> None:
        self.value.append(character)
        self.indices.append(index)


def scalar_indices(text: str, start: int, end: int, style: Style, value: str) -> Sequence[int]:
    """For each character of `value`, its index in `text`; the scalar stands in `text[start:end]`.

    The presentation is decoded once more and compared with what the YAML library made of it; should they ever
    differ, every character is said to stand at `start`, which is less exact and never wrong by much.
    """
    if style in ("literal", "folded"):
        for decoded in _blocks(text, start, end, folded=style == "folded"):
            if "".join(decoded.value) == value:
                return decoded.indices
    else:
        quoted = style != "plain"
        if text[start + quoted : end - quoted] == value:
            return range(start + quoted, end - quoted)
        decoded = _flow(text, start + quoted, end - quoted, style)
        if "".join(decoded.value) == value:
            return decoded.indices
    return [start] * len(value)


def _flow(text: str, index: int, end: int, style: Style) -> _Decoded:
    out = _Decoded()
    while index < end:
        character = text[index]
        if character in _BLANK or character in _BREAK:
            index = _space(text, index, end, out)
        elif character == "'" and style == "single":
            out.add("'", index)
            index += 2
        elif character == "\\" and style == "double":
            index = _escape(text, index, end, out)
        else:
            out.add(character, index)
            index += 1
    return out


def _space(text: str, index: int, end: int, out: _Decoded, *, escaped: bool = False) -> int:
    """White space: kept within a line; around line breaks folded to a space, or to all breaks but the first."""
    stop, breaks = index, []
    while stop < end and text[stop] in " \t\r\n":
        if text[stop] in _BREAK:
            breaks.append(stop)
            stop += text[stop : stop + 2] == "\r\n"
        stop += 1
    if not breaks:
        for place in range(index, stop):
            out.add(text[place], place)
    elif len(breaks) == 1 and not escaped:
        out.add(" ", breaks[0])
    for place in breaks[1:]:
        out.add("\n", place)
    return stop


def _escape(text: str, index: int, end: int, out: _Decoded) -> int:
    code = text[index + 1 : index + 2]
    if code and code in _BREAK:
        return _space(text, index + 1, end, out, escaped=True)
    if code in _HEX:
        width = _HEX[code]
        out.add(chr(int(text[index + 2 : index + 2 + width], 16)), index)
        return index + 2 + width
    out.add(_ESCAPES.get(code, code), index)
    return index + 2


def _blocks(text: str, start: int, end: int, *, folded: bool) -> list[_Decoded]:
    """A block scalar's decodings: the one with the indentation it seems to have, then all others."""
    body = start
    while body < end and text[body] not in _BREAK:
        body += 1
    header = text[start:body].split("#", 1)[0]
    body += 2 if text[body : body + 2] == "\r\n" else 1
    lines = text[body:end].replace("\r", "\n").split("\n")
    first = next((len(line) - len(line.lstrip(" ")) for line in lines if line.strip(" ")), 0)
    chomp = "-" if "-" in header else "+" if "+" in header else ""
    candidates = [first, *(indent for indent in range(min(first, 80)) if indent != first)]
    return [_block(text, body, end, indent, chomp, folded=folded) for indent in candidates]


def _block(text: str, index: int, end: int, indent: int, chomp: str, *, folded: bool) -> _Decoded:
    out = _Decoded()
    index, trailing = _skip_breaks(text, index, end, indent)
    leading: int | None = None
    blank_before = False
    while index < end:
        blank = text[index] in _BLANK
        if leading is not None:
            if not folded or blank_before or blank:
                out.add("\n", leading)
            elif not trailing:
                out.add(" ", leading)
        for place in trailing:
            out.add("\n", place)
        blank_before = blank
        while index < end and text[index] not in _BREAK:
            out.add(text[index], index)
            index += 1
        leading = index if index < end else None
        index += 2 if text[index : index + 2] == "\r\n" else 1
        index, trailing = _skip_breaks(text, index, end, indent)
    if leading is not None and chomp != "-":
        out.add("\n", leading)
    for place in trailing if chomp == "+" else ():
        out.add("\n", place)
    return out


def _skip_breaks(text: str, index: int, end: int, indent: int) -> tuple[int, list[int]]:
    """Past empty lines and the indentation of the next line that is not; the breaks of the empty ones."""
    breaks: list[int] = []
    while True:
        column = 0
        while index < end and column < indent and text[index] == " ":
            index += 1
            column += 1
        if index >= end or text[index] not in _BREAK:
            return index, breaks
        breaks.append(index)
        index += 2 if text[index : index + 2] == "\r\n" else 1
