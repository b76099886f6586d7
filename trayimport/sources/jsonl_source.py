"""JSON lines: one record a line; a bad line doesn't stop those after it."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from trayimport.codes import record as codes
from trayimport.codes.base import Code
from trayimport.errors import SourceError
from trayimport.model import BadRecord, Json, Problem, Record
from trayimport.sources.json_text import BadJsonError, parse
from trayimport.sources.paths import files_of, open_bytes

LARGEST = 64 * 1024 * 1024
"""Bytes of a line."""
OPTIONS = frozenset({"path"})


class JsonlSource:
    """Records of one or more files of JSON lines."""

    typed = True

    def __init__(self, files: list[tuple[Path, str]]) -> None:
        self._files = files

    def columns(self) -> None:
        """Each record has its own names."""

    def records(self) -> Iterator[Record | BadRecord]:
        """See Source."""
        for file, shown in self._files:
            with open_bytes(file, shown) as stream:
                number = 0
                while True:
                    number += 1
                    try:
                        line = stream.readline(LARGEST)
                        whole = len(line) < LARGEST or line.endswith(b"\n")
                        rest = line
                        while not whole and rest and not rest.endswith(b"\n"):
                            rest = stream.readline(LARGEST)
                    except (OSError, EOFError):
                        raise SourceError(codes.UNREADABLE, f"{shown}:{number}: the file can't be read on") from None
                    if not line:
                        break
                    if not whole:
                        yield _bad(shown, number, codes.TOO_LARGE, f"a line of more than {LARGEST >> 20} MiB")
                    elif line.strip():
                        yield _record(line, shown, number)


def _record(line: bytes, shown: str, number: int) -> Record | BadRecord:
    try:
        data = parse(line.decode("utf-8-sig" if number == 1 else "utf-8"))
    except UnicodeDecodeError:
        return _bad(shown, number, codes.BAD_TEXT, "bytes that are not UTF-8")
    except BadJsonError as error:
        return _bad(shown, number, codes.BAD_JSON, error.message)
    if not isinstance(data, dict):
        return _bad(shown, number, codes.NOT_OBJECT, "expected a map")
    return Record(data, shown, f":{number}")


def _bad(shown: str, number: int, code: Code, message: str) -> BadRecord:
    where = f"{shown}:{number}"
    return BadRecord(where, Problem.of(code, "record", message, where))


def open_source(options: Mapping[str, Json], base: Path, roots: Sequence[Path] | None, cwd: Path) -> JsonlSource:
    """A jsonl source from `path`. Raises SourceError."""
    return JsonlSource(files_of(str(options.get("path", "")), base, roots, cwd))
