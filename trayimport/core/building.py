"""Keys as read → the values of core/spec.py."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from trayimport.codes import mapping as codes
from trayimport.core.findings import Findings
from trayimport.core.ignoring import Ignores
from trayimport.core.reading import Fields
from trayimport.core.references import Variables
from trayimport.core.spec import (
    AuthSpec,
    Check,
    Example,
    Mapping,
    SecretSpec,
    ServiceRef,
    SourceSpec,
    TokensSpec,
    UserSpec,
    Variable,
    VerifySpec,
)
from trayimport.core.tree import Literal, Node, Path, Template, pointer
from trayimport.core.yaml_tree import List, Map, Scalar, Value, kind_of, plain_json
from trayimport.model import Json, Position


class UnbuildableError(Exception):
    """A key that a mapping needs is missing or wrong, as has been reported."""


def _needed(fields: Fields, name: str) -> Any:
    found = fields.get(name)
    if found is None:
        raise UnbuildableError
    return found


@dataclass(frozen=True, slots=True)
class Build:
    """Makes the Mapping of one file."""

    path: str
    file: FilePath
    digest: str
    ignores: Ignores

    def mapping(self, fields: Fields, variables: Variables, findings: Findings) -> Mapping:
        """The Mapping. Raises UnbuildableError where something that it needs is not there."""
        source = _source(_needed(fields, "source"))
        examples = _examples(fields.get("examples", []), findings, typed=source.type != "csv")
        tokens = fields.get("tokens")
        schema = fields.get("schema") or Fields(fields.at)
        secrets: dict[str, SecretSpec] = fields.get("secrets").values if "secrets" in fields.values else {}
        verify = fields.get("verify")
        service = _service(_needed(fields, "service"))
        return Mapping(
            path=self.path,
            file=self.file,
            identity=fields.get("id", self.file.stem),
            digest=self.digest,
            service=service,
            source=source,
            secrets=secrets,
            variables=_variables(fields.get("vars"), variables),
            when=fields.get("when"),
            key=fields.get("key"),
            user=_user(_needed(fields, "user")),
            auth=_auth(_needed(fields, "auth")),
            schema={name: plain_json(value) for name, value in schema.values.items()},
            schema_at=_places(schema.values),
            checks=tuple(_check(one) for one in fields.get("checks", [])),
            tokens=TokensSpec() if tokens is None else _tokens(tokens),
            on_existing=fields.get("on_existing", "fail"),
            on_change=fields.get("on_change", "keep"),
            examples=examples,
            verify=None if verify is None else _verify(verify),
            ignores=self.ignores,
        )


def _service(fields: Fields) -> ServiceRef:
    name, version = _needed(fields, "name"), _needed(fields, "version")
    return ServiceRef(name, version, fields.get("environment"), fields.at, fields.places)


def _source(fields: Fields) -> SourceSpec:
    options: dict[str, Node] = {}
    for name, value in fields.values.items():
        if name != "type":
            options[name] = Literal(value, fields.places[name]) if isinstance(value, str) else value
    return SourceSpec(_needed(fields, "type"), options, fields.at, fields.places["type"])


def _variables(fields: Fields | None, known: Variables) -> tuple[Variable, ...]:
    values = {} if fields is None else fields.values
    return tuple(Variable(name, value, name in known.early, name in known.timed) for name, value in values.items())


def _user(fields: Fields) -> UserSpec:
    return UserSpec(
        _needed(fields, "externalUserId"),
        fields.get("name"),
        fields.get("create", True),
        fields.get("isTestUser", False),
    )


def _auth(fields: Fields) -> AuthSpec:
    name, credentials = _needed(fields, "name"), fields.get("credentials")
    return AuthSpec(name, credentials, fields.get("userData"), fields.get("scopes"), fields.at, fields.places)


def _check(fields: Fields) -> Check:
    that: Template = _needed(fields, "that")
    return Check(that, fields.get("message") or expression_of(that.text), fields.at)


def expression_of(text: str) -> str:
    """A condition's expression without its braces, on one line."""
    return " ".join(text.strip().removeprefix("{{").removesuffix("}}").strip("- \t\r\n").split())


def _tokens(fields: Fields) -> TokensSpec:
    return TokensSpec(
        fields.get("exported_at"),
        fields.get("max_age"),
        fields.get("expires"),
        fields.get("expiry"),
        fields.get("allow_placeholders", False),
        fields.get("app", "own"),
        fields.at,
    )


def _verify(fields: Fields) -> VerifySpec:
    given, expected = fields.get("input"), fields.get("expect")
    return VerifySpec(
        _needed(fields, "connector"),
        _needed(fields, "version"),
        _needed(fields, "operation"),
        {} if given is None else plain_json(given),
        None if expected is None else plain_json(expected),
        fields.at,
    )


def _places(values: dict[str, Value]) -> dict[str, Position]:
    """The place of every value of `schema:`, by pointer (`credentials.properties.dc`)."""
    found: dict[str, Position] = {}

    def walk(value: Value, path: Path) -> None:
        found[pointer(path)] = value.at
        if isinstance(value, Map):
            for entry in value.entries:
                walk(entry.value, (*path, entry.key))
        elif isinstance(value, List):
            for index, item in enumerate(value.items):
                walk(item, (*path, index))

    for name, value in values.items():
        walk(value, (name,))
    return found


def _examples(read: Sequence[Fields], findings: Findings, *, typed: bool) -> tuple[Example, ...]:
    return tuple(_example(fields, ("examples", index), findings, typed=typed) for index, fields in enumerate(read))


def _example(fields: Fields, path: Path, findings: Findings, *, typed: bool) -> Example:
    _consistent(fields, path, findings)
    expect = fields.get("expect")
    secrets = fields.get("secrets")
    return Example(
        name=fields.get("name") or f"example {int(path[-1]) + 1}",
        record=_record(_needed(fields, "record"), (*path, "record"), findings, typed=typed),
        now=fields.get("now"),
        secrets={} if secrets is None else dict(secrets.values),
        expect=None if expect is None else {name: plain_json(value) for name, value in expect.values.items()},
        error=fields.get("error"),
        skip=fields.get("skip", False),
        absent=tuple(fields.get("absent", ())),
        at=fields.at,
        places=fields.places | (_places(expect.values) if expect is not None else {}),
    )


def _consistent(fields: Fields, path: Path, findings: Findings) -> None:
    """An example says what is to come of its record, and only one thing: expect and absent, error, or skip."""
    said = [
        *(["expect" if "expect" in fields else "absent"] if "expect" in fields or "absent" in fields else []),
        *(["error"] if "error" in fields else []),
        *(["skip"] if fields.get("skip") else []),
    ]
    if len(said) > 1:
        message = f"{said[0]} and {said[1]} contradict each other"
        at = max((fields.places[name] for name in said[:2]), key=lambda place: (place.line, place.column))
        findings.add(codes.CONTRADICTION, at, path, message)
    elif not said and "skip" not in fields:
        message = "an example needs expect, absent, error or skip"
        findings.add(codes.MISSING_KEY, fields.at, path, message)


def _record(value: Value, path: Path, findings: Findings, *, typed: bool) -> dict[str, Json]:
    """As the source would give it: for csv, unquoted scalars are their text (language, ruling 18)."""
    if isinstance(value, Scalar) and value.value is None:
        return {}
    if not isinstance(value, Map):
        findings.add(codes.WRONG_TYPE, value.at, path, f"expected a map, found a {kind_of(value)}")
        return {}
    record: dict[str, Json] = {}
    for entry in value.entries:
        if typed:
            record[entry.key] = plain_json(entry.value)
        elif isinstance(entry.value, Scalar):
            record[entry.key] = entry.value.text
        else:
            message = f"a csv cell is a text, never a {kind_of(entry.value)}"
            findings.add(codes.WRONG_TYPE, entry.value.at, (*path, entry.key), message)
    return record
