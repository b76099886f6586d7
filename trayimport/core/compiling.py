"""Templates of a mapping as they are compiled, each with what later checks need of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from trayimport.codes import template as codes
from trayimport.core.filters.base import Filter
from trayimport.core.findings import Findings
from trayimport.core.keys import Key
from trayimport.core.template import compile_template, has_template
from trayimport.core.tree import Branch, Hole, Items, Literal, Node, Path, Template
from trayimport.core.yaml_tree import List, Map, Scalar, Value

MOST_TEMPLATES: Final = 5_000
"""Templates of one mapping, each of which takes its time; the largest that people write have some dozens."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A template, where it stands, and the key whose rules it obeys."""

    template: Template
    scalar: Scalar
    path: Path
    key: Key


class Compiler:
    """Turns values of the document into trees; keeps every template that it met."""

    def __init__(self, findings: Findings, filters: Mapping[str, Filter] | None) -> None:
        self.compiled: list[Compiled] = []
        self._findings = findings
        self._filters = filters

    def template(self, scalar: Scalar, path: Path, key: Key) -> Template | None:
        """The template that a text is; None, with findings, where it is none."""
        if len(self.compiled) >= MOST_TEMPLATES:
            message = f"more than {MOST_TEMPLATES:,} templates in one mapping"
            self._findings.add(codes.TOO_LONG, scalar.at, path, message)
            return None
        template, found = compile_template(scalar.text, scalar.locate, names=key.names, filters=self._filters)
        self._findings.extend(found, path)
        if template is not None:
            self.compiled.append(Compiled(template, scalar, path, key))
        return template

    def tree(self, value: Value, path: Path, key: Key) -> Node:
        """Any value; a template that does not compile leaves null behind, and findings."""
        if isinstance(value, Map):
            return Branch(
                tuple((entry.key, self.tree(entry.value, (*path, entry.key), key)) for entry in value.entries),
                value.at,
                {entry.key: entry.at for entry in value.entries},
            )
        if isinstance(value, List):
            items = (self.tree(item, (*path, index), key) for index, item in enumerate(value.items))
            return Items(tuple(items), value.at)
        if isinstance(value.value, str) and has_template(value.value):
            template = self.template(value, path, key)
            return Literal(None, value.at) if template is None else Hole(template, value.at)
        return Literal(value.value, value.at)
