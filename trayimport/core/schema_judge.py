"""Values × schema → a verdict, and problems in our own words.

jsonschema-rs gives the verdict, fast; jsonschema says where and why. The two must agree: patterns and `multipleOf`,
on which they differ, are decided by one engine for both (language ruling 21). No message holds a value.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from referencing import Registry

from trayimport.codes import schema as codes
from trayimport.core.schema_engine import accepts, compiled, is_multiple, matches
from trayimport.core.schema_look import known_names
from trayimport.core.schema_say import Said, say
from trayimport.core.schema_wire import MOST, masked, sendable, wire_problems
from trayimport.core.schema_words import NOTHING, Schema, alone
from trayimport.model import Json, Problem

__all__ = ["Judge", "wire_problems"]

Errors = Iterator[ValidationError]
_EMPTY: Final[Registry[Any]] = Registry()


def _pattern(_validator: Any, pattern: str, instance: Json, _schema: Schema) -> Errors:
    if isinstance(instance, str) and not matches(pattern, instance):
        yield ValidationError("")


def _pattern_properties(validator: Any, patterns: Schema, instance: Json, _schema: Schema) -> Errors:
    if isinstance(instance, dict):
        for pattern, schema in patterns.items():
            for key, value in instance.items():
                if matches(pattern, key):
                    yield from validator.descend(value, schema, path=key, schema_path=pattern)


def _additional_properties(validator: Any, additional: Schema, instance: Json, schema: Schema) -> Errors:
    if isinstance(instance, dict):
        named, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
        for key, value in instance.items():
            if key not in named and not any(matches(pattern, key) for pattern in patterns):
                if additional == NOTHING:
                    yield ValidationError("", path=(key,), instance=value)
                else:
                    yield from validator.descend(value, additional, path=key)


def _required(_validator: Any, names: list[str], instance: Json, _schema: Schema) -> Errors:
    if isinstance(instance, dict):
        for name in names:
            if name not in instance:
                yield ValidationError("", path=(name,))


def _dependent_required(_validator: Any, needs: dict[str, list[str]], instance: Json, _schema: Schema) -> Errors:
    if isinstance(instance, dict):
        for key, names in needs.items():
            for name in names:
                if key in instance and name not in instance:
                    yield ValidationError(key, path=(name,))


def _multiple_of(_validator: Any, divisor: float, instance: Json, _schema: Schema) -> Errors:
    if isinstance(instance, int | float) and not isinstance(instance, bool) and not is_multiple(instance, divisor):
        yield ValidationError("")


def _property_names(validator: Any, value: Schema, instance: Json, _schema: Schema) -> Errors:
    if isinstance(instance, dict):
        judge = validator.evolve(schema=value)
        for key in instance:
            if not judge.is_valid(key):
                yield ValidationError("", path=(key,))


def _unevaluated_properties(validator: Any, value: Schema, instance: Json, schema: Schema) -> Errors:
    """jsonschema has its own patterns here, so the engine is asked which children were not evaluated."""
    if isinstance(instance, dict):
        for error in _whole(validator, {**schema, "unevaluatedProperties": {"not": {}}}).iter_errors(instance):
            if list(error.schema_path) == ["unevaluatedProperties"]:
                for key in error.kind.unexpected:
                    if value == NOTHING:
                        yield ValidationError("", path=(key,), instance=instance[key])
                        continue
                    yield from validator.descend(instance[key], value, path=key)


def _unevaluated_items(validator: Any, _value: Schema, instance: Json, schema: Schema) -> Errors:
    """jsonschema refuses every item that was not evaluated, whatever the keyword's schema says."""
    if isinstance(instance, list):
        errors = _whole(validator, schema).iter_errors(instance)
        if any(list(error.schema_path)[:1] == ["unevaluatedItems"] for error in errors):
            yield ValidationError("")


def _whole(validator: Any, schema: Schema) -> Any:
    """The engine's validator of a schema that stands somewhere within another."""
    root = validator._resolver.lookup("#").contents
    return _evaluator(_Frozen(alone(schema, root)))


class _Frozen:
    """A schema as a key of a cache, by what it says."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.text = repr(schema)

    def __hash__(self) -> int:
        return hash(self.text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Frozen) and other.text == self.text


@lru_cache(maxsize=64)
def _evaluator(frozen: _Frozen) -> Any:
    return compiled(frozen.schema)


_Explainer: Final[Any] = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
        "propertyNames": _property_names,
        "required": _required,
        "dependentRequired": _dependent_required,
        "multipleOf": _multiple_of,
        "unevaluatedProperties": _unevaluated_properties,
        "unevaluatedItems": _unevaluated_items,
    },
)


class Judge:
    """A schema in normal form (`NormalSchema.schema` of a usable one), ready to judge many values.

    Raises UnusableError where no validator can be made from it.
    """

    def __init__(self, schema: Schema) -> None:
        self.names = known_names(schema)
        self._fast = compiled(schema)
        self._slow = _Explainer(schema, registry=_EMPTY)

    def valid(self, instance: Json) -> bool:
        """Whether the schema accepts it. Formats are not asserted. Never raises."""
        return accepts(self._fast, instance)

    def problems(self, instance: Json, prefix: str, known: frozenset[str] = frozenset()) -> list[Problem]:
        """What the schema refuses: empty exactly where `valid`. `known`: names to show beside the schema's."""
        names = self.names | known
        result: list[Problem] = []
        for finding in self.findings(instance):
            problem = Problem.of(finding.code, masked(finding.path, prefix, names), finding.message)
            if problem not in result:
                result.append(problem)
            if len(result) >= MOST:
                break
        return result

    def accepts(self, instance: Json) -> bool:
        """Whether it can be sent (`wire_problems`) and the schema accepts it."""
        return sendable(instance) and self.valid(instance)

    def refusals(self, instance: Json, prefix: str, known: frozenset[str] = frozenset()) -> list[Problem]:
        """What cannot be sent, then what the schema refuses elsewhere: empty exactly where `accepts`."""
        unsendable = wire_problems(instance, prefix, self.names | known)
        if any(problem.code == codes.TOO_DEEP.id for problem in unsendable):
            return unsendable
        paths = {problem.path for problem in unsendable}
        refused = [problem for problem in self.problems(instance, prefix, known) if problem.path not in paths]
        return (unsendable + refused)[:MOST]

    def findings(self, instance: Json) -> list[Said]:
        """What the schema refuses, with whole paths: not for printing."""
        if self.valid(instance):
            return []
        return self.explain(instance) or [Said((), codes.REFUSED_VALUE, "the schema refuses it")]

    def explain(self, instance: Json) -> list[Said]:
        """What jsonschema alone says of it."""
        try:
            return [said for error in self._slow.iter_errors(instance) for said in say(error, self.names)]
        except (RecursionError, OverflowError, UnicodeError):
            return []
