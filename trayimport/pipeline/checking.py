"""`validate`: mappings against snapshots and their own examples; no network, no secrets, no exports."""

from collections.abc import Callable
from dataclasses import dataclass, field

from trayimport.catalog import Catalog
from trayimport.codes import run as codes
from trayimport.core import ignoring
from trayimport.core.apps import app_problems
from trayimport.core.example import run_example
from trayimport.core.program import Program
from trayimport.core.spec import Mapping
from trayimport.errors import ConfigurationError
from trayimport.model import Diagnostic, Environment
from trayimport.pipeline.environments import choose
from trayimport.pipeline.joining import join


@dataclass(slots=True)
class Checked:
    """One mapping's findings, and those of each of its examples by name."""

    mapping: str
    findings: list[Diagnostic] = field(default_factory=list)
    ignored: list[Diagnostic] = field(default_factory=list)
    """Those that a comment on their line silences, of the mapping and of its examples."""
    examples: list[tuple[str, list[Diagnostic]]] = field(default_factory=list)


def check(mapping: Mapping, catalog: Catalog, fingerprint: Callable[[bytes], str]) -> Checked:
    """Everything that can be known of a mapping offline, less what its comments ignore."""
    found = _check(mapping, catalog, fingerprint)
    counting, silenced = ignoring.split(found.findings, mapping.ignores)
    checked = Checked(mapping.path, counting, [*mapping.ignored, *silenced])
    for name, diagnostics in found.examples:
        counting, silenced = ignoring.split(diagnostics, mapping.ignores)
        checked.examples.append((name, counting))
        checked.ignored += silenced
    return checked


def _check(mapping: Mapping, catalog: Catalog, fingerprint: Callable[[bytes], str]) -> Checked:
    checked = Checked(mapping.path)
    environments = environments_of(catalog, mapping)
    if not environments:
        name = f"{mapping.service.name} {mapping.service.version}"
        message = f"no snapshot of {name}; `trayimport pull {mapping.path}` fetches it"
        checked.findings.append(Diagnostic.of(codes.NO_SNAPSHOT, mapping.service.at, message, "service"))
        return checked
    try:
        environment = choose(mapping, environments)
    except ConfigurationError as error:
        message = error.message.split(": ", 1)[-1]
        checked.findings.append(Diagnostic.of(error.code, mapping.service.at, message, "service.environment"))
        return checked
    program, findings = join(mapping, environment, {}, fingerprint)
    checked.findings += [*findings, *app_problems(mapping, environment, [one.title for one in environments])]
    if not mapping.examples:
        message = "no examples: nothing shows that this mapping does what it should"
        checked.findings.append(Diagnostic.of(codes.NO_EXAMPLE, mapping.service.at, message, "examples"))
    if program is not None:
        _examples(program, mapping, environment, checked, fingerprint)
    return checked


def _examples(
    program: Program,
    mapping: Mapping,
    environment: Environment,
    checked: Checked,
    fingerprint: Callable[[bytes], str],
) -> None:
    for example in mapping.examples:
        own = program
        if example.secrets:
            made, _ = join(mapping, environment, dict(example.secrets), fingerprint)
            own = made or program
        checked.examples.append((example.name, run_example(own, example)))


def environments_of(catalog: Catalog, mapping: Mapping) -> list[Environment]:
    """The snapshots of a mapping's service version."""
    return [
        snapshot.environment
        for snapshot in catalog.all()
        if (snapshot.service, snapshot.version) == (mapping.service.name, mapping.service.version)
    ]
