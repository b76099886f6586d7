"""A mapping's `examples`: unit tests without a network or secrets (language, ruling 18)."""

import re
from collections.abc import Iterator, Set

from trayimport.codes import run as codes
from trayimport.core.program import Program, Rejected, Rendered, Skipped, kind
from trayimport.core.spec import Example, Mapping
from trayimport.core.tokens import TOKEN_CODES
from trayimport.core.tracing import around, origins
from trayimport.core.tree import Path
from trayimport.model import Diagnostic, Json, Position, Problem, Record

DEFAULT_NOW = "2020-01-01T00:00:00Z"
_ABSENT = object()
_STEP = re.compile(r"[^.\[\]]+")


def run_example(program: Program, example: Example, known: Set[str] = frozenset()) -> list[Diagnostic]:
    """What is wrong with one example, each at the template or the expectation that it is about.

    Values of examples may be shown. `tokens` is judged only where the example says when it is (`now`); what looks
    redacted always is. `known`: paths of which it is known already that no record could be right there.
    """
    at = _Places(program.mapping, example)
    now = example.now or DEFAULT_NOW
    begun = program.begin(Record(dict(example.record), "example", ""), now)
    if isinstance(begun, Skipped):
        return [] if example.skip else [at.made("when", "`when` skips the record")]
    if isinstance(begun, Rejected):
        problems = list(begun.problems)
    else:
        problems = list(program.judge(begun, ages=example.now is not None))
    if known and any(one.path in known for one in problems):
        return []
    if example.skip:
        return [at.said("skip", "expected to be skipped, but `when` lets it through")]
    if example.error is not None:
        return [at.said("error", text) for text in _unexpected(example.error, problems)]
    if problems or isinstance(begun, Rejected):
        return [at.made(one.path, f"{one.code} {one.path}: {one.message}") for one in problems]
    found = _result(program, begun, now)
    differ = [one for name, value in (example.expect or {}).items() for one in _differences(value, found[name], name)]
    absent = [(index, path) for index, path in enumerate(example.absent) if _at(found, path) is not _ABSENT]
    return [
        *(at.said(path, f"{path}: {text}") for path, text in differ),
        *(at.said(f"absent[{index}]", f"{path}: expected to be absent") for index, path in absent),
    ]


class _Places:
    """Where to look: at what the mapping makes of the record, or at what the example says of it."""

    def __init__(self, mapping: Mapping, example: Example) -> None:
        self._mapping = mapping
        self._example = example

    def made(self, path: str, text: str) -> Diagnostic:
        """A finding about the template that gives what stands at `path`."""
        origin = around(origins(self._mapping), path.removeprefix("auth."))
        return self._finding(self._example.at if origin is None else origin.at, text)

    def said(self, path: str, text: str) -> Diagnostic:
        """A finding about the place where the example says what is to be at `path`."""
        return self._finding(around(self._example.places, path) or self._example.at, text)

    def _finding(self, at: Position, text: str) -> Diagnostic:
        beside = "" if at.line == self._example.at.line else f" (line {self._example.at.line})"
        return Diagnostic.of(codes.EXAMPLE, at, f"example {self._example.name!r}{beside}: {text}", "examples")


def _unexpected(path: str, problems: list[Problem]) -> list[str]:
    """What contradicts `error: PATH`: no problem at all, or one elsewhere."""
    if not problems:
        return [f"expected a problem at {path}, but the record is fine"]
    return [
        f"expected problems at {path} only, but: {one.code} {one.path}: {one.message}"
        for one in problems
        if not one.path.startswith((f"{path}.", f"{path}[")) and path not in (one.path, _judged_by(one))
    ]


def _judged_by(problem: Problem) -> str:
    """`tokens` finds fault with credentials, too: an example may name either."""
    return "tokens" if problem.code in TOKEN_CODES else problem.path


def _result(program: Program, begun: Rendered, now: str) -> dict[str, Json]:
    """key, user and auth as they would be sent; what isn't sent is not there."""
    return {"key": begun.key, "user": begun.scope["user"], "auth": program.payload_at(begun, now).auth()}


def _differences(expected: Json, found: object, path: str) -> Iterator[tuple[str, str]]:
    """Where a deep subset differs, and how: maps by key, lists whole, types strict."""
    if isinstance(expected, dict):
        if not isinstance(found, dict):
            yield path, f"expected a map, found {_shown(found)}"
            return
        for key, value in expected.items():
            yield from _differences(value, found.get(key, _ABSENT), f"{path}.{key}")
    elif not _same(expected, found):
        yield path, f"expected {expected!r}, found {_shown(found)}"


def _same(expected: Json, found: object) -> bool:
    if isinstance(expected, list) and isinstance(found, list):
        pairs = zip(expected, found, strict=False)
        return len(expected) == len(found) and all(_same(one, other) for one, other in pairs)
    if isinstance(expected, dict) and isinstance(found, dict):
        return expected.keys() == found.keys() and all(_same(value, found[key]) for key, value in expected.items())
    return kind(expected) == kind(found) and expected == found


def _shown(value: object) -> str:
    return "nothing" if value is _ABSENT else repr(value)


def _at(found: dict[str, Json], path: str) -> object:
    """What stands at `credentials.dc`, `name`, `scopes[0]`, `user.name` or `key`."""
    steps: Path = tuple(int(step) if step.isdigit() else step for step in _STEP.findall(path.removeprefix("auth.")))
    value: object = found if steps[0] in found else found["auth"]
    for step in steps:
        if isinstance(value, dict):
            value = value.get(str(step), _ABSENT)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return _ABSENT
    return value
