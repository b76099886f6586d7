"""Many problems, few causes: a thousand bad rows usually have one reason, told once with examples of where."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from trayimport.model import Problem
from trayimport.report.escape import shown


@dataclass(slots=True)
class Cause:
    """Problems with one code and path: how many there are, and the first of them."""

    count: int = 0
    first: list[Problem] = field(default_factory=list)


def causes(problems: Iterable[Problem], examples: int = 3) -> list[Cause]:
    """The causes, the most frequent first; memory grows with their number, not with the problems'."""
    found: dict[tuple[str, str], Cause] = {}
    for problem in problems:
        cause = found.setdefault((problem.code, problem.path), Cause())
        cause.count += 1
        if len(cause.first) < examples:
            cause.first.append(problem)
    return sorted(found.values(), key=lambda cause: (-cause.count, cause.first[0].code, cause.first[0].path))


def summary(problems: Iterable[Problem], examples: int = 3) -> str:
    """The causes as text: `export.csv:17: CODE path: message` for the first of each; empty without problems."""
    return "".join(_paragraph(cause) for cause in causes(problems, examples))


def _paragraph(cause: Cause) -> str:
    lines = [f"{one.where}: {one.code} {one.path}: {one.message}" for one in cause.first]
    more = cause.count - len(cause.first)
    if more:
        lines.append(f"  and {more:,} more with {cause.first[0].code} {cause.first[0].path}")
    if cause.first[0].remedy:
        lines.append(f"  → {cause.first[0].remedy}")
    return "".join(shown(line) + "\n" for line in lines)
