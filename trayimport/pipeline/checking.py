"""`validate`: mappings against snapshots and their own examples; no network, no secrets, no exports."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from trayimport.catalog import Catalog
from trayimport.codes import record as record_codes
from trayimport.codes import run as codes
from trayimport.core import ignoring
from trayimport.core.apps import app_problems
from trayimport.core.example import run_example
from trayimport.core.findings import did_you_mean
from trayimport.core.program import Program
from trayimport.core.spec import Mapping
from trayimport.errors import ConfigurationError
from trayimport.model import Diagnostic, Environment
from trayimport.pipeline.choosing import choose
from trayimport.pipeline.joining import join, telling_problems
from trayimport.secrets import is_provider, provider_names
from trayimport.sources import is_source_type, source_types

EXAMPLES_WITHIN: Final = 5.0
"""Seconds for all examples of a file together; thousands of them take one."""


@dataclass(slots=True)
class Checked:
    """One mapping's findings, and those of each of its examples by name."""

    mapping: str
    findings: list[Diagnostic] = field(default_factory=list)
    ignored: list[Diagnostic] = field(default_factory=list)
    """Those that a comment on their line silences, of the mapping and of its examples."""
    examples: list[tuple[str, list[Diagnostic]]] = field(default_factory=list)

    @property
    def all(self) -> list[Diagnostic]:
        """The findings, those of the examples too."""
        return [*self.findings, *(one for _, own in self.examples for one in own)]

    @property
    def errors(self) -> list[Diagnostic]:
        """The errors among them."""
        return [one for one in self.all if one.severity == "error"]


def check(mapping: Mapping, catalog: Catalog, fingerprint: Callable[[bytes], str]) -> Checked:
    """Everything that can be known of a mapping offline, less what its comments ignore."""
    environments = environments_of(catalog, mapping)
    if not environments:
        return _heeding(mapping, Checked(mapping.path, [no_snapshot(catalog, mapping)]))
    return check_against(mapping, environments, fingerprint)


def check_against(
    mapping: Mapping, environments: Sequence[Environment], fingerprint: Callable[[bytes], str]
) -> Checked:
    """The same, by these environments of the mapping's service version."""
    return _heeding(mapping, _check(mapping, environments, fingerprint))


def _heeding(mapping: Mapping, found: Checked) -> Checked:
    """What was found, less what comments ignore."""
    counting, silenced = ignoring.split(found.findings, mapping.ignores)
    checked = Checked(mapping.path, counting, [*mapping.ignored, *silenced])
    for name, diagnostics in found.examples:
        counting, silenced = ignoring.split(diagnostics, mapping.ignores)
        checked.examples.append((name, counting))
        checked.ignored += silenced
    return checked


def _check(mapping: Mapping, environments: Sequence[Environment], fingerprint: Callable[[bytes], str]) -> Checked:
    checked = Checked(mapping.path)
    try:
        environment = choose(mapping, environments)
    except ConfigurationError as error:
        message = error.message.split(": ", 1)[-1]
        at = mapping.service.place("environment")
        checked.findings.append(Diagnostic.of(error.code, at, message, "service.environment"))
        return checked
    checked.findings += _plugins(mapping)
    program, findings = join(mapping, environment, {}, fingerprint)
    checked.findings += [*findings, *app_problems(mapping, environment, [one.title for one in environments])]
    if not mapping.examples:
        message = "no examples: nothing shows that this mapping does what it should"
        checked.findings.append(Diagnostic.of(codes.NO_EXAMPLE, mapping.service.place("name"), message, "examples"))
    if program is not None:
        checked.findings += telling_problems(program)
        _examples(program, mapping, environment, checked, fingerprint)
    return checked


def no_snapshot(catalog: Catalog, mapping: Mapping) -> Diagnostic:
    """That there is none of this service, or none of this version of it, at the place that says which."""
    service = mapping.service
    known = {one.service: one.version for one in catalog.all()}
    pull = f"`trayimport pull {mapping.path}` fetches it"
    if service.name in known:
        versions = sorted({one.version for one in catalog.all() if one.service == service.name})
        there = ", ".join(map(str, versions))
        message = f"no snapshot of {service.name} {service.version}, but of version {there}; {pull}"
        return Diagnostic.of(codes.NO_SNAPSHOT, service.place("version"), message, "service.version")
    message = f"no snapshot of {service.name} {service.version}{did_you_mean(service.name, known)}; {pull}"
    return Diagnostic.of(codes.NO_SNAPSHOT, service.place("name"), message, "service.name")


def _plugins(mapping: Mapping) -> Iterator[Diagnostic]:
    """Types of source and providers that neither come with trayimport nor with a plugin that is installed here."""
    kind = mapping.source.type
    if not is_source_type(kind):
        types = source_types()
        message = f"no source is of type {kind}{did_you_mean(kind, types)}; there are {', '.join(types)}"
        yield Diagnostic.of(record_codes.BAD_SOURCE, mapping.source.type_at, message, "source.type")
    for name, spec in mapping.secrets.items():
        if not is_provider(spec.provider):
            providers = provider_names()
            near = did_you_mean(spec.provider, providers)
            message = f"no provider is called {spec.provider}{near}; there are {', '.join(providers)}"
            yield Diagnostic.of(record_codes.NO_PROVIDER, spec.at, message, f"secrets.{name}")


class _OutOfTimeError(Exception):
    """The examples of a file have used up their time."""


def _examples(
    program: Program,
    mapping: Mapping,
    environment: Environment,
    checked: Checked,
    fingerprint: Callable[[bytes], str],
) -> None:
    known = frozenset(one.path for one in checked.findings if one.severity == "error")
    end = time.monotonic() + EXAMPLES_WITHIN

    def tick() -> None:
        if time.monotonic() > end:
            raise _OutOfTimeError

    for example in mapping.examples:
        own = program
        if example.secrets:
            made, _ = join(mapping, environment, dict(example.secrets), fingerprint)
            own = made or program
        own.tick = tick
        try:
            tick()
            found = run_example(own, example, known)
        except _OutOfTimeError:
            message = f"the examples take more than {EXAMPLES_WITHIN:g} s; from {example.name!r} on they were not run"
            found = [Diagnostic.of(codes.EXAMPLE, example.at, message, "examples")]
            checked.examples.append((example.name, found))
            break
        checked.examples.append((example.name, found))


def environments_of(catalog: Catalog, mapping: Mapping) -> list[Environment]:
    """The snapshots of a mapping's service version."""
    return [
        snapshot.environment
        for snapshot in catalog.all()
        if (snapshot.service, snapshot.version) == (mapping.service.name, mapping.service.version)
    ]
