"""How fast records are planned, beside the obvious way: `python bench/plan.py [RECORDS]`.

The obvious way is what one writes in an afternoon: for every record, `from_string(template).render(…)` for every
template of the mapping, `jsonschema.validate` for both schemas, and sets of the keys and names that were seen. Both
read the same export, in the same process, one after the other, several times; the fastest of each counts.

Not measured: Tray's answers, and the ledger of an earlier import.
"""

import csv
import re
import runpy
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jinja2
import jsonschema

from trayimport.catalog import Catalog
from trayimport.core.spec import Mapping
from trayimport.core.tree import Branch, Hole, Items, Literal, Node
from trayimport.pipeline.checking import environments_of
from trayimport.pipeline.choosing import choose
from trayimport.pipeline.joining import join
from trayimport.pipeline.loading import load
from trayimport.pipeline.noledger import NoLedger
from trayimport.pipeline.planning import Unit, plan_records
from trayimport.planstore import PlanStore
from trayimport.sources import open_source

ROOT = Path(__file__).parent.parent
NOW = "2030-01-01T00:00:00Z"
ROUNDS = 3
NAMES = ("mailchimp", "slack")


def main() -> None:
    """Prints a line for each mapping, and the smallest ratio."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    exports = runpy.run_path(str(ROOT / "examples" / "generate.py"))["exports"]()
    with tempfile.TemporaryDirectory() as folder:
        ratios = []
        for name in NAMES:
            file = Path(folder) / f"{name}.csv"
            file.write_text(_repeated(exports[f"{name}.csv"], count), encoding="utf-8", newline="")
            mapping = load([ROOT / "mappings" / f"{name}.yaml"], ROOT).mappings[0]
            ours, theirs = _side_by_side(_planner(mapping, file), _obvious(mapping, file))
            ratios.append(theirs / ours)
            print(
                f"{name:<10} {count:>7} records  planned {1e6 * ours / count:7.1f} µs each"
                f"  the obvious way {1e6 * theirs / count:8.1f} µs  ratio {theirs / ours:6.1f}"
            )
    print(f"planning is at least {min(ratios):.0f} times as fast (median {statistics.median(ratios):.0f})")


def _repeated(text: str, count: int) -> str:
    """The export's rows, again and again, each under a customer of its own."""
    header, *rows = csv.reader(text.splitlines())
    lines = [header]
    for number in range(count):
        row = rows[number % len(rows)]
        lines.append([f"{row[0]}-{number}", *row[1:]])
    return "\r\n".join(",".join(f'"{cell.replace(chr(34), 2 * chr(34))}"' for cell in row) for row in lines) + "\r\n"


def _side_by_side(ours: Callable[[], int], theirs: Callable[[], int]) -> tuple[float, float]:
    """Seconds of the fastest round of each; both must have planned as many."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        made = []
        for function, found in zip((ours, theirs), times, strict=True):
            start = time.perf_counter()
            made.append(function())
            found.append(time.perf_counter() - start)
        assert made[0] == made[1], made
    return min(times[0]), min(times[1])


def _planner(mapping: Mapping, file: Path) -> Callable[[], int]:
    environment = choose(mapping, environments_of(Catalog(ROOT / "schemas"), mapping))
    ledger: Any = NoLedger(secrets.token_bytes(32))
    program, _ = join(mapping, environment, {}, ledger.fingerprint)
    assert program is not None

    def plan() -> int:
        source = open_source("csv", {"path": file.name}, base=file.parent, roots=None, cwd=file.parent)
        store = PlanStore()
        plan_records([Unit(program, source)], ledger, store, NOW, {}, lambda _path, _count: None)
        return store.counts()["create"]

    return plan


def _obvious(mapping: Mapping, file: Path) -> Callable[[], int]:
    environment = choose(mapping, environments_of(Catalog(ROOT / "schemas"), mapping))
    engine = _environment()
    user, auth = mapping.user, mapping.auth
    trees: dict[str, Node] = {variable.name: variable.value for variable in mapping.variables}

    def plan() -> int:
        seen: set[tuple[str, ...]] = set()
        for record in _rows(file):
            if _render(engine, mapping.when.text if mapping.when else "{{ True }}", record=record) != "True":
                continue
            scope: dict[str, Any] = {"record": record}
            scope["vars"] = {}
            for name, tree in trees.items():
                scope["vars"][name] = _filled(engine, tree, scope)
            scope["user"] = {"externalUserId": _filled(engine, user.external_user_id, scope)}
            key = _render(engine, mapping.key.text if mapping.key else "{{ user.externalUserId }}", **scope)
            name = _filled(engine, auth.name, scope)
            credentials = _filled(engine, auth.credentials or Literal({}, auth.at), scope)
            jsonschema.validate(_typed(credentials), environment.credentials_schema)
            jsonschema.validate({}, environment.user_data_schema)
            for mark in (("key", key), ("name", scope["user"]["externalUserId"], name)):
                assert mark not in seen
                seen.add(mark)
        return sum(mark[0] == "key" for mark in seen)

    return plan


def _rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


def _environment() -> jinja2.Environment:
    engine = jinja2.Environment(undefined=jinja2.StrictUndefined)  # noqa: S701 - no HTML
    engine.filters["default_omit"] = lambda value: value or ""
    engine.filters["seconds_until"] = lambda value: value and int(_seconds(value))
    engine.filters["regex_search"] = _search
    return engine


def _seconds(text: str) -> float:
    then = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (then - datetime(2030, 1, 1, tzinfo=UTC)).total_seconds()


def _search(value: str, pattern: str) -> str | None:
    found = re.search(pattern, value)
    return found[1] if found else None


def _render(engine: jinja2.Environment, text: str, **scope: Any) -> str:
    return engine.from_string(text).render(**scope)


def _filled(engine: jinja2.Environment, node: Node, scope: dict[str, Any]) -> Any:
    if isinstance(node, Hole):
        return _render(engine, node.template.text, **scope)
    if isinstance(node, Branch):
        return {key: value for key, child in node.entries if (value := _filled(engine, child, scope)) != ""}
    if isinstance(node, Items):
        return [_filled(engine, child, scope) for child in node.items]
    return node.value


def _typed(value: Any) -> Any:
    return {key: int(one) if key == "expires_in" else one for key, one in value.items()}


if __name__ == "__main__":
    main()
