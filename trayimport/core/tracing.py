"""What a record becomes, step by step, and from what: for the one who writes the mapping (`render`)."""

import typing
from collections.abc import Iterator
from collections.abc import Mapping as Map
from dataclasses import dataclass

from trayimport.core.program import Program, Rendered, Skipped
from trayimport.core.secrecy import Mask, masked
from trayimport.core.spec import Mapping
from trayimport.core.tree import OMIT, Hole, Literal, Node, Template, holes, pointer
from trayimport.model import Json, Position, Problem, Record

Action = typing.Literal["create", "skip", "invalid"]
PASSED, FAILED, NOT_JUDGED = "passed", "failed", "not judged"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value comes from: what its template reads (`record.token`, `vars.dc`, `now`), and its place."""

    reads: tuple[str, ...]
    at: Position


@dataclass(frozen=True, slots=True)
class Trace:
    """The steps of one record besides what is sent."""

    variables: dict[str, Json]
    """Those that could be computed; masked unless asked for in clear."""
    when: bool | None
    """None where there is no `when`, or it can't be told."""
    schema: str
    """`passed`, `failed`, or `not judged` as something failed before it."""
    checks: tuple[str, ...]
    """The same of each of `checks`."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One record: what it becomes, with credentials masked or not, or why it becomes nothing."""

    where: str
    key: str | None
    action: Action
    user: dict[str, Json] | None = None
    auth: dict[str, Json] | None = None
    problems: tuple[Problem, ...] = ()
    trace: Trace | None = None
    """None for what is no record at all."""


def origins(mapping: Mapping) -> dict[str, Origin]:
    """Where each value comes from, by its path: `vars.dc`, `when`, `user.name`, `credentials.token`, `checks[0]`."""
    return dict(_origins(mapping))


T = typing.TypeVar("T")


def around(found: Map[str, T], path: str) -> T | None:
    """What `found` has for `path`, or for the nearest value that it stands in."""
    while path not in found:
        cut = max(path.rfind("."), path.rfind("["))
        if cut <= 0:
            return None
        path = path[:cut]
    return found[path]


def _origins(mapping: Mapping) -> Iterator[tuple[str, Origin]]:
    auth, user = mapping.auth, mapping.user
    trees: list[tuple[str, Node | None]] = [(f"vars.{one.name}", one.value) for one in mapping.variables]
    trees += [("user.externalUserId", user.external_user_id), ("user.name", user.name), ("name", auth.name)]
    trees += [("credentials", auth.credentials), ("userData", auth.user_data), ("scopes", auth.scopes)]
    for name, tree in trees:
        for path, hole in () if tree is None else holes(tree):
            yield pointer(path, name), _origin(hole.template)
    singles = [("when", mapping.when), ("key", mapping.key)]
    singles += [(f"checks[{index}]", check.that) for index, check in enumerate(mapping.checks)]
    yield from ((name, _origin(template)) for name, template in singles if template is not None)


def _origin(template: Template) -> Origin:
    reads = [f"record.{name}" for name in dict.fromkeys(column.name for column in template.columns)]
    reads += [f"vars.{name}" for name in sorted(template.variables)]
    reads += [f"secrets.{name}" for name in sorted(template.secrets)]
    reads += [name for name in ("user", "auth") if name in template.names]
    reads += ["now"] if template.time_dependent else []
    return Origin(tuple(reads), template.at)


def trace(
    program: Program,
    record: Record,
    now: str,
    begun: Rendered | Skipped | None,
    problems: tuple[Problem, ...],
    *,
    bare: bool,
) -> Trace:
    """The steps of a record that `begin` gave `begun` for (None: rejected), and `judge` these problems."""
    mapping = program.mapping
    values = program.variables(record, now)
    found = {
        one.name: _shown(one.value, one.name, values[one.name], bare) for one in mapping.variables if one.name in values
    }
    when = None if mapping.when is None or begun is None else isinstance(begun, Rendered)
    if not isinstance(begun, Rendered):
        return Trace(found, when, NOT_JUDGED, (NOT_JUDGED,) * len(mapping.checks))
    if program.refusals(begun):
        return Trace(found, when, FAILED, (NOT_JUDGED,) * len(mapping.checks))
    failed = {problem.path for problem in problems}
    checks = (FAILED if f"checks[{index}]" in failed else PASSED for index in range(len(mapping.checks)))
    return Trace(found, when, PASSED, tuple(checks))


def _shown(node: Node, name: str, value: Json, bare: bool) -> Json:
    """One of `vars` as it may be shown: what the mapping itself has, or what can be told of the rest."""
    if value is OMIT:
        return "omit"
    if bare or isinstance(node, Literal) or isinstance(value, bool):
        return value
    keys = frozenset(_keys(value))
    mask = Mask(lambda _path, _value: False, frozenset() if isinstance(node, Hole) else keys, keys | {name})
    return masked(value, mask, (name,))


def _keys(value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        for key, child in value.items():
            yield key
            yield from _keys(child)
