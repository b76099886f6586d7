"""Filters on lists and maps."""

from trayimport.codes import template as codes
from trayimport.core.filters.base import Function
from trayimport.core.runtime import (
    State,
    Undefined,
    as_text,
    bounded,
    compare,
    defined,
    fail,
    item,
    iterate,
    kind,
    number,
)
from trayimport.core.runtime import attribute as key_of
from trayimport.core.tree import OMIT
from trayimport.model import Json


def join(state: State, value: Json, d: Json = "", attribute: Json = None) -> str:
    """One text of a list's items; what is `omit` is left out."""
    items = [one for one in iterate(state, value) if one is not OMIT]
    if attribute is not None:
        items = [path_of(one, attribute) for one in items]
    texts = [as_text(one) for one in items]
    if sum(map(len, texts)) + len(as_text(d)) * len(texts) > 1024 * 1024:
        raise fail(codes.RAN_AWAY, "a text of more than 1 MiB")
    return bounded(as_text(d).join(texts))


def first(state: State, value: Json) -> Json:
    """The first item."""
    items = list(value[:1]) if isinstance(value, str) else iterate(state, value)
    return items[0] if items else Undefined("the first item of an empty list")


def last(state: State, value: Json) -> Json:
    """The last item."""
    items = list(value[-1:]) if isinstance(value, str) else iterate(state, value)
    return items[-1] if items else Undefined("the last item of an empty list")


def length(_state: State, value: Json) -> int:
    """How many items, keys or characters."""
    if isinstance(value, str | list | tuple | dict | range):
        return len(value)
    raise fail(codes.BAD_OPERAND, f"{kind(value)} has no length")


def as_list(state: State, value: Json) -> list[Json]:
    """A list; a text gives its characters."""
    if isinstance(value, str):
        state.step(len(value))
        return list(value)
    return iterate(state, value)


def reverse(state: State, value: Json) -> Json:
    """Backwards."""
    return value[::-1] if isinstance(value, str) else iterate(state, value)[::-1]


def sort(state: State, value: Json, reverse: Json = False, attribute: Json = None) -> list[Json]:
    """In order: numbers, or texts."""
    items = iterate(state, value)
    keys = [one if attribute is None else path_of(one, attribute) for one in items]
    for one in keys[1:]:
        compare("lt", keys[0], one)
    order = sorted(range(len(items)), key=lambda index: keys[index], reverse=bool(reverse))
    return [items[index] for index in order]


def unique(state: State, value: Json) -> list[Json]:
    """Without repetitions."""
    found: list[Json] = []
    seen = set()
    for one in iterate(state, value):
        mark = (type(one).__name__, repr(one) if isinstance(one, dict | list) else one)
        if mark not in seen:
            seen.add(mark)
            found.append(one)
    return found


def total(state: State, value: Json, attribute: Json = None, start: Json = 0) -> Json:
    """The sum of numbers."""
    result = number(start, "sum")
    for one in iterate(state, value):
        result += number(one if attribute is None else path_of(one, attribute), "sum")
    return result


def smallest(state: State, value: Json) -> Json:
    """The smallest item."""
    items = sort(state, value)
    return items[0] if items else Undefined("the smallest item of an empty list")


def largest(state: State, value: Json) -> Json:
    """The largest item."""
    items = sort(state, value)
    return items[-1] if items else Undefined("the largest item of an empty list")


def items_of(state: State, value: Json) -> list[Json]:
    """[key, value] pairs of a map."""
    if not isinstance(value, dict):
        raise fail(codes.BAD_OPERAND, f"items takes a map, found {kind(value)}")
    state.step(len(value))
    return [[key, one] for key, one in value.items()]


def dictsort(state: State, value: Json) -> list[Json]:
    """[key, value] pairs of a map, by key."""
    return sorted(items_of(state, value), key=lambda pair: str(pair[0]))


def batch(state: State, value: Json, linecount: Json) -> list[Json]:
    """Lists of at most `linecount` items."""
    items, size = iterate(state, value), int(number(linecount, "batch"))
    if size < 1:
        raise fail(codes.BAD_OPERAND, "batch takes a number above 0")
    return [items[start : start + size] for start in range(0, len(items), size)]


def path_of(value: Json, path: Json) -> Json:
    if isinstance(path, int):
        return defined(item(value, path, "an item"))
    found: object = value
    for step in as_text(path).split("."):
        found = key_of(found, step, f"attribute {step}", step)
    return defined(found)


FILTERS: dict[str, Function] = {
    "join": join,
    "first": first,
    "last": last,
    "length": length,
    "count": length,
    "list": as_list,
    "reverse": reverse,
    "sort": sort,
    "unique": unique,
    "sum": total,
    "min": smallest,
    "max": largest,
    "items": items_of,
    "dictsort": dictsort,
    "batch": batch,
}
