"""What expressions do at run time: values, limits, errors that show no value (language, rulings 3, 4, 9, 10, 13)."""

from trayimport.codes import template as codes
from trayimport.codes.base import Code
from trayimport.core.tree import OMIT
from trayimport.errors import RecordError
from trayimport.model import Json, Problem

STEPS = 10_000
TEXT = 1024 * 1024
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
    """One rendering: the scope, local names, and what is left of the budget of steps."""

    __slots__ = ("local", "scope", "steps")

    def __init__(self, scope: dict[str, object]) -> None:
        self.scope = scope
        self.local: dict[str, object] = {}
        self.steps = STEPS

    def step(self, number: int = 1) -> None:
        """Count steps of loops and items of lists."""
        self.steps -= number
        if self.steps < 0:
            raise fail(codes.RAN_AWAY, f"more than {STEPS:,} steps or items")


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
    if isinstance(value, str) and value in BOOLEAN_TEXTS:
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
    if isinstance(left, list) and isinstance(right, list) and len(left) + len(right) <= STEPS:
        return left + right
    return sized(number(left, "+") + number(right, "+"))


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
        same = left == right and isinstance(left, bool) == isinstance(right, bool)
        return same if sign == "eq" else not same
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


def contains(whole: object, part: object) -> bool:
    """`in`."""
    if isinstance(whole, str):
        if not isinstance(part, str):
            raise fail(codes.BAD_OPERAND, f"a text can't contain {kind(part)}")
        return part in whole
    if isinstance(whole, dict):
        return isinstance(part, str) and part in whole
    if isinstance(whole, list | tuple | range):
        return part in whole
    raise fail(codes.BAD_OPERAND, f"`in` looks into texts, lists and maps, found {kind(whole)}")


def attribute(value: object, name: str, what: str, spelled: str) -> object:
    """`.name`: the key of a map; what isn't there is carried on as undefined (rulings 3 and 10)."""
    if isinstance(value, Undefined):
        return value
    if isinstance(value, dict):
        try:
            return value[name]
        except KeyError:
            return Undefined(what, MAP_HINTS.get(name))
    if value is None or value is OMIT:
        return Undefined(what)
    if isinstance(value, str) and name in METHODS:
        raise fail(codes.NOT_CALLED, f"{spelled} is a method: call it with ()")
    raise fail(codes.NOT_CALLED, f"{kind(value)} has no {spelled}")


def item(value: object, key: object, what: str) -> object:
    """`[key]` of a map, a list or a text; computed keys are not shown."""
    if isinstance(value, Undefined):
        return value
    if value is None or value is OMIT:
        return Undefined(what)
    if isinstance(value, dict):
        if not isinstance(key, str):
            raise fail(codes.BAD_OPERAND, f"a map has texts as keys, found {kind(key)}")
        try:
            return value[key]
        except KeyError:
            return Undefined(what)
    if isinstance(value, str | list | tuple | range):
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


def iterate(state: State, value: object) -> list[Json]:
    """The items of a list, or the keys of a map."""
    if isinstance(value, dict):
        value = list(value)
    if not isinstance(value, list | tuple | range):
        raise fail(codes.BAD_OPERAND, f"expected a list, found {kind(defined(value))}")
    state.step(len(value))
    return list(value)
