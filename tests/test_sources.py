"""Sources: records as the export has them, their places, and bad ones that stop nobody."""

import csv
import gzip
import io
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trayimport.errors import ConfigurationError, SourceError
from trayimport.model import BadRecord, Record, Source
from trayimport.sources import open_source

CANARY = "canary-5e1f"


def opened(folder: Path, type: str, content: bytes, name: str = "x", **options: Any) -> Source:  # noqa: A002
    (folder / name).write_bytes(content)
    return open_source(type, {"path": name, **options}, base=folder, roots=(folder,), cwd=folder)


def read(source: Source) -> list[Any]:
    """Records as (place, data), bad ones as (place, code)."""
    found: list[Any] = []
    for one in source.records():
        if isinstance(one, BadRecord):
            assert CANARY not in one.problem.message
            assert one.problem.where == one.where
            found.append((one.where, one.problem.code))
        else:
            assert isinstance(one, Record)
            found.append((one.where, dict(one.data)))
    return found


def read_with_header(folder: Path, type: str, content: bytes) -> list[Any]:  # noqa: A002
    source = opened(folder, type, content)
    source.columns()
    return read(source)


@pytest.mark.parametrize(
    ("content", "options", "expected"),
    [
        (b"a,b\n1,2\n", {}, [("x:2", {"a": "1", "b": "2"})]),
        (b"a,b\r\n007,1e5\r\n", {}, [("x:2", {"a": "007", "b": "1e5"})]),
        (b"\xef\xbb\xbfa\nno\n", {}, [("x:2", {"a": "no"})]),
        (b"a;b\n1;2\n", {"delimiter": ";"}, [("x:2", {"a": "1", "b": "2"})]),
        (b"a\tb\n1\t\n", {"delimiter": "\t"}, [("x:2", {"a": "1", "b": ""})]),
        ("a\nZürich\n".encode("cp1252"), {"encoding": "cp1252"}, [("x:2", {"a": "Zürich"})]),
        ("a\nŁódź\n".encode("utf-16"), {"encoding": "utf-16"}, [("x:2", {"a": "Łódź"})]),
        ("a\n1\u20282\x852\n".encode("utf-16"), {"encoding": "utf-16"}, [("x:2", {"a": "1\u20282\x852"})]),
        ("a\n1\u20282\x852\n".encode(), {}, [("x:2", {"a": "1\u20282\x852"})]),
        (b"a,b\n,\n", {}, [("x:2", {"a": "", "b": ""})]),
        (b"a,b\n1,2\n\n\n3,4\n", {}, [("x:2", {"a": "1", "b": "2"}), ("x:5", {"a": "3", "b": "4"})]),
        (b'a,b\n"x,""y""",z\n', {}, [("x:2", {"a": 'x,"y"', "b": "z"})]),
        (b"a\n'x'\n", {}, [("x:2", {"a": "'x'"})]),
        (b"a b,id\n1,2\n", {}, [("x:2", {"a b": "1", "id": "2"})]),
        (b'a\n"1\n2"\n3\n', {}, [("x:2", {"a": "1\n2"}), ("x:4", {"a": "3"})]),
        (b'a\n"say ""hi"""\n', {}, [("x:2", {"a": 'say "hi"'})]),
        (b"a\n 1 \n", {}, [("x:2", {"a": " 1 "})]),
        (b"a\n\n1", {}, [("x:3", {"a": "1"})]),
        (b"a,b\n", {}, []),
        (b"a,b\n1\n1,2,3\n4,5\n", {}, [("x:2", "TI410"), ("x:3", "TI410"), ("x:4", {"a": "4", "b": "5"})]),
        (b'a\n"1"x\n2\n', {}, [("x:2", "TI411"), ("x:3", {"a": "2"})]),
        (b'a\n1\n"canary-5e1f\n2\n', {}, [("x:2", {"a": "1"}), ("x:3", "TI411")]),
        (b"a\n\xff\n2\n", {}, [("x:2", "TI412"), ("x:3", {"a": "2"})]),
        (b"a\n1\x002\n2\n", {}, [("x:2", "TI412"), ("x:3", {"a": "2"})]),
        (b"a\n" + b"x" * (9 << 20) + b"\n2\n", {}, [("x:2", "TI413"), ("x:3", {"a": "2"})]),
    ],
)
def test_csv(tmp_path: Path, content: bytes, options: dict[str, str], expected: list[Any]) -> None:
    source = opened(tmp_path, "csv", content, **options)
    assert read(source) == expected
    assert read(source) == expected, "the same once more"


@pytest.mark.parametrize(
    ("type", "content", "expected"),
    [
        ("jsonl", b'{"a": 7}\n\n{"a": null}\n', [("x:1", {"a": 7}), ("x:3", {"a": None})]),
        ("jsonl", b'{"a": "007", "b": {"c": [1.5, true]}}', [("x:1", {"a": "007", "b": {"c": [1.5, True]}})]),
        ("jsonl", b'{"a": "canary-5e1f\n[]\n{"a": 1}\n', [("x:1", "TI414"), ("x:2", "TI415"), ("x:3", {"a": 1})]),
        ("jsonl", b'{"a": ' + b"[" * 300 + b"]" * 300 + b'}\n{"a": 1}', [("x:1", "TI414"), ("x:2", {"a": 1})]),
        ("jsonl", b'{"a": ' + b"[" * 3000 + b"]" * 3000 + b'}\n{"a": 1}', [("x:1", "TI414"), ("x:2", {"a": 1})]),
        ("json", b'[{"a": ' + b"[" * 300 + b"]" * 300 + b'},{"a": 1}]', [("x[0]", "TI414"), ("x[1]", {"a": 1})]),
        ("jsonl", b'{"a": 1, "a": 2}\n{"a": NaN}\n\xff\n', [("x:1", "TI414"), ("x:2", "TI414"), ("x:3", "TI412")]),
        ("json", b'[{"a": 7}, {"a": [null, {}]}]', [("x[0]", {"a": 7}), ("x[1]", {"a": [None, {}]})]),
        ("json", b'[1, {"a": 1, "a": 2}, {"a": 3}]', [("x[0]", "TI415"), ("x[1]", "TI414"), ("x[2]", {"a": 3})]),
        ("json", b"[]", []),
        ("json", b"\xef\xbb\xbf[]", []),
    ],
)
def test_json(tmp_path: Path, type: str, content: bytes, expected: list[Any]) -> None:  # noqa: A002
    assert read(opened(tmp_path, type, content)) == expected


@given(
    st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=2)).map(
        lambda rows: [row[:2] for row in rows]
    )
)
def test_whatever_a_csv_writer_wrote_is_read_as_it_was(tmp_path_factory: pytest.TempPathFactory, rows: Any) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([["a", "b"], *rows])
    source = opened(tmp_path_factory.mktemp("csv"), "csv", text.getvalue().encode())
    assert [list(data.values()) for _, data in read(source)] == rows


def test_a_packed_file_is_unpacked_and_a_glob_reads_all_of_its_files_in_order(tmp_path: Path) -> None:
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(b"a\n2\n"))
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"a\n1\n"))
    source = open_source("csv", {"path": "*.csv.gz"}, base=tmp_path, roots=(tmp_path,), cwd=tmp_path)
    assert read(source) == [("a.csv.gz:2", {"a": "1"}), ("b.csv.gz:2", {"a": "2"})]


@pytest.mark.parametrize(
    ("type", "content", "says", "code"),
    [
        ("csv", b"", "zero bytes", "TI404"),
        ("csv", b"\n1\n", "header is empty", "TI407"),
        ("csv", b"a,a\n1,2\n", "columns 1 and 2", "TI408"),
        ("csv", b'"a\n', "header", "TI407"),
        ("csv", b"\xff\xfe\n", "header is not utf-8", "TI412"),
        ("json", b"", "zero bytes", "TI404"),
        ("json", b'{"a": 1}', "array", "TI407"),
        ("json", b'[{"a": 1}, {"a"', "[1]", "TI407"),
        ("csv", b"canary-5e1f,canary-5e1f\n", "columns 1 and 2", "TI408"),
    ],
)
def test_a_file_that_is_no_source_is_refused_without_its_content(
    tmp_path: Path,
    type: str,  # noqa: A002
    content: bytes,
    says: str,
    code: str,
) -> None:
    with pytest.raises(SourceError) as caught:
        read_with_header(tmp_path, type, content)
    assert (caught.value.code.id, says in caught.value.message) == (code, True), caught.value
    assert CANARY not in str(caught.value)


def test_paths_lead_nowhere_else(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "secret.csv").write_text("a\n1\n")
    (inside / "link.csv").symlink_to(tmp_path / "secret.csv")
    for path in ("../secret.csv", "link.csv", str(tmp_path / "secret.csv")):
        with pytest.raises(SourceError, match="outside"):
            open_source("csv", {"path": path}, base=inside, roots=(inside,), cwd=inside)
    assert read(open_source("csv", {"path": "../secret.csv"}, base=inside, roots=None, cwd=inside))


@pytest.mark.parametrize(
    ("type", "options", "says"),
    [
        ("csv", {"path": "none.csv"}, "none.csv: no such file"),
        ("csv", {"path": "exprt.csv"}, "did you mean export.csv"),
        ("csv", {"path": "."}, "not a file"),
        ("csv", {"path": "*.tsv"}, "no file matches"),
        ("csv", {"path": "export.csv", "delimiter": ";;"}, "delimiter"),
        ("csv", {"path": "export.csv", "encoding": "utf-9"}, "encoding"),
        ("csv", {"path": "export.csv", "encoding": "base64"}, "encoding"),
        ("csv", {"path": "export.csv", "sheet": 1}, "source.sheet"),
        ("xlsx", {"path": "export.csv"}, "csv, jsonl, json, sql"),
    ],
)
def test_what_cannot_be_opened_says_why(tmp_path: Path, type: str, options: dict[str, Any], says: str) -> None:  # noqa: A002
    (tmp_path / "export.csv").write_text("a\n1\n")
    with pytest.raises((SourceError, ConfigurationError)) as caught:
        open_source(type, options, base=tmp_path, roots=(tmp_path,), cwd=tmp_path)
    assert says in caught.value.message


def test_a_quote_that_is_never_closed_says_which_lines_are_lost_to_it(tmp_path: Path) -> None:
    (bad,) = opened(tmp_path, "csv", b'a\n"canary-5e1f\n2\n3\n').records()
    assert isinstance(bad, BadRecord)
    assert "up to line 4" in bad.problem.message


@pytest.mark.parametrize("type", ["csv", "jsonl", "json"])
def test_a_source_is_read_as_it_is_asked_for(tmp_path: Path, type: str) -> None:  # noqa: A002
    """The first record is there before the broken end of the file has been looked at."""
    content = {
        "csv": b"a\n1\n" + b"2\n" * 4_000_000,
        "jsonl": b'{"a": "1"}\n' * 800_000,
        "json": b"[" + b'{"a": "1"},' * 800_000 + b"!",
    }
    records = iter(opened(tmp_path, type, content[type]).records())
    tracemalloc.start()
    first = next(records)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(first, Record)
    assert dict(first.data) == {"a": "1"}
    assert peak < len(content[type]) / 3


def test_bytes_that_are_not_utf_16_end_the_source(tmp_path: Path) -> None:
    source = opened(tmp_path, "csv", "a\n1\n".encode("utf-16") + b"\x00\xd8\n\x00", encoding="utf-16")
    with pytest.raises(SourceError, match="utf-16"):
        read(source)


def test_a_record_shows_nothing_of_itself(tmp_path: Path) -> None:
    (record,) = opened(tmp_path, "jsonl", json.dumps({"a": CANARY}).encode()).records()
    assert CANARY not in f"{record} {record!r}"
