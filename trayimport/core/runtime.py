"""What expressions do at run time: values, limits, errors that show no value (language, rulings 3, 4, 9, 10, 13)."""

from collections.abc import Callable, Mapping

from trayimport.codes import template as codes
from trayimport.codes.base import Code
from trayimport.core.tree import OMIT
from trayimport.errors import RecordError
from trayimport.model import Json, Problem

STEPS = 10_000
"""Steps of loops, and items of a list, a map or a range (language, ruling 13)."""
ITEMS = 200_000
"""Items that all filters of one rendering go through together: a bound on time, where each list is in bounds."""
TEXT = 1024 * 1024
DEEPEST = 64
"""Lists and maps within each other."""
BOOLEAN_TEXTS = frozenset({"true", "false", "yes", "no", "on", "off", "0", "1"})
METHODS = frozenset(
    [
        "split",
        "rsplit",
        "splitlines",
        "startswith",
        "endswith",
        "strip",
        "lstrip",
        "rstrip",
        "removeprefix",
        "removesuffix",
        "lower",
        "upper",
        "replace",
        "partition",
        "rpartition",
    ]
)

MAP_HINTS = {
    "items": "for the pairs of a map: | items",
    "keys": "for the pairs of a map: | items",
    "values": "for the pairs of a map: | items",
    "get": "for a key that may be missing: | default(…)",
}
"""What people mean who write a Python method of a map as its key (language, ruling 3)."""


def fail(code: Code, message: str, remedy: str | None = None) -> RecordError:
    """An error of this record; `message` holds no value."""
    return RecordError(Problem.of(code, "", message, remedy=remedy))


class Undefined:
    """A value that isn't there; `what` names it by names of the template only."""

    __slots__ = ("hint", "what")

    def __init__(self, what: str, hint: str | None = None) -> None:
        self.what = what
        self.hint = hint


class State:
    """One rendering: the scope, local names, and what is left of its budgets."""

    __slots__ = ("_items", "_room", "_steps", "local", "scope")

    def __init__(self, scope: dict[str, object]) -> None:
        self.scope = scope
        self.local: dict[str, object] = {}
        self._steps = STEPS
        self._items = ITEMS
        self._room = TEXT

    def loop(self, number: int) -> None:
        """Count steps of `for`, over all of a template's loops."""
        self._steps -= number
        if self._steps < 0:
            raise fail(codes.RAN_AWAY, f"more than {STEPS:,} steps of loops")

    def handle(self, number: int) -> None:
        """Count the items of a list or map that a filter goes through, or that is made."""
        if number > STEPS:
            raise fail(codes.RAN_AWAY, f"more than {STEPS:,} items")
        self._items -= number
        if self._items < 0:
            raise fail(codes.RAN_AWAY, f"more than {ITEMS:,} items over all filters together")

    def grow(self, number: int) -> None:
        """Count the characters that statements write."""
        self._room -= number
        if self._room < 0:
            raise fail(codes.RAN_AWAY, "a text of more than 1 MiB")


def kind(value: object) -> str:
    """A value's type, for messages."""
    for types, name in (
        (bool, "a boolean"), (int, "an integer"), (float, "a fraction"), (str, "a text"), (dict, "a map"),
        ((list, tuple, range), "a list"), (bytes, "bytes"),
    ):  # fmt: skip
        if isinstance(value, types):
            return name
    if value is None:
        return "null"
    return "omit" if value is OMIT else "a map" if hasattr(value, "__getitem__") else "another type"


def defined(value: object) -> Json:
    """The value; raises where it isn't there."""
    if isinstance(value, Undefined):
        raise fail(codes.UNDEFINED, f"{value.what} is not there", value.hint)
    return value


def as_text(value: object) -> str:
    """Text takes only texts and integers (ruling 4)."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if value is OMIT:
        raise fail(codes.OMIT_IN_TEXT, "omit inside a text")
    defined(value)
    remedy = "default_omit drops what is null; default(…) replaces it" if value is None else None
    raise fail(codes.NOT_IN_TEXT, f"{kind(value)} inside a text", remedy)


def bounded(text: str) -> str:
    """A text of at most 1 MiB."""
    if len(text) > TEXT:
        raise fail(codes.RAN_AWAY, "a text of more than 1 MiB")
    return text


def truth(value: object) -> bool:
    """Whether a condition holds (ruling 9)."""
    if isinstance(value, str) and value.lower() in BOOLEAN_TEXTS:
        raise fail(codes.TEXT_CONDITION, "a text that reads like a boolean, as a condition", "compare: == 'true'")
    return False if value is OMIT else bool(defined(value))


def number(value: object, what: str) -> int | float:
    """A number; raises for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise fail(codes.BAD_OPERAND, f"{what} takes numbers, found {kind(value)}")
    return value


def add(left: object, right: object) -> Json:
    """`+`: numbers, or two texts, or two lists."""
    if isinstance(left, str) and isinstance(right, str):
        return bounded(left + right)
    if isinstance(left, list) and isinstance(right, list):
        return weighed(left + right)
    return sized(number(left, "+") + number(right, "+"))


def weighed(value: Json) -> Json:
    """A list or map, unless it holds too many items with those below it, or nests too deeply.

    What is made is weighed at once: a list that holds another twice, which holds another twice, would grow without
    bounds and cost nothing until somebody walks it.
    """
    left = STEPS
    level = [value]
    for _ in range(DEEPEST):
        below: list[Json] = []
        for one in level:
            left -= len(one)
            if left < 0:
                raise fail(codes.RAN_AWAY, f"more than {STEPS:,} items")
            below += [
                child
                for child in (one.values() if isinstance(one, dict) else one)
                if isinstance(child, list | dict) and child
            ]
        if not below:
            return value
        level = below
    raise fail(codes.RAN_AWAY, f"more than {DEEPEST} lists and maps within each other")


def sized(value: float) -> Json:
    """A number that stays in bounds."""
    if isinstance(value, int) and abs(value) > 10**40:
        raise fail(codes.RAN_AWAY, "a number of more than 40 digits")
    return value


def arithmetic(sign: str, left: object, right: object) -> Json:
    """`- * / // % **` on numbers."""
    one, two = number(left, sign), number(right, sign)
    try:
        if sign == "-":
            return sized(one - two)
        if sign == "*":
            return sized(one * two)
        if sign == "/":
            return one / two
        if sign == "//":
            return sized(one // two)
        if sign == "%":
            return one % two
        if abs(one) > 10**6 or abs(two) > 32:
            raise fail(codes.RAN_AWAY, "a power that is too large")
        return sized(one**two)
    except (ZeroDivisionError, OverflowError):
        raise fail(codes.BAD_OPERAND, f"{sign} with these numbers") from None


def compare(sign: str, left: object, right: object) -> bool:
    """Comparisons; equality takes anything, order two numbers or two texts."""
    if sign in {"eq", "ne"}:
        return equal(left, right) == (sign == "eq")
    if sign in {"in", "notin"}:
        return contains(right, left) == (sign == "in")
    texts = isinstance(left, str) and isinstance(right, str)
    if not texts:
        number(left, "a comparison")
        number(right, "a comparison")
    if sign == "lt":
        return left < right  # type: ignore[operator, no-any-return]
    if sign == "lteq":
        return left <= right  # type: ignore[operator, no-any-return]
    if sign == "gt":
        return left > right  # type: ignore[operator, no-any-return]
    return left >= right  # type: ignore[operator, no-any-return]


def equal(left: object, right: object) -> bool:
    """Whether two values are the same; a boolean is no number."""
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(equal(one, two) for one, two in zip(left, right, strict=True))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(value, right[key]) for key, value in left.items())
    return left == right and isinstance(left, bool) == isinstance(right, bool)


def contains(whole: object, part: object) -> bool:
    """`in`."""
    if isinstance(whole, str):
        if not isinstance(part, str):
            raise fail(codes.BAD_OPERAND, f"a text can't contain {kind(part)}")
        return part in whole
    if isinstance(whole, dict):
        return isinstance(part, str) and part in whole
    if isinstance(whole, list):
        return any(equal(part, one) for one in whole)
    raise fail(codes.BAD_OPERAND, f"`in` looks into texts, lists and maps, found {kind(whole)}")


def attribute(value: object, name: str, what: str) -> object:
    """`.name`: the key of a map; what isn't there is carried on as undefined (rulings 3 and 10)."""
    if isinstance(value, Undefined):
        return value
    if isinstance(value, Mapping):
        try:
            return value[name]
        except KeyError:
            return Undefined(what, MAP_HINTS.get(name))
    if value is None or value is OMIT:
        return Undefined(what)
    if isinstance(value, str) and name in METHODS:
        raise fail(codes.NOT_CALLED, f".{name} is a method: call it with ()")
    raise fail(codes.NOT_CALLED, f"{kind(value)} has no .{name}")


def item(value: object, key: object, what: str) -> object:
    """`[key]` of a map, a list or a text; computed keys are not shown."""
    if isinstance(value, Undefined):
        return value
    if value is None or value is OMIT:
        return Undefined(what)
    if isinstance(value, Mapping):
        if not isinstance(key, str):
            raise fail(codes.BAD_OPERAND, f"a map has texts as keys, found {kind(key)}")
        try:
            return value[key]
        except KeyError:
            return Undefined(what)
    if isinstance(value, str | list):
        if isinstance(key, bool) or not isinstance(key, int):
            raise fail(codes.BAD_OPERAND, f"{kind(value)} is indexed by integers, found {kind(key)}")
        return value[key] if -len(value) <= key < len(value) else Undefined(what)
    raise fail(codes.BAD_OPERAND, f"{kind(value)} has no items")


def method(value: object, name: str, arguments: list[object]) -> Json:
    """A method of a text, of those that ruling 31 of the commands lists."""
    if isinstance(value, dict):
        raise fail(codes.NOT_CALLED, f".{name}() on a map: use `| items`, `| default` or ['{name}']")
    text = defined(value)
    if not isinstance(text, str):
        raise fail(codes.NOT_CALLED, f"{kind(text)} has no method {name}")
    if name == "replace" and all(isinstance(one, str) for one in arguments[:2]) and len(arguments) > 1:
        refuse_growth(text, str(arguments[0]), str(arguments[1]))
    try:
        found = getattr(text, name)(*arguments)
    except (TypeError, ValueError):
        raise fail(codes.BAD_OPERAND, f"{name}() with these arguments") from None
    if isinstance(found, str):
        return bounded(found)
    if isinstance(found, list | tuple):
        if len(found) > STEPS:
            raise fail(codes.RAN_AWAY, f"more than {STEPS:,} parts")
        return list(found)
    return found


def map_of(pairs: list[tuple[object, Json]]) -> Json:
    """`{key: value}`, without what is omit."""
    found = {}
    for name, value in pairs:
        if not isinstance(name, str):
            raise fail(codes.BAD_OPERAND, f"a map has texts as keys, found {kind(name)}")
        if value is not OMIT:
            found[name] = value
    return weighed(found)


def sliced(value: object, ends: list[object]) -> Json:
    """`[start:stop:step]` of a text or a list."""
    if not isinstance(value, str | list):
        raise fail(codes.BAD_OPERAND, f"only texts and lists are sliced, found {kind(value)}")
    if any(end is not None and (isinstance(end, bool) or not isinstance(end, int)) for end in ends):
        raise fail(codes.BAD_OPERAND, "a slice takes integers")
    if ends[2] == 0:
        raise fail(codes.BAD_OPERAND, "a slice can't step by 0")
    return value[slice(*ends)]  # type: ignore[arg-type]


def numbers(arguments: list[object]) -> list[int]:
    """`range(…)`."""
    whole = [one for one in arguments if isinstance(one, int) and not isinstance(one, bool)]
    if not 1 <= len(arguments) <= 3 or len(whole) < len(arguments):
        raise fail(codes.BAD_OPERAND, "range takes one to three integers")
    if max(map(abs, whole)) > 2**53:
        raise fail(codes.RAN_AWAY, "a range of such numbers")
    try:
        found = range(*whole)
    except ValueError:
        raise fail(codes.BAD_OPERAND, "range can't step by 0") from None
    if len(found) > STEPS:
        raise fail(codes.RAN_AWAY, f"a range of more than {STEPS:,}")
    return list(found)


def picker(path: str | int | None) -> Callable[[object], object]:
    """A function for what stands at a path below a value, such as `a.b`; it may give an Undefined."""
    if path is None:
        return lambda value: value
    steps: list[str | int] = [path] if isinstance(path, int) else list(path.split("."))

    def pick(value: object) -> object:
        for step in steps:
            value = item(value, step, "an attribute")
        return value

    return pick


def refuse_growth(text: str, old: str, new: str) -> None:
    """Raises where a replacement in every place would make a text of more than 1 MiB."""
    if len(text) + text.count(old) * (len(new) - len(old)) > TEXT:
        raise fail(codes.RAN_AWAY, "a text of more than 1 MiB")


def members(state: State, value: object) -> list[Json]:
    """The items of a list, or the keys of a map."""
    if isinstance(value, dict):
        value = list(value)
    if not isinstance(value, list):
        raise fail(codes.BAD_OPERAND, f"expected a list, found {kind(defined(value))}")
    state.handle(len(value))
    return value


def iterate(state: State, value: object) -> list[Json]:
    """The same, as the steps of a loop."""
    items = members(state, value)
    state.loop(len(items))
    return items
