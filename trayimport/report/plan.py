"""A plan for people: what will happen, in counts and by the first records of each kind; as text and as Markdown."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from trayimport.model import Problem
from trayimport.report.escape import shown
from trayimport.report.summary import causes
from trayimport.report.table import PLANNED, table

SIGNS = {
    "create": "+", "adopt": "=", "update": "~", "keep": "!", "in_doubt": "?", "conflict": "x", "invalid": "x",
}  # fmt: skip
"""Actions of which the first records are shown, and their signs."""
FEW = 3


@dataclass(frozen=True, slots=True)
class PlannedRecord:
    """One record of the plan; `key` is None where it could not be rendered."""

    action: str
    key: str | None
    where: str
    name: str | None


@dataclass(frozen=True, slots=True)
class PlanView:
    """What is shown of a plan. `mappings` are (path, counts under the document's names); `first` the first records of
    each action of SIGNS, in that order."""

    mappings: Sequence[tuple[str, Mapping[str, int]]]
    users_created: int
    users_found: int
    first: Sequence[PlannedRecord]
    problems: Sequence[Problem]

    def total(self, name: str) -> int:
        """A count over all mappings."""
        return sum(counts.get(name, 0) for _, counts in self.mappings)


def plan_text(view: PlanView) -> str:
    """The table, the users, the first records of each kind, and the sum; without problems, which go to stderr."""
    lines = [table(view.mappings, PLANNED).rstrip("\n"), ""]
    for one in view.first:
        key = "-" if one.key is None else one.key
        name = "" if one.name is None else f"  {one.name}"
        lines.append(shown(f"  {SIGNS[one.action]} {one.action.replace('_', ' '):<8}  {key}  {one.where}{name}"))
    if view.first:
        lines.append("")
    if view.users_created or view.users_found:
        lines.append(f"External Users: {_users(view)}")
    lines.append(f"Plan: {_sum(view)}.")
    return "\n".join(lines) + "\n"


def plan_markdown(view: PlanView) -> str:
    """For the comment of a pull request: the same, with the problems by cause."""
    used = [name for name in PLANNED if view.total(name)]
    head = ["mapping", "records", *(PLANNED[name] for name in used)]
    lines = [f"### Tray import: {_sum(view)}", "", _row(head), _row(["---", *("---:" for _ in head[1:])])]
    for path, counts in view.mappings:
        numbers = [f"{counts[name]:,}" if counts.get(name) else "" for name in used]
        lines.append(_row([_code(path), f"{sum(counts.values()):,}", *numbers]))
    if view.users_created or view.users_found:
        lines += ["", f"External Users: {_users(view)}"]
    if view.first:
        lines += [
            "",
            "<details><summary>The first of each kind</summary>",
            "",
            _row(["", "key", "where"]),
            "|---|---|---|",
        ]
        for one in view.first:
            key = "" if one.key is None else _code(one.key)
            lines.append(_row([one.action.replace("_", " "), key, _code(one.where)]))
        lines += ["", "</details>"]
    lines += _problems(view)
    return "\n".join(lines) + "\n"


def _problems(view: PlanView) -> Iterator[str]:
    found = causes(view.problems)
    if found:
        yield from ("", "#### Problems", "")
    for cause in found:
        problem = cause.first[0]
        places = ", ".join(_code(one.where) for one in cause.first)
        more = f" and {cause.count - len(cause.first):,} more" if cause.count > len(cause.first) else ""
        yield f"- **{problem.code}** {_code(problem.path)}: {_plain(problem.message)} ({places}{more})"
        if problem.remedy:
            yield f"  {_plain(problem.remedy)}"


def _users(view: PlanView) -> str:
    billed = " (billed unless they are test users)" if view.users_created else ""
    return f"{view.users_created:,} to be created{billed}, {view.users_found:,} found"


def _sum(view: PlanView) -> str:
    """`458 to create, 2 to update; 3 invalid`."""
    work = [f"{view.total(name):,} {PLANNED[name]}" for name in ("created", "adopted", "updated") if view.total(name)]
    rest = [f"{view.total(name):,} {PLANNED[name]}" for name in ("invalid", "in_doubt") if view.total(name)]
    return "; ".join([", ".join(work) or "nothing to do", *rest])


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _code(text: str) -> str:
    """A text as code, whatever it holds: it ends neither the code nor the table's cell."""
    clean = shown(text).replace("|", "\\|")
    ticks = "`"
    while ticks in clean:
        ticks += "`"
    pad = " " if clean.startswith("`") or clean.endswith("`") else ""
    return f"{ticks}{pad}{clean}{pad}{ticks}"


def _plain(text: str) -> str:
    """A text as Markdown shows it: nothing in it is markup, a mention or a link."""
    clean = shown(text)
    for mark in ("\\", "`", "*", "_", "[", "]", "<", ">", "|", "#", "@", "~", "$"):
        clean = clean.replace(mark, f"\\{mark}" if mark != "@" else "@\u200b")
    return clean
