"""CSV as RFC 4180 has it: strict quotes, quoted line breaks, one header."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from trayimport.codes import record as codes
from trayimport.encodings import is_encoding
from trayimport.errors import ConfigurationError, SourceError
from trayimport.model import BadRecord, Json, Problem, Record
from trayimport.sources.paths import files_of, open_bytes

LARGEST = 8 * 1024 * 1024
"""Characters of a physical line or a cell."""
OPTIONS = frozenset({"path", "delimiter", "encoding"})


class CsvSource:
    """Records of one or more CSV files; every value is a text."""

    typed = False

    def __init__(self, files: list[tuple[Path, str]], delimiter: str, encoding: str) -> None:
        self._files = files
        self._delimiter = delimiter
        self._encoding = encoding

    def columns(self) -> Sequence[str]:
        """The names of the header, over all files."""
        names: dict[str, None] = {}
        for file, shown in self._files:
            with open_bytes(file, shown) as stream, _Lines(stream, self._encoding) as lines:
                names |= dict.fromkeys(self._header(self._reader(lines), lines, shown))
        return list(names)

    def records(self) -> Iterator[Record | BadRecord]:
        """See Source."""
        for file, shown in self._files:
            with open_bytes(file, shown) as stream, _Lines(stream, self._encoding) as lines:
                yield from self._rows(lines, shown)

    def _reader(self, lines: "_Lines") -> "Iterator[list[str]]":
        csv.field_size_limit(LARGEST)
        return csv.reader(lines, delimiter=self._delimiter, strict=True)

    def _header(self, reader: Iterator[list[str]], lines: "_Lines", shown: str) -> list[str]:
        try:
            header = next(reader, None)
        except csv.Error:
            raise SourceError(codes.BAD_FORM, f"{shown}:1: the header is not CSV") from None
        except UnicodeDecodeError:
            raise SourceError(codes.BAD_TEXT, f"{shown}:1: the header is not {self._encoding}") from None
        if lines.bad:
            raise SourceError(codes.BAD_TEXT, f"{shown}:1: the header is not {self._encoding}, or holds NUL")
        if not header or not any(name.strip() for name in header):
            raise SourceError(codes.BAD_FORM, f"{shown}:1: the header is empty")
        seen: dict[str, int] = {}
        for number, name in enumerate(header, 1):
            if name in seen and name:
                message = f"{shown}:1: columns {seen[name]} and {number} have the same name"
                raise SourceError(codes.DUPLICATE_HEADER, message)
            seen[name] = number
        return header

    def _rows(self, lines: "_Lines", shown: str) -> Iterator[Record | BadRecord]:
        reader = self._reader(lines)
        header = self._header(reader, lines, shown)
        width = len(header)
        while True:
            start = lines.number + 1
            lines.bad = None
            try:
                row = next(reader, None)
            except csv.Error:
                yield _bad(shown, start, codes.BAD_CSV, _misquoted(start, lines.number))
                reader = self._reader(lines)
                continue
            except UnicodeDecodeError:
                message = f"{shown}:{start}: bytes that are not {self._encoding}"
                raise SourceError(codes.BAD_TEXT, message) from None
            except (OSError, EOFError):
                raise SourceError(codes.UNREADABLE, f"{shown}:{start}: the file can't be read on") from None
            if row is None:
                return
            place = f":{start}"
            if lines.bad is not None:
                yield _bad(shown, start, *lines.bad)
            elif not row:
                continue
            elif len(row) != width:
                yield _bad(shown, start, codes.RAGGED, f"{len(row)} cells, but the header has {width}")
            else:
                yield Record(dict(zip(header, row, strict=True)), shown, place)


def _misquoted(start: int, end: int) -> str:
    """A quote that is never closed takes what follows into its cell: say how much is lost to it."""
    message = "not CSV: a quote that is not closed, or in the wrong place"
    return message if end <= start else f"{message}; what stands up to line {end} can't be told apart"


def _bad(shown: str, line: int, code: object, message: str) -> BadRecord:
    where = f"{shown}:{line}"
    return BadRecord(where, Problem.of(code, "record", message, where))  # type: ignore[arg-type]


class _Lines:
    """Physical lines as text; `number` counts them, `bad` says what is wrong since it was reset."""

    def __init__(self, stream: IO[bytes], encoding: str) -> None:
        self._stream = stream
        self._encoding = encoding
        self._wide = encoding.lower().replace("_", "-").startswith(("utf-16", "utf-32"))
        self._text = io.TextIOWrapper(stream, encoding, newline="") if self._wide else None
        self.number = 0
        self.bad: tuple[object, str] | None = None

    def __enter__(self) -> "_Lines":
        return self

    def __exit__(self, *_: object) -> None:
        if self._text is not None:
            self._text.detach()

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if self._text is not None:
            text = self._text.readline(LARGEST)
        else:
            line = self._stream.readline(LARGEST)
            if len(line) >= LARGEST and not line.endswith(b"\n"):
                self.bad = (codes.TOO_LARGE, f"a line of more than {LARGEST >> 20} MiB")
                while line and not line.endswith(b"\n"):
                    line = self._stream.readline(LARGEST)
                line = b'"",\n'
            text = self._decoded(line)
        if not text:
            raise StopIteration
        self.number += 1
        if self.number == 1:
            text = text.removeprefix("\ufeff")
        if "\0" in text:
            self.bad = (codes.BAD_TEXT, "NUL in a cell")
            text = text.replace("\0", "")
        return text

    def _decoded(self, line: bytes) -> str:
        try:
            return line.decode(self._encoding)
        except UnicodeDecodeError:
            self.bad = (codes.BAD_TEXT, f"bytes that are not {self._encoding}")
            return line.decode("latin-1")


def open_source(options: Mapping[str, Json], base: Path, roots: Sequence[Path] | None, cwd: Path) -> CsvSource:
    """A csv source from `path`, `delimiter` and `encoding`. Raises ConfigurationError and SourceError."""
    delimiter = options.get("delimiter", ",")
    if not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '"\r\n':
        raise ConfigurationError(codes.BAD_SOURCE, "source.delimiter: expected one character")
    encoding = options.get("encoding", "utf-8")
    if not isinstance(encoding, str) or not is_encoding(encoding):
        raise ConfigurationError(codes.BAD_SOURCE, "source.encoding: not a text encoding")
    return CsvSource(files_of(str(options.get("path", "")), base, roots, cwd), delimiter, encoding)
