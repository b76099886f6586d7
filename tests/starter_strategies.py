"""Schemas of services and exports as companies have them, whose names meet now and then."""

import csv
import io
import json
from typing import Any

from hypothesis import strategies as st

WORDS = [
    *("access_token", "refresh_token", "api_key", "apiKey", "token", "client_secret", "dc", "region", "account_id"),
    *("team_id", "expires_at", "expires_in", "expiry", "user", "password", "domain", "instance_url"),
    *("x-key", "on", "name", "email", "scopes", "created"),
]
NAMES = st.sampled_from([*WORDS, "2fa"])
COLUMNS = st.sampled_from([*WORDS, "id", "customer", "customer_name", "owner", "Access Token", "my token", "status"])
TEXT = {"type": "string"}
LEAVES = st.sampled_from(
    [
        TEXT,
        {"type": "integer"},
        {"type": "integer", "minimum": 1000, "maximum": 10**12},
        {"type": "number"},
        {"type": "boolean"},
        {"enum": ["eu", "us"]},
        {"enum": [1, 2]},
        {"const": "bot"},
        {"const": True},
        {**TEXT, "pattern": "^xox[bp]-"},
        {**TEXT, "pattern": "^[a-f0-9]{32}$"},
        {**TEXT, "minLength": 40, "maxLength": 64},
        {"type": ["string", "null"]},
        {"type": "array", "items": TEXT},
        {"anyOf": [TEXT, {"type": "integer"}]},
        {},
    ]
)


@st.composite
def maps(draw: st.DrawFn, depth: int = 0) -> Any:
    """A map's schema: some keys required, one of two others, maps in maps."""
    below = LEAVES if depth == 2 else LEAVES | maps(depth + 1)
    properties = draw(st.dictionaries(NAMES, below, max_size=5))
    names = list(properties)
    required = draw(st.lists(st.sampled_from(names), unique=True)) if names else []
    schema: dict[str, Any] = {"type": "object", "properties": properties, "required": required}
    if draw(st.booleans()):
        schema["additionalProperties"] = False
    free = [name for name in names if name not in required]
    if len(free) > 1 and draw(st.booleans()):
        schema["oneOf"] = [{"required": [name]} for name in free[:2]]
    return schema


CELLS = [
    st.just(""),
    st.integers(0, 99_999).map(str),
    st.sampled_from(["acme", "Bolo", "cato x"]),
    st.sampled_from(["2030-01-01T00:00:00Z", "2021-01-01T00:00:00Z"]),
    st.sampled_from(["true", "false"]),
    st.sampled_from(["", "a", "5"]),
]
VALUES = st.sampled_from([None, 5, 2.5, True, "a", "", [1], {"x": "y"}, "2030-01-01T00:00:00Z"])


@st.composite
def csv_exports(draw: st.DrawFn) -> str:
    """A csv with a kind of values for each column, perhaps without rows."""
    names = draw(st.lists(COLUMNS, min_size=1, max_size=9, unique=True))
    kinds = [draw(st.sampled_from(CELLS)) for _ in names]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([names, *draw(st.lists(st.tuples(*kinds), max_size=3))])
    return out.getvalue()


def json_exports() -> st.SearchStrategy[str]:
    """Records that need not agree on anything."""
    record = st.dictionaries(COLUMNS, VALUES | st.dictionaries(NAMES, VALUES, max_size=2), max_size=8)
    return st.lists(record, min_size=1, max_size=3).map(json.dumps)


EXPORTS = (
    st.none() | st.tuples(csv_exports(), st.just("export.csv")) | st.tuples(json_exports(), st.just("export.json"))
)
