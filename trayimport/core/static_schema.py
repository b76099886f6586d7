"""What can be said of a mapping's values without a record (language ruling 19).

A template is a hole: a finding counts only if it stays whatever fills it. What has no hole in it is judged whole;
above holes only what is certain is: types, required and unknown keys, counts, and alternatives that all fail.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from trayimport.codes import schema as codes
from trayimport.codes.base import Code
from trayimport.core.schema_engine import UnusableError, matches
from trayimport.core.schema_judge import Judge
from trayimport.core.schema_look import known_names
from trayimport.core.schema_wire import wire_findings
from trayimport.core.schema_words import NOTHING, Schema, alone, listed, nearest, target, type_of, type_set
from trayimport.core.tree import Branch, Hole, Items, Literal, Node, Path, child_of, holes, pointer
from trayimport.model import Diagnostic, Json, Position


@dataclass(frozen=True, slots=True)
class _Certain:
    """A rule that is broken whatever fills the holes."""

    path: Path
    code: Code
    message: str


def static_problems(schema: Schema, node: Node | None, prefix: str, at: Position) -> list[Diagnostic]:
    """What `schema` (in normal form) is certain to refuse of `node`; an absent node is judged as `{}`.

    `at` is the place of the node's key, `prefix` (`auth.credentials`) begins the paths. Each finding has the place of
    the key or value that is wrong.
    """
    whole: Node = Branch((), at) if node is None else node
    work = _Static(schema)
    findings = work.check(schema, whole, ())
    if node is not None:
        findings = [*_unsendable(whole), *findings]
    result: list[Diagnostic] = []
    for finding in findings:
        place = _place(whole, finding, at)
        message = finding.message
        if finding.code is codes.MISSING_KEY and finding.path:
            message = f"{finding.path[-1]} is {message}"
        diagnostic = Diagnostic.of(finding.code, place, message, pointer(finding.path, prefix))
        if diagnostic not in result and not _doubled(finding, findings):
            result.append(diagnostic)
    return result


def _doubled(finding: _Certain, findings: list[_Certain]) -> bool:
    """A value that can't be sent isn't also of the wrong type."""
    return finding.code is codes.WRONG_TYPE and any(
        other.path == finding.path and other.code in _UNSENDABLE for other in findings
    )


_UNSENDABLE: Final = (codes.NULL_VALUE, codes.FRACTION, codes.LARGE_INTEGER, codes.UNSENDABLE_TEXT, codes.TOO_DEEP)


def _place(node: Node, finding: _Certain, at: Position) -> Position:
    """Where the value is, or its key for a map, a list and an unknown key; for a missing key, its map's key."""
    for step in finding.path:
        child = child_of(node, step)
        if child is None:
            return at
        at = node.key_positions.get(str(step), child.at) if isinstance(node, Branch) else child.at
        node = child
    return at if isinstance(node, Branch | Items) or finding.code is codes.UNKNOWN_KEY else node.at


def _unsendable(node: Node, path: Path = ()) -> Iterator[_Certain]:
    if isinstance(node, Branch):
        for key, child in node.entries:
            yield from _unsendable(child, (*path, key))
    elif isinstance(node, Items):
        for index, child in enumerate(node.items):
            yield from _unsendable(child, (*path, index))
    elif isinstance(node, Literal):
        for below_path, code, message in wire_findings(node.value):
            yield _Certain((*path, *below_path), code, message)


def _has_holes(node: Node) -> bool:
    return next(iter(holes(node)), None) is not None


def _value(node: Node) -> Json:
    if isinstance(node, Branch):
        return {key: _value(below) for key, below in node.entries}
    if isinstance(node, Items):
        return [_value(below) for below in node.items]
    return node.value if isinstance(node, Literal) else None


class _Static:
    """One check: the schema at the top, whose definitions the references name."""

    def __init__(self, root: Schema) -> None:
        self.root = root
        self.names = known_names(root)

    def check(self, schema: Schema, node: Node, path: Path) -> list[_Certain]:
        """What is certain to be refused at `path` and below."""
        if isinstance(node, Hole) or not schema:
            return []
        if not _has_holes(node):
            return self._whole(schema, node, path)
        if schema == NOTHING:
            return [_Certain(path, codes.UNKNOWN_KEY, "the schema does not know this key")]
        found = [*self._type(schema, node, path), *self._enum(schema, node, path)]
        if isinstance(node, Branch):
            found += self._map(schema, node, path)
        elif isinstance(node, Items):
            found += self._list(schema, node, path)
        for part in self._conjunction(schema):
            found += self.check(part, node, path)
        for keyword in ("anyOf", "oneOf"):
            found += self._alternatives(schema.get(keyword, []), node, path)
        return found

    def _whole(self, schema: Schema, node: Node, path: Path) -> list[_Certain]:
        """Nothing is open here: the judge decides."""
        try:
            judge = Judge(alone(schema, self.root))
        except UnusableError:
            return []
        return [_Certain((*path, *said.path), said.code, said.message) for said in judge.findings(_value(node))]

    def _conjunction(self, schema: Schema) -> list[Schema]:
        parts: list[Schema] = list(schema.get("allOf", ()))
        if "$ref" in schema:
            parts.append(target(self.root, schema["$ref"]))
        return parts

    def _alternatives(self, options: list[Schema], node: Node, path: Path) -> list[_Certain]:
        failures = [self.check(option, node, path) for option in options]
        if not failures or not all(failures):
            return []
        best = min(
            failures, key=lambda one: (any(f.path == path and f.code is codes.WRONG_TYPE for f in one), len(one))
        )
        hint = f" (the nearest of {len(options)} alternatives)" if len(options) > 1 else ""
        return [_Certain(one.path, one.code, one.message + hint) for one in best]

    def _type(self, schema: Schema, node: Node, path: Path) -> list[_Certain]:
        allowed = type_set(schema)
        own = "object" if isinstance(node, Branch) else "array"
        if allowed is None or own in allowed:
            return []
        kind = "a map" if own == "object" else "a list"
        return [_Certain(path, codes.WRONG_TYPE, f"expected {' or '.join(sorted(allowed))}, found {kind}")]

    def _enum(self, schema: Schema, node: Node, path: Path) -> list[_Certain]:
        """A map or list is none of the listed values where these are all something else."""
        values = [*schema.get("enum", []), *([schema["const"]] if "const" in schema else [])]
        own = "object" if isinstance(node, Branch) else "array"
        if not values or any(type_of(value) == own for value in values):
            return []
        return [_Certain(path, codes.NOT_LISTED, f"expected one of {listed(values)}, found something else")]

    def _map(self, schema: Schema, node: Branch, path: Path) -> list[_Certain]:
        keys = {key for key, _ in node.entries}
        sure = {key for key, below in node.entries if not isinstance(below, Hole)}
        found = [
            _Certain((*path, name), codes.MISSING_KEY, "required, and not there")
            for name in schema.get("required", ())
            if name not in keys
        ]
        for key, needs in schema.get("dependentRequired", {}).items():
            found += [
                _Certain((*path, name), codes.MISSING_KEY, f"required beside {key}, and not there")
                for name in needs
                if key in sure and name not in keys
            ]
        for key, part in schema.get("dependentSchemas", {}).items():
            if key in sure:
                found += self.check(part, node, path)
        found += _count(schema, ("minProperties", "maxProperties"), len(keys), len(sure), "keys", path)
        for key, below in node.entries:
            found += self._entry(schema, key, below, (*path, key))
        return found

    def _entry(self, schema: Schema, key: str, below: Node, path: Path) -> list[_Certain]:
        parts = [schema["properties"][key]] if key in schema.get("properties", {}) else []
        parts += [part for pattern, part in schema.get("patternProperties", {}).items() if matches(pattern, key)]
        if not parts and "additionalProperties" in schema:
            if schema["additionalProperties"] == NOTHING:
                return [
                    _Certain(path, codes.UNKNOWN_KEY, "the schema does not know this key" + nearest(key, self.names))
                ]
            parts.append(schema["additionalProperties"])
        found = [one for part in parts for one in self.check(part, below, path)]
        if "propertyNames" in schema and self._whole(schema["propertyNames"], Literal(key, below.at), ()):
            found.append(_Certain(path, codes.UNKNOWN_KEY, "a key's name is one that the schema does not allow"))
        return found

    def _list(self, schema: Schema, node: Items, path: Path) -> list[_Certain]:
        sure = [below for below in node.items if not isinstance(below, Hole)]
        found = _count(schema, ("minItems", "maxItems"), len(node.items), len(sure), "items", path)
        first = schema.get("prefixItems", [])
        for index, below in enumerate(node.items):
            # A hole may be omitted, so what follows one may stand at another place.
            if first and any(isinstance(before, Hole) for before in node.items[:index]):
                break
            part: Schema = first[index] if index < len(first) else schema.get("items", {})
            if part == NOTHING and isinstance(below, Hole):
                continue
            found += self.check(part, below, (*path, index))
        return found


def _count(
    schema: dict[str, Any], keywords: tuple[str, str], most: int, least: int, what: str, path: Path
) -> list[_Certain]:
    low, high = keywords
    if most < schema.get(low, 0):
        return [_Certain(path, codes.REFUSED_VALUE, f"expected at least {schema[low]} {what}, found {most}")]
    if least > schema.get(high, least):
        return [_Certain(path, codes.REFUSED_VALUE, f"expected at most {schema[high]} {what}, found {least}")]
    return []
