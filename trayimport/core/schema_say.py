"""jsonschema's errors → what we say of them: the rule, what was expected, the type and length found."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, cast

from jsonschema.exceptions import ValidationError

from trayimport.codes import schema as codes
from trayimport.codes.base import Code
from trayimport.core.schema_words import found, listed, nearest, number, shown
from trayimport.core.tree import Path

Names = frozenset[str]


@dataclass(frozen=True, slots=True)
class Said:
    """A broken rule at a path, in our words."""

    path: Path
    code: Code
    message: str


def say(error: ValidationError, names: Names) -> list[Said]:
    """What an error says; one of `anyOf` or `oneOf` says what the nearest of the alternatives misses."""
    keyword = str(error.validator)
    path = tuple(error.absolute_path)
    if keyword in ("anyOf", "oneOf") and error.context:
        return _nearest(error, path, names)
    if keyword in ("additionalProperties", "unevaluatedProperties"):
        return [Said(path, codes.UNKNOWN_KEY, "the schema does not know this key" + _meant(path, names))]
    if keyword in _BARE:
        code, message = _BARE[keyword]
        return [Said(path, code, message)]
    code, text = _WORDS.get(keyword, (codes.REFUSED_VALUE, _anything))
    return [Said(path, code, text(error.validator_value, error.instance))]


def _meant(path: Path, names: Names) -> str:
    """A near name of the schema's. The key itself is not quoted: it may come from the record."""
    key = path[-1] if path else ""
    return nearest(key, names) if isinstance(key, str) else ""


def _nearest(error: ValidationError, path: Path, names: Names) -> list[Said]:
    branches: dict[int, list[ValidationError]] = {}
    for inner in error.context or ():
        branches.setdefault(int(inner.schema_path[0]), []).append(inner)
    types = _only_types(list(branches.values()))
    if types is not None:
        return [Said(path, codes.WRONG_TYPE, f"expected {types}, found {found(error.instance)}")]
    best = min(branches.values(), key=_distance)
    many = len(cast("list[object]", error.validator_value))
    hint = f" (the nearest of {many} alternatives)" if many > 1 else ""
    return [Said(said.path, said.code, said.message + hint) for inner in best for said in say(inner, names)]


def _only_types(branches: list[list[ValidationError]]) -> str | None:
    """`integer or string` where each alternative fails by nothing but the type of the value itself."""
    types: list[str] = []
    for errors in branches:
        if [(inner.validator, len(inner.path)) for inner in errors] != [("type", 0)]:
            return None
        value = cast("str | list[str]", errors[0].validator_value)
        types += [value] if isinstance(value, str) else value
    return _or(list(dict.fromkeys(types)))


def _distance(errors: list[ValidationError]) -> tuple[int, int, int]:
    """How far a value is from an alternative: by its type, then by what tells them apart, then by how much."""
    wrong_type = any(inner.validator == "type" and not inner.path for inner in errors)
    other = sum(inner.validator in ("const", "enum") for inner in errors)
    return wrong_type, other, len(errors)


def _or(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _type(value: Any, instance: Any) -> str:
    return f"expected {_or([value] if isinstance(value, str) else list(value))}, found {found(instance)}"


def _enum(value: Any, instance: Any) -> str:
    return f"expected one of {listed(value)}, found {found(instance)}"


def _const(value: Any, instance: Any) -> str:
    return f"expected {listed([value])}, found {found(instance)}"


def _matching(value: Any, instance: Any) -> str:
    return f"expected a text that matches the pattern {shown(value, 200)}, found {found(instance)}"


def _rule(text: str) -> Callable[[Any, Any], str]:
    return lambda value, instance: f"expected {text.format(number(value))}, found {found(instance)}"


def _anything(_value: Any, instance: Any) -> str:
    return f"the schema refuses it; found {found(instance)}"


def _not(value: Any, instance: Any) -> str:
    if value == {}:
        return f"nothing is allowed here, found {found(instance)}"
    return f"the schema excludes such a value (`not`); found {found(instance)}"


def _bare(text: str) -> Callable[[Any, Any], str]:
    return lambda _value, _instance: text


_BARE: Final = {
    "required": (codes.MISSING_KEY, "required, and not there"),
    "dependentRequired": (codes.MISSING_KEY, "required beside a key that is there, and not there itself"),
}

_WORDS: Final[dict[str, tuple[Code, Callable[[Any, Any], str]]]] = {
    "type": (codes.WRONG_TYPE, _type),
    "enum": (codes.NOT_LISTED, _enum),
    "const": (codes.NOT_LISTED, _const),
    "pattern": (codes.REFUSED_VALUE, _matching),
    "minLength": (codes.REFUSED_VALUE, _rule("at least {} characters")),
    "maxLength": (codes.REFUSED_VALUE, _rule("at most {} characters")),
    "minItems": (codes.REFUSED_VALUE, _rule("at least {} items")),
    "maxItems": (codes.REFUSED_VALUE, _rule("at most {} items")),
    "minProperties": (codes.REFUSED_VALUE, _rule("at least {} keys")),
    "maxProperties": (codes.REFUSED_VALUE, _rule("at most {} keys")),
    "minimum": (codes.REFUSED_VALUE, _rule("at least {}")),
    "maximum": (codes.REFUSED_VALUE, _rule("at most {}")),
    "exclusiveMinimum": (codes.REFUSED_VALUE, _rule("more than {}")),
    "exclusiveMaximum": (codes.REFUSED_VALUE, _rule("less than {}")),
    "multipleOf": (codes.REFUSED_VALUE, _rule("a multiple of {}")),
    "uniqueItems": (codes.REFUSED_VALUE, _bare("expected items that all differ, found equal ones")),
    "contains": (codes.REFUSED_VALUE, _bare("the list lacks an item that the schema wants, or has too many of them")),
    "unevaluatedItems": (codes.REFUSED_VALUE, _bare("the list has items that the schema does not know or refuses")),
    "oneOf": (codes.REFUSED_VALUE, _bare("matches several of the alternatives, and exactly one is allowed")),
    "propertyNames": (codes.UNKNOWN_KEY, _bare("a key's name is one that the schema does not allow")),
    "not": (codes.REFUSED_VALUE, _not),
}
