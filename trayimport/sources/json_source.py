"""One JSON array of records, streamed."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import ijson

from trayimport.codes import record as codes
from trayimport.errors import SourceError
from trayimport.model import BadRecord, Json, Problem, Record
from trayimport.sources.json_text import DEEPEST, DIGITS, BadJsonError
from trayimport.sources.paths import files_of, open_bytes

OPTIONS = frozenset({"path"})


class JsonSource:
    """Records of one or more files, each an array of maps."""

    typed = True

    def __init__(self, files: list[tuple[Path, str]]) -> None:
        self._files = files

    def columns(self) -> None:
        """Each record has its own names."""

    def records(self) -> Iterator[Record | BadRecord]:
        """See Source. Raises SourceError where the array breaks off, after the records before that."""
        for file, shown in self._files:
            with open_bytes(file, shown) as stream:
                yield from _elements(stream, shown)


def _elements(stream: IO[bytes], shown: str) -> Iterator[Record | BadRecord]:
    index = 0
    try:
        events = iter(ijson.basic_parse(_WithoutMark(stream)))
        first = next(events, None)
        if first is None or first[0] != "start_array":
            raise SourceError(codes.BAD_FORM, f"{shown}: expected a JSON array of records")
        for event, value in events:
            if event == "end_array":
                for _ in events:
                    pass
                return
            yield _element(event, value, events, shown, f"[{index}]")
            index += 1
    except (ijson.JSONError, UnicodeDecodeError, ValueError, OSError, EOFError, RecursionError):
        raise SourceError(codes.BAD_FORM, f"{shown}[{index}]: the array is not JSON from here on") from None


def _element(event: str, value: Any, events: Iterator[tuple[str, Any]], shown: str, place: str) -> Record | BadRecord:
    try:
        data = _value(event, value, events, 0)
    except BadJsonError as error:
        return _bad(shown, place, codes.BAD_JSON, error.message)
    if not isinstance(data, dict):
        return _bad(shown, place, codes.NOT_OBJECT, "expected a map")
    return Record(data, shown, place)


def _bad(shown: str, place: str, code: Any, message: str) -> BadRecord:
    return BadRecord(shown + place, Problem.of(code, "record", message, shown + place))


def _value(event: str, value: Any, events: Iterator[tuple[str, Any]], depth: int) -> Json:
    """The value that begins with this event; always consumed to its end, so that the next one can be read."""
    if event == "start_map":
        return _map(events, depth)
    if event == "start_array":
        return _list(events, depth)
    if event == "number":
        return _number(value)
    return value


def _map(events: Iterator[tuple[str, Any]], depth: int) -> Json:
    if depth > DEEPEST:
        _skip(events)
        raise BadJsonError("nested too deeply")
    found: dict[str, Json] = {}
    problem: BadJsonError | None = None
    for event, key in events:
        if event == "end_map":
            break
        if key in found:
            problem = BadJsonError("a key that is used twice")
        try:
            found[key] = _value(*next(events), events, depth + 1)
        except BadJsonError as error:
            problem = error
    if problem is not None:
        raise problem
    return found


def _list(events: Iterator[tuple[str, Any]], depth: int) -> Json:
    if depth > DEEPEST:
        _skip(events)
        raise BadJsonError("nested too deeply")
    found = []
    problem: BadJsonError | None = None
    for event, value in events:
        if event == "end_array":
            break
        try:
            found.append(_value(event, value, events, depth + 1))
        except BadJsonError as error:
            problem = error
    if problem is not None:
        raise problem
    return found


def _skip(events: Iterator[tuple[str, Any]]) -> None:
    level = 1
    for event, _ in events:
        level += event in {"start_map", "start_array"}
        level -= event in {"end_map", "end_array"}
        if not level:
            return


def _number(value: Any) -> Json:
    if isinstance(value, int):
        if abs(value) >= 10**DIGITS:
            raise BadJsonError(f"a number of more than {DIGITS} digits")
        return value
    if isinstance(value, Decimal) and abs(value.adjusted()) > DIGITS:
        raise BadJsonError("a number that is too large or too small")
    return float(value)


class _WithoutMark:
    """A stream without the byte order mark that some exports begin with."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._begun = False

    def read(self, size: int = -1) -> bytes:
        """Bytes, as `IO.read` gives them."""
        piece = self._stream.read(size)
        if not self._begun and size:
            self._begun = True
            piece = piece.removeprefix(b"\xef\xbb\xbf") or self._stream.read(size)
        return piece


def open_source(options: Mapping[str, Json], base: Path, roots: Sequence[Path] | None, cwd: Path) -> JsonSource:
    """A json source from `path`. Raises SourceError."""
    return JsonSource(files_of(str(options.get("path", "")), base, roots, cwd))
