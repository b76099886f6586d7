"""A mapping and an environment → a Program, with what the schemas say."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from trayimport.codes import content as content_codes
from trayimport.codes import schema as codes
from trayimport.core.conversion import conversion
from trayimport.core.filling import Wanted
from trayimport.core.findings import did_you_mean
from trayimport.core.program import Part, Program
from trayimport.core.schema_judge import Judge, wire_problems
from trayimport.core.schema_look import at_path, enum_at, known_names, public_at, required_keys, secret_keys, types
from trayimport.core.schema_merge import merge
from trayimport.core.schema_normal import NormalSchema, normalise
from trayimport.core.schema_words import same
from trayimport.core.spec import Mapping
from trayimport.core.static_schema import static_problems
from trayimport.core.tree import Branch, Items, Literal, Node, Path, holes
from trayimport.model import Diagnostic, Environment, Json, Position, Problem

PLACES: Final = 4096
"""Places of a body that the schema is asked about once."""


@dataclass(frozen=True, slots=True)
class Joined:
    """A part of the body, and what is to be said of its schema."""

    part: Part
    diagnostics: tuple[Diagnostic, ...]
    usable: bool


def join(
    mapping: Mapping, environment: Environment, secrets: object, fingerprint: Callable[[bytes], str]
) -> tuple[Program | None, list[Diagnostic]]:
    """The program of a mapping for an environment; None where a schema can't be used."""
    credentials = _part(mapping, "credentials", mapping.auth.credentials, environment.credentials_schema)
    user_data = _part(mapping, "userData", mapping.auth.user_data, environment.user_data_schema)
    diagnostics = [*credentials.diagnostics, *user_data.diagnostics, *_scopes(mapping, environment)]
    if not (credentials.usable and user_data.usable):
        return None, diagnostics
    return Program(mapping, environment, credentials.part, user_data.part, secrets, fingerprint), diagnostics


def telling_problems(program: Program) -> list[Diagnostic]:
    """A warning where no credential can tell one record's authentication from another's (docs/exactly-once.md)."""
    if program.tells:
        return []
    message = "no credential can tell one record's authentication from another's"
    at = program.mapping.auth.place("credentials")
    return [Diagnostic.of(content_codes.NOTHING_TELLS, at, message, "auth.credentials")]


def _part(mapping: Mapping, name: str, tree: Node | None, raw: Json) -> Joined:
    extra = mapping.schema.get(name)
    server = normalise(raw, name)
    normal = server if extra is None else merge(server.schema, extra)
    notes = [(note, mapping.service.place("name")) for note in server.notes]
    if extra is not None:
        notes = [(note, at) for note, at in notes if note.code != codes.ACCEPTS_ANYTHING.id]
        notes += [(note, _place(mapping, name, note.pointer)) for note in normal.notes]
    diagnostics = [
        Diagnostic(at, note.code, note.severity, note.pointer or name, note.message, note.remedy) for note, at in notes
    ]
    if not (server.usable and normal.usable):
        return Joined(_empty(name, tree), tuple(diagnostics), usable=False)
    diagnostics += static_problems(normal.schema, tree, name, mapping.auth.place(name))
    return Joined(_made(name, tree, normal, _written(tree)), tuple(diagnostics), usable=True)


def _scopes(mapping: Mapping, environment: Environment) -> Iterator[Diagnostic]:
    """Literal scopes that the environment, where it lists some, does not."""
    scopes, allowed = mapping.auth.scopes, environment.scopes
    for index, item in enumerate(scopes.items if isinstance(scopes, Items) and allowed else ()):
        if isinstance(item, Literal) and isinstance(item.value, str) and item.value not in allowed:
            message = "not a scope of this service environment" + did_you_mean(item.value, allowed)
            yield Diagnostic.of(codes.NOT_LISTED, item.at, message, f"scopes[{index}]")


def _place(mapping: Mapping, name: str, pointer: str) -> Position:
    """Where the mapping's `schema:` says what a pointer into it (`schema#/properties/dc`) is about."""
    steps = [name, *pointer.partition("#/")[2].split("/")]
    for end in range(len(steps), 0, -1):
        found = mapping.schema_at.get(".".join(steps[:end]))
        if found is not None:
            return found
    return mapping.service.place("name")


def _made(name: str, tree: Node | None, normal: NormalSchema, written: frozenset[str]) -> Part:
    schema = normal.schema
    judge = Judge(schema)
    known = written | known_names(schema)
    convert: dict[Path, Callable[[Json], Json]] = {}
    for path, _ in () if tree is None else holes(tree):
        change = conversion(schema, path)
        if change is not None:
            convert[path] = change

    def problems(instance: Json) -> list[Problem]:
        return wire_problems(instance, name, known) or judge.problems(instance, name, known)

    def valid(instance: Json) -> bool:
        return judge.valid(instance) and not wire_problems(instance, name, known)

    @lru_cache(PLACES)
    def listed(path: Path) -> list[Json] | None:
        return enum_at(schema, path)

    return Part(
        name=name,
        tree=tree,
        wanted=Wanted(convert, lambda path: required_keys(schema, path)),
        judge=problems,
        valid=valid,
        is_enum=lambda path: listed(path) is not None,
        lists=lambda path, value: any(same(value, one) for one in listed(path) or ()),
        is_public=lru_cache(PLACES)(lambda path: public_at(schema, path)),
        passwords=secret_keys(schema),
        known=known,
        may_tell=lambda path: bool(types(schema, at_path(schema, path)) & {"string", "object", "array"}),
    )


def _empty(name: str, tree: Node | None) -> Part:
    return Part(name, tree, Wanted(), lambda _: [], lambda _: False, lambda _: False)


def _written(tree: Node | None) -> frozenset[str]:
    if not isinstance(tree, Branch):
        return frozenset()
    found = {key for key, _ in tree.entries}
    for _, child in tree.entries:
        found |= _written(child)
    return frozenset(found)
