"""References of a normal form that never end, or that multiply until one value takes forever to judge."""

from collections import Counter
from typing import Final

from trayimport.core.schema_words import ONE_SCHEMA, SCHEMA_MAPS, Schema, children, in_place, target

COST: Final = 100_000
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
        return any(_doubles(root, name) for name in root.get("$defs", {}))
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


def _doubles(root: Schema, name: str) -> bool:
    """Whether the definition applies itself twice to one child, so that each level of a value doubles the work."""
    reached: dict[str, Counter[str]] = {}
    _below(root, root["$defs"][name], reached)
    everywhere = reached.pop("", Counter())
    for references in [*reached.values(), Counter()]:
        together = references + everywhere
        returning = sum(times for reference, times in together.items() if _returns(root, reference, name))
        if returning > 1:
            return True
    return False


def _below(root: Schema, schema: Schema, reached: dict[str, Counter[str]]) -> None:
    """The references applied to each child of a value, by the child's key (empty: any)."""
    for keyword in ONE_SCHEMA & schema.keys():
        if keyword not in ("not", "if", "then", "else", "propertyNames"):
            reached.setdefault("", Counter()).update(_references(schema[keyword]))
    for child in schema.get("prefixItems", ()):
        reached.setdefault("", Counter()).update(_references(child))
    for keyword in SCHEMA_MAPS & schema.keys() - {"$defs", "dependentSchemas"}:
        for key, child in schema[keyword].items():
            reached.setdefault(key if keyword == "properties" else "", Counter()).update(_references(child))
    for child in in_place(schema):
        _below(root, child, reached)
    if "$ref" in schema:
        _below(root, target(root, schema["$ref"]), reached)


def _returns(root: Schema, reference: str, name: str) -> bool:
    """Whether following `reference`, down into the value too, comes to the definition `name`."""
    goal = f"#/$defs/{name}"
    seen: set[str] = set()
    ahead = [reference]
    while ahead:
        current = ahead.pop()
        if current == goal:
            return True
        if current not in seen:
            seen.add(current)
            ahead += _all_references(target(root, current))
    return False


def _all_references(schema: Schema) -> list[str]:
    found = [schema["$ref"]] if "$ref" in schema else []
    for _, child in children(schema):
        found += _all_references(child)
    return found
