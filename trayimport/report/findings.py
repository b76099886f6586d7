"""What `validate` found, as every format gets it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from trayimport.model import Diagnostic, Problem


@dataclass(frozen=True, slots=True)
class Case:
    """One test of a mapping: of its `examples:`, or the file itself. `mapping` is the file as in diagnostics.

    It passed where there are no problems, or warnings only.
    """

    mapping: str
    name: str
    problems: Sequence[Diagnostic | Problem] = ()

    @property
    def errors(self) -> list[Diagnostic | Problem]:
        """What makes it fail."""
        return [one for one in self.problems if not _warns(one)]

    @property
    def warnings(self) -> list[Diagnostic | Problem]:
        """What is worth saying of it all the same."""
        return [one for one in self.problems if _warns(one)]


def _warns(problem: Diagnostic | Problem) -> bool:
    return isinstance(problem, Diagnostic) and problem.severity == "warning"


@dataclass(frozen=True, slots=True)
class Findings:
    """Findings in the order of their files, with the counts; `sources` has each file's text, for excerpts."""

    diagnostics: Sequence[Diagnostic]
    errors: int
    warnings: int
    ignored: int
    cases: Sequence[Case] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    colour: bool = False
