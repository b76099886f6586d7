"""References of a normal form that never end, or that multiply until one value takes forever to judge."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from trayimport.core.schema_words import ONE_SCHEMA, SCHEMA_MAPS, Schema, children, in_place, target

COST: Final = 20_000
"""Schemas that judging one value may visit."""


def cyclic(root: Schema) -> str | None:
    """A reference that comes back to itself without going down into the value (language ruling 6)."""
    done: set[str] = set()
    for start in root.get("$defs", {}):
        found = _walk(root, f"#/$defs/{start}", done)
        if found is not None:
            return found
    return None


def _references(schema: Schema) -> list[str]:
    """Every reference that judges the same value as `schema`."""
    found = [schema["$ref"]] if "$ref" in schema else []
    for child in in_place(schema):
        found += _references(child)
    return found


def _walk(root: Schema, reference: str, done: set[str]) -> str | None:
    """Depth first with a stack of its own: a chain of references may be long."""
    if reference in done:
        return None
    stack: list[tuple[str, list[str]]] = [(reference, _references(target(root, reference)))]
    open_ = {reference}
    while stack:
        current, ahead = stack[-1]
        if not ahead:
            stack.pop()
            open_.discard(current)
            done.add(current)
            continue
        following = ahead.pop()
        if following in open_:
            return following
        if following not in done:
            open_.add(following)
            stack.append((following, _references(target(root, following))))
    return None


def too_costly(root: Schema) -> bool:
    """Whether judging one value can visit more than COST schemas. `root` must not be cyclic."""
    try:
        if _cost(root, root, {}, set()) > COST:
            return True
        circles = _circles(root)
        known: dict[str, Reached] = {}
        return any(_doubles(root, name, circles, known) for name in root.get("$defs", {}))
    except RecursionError:  # a chain of references too long to be followed by any validator
        return True


def _cost(root: Schema, schema: Schema, known: dict[str, int], open_: set[str]) -> int:
    """Schemas visited when all that `schema` says is looked at once; what recurs counts one."""
    total = 1
    for steps, child in children(schema):
        if steps[0] != "$defs":
            total += _cost(root, child, known, open_)
    reference = schema.get("$ref")
    if reference is None or reference in open_:
        return total
    if reference not in known:
        open_.add(reference)
        known[reference] = _cost(root, target(root, reference), known, open_)
        open_.discard(reference)
    return min(total + known[reference], 10 * COST)


Reached = dict[str, Counter[str]]
"""The references applied to each child of a value, and how often, by the child's key (empty: any)."""


def _doubles(root: Schema, name: str, circles: dict[str, int], known: dict[str, Reached]) -> bool:
    """Whether the definition applies itself twice to one child, so that each level of a value doubles the work."""
    own = f"#/$defs/{name}"
    reached = dict(_of(root, own, known))
    everywhere = reached.pop("", Counter())
    for references in [*reached.values(), Counter()]:
        together = references + everywhere
        # What a definition leads to leads back to it where both are in one circle.
        if sum(times for reference, times in together.items() if circles[reference] == circles[own]) > 1:
            return True
    return False


def _of(root: Schema, reference: str, known: dict[str, Reached]) -> Reached:
    """What a definition applies to children, found out once: a ladder of references has 2^n ways down."""
    if reference not in known:
        known[reference] = _below(root, target(root, reference), known)
    return known[reference]


def _below(root: Schema, schema: Schema, known: dict[str, Reached]) -> Reached:
    reached: Reached = {}

    def add(key: str, references: Iterable[str] | Mapping[str, int]) -> None:
        reached.setdefault(key, Counter()).update(references)

    for keyword in ONE_SCHEMA & schema.keys():
        if keyword not in ("not", "if", "then", "else", "propertyNames"):
            add("", _references(schema[keyword]))
    for child in schema.get("prefixItems", ()):
        add("", _references(child))
    for keyword in SCHEMA_MAPS & schema.keys() - {"$defs", "dependentSchemas"}:
        for key, child in schema[keyword].items():
            add(key if keyword == "properties" else "", _references(child))
    parts = [_below(root, child, known) for child in in_place(schema)]
    if "$ref" in schema:
        parts.append(_of(root, schema["$ref"], known))
    for part in parts:
        for key, references in part.items():
            add(key, references)
    return reached


def _circles(root: Schema) -> dict[str, int]:
    """For each definition's reference a number that those share which lead to each other (Tarjan's algorithm)."""
    graph = {f"#/$defs/{name}": _all_references(schema) for name, schema in root.get("$defs", {}).items()}
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    found: dict[str, int] = {}
    path: list[str] = []
    for start, references in graph.items():
        if start in order:
            continue
        stack = [(start, iter(references))]
        order[start] = low[start] = len(order)
        path.append(start)
        while stack:
            current, ahead = stack[-1]
            following = next(ahead, None)
            if following is None:
                stack.pop()
                if stack:
                    low[stack[-1][0]] = min(low[stack[-1][0]], low[current])
                if low[current] == order[current]:
                    while current not in found:
                        found[path.pop()] = order[current]
            elif following not in order:
                order[following] = low[following] = len(order)
                path.append(following)
                stack.append((following, iter(graph[following])))
            elif following not in found:
                low[current] = min(low[current], order[following])
    return found


def _all_references(schema: Schema) -> list[str]:
    found = [schema["$ref"]] if "$ref" in schema else []
    for _, child in children(schema):
        found += _all_references(child)
    return found
