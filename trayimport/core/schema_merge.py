"""The mapping's `schema:` merged into the environment's: it only tightens (language ruling 7; commands, ruling 28)."""

from collections.abc import Callable
from typing import Any, Final

from trayimport.codes import schema as codes
from trayimport.core.schema_cost import too_costly
from trayimport.core.schema_engine import UnusableError, compiled, matches
from trayimport.core.schema_look import types
from trayimport.core.schema_normal import NormalSchema, SchemaNote, Steps, normalise
from trayimport.core.schema_words import (
    ANNOTATIONS,
    NOTHING,
    TYPES,
    Schema,
    in_place,
    nearest,
    same,
    shown,
    target,
    type_of,
    type_set,
)
from trayimport.model import Json

NAME: Final = "schema"
PREFIX: Final = "mapping_"
"""Before the names of the mapping's `$defs`, so that they never meet the environment's."""


def merge(server: Schema, extra: Json) -> NormalSchema:
    """The environment's schema (in normal form), tightened by the mapping's (raw; None: as it is).

    The notes are those about `extra`, and an error where nothing is left that both accept. Never raises.
    """
    own = normalise(extra, NAME, PREFIX)
    notes = [note for note in own.notes if note.code != codes.ACCEPTS_ANYTHING.id]
    if not own.usable:
        return NormalSchema(dict(NOTHING), tuple(notes))
    definitions = {**server.get("$defs", {}), **own.schema.get("$defs", {})}
    work = _Merge({"$defs": definitions})
    merged = work.merge(_less(server), _less(own.schema), ())
    if definitions:
        merged["$defs"] = definitions
    notes += work.notes
    if work.failed or not _holds(merged):
        if not work.failed:
            work.fail((), "together they are too large to be used")
            notes.append(work.notes[-1])
        merged = dict(NOTHING)
    return NormalSchema(merged, tuple(notes))


def _less(schema: Schema) -> Schema:
    return {key: value for key, value in schema.items() if key != "$defs"}


def _holds(merged: Schema) -> bool:
    try:
        compiled(merged)
    except UnusableError:
        return False
    return not too_costly(merged)


class _Merge:
    """One merge: the definitions of both sides, and the notes so far."""

    def __init__(self, root: Schema) -> None:
        self.root = root
        self.notes: list[SchemaNote] = []
        self.failed = False

    def fail(self, steps: Steps, message: str) -> None:
        self.failed = True
        self.notes.append(SchemaNote.of(codes.NOTHING_LEFT, NAME, steps, message))

    def merge(self, server: Schema, extra: Schema, steps: Steps) -> Schema:
        """What both accept."""
        if NOTHING in (server, extra):
            return dict(NOTHING)
        if not extra:
            return dict(server)
        if any(keyword in server for keyword in ("unevaluatedProperties", "unevaluatedItems")):
            return self._beside_each_other(server, extra)
        out = dict(server)
        self._types(out, extra, steps)
        self._values(out, extra, steps)
        self._keywords(out, extra, steps)
        if "allOf" in extra:
            out["allOf"] = [*out.get("allOf", []), *extra["allOf"]]
        self._lists(out, server, extra, steps)
        self._groups(out, server, extra)
        self._maps(out, server, extra, steps)
        self._crossing(out, steps)
        if not self.failed and not types(self.root, out):
            self.fail(steps, "no type is left that both accept")
        return out

    def _keywords(self, out: Schema, extra: Schema, steps: Steps) -> None:
        """Keywords that stand for themselves; a second one that can't be merged is one more condition."""
        for keyword, value in extra.items():
            if keyword in _DONE:
                continue
            if keyword not in out:
                out[keyword] = value
            elif keyword in ANNOTATIONS:
                out[keyword] = "password" if "password" in (out[keyword], value) else value
            elif keyword in _PLAIN:
                out[keyword] = _PLAIN[keyword](out[keyword], value)
            elif keyword in ("propertyNames", "unevaluatedProperties"):
                out[keyword] = self.merge(out[keyword], value, (*steps, keyword))
            elif value != out[keyword]:
                out["allOf"] = [*out.get("allOf", []), {keyword: value}]

    def _beside_each_other(self, server: Schema, extra: Schema) -> Schema:
        """What the environment leaves unevaluated must not count as evaluated by the mapping's properties."""
        own = dict(extra)
        if "additionalProperties" in own:
            own["properties"] = {**{name: {} for name in sorted(self._names(server))}, **own.get("properties", {})}
        return {"allOf": [server, own]}

    def _types(self, out: Schema, extra: Schema, steps: Steps) -> None:
        left, right = type_set(out), type_set(extra)
        if right is None:
            return
        both = right if left is None else _common(left, right)
        names = [name for name in TYPES if name in both]
        if not names:
            self.fail((*steps, "type"), "no type is left: the environment's schema has another type here")
        out["type"] = names[0] if len(names) == 1 else names

    def _values(self, out: Schema, extra: Schema, steps: Steps) -> None:
        """`enum` and `const`, as far as the types let them be."""
        lists = [side["enum"] for side in (out, extra) if "enum" in side]
        lists += [[side["const"]] for side in (out, extra) if "const" in side]
        if not lists:
            return
        left = [value for value in lists[0] if all(any(same(value, one) for one in other) for other in lists[1:])]
        kinds = type_set(out)
        if kinds is not None:
            left = [value for value in left if type_of(value) in _widened(kinds)]
        if not left:
            self.fail(steps, "no value is left: the lists have nothing in common, or none of the type")
        if "enum" in out or "enum" in extra:
            out.pop("const", None)
            out["enum"] = left
        else:
            out["const"] = left[0] if left else lists[0][0]

    def _lists(self, out: Schema, server: Schema, extra: Schema, steps: Steps) -> None:
        """`items` of both: merged where no tuple stands beside them, else one more condition."""
        sides = (server, extra)
        if not any("prefixItems" in side for side in sides):
            if "items" in extra:
                out["items"] = self.merge(server.get("items", {}), extra["items"], (*steps, "items"))
        elif "prefixItems" in extra or "items" in extra:
            if "prefixItems" in server or "items" in server:
                group = {key: extra[key] for key in ("prefixItems", "items") if key in extra}
                out["allOf"] = [*out.get("allOf", []), group]
            else:
                out |= {key: extra[key] for key in ("prefixItems", "items") if key in extra}

    def _groups(self, out: Schema, server: Schema, extra: Schema) -> None:
        """Keywords that belong together move together."""
        for group in _GROUPS:
            own: Schema = {key: extra[key] for key in group if key in extra}
            if own and any(key in server for key in group):
                out["allOf"] = [*out.get("allOf", []), own]
            else:
                out |= own

    def _maps(self, out: Schema, server: Schema, extra: Schema, steps: Steps) -> None:
        """Properties, and who is let in beside them."""
        left, right = server.get("properties", {}), extra.get("properties", {})
        properties: Schema = {}
        for name in [*left, *(name for name in right if name not in left)]:
            at = (*steps, "properties", name)
            if name not in right:
                properties[name] = left[name]
                continue
            allowed = left[name] if name in left else self._beside(server, name)
            if name not in left and allowed == NOTHING:
                self._pointless(name, at, server, required=name in out.get("required", ()))
                continue
            properties[name] = self.merge(allowed, right[name], at)
        for name in extra.get("required", ()):
            if name not in properties and self._beside(server, name) == NOTHING:
                self._pointless(name, (*steps, "required"), server, required=True)
        self._closed(out, server, extra, properties)
        if properties:
            out["properties"] = properties
        else:
            out.pop("properties", None)
        if "patternProperties" in extra:
            self._patterns(out, server, extra["patternProperties"], steps)

    def _patterns(self, out: Schema, server: Schema, extra: Schema, steps: Steps) -> None:
        """A new pattern would let keys in that the environment's `additionalProperties` judges: a condition more."""
        patterns = dict(server.get("patternProperties", {}))
        if server.get("additionalProperties") and not extra.keys() <= patterns.keys():
            out["allOf"] = [*out.get("allOf", []), {"patternProperties": extra}]
            return
        for pattern, schema in extra.items():
            patterns[pattern] = self.merge(patterns.get(pattern, {}), schema, (*steps, "patternProperties", pattern))
        out["patternProperties"] = patterns

    def _beside(self, server: Schema, name: str) -> Schema:
        """What the environment says of a key that it does not name."""
        if any(matches(pattern, name) for pattern in server.get("patternProperties", {})):
            return {}
        result: Schema = server.get("additionalProperties", {})
        return result

    def _pointless(self, name: str, at: Steps, server: Schema, *, required: bool) -> None:
        near = nearest(name, frozenset(server.get("properties", {})))
        if required:
            self.fail(at, f"{shown(name)} is required, but the environment's schema does not allow it{near}")
            return
        text = f"the environment's schema does not allow {shown(name)}, so it can never be sent{near}"
        self.notes.append(SchemaNote.of(codes.POINTLESS_KEY, NAME, at, text))

    def _closed(self, out: Schema, server: Schema, extra: Schema, properties: Schema) -> None:
        """`additionalProperties`: the known names are both sides' properties and required (language ruling 7)."""
        left, right = server.get("additionalProperties"), extra.get("additionalProperties")
        if left is None and right is None:
            return
        for name in [*out.get("required", ()), *(sorted(self._names(server)) if right is not None else ())]:
            if name not in properties and self._beside(server, name) != NOTHING:
                properties[name] = self._beside(server, name)
        if left is None or right is None:
            out["additionalProperties"] = right if left is None else left
        else:
            out["additionalProperties"] = self.merge(left, right, ("additionalProperties",))

    def _names(self, schema: Schema) -> set[str]:
        """The keys that a schema names for the value itself, in its alternatives too."""
        names = set(schema.get("properties", ())) | set(schema.get("required", ()))
        for part in in_place(schema):
            names |= self._names(part)
        if "$ref" in schema:
            names |= self._names(target(self.root, schema["$ref"]))
        return names

    def _crossing(self, out: Schema, steps: Steps) -> None:
        for low, high in _PAIRS:
            if low in out and high in out:
                strict = "exclusive" in low or "exclusive" in high
                if out[low] > out[high] or (strict and out[low] == out[high]):
                    self.fail(steps, f"{low} is above {high}")


def _common(left: frozenset[str], right: frozenset[str]) -> frozenset[str]:
    both = _widened(left) & _widened(right)
    return both - {"integer"} if "number" in both else both


def _widened(names: frozenset[str]) -> frozenset[str]:
    return names | {"integer"} if "number" in names else names


def _union(left: list[Any], right: list[Any]) -> list[Any]:
    return [*left, *(item for item in right if item not in left)]


def _needs(left: dict[str, list[str]], right: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: _union(left.get(name, []), right.get(name, [])) for name in _union([*left], [*right])}


_PLAIN: Final[dict[str, Callable[[Any, Any], Any]]] = {
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"), max),
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"), min),
    "required": _union,
    "uniqueItems": lambda left, right: left or right,
    "dependentRequired": _needs,
}

_GROUPS: Final = (("if", "then", "else"), ("contains", "minContains", "maxContains"))
_DONE: Final = frozenset(
    {"type", "enum", "const", "allOf", "items", "prefixItems", "properties", "patternProperties"}
    | {"additionalProperties"}
    | {keyword for group in _GROUPS for keyword in group}
)
_PAIRS: Final = (
    ("minimum", "maximum"),
    ("exclusiveMinimum", "maximum"),
    ("minimum", "exclusiveMaximum"),
    ("exclusiveMinimum", "exclusiveMaximum"),
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
)
