"""What a person sees of a run: notes and progress on stderr, the sum or the document on stdout."""

import json
import sys
import time
from collections.abc import Callable, Iterable
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from trayimport.model import Diagnostic, Json, Problem
from trayimport.pipeline.outcome import Outcome
from trayimport.planstore import PlanStore
from trayimport.report.escape import shown
from trayimport.report.plan import FEW, SIGNS, PlannedRecord, PlanView
from trayimport.report.summary import summary
from trayimport.report.table import DONE, table

if TYPE_CHECKING:
    from rich.progress import Progress

EVERY = 5.0
"""Seconds between progress lines off a terminal."""
EACH = 20
"""Of what is to be looked at one by one, how much is shown; the JSON document has all."""
SURE = 20
"""From a twentieth of the work on, the time left can be told."""


class Console:
    """Listens to a run and says it on stderr: with a bar on a terminal, in plain lines elsewhere."""

    def __init__(self, verbosity: int = 0, clock: Callable[[], float] = time.monotonic) -> None:
        """`verbosity` is how often -v was given."""
        self._verbosity = verbosity
        self._clock = clock
        self._last = self._started = clock()
        self._terminal = sys.stderr.isatty()
        self._progress: Progress | None = None
        self._tasks: dict[str, Any] = {}
        self.total: int | None = None

    def note(self, text: str) -> None:
        """A line for a person."""
        self.pause()
        click.echo(shown(text), err=True)

    def detail(self, level: int, text: Callable[[], str]) -> None:
        """A line for a person who asked for more, by -v or -vv."""
        if self._verbosity >= level:
            line = shown(text())
            if self._progress is not None:
                self._progress.console.print(line, markup=False, highlight=False)
            else:
                click.echo(line, err=True)

    def count(self, stage: str, done: int, total: int | None) -> None:
        """How far a stage is."""
        total = self.total if total is None else total
        if self._terminal:
            self._bar(shown(stage), done, total)
            return
        now = self._clock()
        if now - self._last >= EVERY:
            self._last = now
            click.echo(self._line(shown(stage), done, total, now), err=True)

    def begin(self, total: int) -> None:
        """The import of `total` records starts."""
        self.pause()
        self.total = total
        self._started = self._clock()

    def pause(self) -> None:
        """Take the bar away, so that something else can be printed; the next count shows it again."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None
            self._tasks = {}

    def _line(self, stage: str, done: int, total: int | None, now: float) -> str:
        if total is None:
            return f"{stage}: {done:,}"
        text = f"{stage}: {done:,} of {total:,}"
        if done * SURE < total:
            return text
        return f"{text}, about {(now - self._started) / done * (total - done):,.0f} s left"

    def _bar(self, stage: str, done: int, total: int | None) -> None:
        if self._progress is None:
            self._progress = _progress()
            self._progress.start()
        if stage not in self._tasks:
            self._tasks[stage] = self._progress.add_task(stage, total=total)
        self._progress.update(self._tasks[stage], completed=done)


def _progress() -> "Progress":
    from rich.console import Console as Terminal  # noqa: PLC0415 - for terminals only
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=Terminal(stderr=True), transient=True, redirect_stdout=False)


def show_findings(findings: Iterable[Diagnostic]) -> None:
    """Diagnostics of mappings, on stderr."""
    for finding in findings:
        click.echo(shown(f"{finding.at}: {finding.code} {finding.severity}: {finding.said}"), err=True)


def show_problems(problems: Iterable[tuple[str | None, Problem]]) -> None:
    """Problems of records by cause, on stderr."""
    click.echo(summary(problem for _, problem in problems), err=True, nl=False)


def show_noted(outcome: Outcome) -> None:
    """What people should look at though it stops nothing, on stderr."""
    click.echo(summary((problem for _, _, problem in outcome.noted), EACH), err=True, nl=False)


def plan_view(outcome: Outcome, store: PlanStore) -> PlanView:
    """What is shown of a plan."""
    first = [
        PlannedRecord(row.action, row.key, row.place, row.name)
        for action in SIGNS
        for row in islice(store.rows(actions=(action,)), FEW)
    ]
    return PlanView(
        [(path, counts) for path, counts, _ in outcome.per_mapping],
        outcome.users_created,
        outcome.users_found,
        first,
        [problem for _, _, problems in outcome.per_mapping for _, problem in problems],
    )


def show_outcome(outcome: Outcome) -> None:
    """The sum of a run on stdout."""
    click.echo(table([(path, counts) for path, counts, _ in outcome.per_mapping], DONE))
    requests = sum(outcome.requests.values())
    users = f"{outcome.users_created:,} created, {outcome.users_found:,} found"
    click.echo(f"External Users: {users}; {requests:,} requests to Tray")
    for name, number in outcome.elsewhere.items():
        if number:
            click.echo(f"of earlier runs, in no record of this one: {number:,} {name.replace('_', ' ')}")


def show_json(document: Json) -> None:
    """A document on stdout."""
    click.echo(json.dumps(document, ensure_ascii=True))
