"""Many problems, few causes: a thousand bad rows usually have one reason, told once with examples of where."""

from collections.abc import Iterable
from dataclasses import dataclass

from trayimport.codes import all_codes
from trayimport.model import Problem
from trayimport.report.escape import shown


@dataclass(frozen=True, slots=True)
class Cause:
    """Problems with one code and path: how many, the first one's message and remedy, the first places."""

    code: str
    path: str
    message: str
    remedy: str
    count: int
    where: tuple[str, ...]


@dataclass(slots=True)
class _Group:
    first: Problem
    count: int
    where: list[str]


def causes(problems: Iterable[Problem], examples: int = 3) -> list[Cause]:
    """The causes, the most frequent first; memory grows with their number, not with the problems'."""
    groups: dict[tuple[str, str], _Group] = {}
    for problem in problems:
        group = groups.setdefault((problem.code, problem.path), _Group(problem, 0, []))
        group.count += 1
        if problem.where and len(group.where) < examples:
            group.where.append(problem.where)
    found = [
        Cause(code, path, group.first.message, group.first.remedy, group.count, tuple(group.where))
        for (code, path), group in groups.items()
    ]
    return sorted(found, key=lambda cause: (-cause.count, cause.code, cause.path))


def summary(problems: Iterable[Problem], examples: int = 3) -> str:
    """The causes as text, one paragraph each; empty without problems."""
    return "".join(_paragraph(cause) for cause in causes(problems, examples))


def _paragraph(cause: Cause) -> str:
    code = all_codes().get(cause.code)
    times = "record" if cause.count == 1 else "records"
    title = f" ({code.title})" if code else ""
    lines = [f"{cause.count} {times}: {cause.code}{title} {cause.path}: {cause.message}"]
    if cause.where:
        more = cause.count - len(cause.where)
        lines.append("    " + ", ".join(cause.where) + (f" and {more} more" if more else ""))
    if cause.remedy:
        lines.append(f"    {cause.remedy}")
    return "".join(shown(line) + "\n" for line in lines)
