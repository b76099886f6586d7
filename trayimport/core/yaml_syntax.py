"""The YAML library's errors, at the line that people mean and in our words, where a frequent cause is known.

The library stops where it can't go on, which is often the line after the one with the slip.
"""

import contextlib
import re
from dataclasses import dataclass

import yaml

from trayimport.codes import mapping as codes
from trayimport.codes.base import Code
from trayimport.core.yaml_text import SourceText
from trayimport.model import Diagnostic, Position

LISTS = frozenset({"checks", "examples"})
"""Keys whose values are lists of maps."""

Found = tuple[Code, Position, str]


_BARE_TEMPLATE = re.compile(r"(?:^|[:,\[\-?]|[^\s:]:)[ \t]+(?:\{\{|\{%|\{#)|^(?:\{\{|\{%)")


def syntax_error(source: SourceText, error: yaml.MarkedYAMLError) -> Diagnostic:
    """The YAML library's error in our words, where a frequent cause is known."""
    mark = error.problem_mark or error.context_mark
    index = min(mark.index if mark is not None else 0, len(source.text))
    at = source.position(index)
    problem = error.problem or "cannot be read"
    found = _cause(source, at, index, problem) or _open_quote(source, index, error) or _earlier(source, at, error)
    if found is not None:
        return Diagnostic.of(*found)
    return Diagnostic.of(codes.SYNTAX, at, f"YAML: {problem.splitlines()[0][:120]}")


def _open_quote(source: SourceText, index: int, error: yaml.MarkedYAMLError) -> Found | None:
    """A quote that was meant to end in its line, and ended at the next quote, or nowhere: it begins the trouble."""
    if "quoted scalar" in (error.context or "") and error.context_mark is not None:
        return codes.SYNTAX, source.position(error.context_mark.index), "YAML: the quote that begins here does not end"
    last: yaml.ScalarToken | None = None
    with contextlib.suppress(yaml.YAMLError, ValueError):
        for token in yaml.scan(source.text, Loader=yaml.SafeLoader):
            if token.start_mark.index >= index:
                break
            last = token if isinstance(token, yaml.ScalarToken) else last
    if last is None or last.plain or last.style not in ("'", '"'):
        return None
    if last.start_mark.line == last.end_mark.line or "\n" in source.text[last.end_mark.index : index]:
        return None
    line = last.end_mark.line + 1
    message = f"YAML: the quote that begins here ends in line {line} only; is one missing in between?"
    return codes.SYNTAX, source.position(last.start_mark.index), message


def _cause(source: SourceText, at: Position, index: int, problem: str) -> Found | None:
    if "unknown escape" in problem:
        return codes.BAD_ESCAPE, at, "a backslash in double quotes that begins no escape of YAML's"
    for number in range(at.line, max(0, at.line - 3), -1):
        bare = _BARE_TEMPLATE.search(source.line(number))
        if bare is not None:
            place = Position(at.file, number, bare.end() - 1)
            return codes.UNQUOTED_TEMPLATE, place, 'a template needs quotes: "{{ … }}"'
        if number < at.line and source.line(number).strip():
            break
    line = source.line(at.line)
    blank = line[: len(line) - len(line.lstrip())]
    if source.text[index : index + 1] == "\t" or "\t" in blank:
        column = at.column if source.text[index : index + 1] == "\t" else blank.index("\t") + 1
        return codes.TAB, Position(at.file, at.line, column), "a tab; YAML wants spaces here"
    return None


def _earlier(source: SourceText, at: Position, error: yaml.MarkedYAMLError) -> Found | None:
    """A slip in a line above that at which the library stopped."""
    problem, context = error.problem or "", error.context or ""
    start = None if error.context_mark is None else source.position(error.context_mark.index)
    if start is not None and start.line < at.line:
        if "expected ':'" in problem:
            line = source.line(start.line)
            what = "a space after its colon" if re.search(r"[^\s:]:[^\s:]", line) else "its colon"
            return codes.SYNTAX, start, f"YAML: a key without {what}, or a text that goes on from the line before"
        if "flow" in context and "expected ','" in problem:
            return codes.SYNTAX, start, "YAML: the bracket that begins here does not end"
    lines = _Lines(source, at.line)
    if lines.own is None or lines.before is None or lines.parent is None:
        return None
    if "mapping values" in problem or ("expected key" in problem and at.column == lines.own.indent + 1):
        place = Position(at.file, lines.before.number, lines.before.indent + 1)
        return _indented(lines.own, lines.before, lines.parent, lines, place)
    return None


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    indent: int
    text: str


class _Lines:
    """The lines around one, without empty ones and comments."""

    def __init__(self, source: SourceText, number: int) -> None:
        last = source.position(len(source.text)).line
        lines = [(one, source.line(one)) for one in range(1, last + 1)]
        said = [
            _Line(one, len(text) - len(text.lstrip(" ")), text.strip())
            for one, text in lines
            if text.strip() and not text.lstrip().startswith("#")
        ]
        above = [one for one in said if one.number < number]
        self.own = next((one for one in said if one.number == number), None)
        self.before = above[-1] if above else None
        self.after = next((one for one in said if one.number > number), None)
        indent = self.before.indent if self.before else 0
        self.parent = next((one for one in reversed(above) if one.indent < indent), None)
        self.first = self.parent is not None and above[-2:-1] == [self.parent]
        """Whether the line before is the first of its block."""


def _indented(own: _Line, before: _Line, parent: _Line, lines: _Lines, place: Position) -> Found | None:
    """The line before, where that is the one that stands wrong among its neighbours."""
    if own.indent > before.indent:
        if before.text.startswith("-") and not before.text.startswith("- "):
            return codes.SYNTAX, place, "YAML: a dash without a space after it"
        if parent.text.partition(":")[0] in LISTS and not before.text.startswith("-"):
            return codes.SYNTAX, place, "YAML: a dash is missing; each item of a list begins with one"
        if lines.first and lines.after is not None and lines.after.indent == own.indent:
            return codes.SYNTAX, place, "YAML: indented less than the lines that follow"
    elif lines.first and parent.indent < own.indent < before.indent:
        return codes.SYNTAX, place, "YAML: indented deeper than the lines that follow"
    return None
