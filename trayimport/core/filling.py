"""A mapping's value with its templates → one function of a scope, made once and called for every record."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from trayimport.codes import content as codes
from trayimport.core.content import leaves
from trayimport.core.runtime import weighed
from trayimport.core.tree import OMIT, Branch, Hole, Items, Literal, Node, Path, holes, pointer
from trayimport.errors import RecordError
from trayimport.model import Json, Problem

Scope = dict[str, object]
Convert = Callable[[Json], Json]
Fill = Callable[[Scope, list[Problem]], Json]
"""(scope, problems) → the value, less what is omit; may be OMIT itself. Problems of templates are added."""


def _nothing_required(_path: Path) -> frozenset[str]:
    return frozenset()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the schema says of places in a value: how it converts what a template gives, and which keys it requires."""

    convert: dict[Path, Convert] = field(default_factory=dict)
    required: Callable[[Path], frozenset[str]] = _nothing_required


def filler(node: Node, name: str, wanted: Wanted | None = None) -> Fill:
    """The function of a tree whose paths begin with `name`."""
    fill = _fill(node, (), name, wanted or Wanted())
    return fill if isinstance(node, Hole | Literal) else _weighing(fill, name)


def _weighing(fill: Fill, name: str) -> Fill:
    """Templates bring lists and maps together: those of one value are bounded as those of one template are."""

    def weighing(scope: Scope, problems: list[Problem]) -> Json:
        try:
            return weighed(fill(scope, problems))
        except RecordError as error:
            problems.append(Problem(error.problem.code, name, error.problem.message, "", error.problem.remedy))
            return None

    return weighing


def _fill(node: Node, path: Path, name: str, wanted: Wanted) -> Fill:
    if isinstance(node, Hole):
        return _hole(node, path, name, wanted)
    if next(iter(holes(node)), None) is None:
        value = _plain(node)
        return lambda _scope, _problems: value
    if isinstance(node, Items):
        items = [_fill(child, (*path, index), name, wanted) for index, child in enumerate(node.items)]
        return lambda scope, problems: [value for fill in items if (value := fill(scope, problems)) is not OMIT]
    entries = [(key, _fill(child, (*path, key), name, wanted)) for key, child in _entries(node)]

    def branch(scope: Scope, problems: list[Problem]) -> Json:
        return {key: value for key, fill in entries if (value := fill(scope, problems)) is not OMIT}

    return branch


def _entries(node: Node) -> tuple[tuple[str, Node], ...]:
    return node.entries if isinstance(node, Branch) else ()


def _plain(node: Node) -> Json:
    if isinstance(node, Branch):
        return {key: _plain(child) for key, child in node.entries}
    if isinstance(node, Items):
        return [_plain(child) for child in node.items]
    return node.value if isinstance(node, Literal) else None


def _hole(node: Hole, path: Path, name: str, wanted: Wanted) -> Fill:
    render, convert, place = node.template.render, wanted.convert.get(path), pointer(path, name)
    needed = bool(path) and path[-1] in wanted.required(path[:-1])

    def fill(scope: Scope, problems: list[Problem]) -> Json:
        try:
            value = render(scope)
        except RecordError as error:
            problem = error.problem
            problems.append(Problem(problem.code, place, problem.message, "", problem.remedy))
            return None
        if value == "":
            if needed:
                problems.append(_empty(place))
            return value
        if isinstance(value, dict | list):
            problems += [_empty(place_of) for place_of in _empties(value, path, name, wanted)]
        return value if convert is None or value is OMIT else convert(value)

    return fill


def _empties(value: Json, path: Path, name: str, wanted: Wanted) -> Iterator[str]:
    """Empty texts inside a value that the schema requires there (language, ruling 11)."""
    for below, leaf in leaves(value):
        if leaf == "" and below and below[-1] in wanted.required((*path, *below[:-1])):
            yield pointer((*path, *below), name)


def _empty(place: str) -> Problem:
    return Problem.of(codes.EMPTY, place, "empty, but the schema requires it")
