"""Values that nobody has: for the example that a first mapping comes with."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from trayimport.core.instant import seconds_of
from trayimport.core.schema_judge import Judge
from trayimport.core.schema_words import Schema, alone
from trayimport.core.starter.columns import Column, plain
from trayimport.core.starter.schema_keys import SchemaKey
from trayimport.model import Json

EARLIER: Final = "2029-12-31T22:00:00Z"
NOW: Final = "2029-12-31T23:00:00Z"
LATER: Final = "2030-01-01T00:00:00Z"
AN_HOUR: Final = 3600
"""From one of these to the next, in seconds."""

FORMATS: Final = {
    "date-time": LATER,
    "date": "2030-01-01",
    "time": "12:00:00Z",
    "email": "someone@example.com",
    "idn-email": "someone@example.com",
    "hostname": "host.example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000001",
}
KINDS: Final[dict[str, Json]] = {
    "empty": "",
    "boolean": True,
    "truth": "true",
    "integer": 1,
    "number": 1.5,
    "list": [],
    "map": {},
    "digits": "1",
    "instant": LATER,
}

Matching = Callable[[str], Iterable[str]]
"""Some texts that a pattern may match."""


def for_key(key: SchemaKey, root: Schema, matching: Matching) -> Json:
    """A value that the schema of `key` accepts; None where none was found. `root` has what it refers to."""
    judge = _judge(key, root)
    return None if judge is None else next((one for one in _candidates(key, matching) if judge.accepts(one)), None)


def takes_words(key: SchemaKey, root: Schema) -> bool:
    """Whether the schema of `key` accepts what is invented for a column of texts."""
    judge = _judge(key, root)
    return judge is None or judge.accepts(word("column"))


def _judge(key: SchemaKey, root: Schema) -> Judge | None:
    try:
        return Judge(alone(key.schema, root))
    except ValueError:
        return None


def for_column(column: Column, kind: str) -> Json:
    """A value of a column's kind; texts are made from its name."""
    return KINDS[kind] if kind in KINDS else word(column[-1])


def instant(text: str, kind: str) -> Json:
    """An instant as a column of this kind has it: RFC 3339, or epoch seconds."""
    seconds = seconds_of(text)
    return seconds if kind in {"integer", "number"} else str(seconds) if kind == "digits" else text


def word(name: str) -> str:
    """`invented-access-token-1`: none begins as another ends, as no identity may hold a credential."""
    return "-".join(["invented", *plain(name).split(), "1"])


def _candidates(key: SchemaKey, matching: Matching) -> Iterator[Json]:
    yield from key.choices
    types = key.types or ("string",)
    if "string" in types:
        yield FORMATS.get(str(key.schema.get("format")), word(key.name))
        yield word(key.name)
        yield from matching(key.schema["pattern"]) if isinstance(key.schema.get("pattern"), str) else ()
        yield from _as_long(key)
    if "integer" in types or "number" in types:
        low = key.schema.get("minimum", key.schema.get("exclusiveMinimum")) or 0
        yield from (AN_HOUR, 1, low, low + 1, key.schema.get("maximum"), key.schema.get("multipleOf"))
    if "boolean" in types:
        yield True
    if "array" in types:
        yield from ([], [word(key.name)])
    if "object" in types:
        yield {}


def _as_long(key: SchemaKey) -> Iterator[str]:
    least, most = key.schema.get("minLength", 0), key.schema.get("maxLength", 10_000)
    if isinstance(least, int) and isinstance(most, int) and least <= min(most, 10_000):
        yield (word(key.name) + "-" + "0123456789" * (least // 10 + 1))[: max(least, 1)]
        yield word(key.name)[:most]
