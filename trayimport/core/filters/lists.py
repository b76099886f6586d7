"""Filters on lists and maps."""

import json

from trayimport.codes import template as codes
from trayimport.core.filters.base import Function
from trayimport.core.runtime import (
    State,
    Undefined,
    as_text,
    compare,
    defined,
    fail,
    kind,
    members,
    number,
    picker,
)
from trayimport.core.tree import OMIT
from trayimport.model import Json


def join(state: State, value: Json, d: Json = "", attribute: Json = None) -> str:
    """One text of a list's items; what is `omit` is left out."""
    items = [one for one in members(state, value) if one is not OMIT]
    if attribute is not None:
        items = [path_of(one, attribute) for one in items]
    texts = [as_text(one) for one in items]
    if sum(map(len, texts)) + len(as_text(d)) * len(texts) > 1024 * 1024:
        raise fail(codes.RAN_AWAY, "a text of more than 1 MiB")
    return as_text(d).join(texts)


def first(state: State, value: Json) -> Json:
    """The first item."""
    items = list(value[:1]) if isinstance(value, str) else members(state, value)
    return items[0] if items else Undefined("the first item of an empty list")


def last(state: State, value: Json) -> Json:
    """The last item."""
    items = list(value[-1:]) if isinstance(value, str) else members(state, value)
    return items[-1] if items else Undefined("the last item of an empty list")


def length(_state: State, value: Json) -> int:
    """How many items, keys or characters."""
    if isinstance(value, str | list | dict):
        return len(value)
    raise fail(codes.BAD_OPERAND, f"{kind(value)} has no length")


def as_list(state: State, value: Json) -> list[Json]:
    """A list; a text gives its characters."""
    if isinstance(value, str):
        state.handle(len(value))
        return list(value)
    return members(state, value)


def reverse(state: State, value: Json) -> Json:
    """Backwards."""
    return value[::-1] if isinstance(value, str) else members(state, value)[::-1]


def sort(state: State, value: Json, reverse: Json = False, attribute: Json = None) -> list[Json]:
    """In order: numbers, or texts."""
    items = members(state, value)
    keys = [one if attribute is None else path_of(one, attribute) for one in items]
    for one in keys[1:]:
        compare("lt", keys[0], one)
    order = sorted(range(len(items)), key=lambda index: keys[index], reverse=bool(reverse))
    return [items[index] for index in order]


def unique(state: State, value: Json) -> list[Json]:
    """Without repetitions."""
    found: dict[object, Json] = {}
    for one in members(state, value):
        mark = json.dumps(one, sort_keys=True) if isinstance(one, dict | list) else (isinstance(one, bool), one)
        found.setdefault(mark, one)
    return list(found.values())


def total(state: State, value: Json, attribute: Json = None, start: Json = 0) -> Json:
    """The sum of numbers."""
    result = number(start, "sum")
    for one in members(state, value):
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
    state.handle(len(value))
    return [[key, one] for key, one in value.items()]


def dictsort(state: State, value: Json) -> list[Json]:
    """[key, value] pairs of a map, by key."""
    return sorted(items_of(state, value), key=lambda pair: str(pair[0]))


def batch(state: State, value: Json, linecount: Json) -> list[Json]:
    """Lists of at most `linecount` items."""
    items, size = members(state, value), int(number(linecount, "batch"))
    if size < 1:
        raise fail(codes.BAD_OPERAND, "batch takes a number above 0")
    return [items[start : start + size] for start in range(0, len(items), size)]


def path_of(value: Json, path: Json) -> Json:
    """What stands at `a.b` below an item."""
    if isinstance(path, bool) or not isinstance(path, str | int):
        raise fail(codes.BAD_OPERAND, f"an attribute is a text or an integer, found {kind(path)}")
    return defined(picker(path)(value))


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
