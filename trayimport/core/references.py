"""What templates read of `vars` and `secrets`, through other `vars` too: is it there, and may it be read here?"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from trayimport.codes import mapping as codes
from trayimport.core.compiling import Compiled
from trayimport.core.findings import Findings, did_you_mean, shown
from trayimport.core.tree import Template
from trayimport.model import Position


@dataclass(frozen=True, slots=True)
class Variables:
    """What is known of `vars`: their order, and what follows from reading one, transitively."""

    names: tuple[str, ...]
    timed: frozenset[str]
    secret: frozenset[str]
    conditional: frozenset[str]
    """Those with a condition on time in them, or below."""
    early: frozenset[str]
    """Those that `when` needs."""


def variables_of(names: Sequence[str], compiled: Sequence[Compiled], when: Template | None) -> Variables:
    """Closes what each of `vars` does over what it reads."""
    own: dict[str, list[Compiled]] = {name: [] for name in names}
    for one in compiled:
        if one.path[0] == "vars":
            own[str(one.path[1])].append(one)
    reads = {name: _union(own[name]) & frozenset(names) for name in names}
    timed = _closed(names, reads, lambda name: any(one.template.time_dependent for one in own[name]))

    def conditional(name: str) -> bool:
        return any(_conditional_on_time(one, timed) for one in own[name])

    return Variables(
        tuple(names),
        timed,
        _closed(names, reads, lambda name: any(_reads_secrets(one.template) for one in own[name])),
        _closed(names, reads, conditional),
        _needed(when.variables if when is not None else frozenset(), reads),
    )


def _union(compiled: Sequence[Compiled]) -> frozenset[str]:
    return frozenset().union(*(one.template.variables for one in compiled))


def _closed(names: Sequence[str], reads: Mapping[str, frozenset[str]], own: Callable[[str], bool]) -> frozenset[str]:
    """The names of which `own` is true, and all that read one of those, however indirectly."""
    found = {name for name in names if own(name)}
    readers: dict[str, list[str]] = {}
    for name, others in reads.items():
        for other in others:
            readers.setdefault(other, []).append(name)
    todo = list(found)
    while todo:
        for reader in readers.get(todo.pop(), ()):
            if reader not in found:
                found.add(reader)
                todo.append(reader)
    return frozenset(found)


def _needed(start: frozenset[str], reads: Mapping[str, frozenset[str]]) -> frozenset[str]:
    found: set[str] = set()
    todo = [name for name in start if name in reads]
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += reads[name]
    return frozenset(found)


def check_references(
    compiled: Sequence[Compiled], variables: Variables, secrets: Sequence[str], findings: Findings
) -> None:
    """Reports unknown and late `vars`, unknown `secrets`, and what identities and `auth` must not read."""
    order = {name: index for index, name in enumerate(variables.names)}
    for one in compiled:
        if findings.full:
            return
        _check_variables(one, order, findings)
        for name in sorted(one.template.secrets - set(secrets)):
            hint = did_you_mean(name, secrets) or "; `secrets:` does not list it"
            message = f"unknown secret {shown(name)}{hint}"
            findings.add(codes.UNKNOWN_SECRET, place(one, "secrets", name), one.path, message)
        _check_bans(one, variables, findings)


def _check_variables(one: Compiled, order: Mapping[str, int], findings: Findings) -> None:
    own = order.get(str(one.path[1]), 0) if one.path[0] == "vars" else len(order)
    for name in sorted(one.template.variables):
        at = place(one, "vars", name)
        if name not in order:
            hint = did_you_mean(name, order) or "; `vars:` does not define it"
            findings.add(codes.UNKNOWN_VARIABLE, at, one.path, f"unknown variable {shown(name)}{hint}")
        elif order[name] >= own:
            message = f"the variable {shown(name)} is computed later; `vars` see those above them only"
            findings.add(codes.LATE_VARIABLE, at, one.path, message)


def _check_bans(one: Compiled, variables: Variables, findings: Findings) -> None:
    bans, template = one.key.bans, one.template
    if "secrets" in bans:
        via = sorted(template.variables & variables.secret)
        if _reads_secrets(template) or via:
            message = "an identity, which is shown and stored, sees no secrets" + _through(via)
            findings.add(codes.SECRET_IDENTITY, template.at, one.path, message)
    if "time" in bans:
        via = sorted(template.variables & variables.timed)
        if template.time_dependent or via:
            message = "neither `now` nor `seconds_until` may be used here" + _through(via)
            findings.add(codes.TIME_IDENTITY, template.at, one.path, message)
    if "time conditions" in bans:
        via = sorted(template.variables & variables.conditional)
        if _conditional_on_time(one, variables.timed) or via:
            message = "no condition under `auth` may depend on time" + _through(via)
            findings.add(codes.TIME_CONDITION, template.at, one.path, message)


def _reads_secrets(template: Template) -> bool:
    return bool(template.secrets) or "secrets" in template.names


def _conditional_on_time(one: Compiled, timed: frozenset[str]) -> bool:
    return one.template.conditional_on_time or bool(one.template.conditions & timed)


def _through(via: Sequence[str]) -> str:
    return f", not through vars.{shown(via[0])} either" if via else ""


def place(one: Compiled, scope: str, name: str) -> Position:
    """Where a template reads `scope.name`; its beginning where that can't be seen."""
    pattern = rf"\b{scope}\s*(?:\.\s*{re.escape(name)}\b|\[\s*['\"]{re.escape(name)}['\"])"
    found = re.search(pattern, one.scalar.text)
    return one.scalar.locate(found.start()) if found else one.template.at
