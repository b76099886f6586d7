"""YAML text → a tree that knows file, line and column of every node and key (language, rulings 2 and 20).

The YAML library's events are composed here, not by its own composer, which would lose duplicate keys, the way a
scalar was written, and the cost of aliases.
"""

import difflib
import re
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

import yaml

from trayimport.codes import mapping as codes
from trayimport.codes.base import Code
from trayimport.core.yaml_syntax import syntax_error
from trayimport.core.yaml_text import SourceText, Style
from trayimport.core.yaml_tree import Entry, List, Map, Scalar, Value
from trayimport.model import Diagnostic, Position

DEEPEST = 64
MOST_REPORTED = 300
"""Findings of one file's syntax."""
MOST_NODES = 50_000
"""Values of a file, with each alias counted as what it stands for."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STYLES: dict[str | None, Style] = {"'": "single", '"': "double", "|": "literal", ">": "folded"}
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_IGNORE = re.compile(r"(?:^|[ \t])#[ \t]*trayimport:[ \t]*ignore\b[ \t:]*([^#\r\n]*)", re.MULTILINE)
_PROPERTY = re.compile(r"(?:[&!][^\s,\[\]{}]*|#[^\r\n]*)?\s+|&[^\s,\[\]{}]+|![^\s,\[\]{}]*")


@dataclass(frozen=True, slots=True)
class Document:
    """A file as read. `ignores`: the words after `# trayimport: ignore`, by the line that they apply to."""

    root: Value
    ignores: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


def parse(text: bytes | str, file: str) -> tuple[Document | None, list[Diagnostic]]:
    """The document, and everything wrong with the file as YAML; None where it cannot be read to its end.

    `file` is the path that positions show. Never raises.
    """
    diagnostics: list[Diagnostic] = []
    decoded = _decoded(text, file, diagnostics)
    if decoded is None:
        return None, diagnostics
    source = SourceText(decoded, file)
    if not _printable(source, diagnostics):
        return None, diagnostics
    composer = _Composer(source, diagnostics)
    try:
        root = composer.document()
    except _StopError:
        return None, diagnostics
    except yaml.MarkedYAMLError as error:
        found = syntax_error(source, error)
        if (found.code, found.at) not in {(one.code, one.at) for one in diagnostics}:
            diagnostics.append(found)
        return None, diagnostics
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError):
        diagnostics.append(Diagnostic.of(codes.SYNTAX, source.position(0), "the YAML library cannot read this file"))
        return None, diagnostics
    return Document(root, _ignores(source, composer.spans)), diagnostics


def _decoded(text: bytes | str, file: str, diagnostics: list[Diagnostic]) -> str | None:
    if isinstance(text, str):
        return text.removeprefix("\ufeff")
    try:
        return text.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = SourceText(text[: error.start].decode("utf-8", "replace"), file)
        at = before.position(len(before.text))
        diagnostics.append(Diagnostic.of(codes.NOT_UTF8, at, "the file is not UTF-8"))
        return None


def _printable(source: SourceText, diagnostics: list[Diagnostic]) -> bool:
    seen = set()
    for match in _CONTROL.finditer(source.text):
        if match[0] not in seen:
            seen.add(match[0])
            message = f"character U+{ord(match[0]):04X} cannot stand in a mapping file"
            diagnostics.append(Diagnostic.of(codes.CONTROL_CHARACTER, source.position(match.start()), message))
    return not seen


class _StopError(Exception):
    """Reading cannot go on; the reason has been reported."""


@dataclass(frozen=True, slots=True)
class _Anchored:
    """A value with an anchor, how many values it is with those below it, and how deep it goes."""

    value: Value
    size: int
    height: int


class _Composer:
    """Makes the tree from the YAML library's events."""

    def __init__(self, source: SourceText, diagnostics: list[Diagnostic]) -> None:
        self.spans: list[tuple[int, int]] = []
        """Where texts stand, so that what looks like a comment in one is known to be none."""
        self._source = source
        self._diagnostics = diagnostics
        # The loader itself: yaml.parse() would look at each event twice.
        self._next: Callable[[], Any] = _LOADER(source.text).get_event
        self._anchors: dict[str, _Anchored | None] = {}
        self._total = 0
        self._deepest = 0

    def document(self) -> Value:
        """The root. Raises _StopError, and what the YAML library raises."""
        self._next()
        if isinstance(self._next(), yaml.StreamEndEvent):
            self._stop(codes.EMPTY_FILE, self._source.position(0), "the file is empty")
        root = self._value(self._next(), 1)
        self._next()
        after = self._next()
        if isinstance(root, Scalar) and root.value is None:
            self._stop(codes.EMPTY_FILE, self._source.position(0), "the file is empty")
        if not isinstance(after, yaml.StreamEndEvent):
            at = self._at(after)
            self._stop(codes.SEVERAL_DOCUMENTS, at, "a second document begins here; a file holds one mapping")
        return root

    def _value(self, event: Any, depth: int) -> Value:
        self._deepest = max(self._deepest, depth)
        if isinstance(event, yaml.AliasEvent):
            value = self._alias(event, depth)
        else:
            if event.tag is not None:
                self._report(codes.TAG, self._at(event), "tags are not read here")
            value = self._made(event, depth) if event.anchor is None else self._anchored(event, depth)
        if self._deepest > DEEPEST + 1:
            self._stop(codes.TOO_DEEP, self._at(event), f"more than {DEEPEST} levels deep")
        if self._total > MOST_NODES:
            message = f"more than {MOST_NODES} values, each alias counted as what it stands for"
            self._stop(codes.ALIAS_EXPLOSION, self._at(event), message)
        return value

    def _made(self, event: Any, depth: int) -> Value:
        self._total += 1
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if depth > DEEPEST:
            self._stop(codes.TOO_DEEP, self._at(event), f"more than {DEEPEST} levels deep")
        return self._list(event, depth) if isinstance(event, yaml.SequenceStartEvent) else self._map(event, depth)

    def _anchored(self, event: Any, depth: int) -> Value:
        deepest, total = self._deepest, self._total
        self._deepest = depth
        self._anchors[event.anchor] = None
        value = self._made(event, depth)
        self._anchors[event.anchor] = _Anchored(value, self._total - total, self._deepest - depth + 1)
        self._deepest = max(deepest, self._deepest)
        return value

    def _alias(self, event: Any, depth: int) -> Value:
        name = event.anchor
        if name not in self._anchors:
            near = difflib.get_close_matches(name, self._anchors, 1)
            hint = f"; did you mean *{near[0]}?" if near else ""
            self._stop(codes.UNKNOWN_ALIAS, self._at(event), f"no anchor &{name} stands above{hint}")
        anchored = self._anchors[name]
        if anchored is None:
            self._stop(codes.RECURSIVE_ALIAS, self._at(event), f"*{name} stands inside of &{name}")
        self._total += anchored.size
        self._deepest = max(self._deepest, depth + anchored.height - 1)
        return anchored.value

    def _scalar(self, event: Any) -> Scalar:
        text = self._source.text
        start, end = event.start_mark.index, event.end_mark.index
        while (event.anchor or event.tag) and start < end and (found := _PROPERTY.match(text, start, end)):
            start = found.end()
        style = _STYLES.get(event.style, "plain")
        body = start
        if style in ("literal", "folded"):
            while body < end and text[body] not in "\r\n":
                body += 1
        if end > body:
            self.spans.append((body, end))
        return Scalar(self._source, event.value, style, start, end)

    def _list(self, start: Any, depth: int) -> List:
        items = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            items.append(self._value(event, depth + 1))
        return List(self._source, start.start_mark.index, tuple(items))

    def _map(self, start: Any, depth: int) -> Map:
        entries: dict[str, Entry] = {}
        merged: list[Entry] = []
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._key(event, start, depth)
            value = self._value(self._next(), depth + 1)
            if key is None:
                continue
            if key.text == "<<" and key.style == "plain":
                merged += self._merge(value, key.at)
            elif key.text in entries:
                line = entries[key.text].at.line
                self._report(codes.DUPLICATE_KEY, key.at, f"the key {_shown(key.text)} is on line {line} already")
            else:
                entries[key.text] = Entry(key, value)
        for entry in merged:
            entries.setdefault(entry.key, entry)
        return Map(self._source, start.start_mark.index, tuple(entries.values()))

    def _key(self, event: Any, owner: Any, depth: int) -> Scalar | None:
        """A key; None, with a report, for what can be none."""
        before = len(self._diagnostics)
        key = self._value(event, depth + 1)
        if isinstance(key, Scalar):
            return key
        if len(self._diagnostics) == before:
            if owner.flow_style and isinstance(event, yaml.MappingStartEvent):
                self._report(codes.UNQUOTED_TEMPLATE, self._at(owner), 'a template needs quotes: "{{ … }}"')
            else:
                self._report(codes.COMPLEX_KEY, self._at(event), "a key must be a text")
        return None

    def _merge(self, value: Value, at: Position) -> list[Entry]:
        maps = value.items if isinstance(value, List) else (value,)
        found: list[Entry] = []
        for one in maps:
            if isinstance(one, Map):
                found += one.entries
            else:
                self._report(codes.BAD_MERGE, at, "`<<` takes a map, or a list of maps")
        return found

    def _at(self, event: Any) -> Position:
        return self._source.position(event.start_mark.index)

    def _report(self, code: Code, at: Position, message: str) -> None:
        if len(self._diagnostics) >= MOST_REPORTED:
            self._stop(codes.TOO_MANY, at, f"more than {MOST_REPORTED} problems; the rest is not listed")
        self._diagnostics.append(Diagnostic.of(code, at, message))

    def _stop(self, code: Code, at: Position, message: str) -> NoReturn:
        self._diagnostics.append(Diagnostic.of(code, at, message))
        raise _StopError


def _shown(key: str) -> str:
    """A key as messages show it: one line, of bounded length."""
    flat = " ".join(key.split())
    return flat if len(flat) <= 60 else flat[:59] + "…"


def _ignores(source: SourceText, spans: list[tuple[int, int]]) -> dict[int, tuple[str, ...]]:
    """Ignore comments, by line; one on a line of its own applies to the next line that says something."""
    found: dict[int, dict[str, None]] = {}
    starts = sorted(spans)
    saying: list[int] | None = None
    for match in _IGNORE.finditer(source.text):
        hash_index = source.text.index("#", match.start())
        index = bisect_right(starts, (hash_index, len(source.text))) - 1
        if index >= 0 and hash_index < starts[index][1]:
            continue
        at = source.position(hash_index)
        line = at.line
        if not source.line(line)[: at.column - 1].strip():
            saying = saying or _saying(source)
            line = saying[line]
        found.setdefault(line, {}).update(dict.fromkeys(re.split(r"[\s,]+", match[1].strip())))
    return {line: tuple(words) for line, words in found.items()}


def _saying(source: SourceText) -> list[int]:
    """For each line, by its number, the next one after it that says something; found from the end, once for all."""
    last = source.position(len(source.text)).line
    found = [last] * (last + 1)
    for line in range(last - 1, 0, -1):
        text = source.line(line + 1).strip()
        found[line] = line + 1 if text and not text.startswith("#") else found[line + 1]
    return found
