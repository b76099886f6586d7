"""The one table of formats of `validate --output`."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from trayimport.model import Diagnostic
from trayimport.report import github, json_, junit, sarif, text
from trayimport.report.findings import Case, Findings

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
    return FORMATS[format](Findings(findings, errors, warnings, ignored, cases, sources, colour))
