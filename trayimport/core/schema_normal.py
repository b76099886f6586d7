"""Schemas as Tray gives them, of any draft and sloppy → one normal form, and what is wrong with them.

Language ruling 6. The normal form is draft 2020-12 without names of its own: every reference is `#/$defs/NAME`,
`$defs` stands at the top and holds what is referred to and nothing else. Nothing is ever fetched.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Self
from urllib.parse import unquote

from trayimport.codes import schema as codes
from trayimport.codes.base import Code, Severity
from trayimport.core.schema_cost import cyclic, too_costly
from trayimport.core.schema_engine import UnusableError, compiled, pattern_usable
from trayimport.core.schema_words import (
    ANNOTATIONS,
    ASSERTIONS,
    BOUNDS,
    COUNTS,
    IDENTITY,
    KNOWN,
    NOTHING,
    ONE_SCHEMA,
    SCHEMA_LISTS,
    SCHEMA_MAPS,
    TYPES,
    Schema,
    nearest,
    shown,
)
from trayimport.model import Json

NODES: Final = 20_000
"""Values in a schema; the largest that are known have some hundreds."""
DEPTH: Final = 100
"""Levels of maps and lists in a schema, so some fifty of schemas."""

Steps = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class SchemaNote:
    """A finding about a schema. `pointer` is `NAME#/properties/dc`; `message` names schema's words only."""

    code: str
    severity: Severity
    pointer: str
    message: str
    remedy: str

    @classmethod
    def of(cls, code: Code, name: str, steps: Steps, message: str) -> Self:
        """A note with the severity and the remedy of its code, at a place in the schema called `name`."""
        return cls(code.id, code.severity, shown(f"{name}#{pointer_of(steps)}", 200), message, code.remedy)


@dataclass(frozen=True, slots=True)
class NormalSchema:
    """A schema in normal form. One that is not usable has an error among its notes, and accepts nothing."""

    schema: Schema
    notes: tuple[SchemaNote, ...]

    @property
    def usable(self) -> bool:
        """Whether records can be judged by it."""
        return not any(note.severity == "error" for note in self.notes)


def normalise(raw: Json, name: str, prefix: str = "") -> NormalSchema:
    """The normal form of `raw`; `name` (`credentialsSchema`) begins the pointers of the notes.

    Takes any JSON, and never raises. `prefix` goes before the names of `$defs`, for schemas that are merged.
    """
    work = _Work(raw, name, prefix)
    schema = work.run()
    if any(note.severity == "error" for note in work.notes):
        schema = NOTHING
    return NormalSchema(schema, tuple(work.notes))


def open_schema(schema: Schema) -> bool:
    """Whether a normal form accepts anything."""
    return not any(keyword in ASSERTIONS for keyword in schema)


def measure(raw: Json) -> bool:
    """Whether `raw` is JSON of a size that can be worked on."""
    count = 0
    level = [raw]
    for _ in range(DEPTH):
        below: list[Json] = []
        for value in level:
            count += 1
            if isinstance(value, dict):
                below += value.values()
            elif isinstance(value, list):
                below += value
        if count > NODES:
            return False
        if not below:
            return True
        level = below
    return False


def pointer_of(steps: Steps) -> str:
    """`/properties/dc`."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)


def _is_number(value: Json) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))


class _Work:
    """One run of `normalise`: the raw root, the notes so far, and the definitions that references ask for."""

    def __init__(self, raw: Json, name: str, prefix: str) -> None:
        self.root = raw
        self.name = name
        self.prefix = prefix
        self.notes: list[SchemaNote] = []
        self.definitions: dict[str, Schema] = {}
        self.names: dict[Steps, str] = {}
        self.waiting: list[Steps] = []
        self.anchors: dict[str, Steps] = {}

    def note(self, code: Code, steps: Steps, message: str) -> None:
        self.notes.append(SchemaNote.of(code, self.name, steps, message))

    def run(self) -> Schema:
        if self.root is None:
            self.root = {}
        if not measure(self.root):
            self.note(codes.TOO_LARGE, (), f"more than {NODES} values, or more than {DEPTH} levels")
            return NOTHING
        self._find_anchors(self.root, ())
        schema = self.schema(self.root, ())
        while self.waiting:
            steps = self.waiting.pop()
            self.definitions[self.names[steps]] = self.schema(self._at(steps), steps)
        if self.definitions:
            schema = {**schema, "$defs": dict(sorted(self.definitions.items()))}
        if not any(note.severity == "error" for note in self.notes):
            self._check(schema)
        return schema

    def _check(self, schema: Schema) -> None:
        """What can be said of the whole only."""
        if (cycle := cyclic(schema)) is not None:
            self.note(codes.CIRCULAR_REFERENCE, (), f"the reference {shown(cycle)} leads back to itself")
        elif too_costly(schema):
            self.note(codes.TOO_LARGE, (), "its references multiply: judging one value would take forever")
        else:
            try:
                compiled(schema)
            except UnusableError:
                self.note(codes.UNUSABLE, (), "no validator can be made from it")
        if schema == NOTHING:
            self.note(codes.ACCEPTS_NOTHING, (), "accepts nothing")
        if open_schema(schema):
            self.note(
                codes.ACCEPTS_ANYTHING,
                (),
                "accepts anything, so a misspelt key would pass; tighten it in the mapping: "
                "`schema:` with required, properties and additionalProperties: false",
            )

    # One schema

    def schema(self, raw: Json, steps: Steps) -> Schema:
        if raw is True:
            return {}
        if raw is False:
            return dict(NOTHING)
        if not isinstance(raw, dict):
            self.note(codes.NOT_A_SCHEMA, steps, f"expected a schema (a map), found {_kind(raw)}")
            return {}
        out: Schema = {}
        for keyword, value in raw.items():
            at = (*steps, keyword)
            if keyword in ANNOTATIONS:
                if isinstance(value, _ANNOTATION_KINDS.get(keyword, object)):
                    out[keyword] = value
            elif keyword in IDENTITY:
                if isinstance(value, dict) and keyword in ("id", "schema"):
                    self.note(codes.UNKNOWN_KEYWORD, at, f"{keyword} is no keyword; is `properties:` missing above it?")
            elif (handler := _HANDLERS.get(keyword)) is not None:
                handler(self, out, value, at)
            elif not keyword.lower().startswith("x-"):
                self.note(
                    codes.UNKNOWN_KEYWORD,
                    at,
                    f"unknown keyword {shown(keyword)}{nearest(keyword, KNOWN)}; it checks nothing",
                )
        self._together(out, raw, steps)
        return out

    def _together(self, out: Schema, raw: dict[str, Any], steps: Steps) -> None:
        """Keywords of old drafts whose meaning depends on a neighbour."""
        for exclusive, bound in (("exclusiveMaximum", "maximum"), ("exclusiveMinimum", "minimum")):
            if raw.get(exclusive) is True and bound in out:
                out[exclusive] = out.pop(bound)
        items, rest = raw.get("items"), raw.get("additionalItems")
        if isinstance(items, list) and "additionalItems" in raw:
            out["items"] = self.schema(rest, (*steps, "additionalItems"))
        lifted = self._lifted(raw.get("properties"), steps)
        if lifted:
            present = out.get("required", [])
            out["required"] = [*present, *(name for name in lifted if name not in present)]

    def _lifted(self, properties: Json, steps: Steps) -> list[str]:
        """Names of properties that say `required: true` of themselves (draft 3)."""
        if not isinstance(properties, dict):
            return []
        return [name for name, child in properties.items() if self._says_required(child, (*steps, "properties", name))]

    def _says_required(self, raw: Json, _steps: Steps) -> bool:
        for _ in range(20):
            if not isinstance(raw, dict):
                return False
            if isinstance(raw.get("required"), bool):
                return bool(raw["required"])
            reference = raw.get("$ref")
            steps = self._resolve(reference) if isinstance(reference, str) else None
            if steps is None:
                return False
            raw = self._at(steps)
        return False

    # Keywords, each: out, value, where

    def wrong(self, at: Steps, expected: str, value: Json) -> None:
        self.note(codes.KEYWORD_VALUE, at, f"expected {expected}, found {_kind(value)}")

    def one(self, out: Schema, value: Json, at: Steps) -> None:
        keyword = str(at[-1])
        if keyword == "items" and isinstance(value, list):
            out["prefixItems"] = [self.schema(child, (*at, index)) for index, child in enumerate(value)]
            if not value:
                del out["prefixItems"]
        else:
            out[keyword] = self.schema(value, at)

    def several(self, out: Schema, value: Json, at: Steps) -> None:
        if not isinstance(value, list) or not value:
            self.wrong(at, "a list of schemas that is not empty", value)
            return
        result = [self.schema(child, (*at, index)) for index, child in enumerate(value)]
        out[str(at[-1])] = [*out.get(str(at[-1]), []), *result]

    def named(self, out: Schema, value: Json, at: Steps) -> None:
        if value == []:  # what PHP makes of an empty map
            value = {}
        if not isinstance(value, dict):
            self.wrong(at, "a map of schemas", value)
            return
        keyword = str(at[-1])
        if keyword == "patternProperties":
            for pattern in value:
                self._check_pattern(pattern, (*at, pattern))
        result = {name: self.schema(child, (*at, name)) for name, child in value.items()}
        out[keyword] = {**out.get(keyword, {}), **result}

    def skip(self, out: Schema, value: Json, at: Steps) -> None:
        """Definitions are read when something refers to them; other keywords with their neighbour."""

    def count(self, out: Schema, value: Json, at: Steps) -> None:
        if not _is_number(value) or value < 0 or value != int(value):
            self.wrong(at, "an integer that is not negative", value)
        else:
            out[str(at[-1])] = min(int(value), 1 << 53)

    def bound(self, out: Schema, value: Json, at: Steps) -> None:
        keyword = str(at[-1])
        if keyword.startswith("exclusive") and isinstance(value, bool):
            return
        if not _is_number(value):
            self.wrong(at, "a number", value)
        elif abs(value) > 1e300:
            self.note(codes.KEYWORD_VALUE, at, "a number that is too large")
        else:
            out[keyword] = value

    def multiple(self, out: Schema, value: Json, at: Steps) -> None:
        if not _is_number(value) or not 1e-300 < value < 1e300:
            self.wrong(at, "a number above 0", value)
        else:
            out["multipleOf"] = value

    def pattern(self, out: Schema, value: Json, at: Steps) -> None:
        if not isinstance(value, str):
            self.wrong(at, "a text", value)
        elif self._check_pattern(value, at):
            out["pattern"] = value

    def _check_pattern(self, pattern: str, at: Steps) -> bool:
        if not pattern_usable(pattern):
            self.note(codes.BAD_PATTERN, at, "no regular expression of ECMAScript with Unicode, or too large a one")
            return False
        return True

    def unique(self, out: Schema, value: Json, at: Steps) -> None:
        if not isinstance(value, bool):
            self.wrong(at, "true or false", value)
        elif value:
            out["uniqueItems"] = True

    def required(self, out: Schema, value: Json, at: Steps) -> None:
        if value is None or isinstance(value, bool):  # draft 3: said of the property, lifted by its parent
            return
        if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
            self.wrong(at, "a list of names", value)
        elif value:
            out["required"] = list(dict.fromkeys(value))

    def enum(self, out: Schema, value: Json, at: Steps) -> None:
        if not isinstance(value, list) or not value:
            self.wrong(at, "a list of values that is not empty", value)
        else:
            out["enum"] = value

    def const(self, out: Schema, value: Json, at: Steps) -> None:
        out[str(at[-1])] = value

    def types(self, out: Schema, value: Json, at: Steps) -> None:
        translated = self._types(value, at)
        if "allOf" in translated or "anyOf" in translated:
            out.setdefault("allOf", []).append(translated)
        else:
            out.update(translated)

    def _types(self, value: Json, at: Steps) -> Schema:
        """A schema that stands for the value of `type` or `disallow`."""
        entries = value if isinstance(value, list) else [value]
        if not entries:
            self.wrong(at, "a type", value)
        simple: list[str] = []
        schemas: list[Schema] = []
        anything = False
        for index, entry in enumerate(entries):
            if entry == "any":
                anything = True
            elif isinstance(entry, str) and entry in TYPES:
                if entry not in simple:
                    simple.append(entry)
            elif isinstance(entry, str):
                self.note(codes.UNKNOWN_TYPE, at, f"unknown type {shown(entry)}{nearest(entry, TYPES)}")
            elif isinstance(entry, dict):
                schemas.append(self.schema(entry, (*at, index) if isinstance(value, list) else at))
            else:
                self.wrong(at, "a type", entry)
        if anything:
            return {}
        own: Schema = {"type": simple[0] if len(simple) == 1 else simple}
        if schemas:
            return {"anyOf": [*([own] if simple else []), *schemas]}
        return own if simple else {}

    def disallow(self, out: Schema, value: Json, at: Steps) -> None:
        out.setdefault("allOf", []).append({"not": self._types(value, at)})

    def extends(self, out: Schema, value: Json, at: Steps) -> None:
        bases = value if isinstance(value, list) else [value]
        for index, base in enumerate(bases):
            steps = (*at, index) if isinstance(value, list) else at
            out.setdefault("allOf", []).append(self.schema(base, steps))

    def dependent(self, out: Schema, value: Json, at: Steps) -> None:
        if not isinstance(value, dict):
            self.wrong(at, "a map of lists of names", value)
            return
        for name, needs in value.items():
            self._needs(out, name, needs, (*at, name))

    def dependencies(self, out: Schema, value: Json, at: Steps) -> None:
        if not isinstance(value, dict):
            self.wrong(at, "a map", value)
            return
        for name, needs in value.items():
            if isinstance(needs, dict | bool):
                out.setdefault("dependentSchemas", {})[name] = self.schema(needs, (*at, name))
            else:
                self._needs(out, name, [needs] if isinstance(needs, str) else needs, (*at, name))

    def _needs(self, out: Schema, name: str, needs: Json, at: Steps) -> None:
        if not isinstance(needs, list) or not all(isinstance(need, str) for need in needs):
            self.wrong(at, "a list of names", needs)
        else:
            present = out.setdefault("dependentRequired", {})
            present[name] = list(dict.fromkeys([*present.get(name, []), *needs]))

    # References

    def reference(self, out: Schema, value: Json, at: Steps) -> None:
        if not isinstance(value, str):
            self.wrong(at, "a text", value)
        elif not value.startswith("#"):
            self.note(
                codes.REMOTE_REFERENCE,
                at,
                "the reference leaves the schema (it does not start with #); nothing is fetched",
            )
        elif (steps := self._resolve(value)) is None:
            self.note(codes.DEAD_REFERENCE, at, f"{shown(value)} leads to no schema")
        else:
            own = {"$ref": f"#/$defs/{self._definition(steps)}"}
            if "$ref" in out:
                out.setdefault("allOf", []).append(own)
            else:
                out.update(own)

    def _definition(self, steps: Steps) -> str:
        """The name in `$defs` under which the schema at `steps` will stand."""
        if steps not in self.names:
            last = str(steps[-1]) if steps else "root"
            safe = "".join(character if character.isascii() and character.isalnum() else "_" for character in last)
            name = self.prefix + (safe[:60] or "_")
            taken = set(self.names.values())
            unique, number = name, 2
            while unique in taken:
                unique, number = f"{name}_{number}", number + 1
            self.names[steps] = unique
            self.waiting.append(steps)
        return self.names[steps]

    def _find_anchors(self, raw: Json, steps: Steps) -> None:
        if isinstance(raw, dict):
            for keyword in ("$anchor", "$dynamicAnchor", "$id", "id"):
                name = raw.get(keyword)
                if isinstance(name, str):
                    plain = name.removeprefix("#") if name.startswith("#") or "nchor" in keyword else ""
                    if plain:
                        self.anchors.setdefault(plain, steps)
            for key, child in raw.items():
                if key not in ("enum", "const", "default", "examples"):
                    self._find_anchors(child, (*steps, key))
        elif isinstance(raw, list):
            for index, child in enumerate(raw):
                self._find_anchors(child, (*steps, index))

    def _resolve(self, reference: str) -> Steps | None:
        """The place in the raw schema that a reference within it names, None where there is no schema."""
        if not reference.startswith("#"):
            return None
        try:
            fragment = unquote(reference[1:], errors="strict")
        except UnicodeDecodeError:
            return None
        if not fragment:
            return ()
        if not fragment.startswith("/"):
            return self.anchors.get(fragment)
        steps: list[str | int] = []
        value = self.root
        for part in fragment[1:].split("/"):
            step: str | int = part.replace("~1", "/").replace("~0", "~")
            if (
                isinstance(value, list)
                and part.isascii()
                and part.isdigit()
                and len(part) < 9
                and int(part) < len(value)
            ):
                step = int(part)
                value = value[step]
            elif isinstance(value, dict) and step in value:
                value = value[step]
            else:
                return None
            steps.append(step)
        return tuple(steps) if isinstance(value, dict | bool) else None

    def _at(self, steps: Steps) -> Json:
        value = self.root
        for step in steps:
            value = value[step]
        return value


class _Never:
    """The kind that no value is of."""


def _kind(value: Json) -> str:
    """The type of a schema's own value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    return "a map"


_ANNOTATION_KINDS: Final[dict[str, type]] = {
    **dict.fromkeys(("title", "description", "format"), str),
    **dict.fromkeys(("readOnly", "writeOnly", "deprecated"), bool),
    "examples": list,
    **dict.fromkeys(("contentEncoding", "contentMediaType", "contentSchema"), _Never),
}
"""What an annotation must be to be kept: the dialect's own schema would refuse the whole otherwise."""

_HANDLERS: Final[dict[str, Callable[[_Work, Schema, Json, Steps], None]]] = {
    **dict.fromkeys(ONE_SCHEMA, _Work.one),
    **dict.fromkeys(SCHEMA_LISTS, _Work.several),
    **dict.fromkeys(SCHEMA_MAPS - {"$defs"}, _Work.named),
    **dict.fromkeys(COUNTS, _Work.count),
    **dict.fromkeys(BOUNDS, _Work.bound),
    "$defs": _Work.skip,
    "definitions": _Work.skip,
    "additionalItems": _Work.skip,
    "multipleOf": _Work.multiple,
    "divisibleBy": _Work.multiple,
    "pattern": _Work.pattern,
    "uniqueItems": _Work.unique,
    "required": _Work.required,
    "enum": _Work.enum,
    "const": _Work.const,
    "type": _Work.types,
    "disallow": _Work.disallow,
    "extends": _Work.extends,
    "dependentRequired": _Work.dependent,
    "dependencies": _Work.dependencies,
    "$ref": _Work.reference,
    "$recursiveRef": _Work.reference,
    "$dynamicRef": _Work.reference,
}
