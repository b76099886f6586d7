"""The server's strict look at bodies: JSON, shapes, and the environments' sloppy schemas.

The schemas mix drafts 03 to 07 (contract, REST), so one draft-07 validator learns the older idioms here. Nothing is
ever fetched.
"""

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import regress
from jsonschema import Draft7Validator, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend
from referencing import Registry

Json = Any
Errors = Iterator[ValidationError]


class UnusableSchemaError(Exception):
    """The environment's schema can't be used for judging anything."""


class InvalidInputError(Exception):
    """A body that the server refuses. The text may quote the refused value: so does Tray (contract, REST)."""


def parse(body: bytes) -> Json:
    """The body's JSON; InvalidInputError for anything that isn't, doubled keys and NaN included."""
    try:
        return json.loads(body, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise InvalidInputError("Unexpected token in JSON") from error


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("doubled key")
    return found


def _refuse_constant(_name: str) -> Json:
    raise ValueError("no JSON number")


CREATE_KEYS = ("name", "serviceEnvironmentId", "userData", "credentials", "scopes", "onPremAgentGroupId")
UPDATE_KEYS = ("name", "credentials", "userData", "scopes", "onPremAgentGroupId")


def check_shape(body: Json, allowed: tuple[str, ...], required: tuple[str, ...]) -> None:
    """The shape of a body of Create or Update Authentication; InvalidInputError."""
    if not isinstance(body, dict):
        raise InvalidInputError("body must be object")
    for key in body:
        if key not in allowed:
            raise InvalidInputError(f'body must NOT have additional property "{key}"')
    for key in required:
        if key not in body:
            raise InvalidInputError(f'body must have required property "{key}"')
    for key, value in body.items():
        _CHECKS[key](key, value)


def _text(key: str, value: Json) -> None:
    if not isinstance(value, str) or not value:
        raise InvalidInputError(f"{key} must be a non-empty string, got {json.dumps(value)}")


def _uuid(key: str, value: Json) -> None:
    _text(key, value)
    try:
        uuid.UUID(value)
    except ValueError as error:
        raise InvalidInputError(f"{key} must be a uuid, got {value!r}") from error


def _values(key: str, value: Json) -> None:
    if not isinstance(value, dict):
        raise InvalidInputError(f"{key} must be object")
    pending: list[tuple[str, Json]] = list(value.items())
    while pending:
        name, each = pending.pop()
        if each is None or isinstance(each, float):
            raise InvalidInputError(f"{key}: {name} must be string, boolean, integer, array or object: {each}")
        if isinstance(each, dict):
            pending.extend(each.items())
        elif isinstance(each, list):
            pending.extend((name, item) for item in each)


def _scopes(key: str, value: Json) -> None:
    if not isinstance(value, list) or any(not isinstance(item, str) for item in value):
        raise InvalidInputError(f"{key} must be an array of strings")
    if len(set(value)) != len(value):
        raise InvalidInputError(f"{key} must NOT have duplicate items: {value}")


_CHECKS: dict[str, Callable[[str, Json], None]] = {
    "name": _text,
    "serviceEnvironmentId": _text,
    "credentials": _values,
    "userData": _values,
    "scopes": _scopes,
    "onPremAgentGroupId": _uuid,
}


class SchemaJudge:
    """Judges values by one raw schema."""

    def __init__(self, schema: Json) -> None:
        self._schema = schema
        self._validator = _Sloppy(schema, registry=Registry()) if isinstance(schema, (dict, bool)) else None

    def judge(self, value: Json, where: str) -> None:
        """InvalidInputError where the schema refuses `value`, UnusableSchemaError where it can't judge."""
        if self._validator is None:
            raise UnusableSchemaError
        try:
            error = next(iter(self._validator.iter_errors(value)), None)
        except Exception as failure:  # a sloppy schema fails anywhere inside the validator
            raise UnusableSchemaError from failure
        if error is not None:
            path = "".join(f"/{step}" for step in error.absolute_path)
            raise InvalidInputError(f"{where}{path}: {error.message}")


def _pattern(_validator: Validator, pattern: str, value: Json, _schema: Json) -> Errors:
    if isinstance(value, str) and regress.Regex(pattern).find(value) is None:
        yield ValidationError(f"{value!r} does not match {pattern!r}")


def _properties(validator: Any, properties: Json, value: Json, _schema: Json) -> Errors:
    if not isinstance(value, dict):
        return
    for name, schema in properties.items():
        if name in value:
            yield from validator.descend(value[name], schema, path=name, schema_path=name)
        elif isinstance(schema, dict) and schema.get("required") is True:  # draft-03
            yield ValidationError(f"{name!r} is a required property")


def _required(_validator: Validator, required: Json, value: Json, _schema: Json) -> Errors:
    if not isinstance(value, dict) or isinstance(required, bool):
        return
    for name in required:
        if name not in value:
            yield ValidationError(f"{name!r} is a required property")


def _type(validator: Validator, types: Json, value: Json, _schema: Json) -> Errors:
    if not _is_of(validator, types, value):
        yield ValidationError(f"{value!r} is not of type {types!r}")


def _is_of(validator: Any, types: Json, value: Json) -> bool:
    """Whether the value is of one of the types; draft-03 knows `any`, and schemas in a list of types."""
    for each in types if isinstance(types, list) else [types]:
        if each == "any":
            return True
        if isinstance(each, dict):
            if next(iter(validator.descend(value, each)), None) is None:
                return True
        elif validator.is_type(value, each):
            return True
    return False


def _disallow(validator: Validator, types: Json, value: Json, _schema: Json) -> Errors:
    if _is_of(validator, types, value):
        yield ValidationError(f"{value!r} is disallowed")


def _extends(validator: Any, schemas: Json, value: Json, _schema: Json) -> Errors:
    for schema in schemas if isinstance(schemas, list) else [schemas]:
        yield from validator.descend(value, schema)


def _number(value: Json) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _minimum(_validator: Validator, least: Json, value: Json, schema: Json) -> Errors:
    if _number(value) and (value < least or (value == least and schema.get("exclusiveMinimum") is True)):
        yield ValidationError(f"{value!r} is less than the minimum of {least!r}")


def _maximum(_validator: Validator, most: Json, value: Json, schema: Json) -> Errors:
    if _number(value) and (value > most or (value == most and schema.get("exclusiveMaximum") is True)):
        yield ValidationError(f"{value!r} is greater than the maximum of {most!r}")


def _above(_validator: Validator, bound: Json, value: Json, _schema: Json) -> Errors:
    if not isinstance(bound, bool) and _number(value) and value <= bound:
        yield ValidationError(f"{value!r} is less than or equal to the minimum of {bound!r}")


def _below(_validator: Validator, bound: Json, value: Json, _schema: Json) -> Errors:
    if not isinstance(bound, bool) and _number(value) and value >= bound:
        yield ValidationError(f"{value!r} is greater than or equal to the maximum of {bound!r}")


def _divisible(_validator: Validator, step: Json, value: Json, _schema: Json) -> Errors:
    if _number(value) and value % step:
        yield ValidationError(f"{value!r} is not a multiple of {step!r}")


_Sloppy: Any = extend(  # type: ignore[no-untyped-call]
    Draft7Validator,
    {
        "pattern": _pattern,
        "properties": _properties,
        "required": _required,
        "type": _type,
        "disallow": _disallow,
        "extends": _extends,
        "minimum": _minimum,
        "maximum": _maximum,
        "exclusiveMinimum": _above,
        "exclusiveMaximum": _below,
        "divisibleBy": _divisible,
    },
)
