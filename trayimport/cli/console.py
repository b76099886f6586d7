"""What a person sees of a run: lines and a calm progress on stderr, the document on stdout."""

import json
import sys
import time
from collections.abc import Iterable

import click

from trayimport.model import Diagnostic, Json, Problem
from trayimport.pipeline.outcome import COUNTS, Outcome
from trayimport.report.escape import shown

EVERY = 5.0
"""Seconds between progress lines off a terminal."""


class Console:
    """Listens to a run and says it on stderr."""

    def __init__(self) -> None:
        self._last = time.monotonic()
        self._bar = sys.stderr.isatty()
        self._started = time.monotonic()
        self.total: int | None = None

    def note(self, text: str) -> None:
        """A line for a person."""
        self._clear()
        click.echo(shown(text), err=True)

    def count(self, stage: str, done: int, total: int | None) -> None:
        """Progress: one line that is redrawn on a terminal, a plain line every few seconds elsewhere."""
        now = time.monotonic()
        if now - self._last < (0.2 if self._bar else EVERY):
            return
        self._last = now
        total = self.total if total is None else total
        text = f"{shown(stage)}: {done:,}" + (f" of {total:,}" if total else "")
        if total and done and stage == "import":
            left = (now - self._started) / done * (total - done)
            text += f", about {left:,.0f} s left"
        click.echo(f"\r\x1b[K{text}" if self._bar else text, err=True, nl=not self._bar)

    def begin(self, total: int) -> None:
        """The import starts."""
        self.total = total
        self._started = time.monotonic()

    def _clear(self) -> None:
        if self._bar:
            click.echo("\r\x1b[K", err=True, nl=False)


def show_findings(findings: Iterable[Diagnostic]) -> None:
    """Diagnostics of mappings, on stderr."""
    for finding in findings:
        click.echo(shown(f"{finding.at}: {finding.code} {finding.severity}: {finding.said}"), err=True)


def show_problems(problems: Iterable[tuple[str | None, Problem]], most: int = 3) -> None:
    """Problems of records grouped by cause, with examples of where, on stderr."""
    groups: dict[tuple[str, str, str], list[Problem]] = {}
    for _, problem in problems:
        groups.setdefault((problem.code, problem.path, problem.message), []).append(problem)
    merged: dict[tuple[str, str], list[Problem]] = {}
    for (code, path, _), found in groups.items():
        merged.setdefault((code, path), []).extend(found)
    for (code, path), found in merged.items():
        for problem in found[:most]:
            click.echo(shown(f"{problem.where}: {code} {path}: {problem.message}"), err=True)
        if len(found) > most:
            click.echo(f"  and {len(found) - most:,} more with {code}", err=True)
        if found[0].remedy:
            click.echo(f"  → {shown(found[0].remedy)}", err=True)


def show_plan(outcome: Outcome) -> None:
    """The plan as a table on stderr."""
    click.echo("", err=True)
    for path, counts, _ in outcome.per_mapping:
        click.echo(f"  {shown(path)}: {_sentence(counts)}", err=True)
    users = outcome.users_created
    if users:
        click.echo(f"  {users:,} External Users to be created (billed unless they are test users)", err=True)
    click.echo("", err=True)


def show_outcome(outcome: Outcome) -> None:
    """The sum of a run on stdout."""
    for path, counts, _ in outcome.per_mapping:
        click.echo(f"{shown(path)}: {_sentence(counts)}")
    requests = sum(outcome.requests.values())
    click.echo(
        f"{outcome.records:,} records: {_sentence(outcome.counts)}; "
        f"users created {outcome.users_created:,}, found {outcome.users_found:,}; {requests:,} requests"
    )
    elsewhere = {name: number for name, number in outcome.elsewhere.items() if number}
    for name, number in elsewhere.items():
        click.echo(f"of earlier runs, in no record of this one: {number:,} {name.replace('_', ' ')}")


def show_json(document: Json) -> None:
    """A document on stdout."""
    click.echo(json.dumps(document, ensure_ascii=True))


def _sentence(counts: dict[str, int]) -> str:
    said = [f"{counts[name]:,} {name.replace('_', ' ')}" for name in COUNTS if counts.get(name)]
    return ", ".join(said) or "nothing to do"
