"""A service environment and perhaps a sample of an export → a first mapping."""

import itertools
import os
import random
from collections.abc import Sequence
from pathlib import Path

import rstr

from trayimport.codes import run as codes
from trayimport.core.schema_normal import normalise
from trayimport.core.schema_words import Schema
from trayimport.core.starter.columns import Sample, is_name, sample_of
from trayimport.core.starter.text import Started, Wanted, start
from trayimport.errors import ConfigurationError
from trayimport.model import Environment, Json, Record
from trayimport.sources import open_source

TYPES = {".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json"}
LOOKED_AT = 200
"""Records of a sample whose values' kinds are looked at."""
TRIES = 20
"""Texts that are made for a pattern, of which the shortest that fits is taken."""


def started(
    service: str,
    version: int,
    environment: Environment,
    *,
    file: Path,
    sample: Path | None,
    schemas: Path,
) -> Started:
    """The mapping that will be `file`; all paths are absolute. Raises ConfigurationError, SourceError."""
    base = file.parent
    source: dict[str, str] = {"type": "csv", "path": f"../exports/{file.stem}.csv"}
    read = None
    if sample is not None:
        source = _source(sample, base)
        read = _read(sample, source)
    wanted = Wanted(
        service,
        version,
        environment,
        _schema(environment.credentials_schema, "credentials"),
        _schema(environment.user_data_schema, "userData"),
        source,
        read,
        _relative(schemas / "mapping.schema.json", base),
        _matching,
    )
    return start(wanted)


def _matching(pattern: str) -> list[str]:
    """Texts that match a pattern as Python reads it, shortest first; the same ones each time."""
    makes = rstr.Rstr(random.Random(pattern))  # noqa: S311 - an example, no secret
    made: set[str] = set()
    for _ in range(TRIES):
        try:
            made.add(makes.xeger(pattern))
        except Exception:  # noqa: BLE001 - ECMAScript that Python does not read
            break
    return sorted((text for text in made if text.isprintable()), key=lambda text: (len(text), text))


def _schema(raw: Json, name: str) -> Schema:
    """The normal form; of a schema that can't be used, one without keys."""
    normal = normalise(raw, name)
    return normal.schema if normal.usable else {}


def _source(sample: Path, base: Path) -> dict[str, str]:
    """`source` for this file."""
    suffix = sample.suffix.lower()
    if suffix not in TYPES:
        raise ConfigurationError(codes.BAD_OPTION, f"--sample: a file that ends in {', '.join(TYPES)} is needed")
    found = {"type": TYPES[suffix], "path": _relative(sample, base)}
    return found | ({"delimiter": "\t"} if suffix == ".tsv" else {})


def _read(sample: Path, source: dict[str, str]) -> Sample:
    options: dict[str, Json] = {**source, "path": str(sample)}
    del options["type"]
    opened = open_source(source["type"], options, base=sample.parent, roots=None, cwd=Path.cwd())
    header = opened.columns()
    if header is not None:
        _check_header(header)
    records = (dict(one.data) for one in itertools.islice(opened.records(), LOOKED_AT) if isinstance(one, Record))
    return sample_of(records, header)


def _check_header(header: Sequence[str]) -> None:
    """An export without a header has a record's values as its names, and none of them may be written anywhere."""
    odd = [number for number, name in enumerate(header, 1) if not is_name(name)]
    if odd:
        places = ", ".join(map(str, odd[:5]))
        message = f"--sample: what stands in the first line, column {places}, is no name; has the export a header?"
        raise ConfigurationError(codes.BAD_OPTION, message)


def _relative(path: Path, base: Path) -> str:
    return Path(os.path.relpath(path, base)).as_posix()
