"""The one table of formats of `validate --output`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TypeVar

from trayimport.core.token_shapes import without_secrets
from trayimport.model import Diagnostic, Problem
from trayimport.report import github, json_, junit, sarif, text
from trayimport.report.findings import Case, Findings

Finding = TypeVar("Finding", Diagnostic, Problem, Diagnostic | Problem)

FORMATS: Mapping[str, Callable[[Findings], str]] = MappingProxyType(
    {
        "text": text.render,
        "json": json_.render,
        "github": github.render,
        "sarif": sarif.render,
        "junit": junit.render,
    }
)


def render(
    format: str,  # noqa: A002 - the option's own name
    findings: Sequence[Diagnostic],
    *,
    errors: int,
    warnings: int,
    ignored: int,
    cases: Sequence[Case] = (),
    sources: Mapping[str, str] = MappingProxyType({}),
    colour: bool = False,
) -> str:
    """The findings in a format of `FORMATS`, ending with a line feed; KeyError for any other name.

    `sources` maps a diagnostic's file to its text; `colour` is for `text` alone.
    """
    shown = [_without_secrets(one) for one in findings]
    named = [Case(one.mapping, one.name, [_without_secrets(problem) for problem in one.problems]) for one in cases]
    return FORMATS[format](Findings(shown, errors, warnings, ignored, named, sources, colour))


def _without_secrets(finding: Finding) -> Finding:
    """A finding that quotes nothing of a mapping that may be a secret, written there by mistake."""
    return replace(finding, path=without_secrets(finding.path), message=without_secrets(finding.message))
