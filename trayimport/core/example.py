"""A mapping's `examples`: unit tests without a network or secrets (language, ruling 18)."""

from collections.abc import Mapping as Map

from trayimport.codes import run as codes
from trayimport.core.instant import seconds_of
from trayimport.core.program import Program, Rejected, Rendered, Skipped, kind
from trayimport.core.spec import Example
from trayimport.core.tree import pointer
from trayimport.model import Diagnostic, Json, Problem, Record

DEFAULT_NOW = "2020-01-01T00:00:00Z"
_ABSENT = object()


def run_example(program: Program, example: Example, *, typed: bool) -> list[Diagnostic]:
    """What is wrong with one example; values of examples may be shown. `typed` is False for csv."""
    if example.now is not None and seconds_of(example.now) is None:
        message = f"example {example.name!r}: `now` is no instant with a zone"
        return [Diagnostic.of(codes.EXAMPLE_FORM, example.at, message, "examples")]
    data = dict(example.record) if typed else {name: _cell(value) for name, value in example.record.items()}
    begun = program.begin(Record(data, "example", ""), example.now or DEFAULT_NOW)
    if isinstance(begun, Skipped):
        return [] if example.skip else [_finding(example, "`when` skips the record")]
    problems = list(begun.problems) if isinstance(begun, Rejected) else list(program.judge(begun))
    if example.now is None:
        problems = [one for one in problems if not _of_tokens(one)]
    if example.skip:
        return [_finding(example, "expected to be skipped, but `when` lets it through")]
    if example.error is not None:
        return _expect_error(example, problems)
    if problems or isinstance(begun, Rejected):
        return [_finding(example, f"{one.code} {one.path}: {one.message}") for one in problems]
    return [*_expected(program, example, begun), *_absent(program, example, begun)]


def _of_tokens(problem: Problem) -> bool:
    return problem.path.startswith("tokens") or problem.code in {"TI455", "TI456", "TI457", "TI458", "TI459"}


def _cell(value: Json) -> Json:
    """As csv would give it: texts; null is the empty text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def _expect_error(example: Example, problems: list[Problem]) -> list[Diagnostic]:
    path = example.error or ""
    if not problems:
        return [_finding(example, f"expected a problem at {path}, but the record is fine")]
    others = [one for one in problems if not _below(one.path, path)]
    return [_finding(example, f"expected problems at {path} only, but: {one.code} {one.path}") for one in others]


def _below(path: str, top: str) -> bool:
    return path == top or path.startswith((f"{top}.", f"{top}["))


def _result(program: Program, example: Example, begun: Rendered) -> dict[str, Json]:
    payload = program.payload_at(begun, example.now or DEFAULT_NOW)
    auth = {"name": payload.name, "credentials": payload.credentials, "userData": payload.user_data}
    auth["scopes"] = payload.scopes
    return {"key": begun.key, "user": begun.scope["user"], "auth": auth}


def _expected(program: Program, example: Example, begun: Rendered) -> list[Diagnostic]:
    if example.expect is None:
        return []
    found = _result(program, example, begun)
    return [_finding(example, text) for text in _differences(example.expect, found, "")]


def _differences(expected: Json, found: object, path: str) -> list[str]:
    if isinstance(expected, Map):
        if not isinstance(found, dict):
            return [f"{path}: expected a map, found {_shown(found)}"]
        texts = []
        for key, value in expected.items():
            texts += _differences(value, found.get(key, _ABSENT), f"{path}.{key}" if path else str(key))
        return texts
    same = found is not _ABSENT and kind(expected) == kind(found) and expected == found
    return [] if same else [f"{path}: expected {expected!r}, found {_shown(found)}"]


def _shown(value: object) -> str:
    return "nothing" if value is _ABSENT or value is None else repr(value)


def _absent(program: Program, example: Example, begun: Rendered) -> list[Diagnostic]:
    auth = _result(program, example, begun)["auth"]
    found = []
    for path in example.absent:
        value: Json = auth
        for step in path.removeprefix("auth.").split("."):
            value = value.get(step, _ABSENT) if isinstance(value, dict) else _ABSENT
        if value is not _ABSENT:
            found.append(_finding(example, f"{pointer((path,))}: expected to be absent"))
    return found


def _finding(example: Example, text: str) -> Diagnostic:
    return Diagnostic.of(codes.EXAMPLE, example.at, f"example {example.name!r}: {text}", "examples")
