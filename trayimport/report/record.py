"""Rendered records as YAML-like text for people, each value with what it came from."""

import json
from collections.abc import Iterator, Mapping, Sequence

from trayimport.core.tracing import Origin, Shown, around
from trayimport.model import Json
from trayimport.report.escape import shown

BESIDE = 44
"""The column in which what a value came from begins, where the value leaves room."""


def record_text(view: Shown, origins: Mapping[str, Origin], messages: Sequence[str]) -> str:
    """One record: what it becomes, step by step, and what is wrong with it; `messages` are those of the checks."""
    lines = [f"{shown(view.where)}: {view.action}" + ("" if view.key is None else f" {shown(view.key)}")]
    lines += _Lines(view, origins).all(messages)
    lines += [f"  {shown(f'{one.code} {one.path}: {one.message}')}" for one in view.problems]
    return "\n".join(lines) + "\n"


class _Lines:
    def __init__(self, view: Shown, origins: Mapping[str, Origin]) -> None:
        self._view = view
        self._origins = origins

    def all(self, messages: Sequence[str]) -> Iterator[str]:
        view, trace = self._view, self._view.trace
        if trace is not None:
            if trace.variables:
                yield from self._map("vars", trace.variables, "vars", 1)
            if trace.when is not None:
                yield self._leaf("when", trace.when, "when", 1)
        if view.user is not None and view.auth is not None:
            if view.key is not None:
                yield self._leaf("key", view.key, "key", 1)
            yield from self._map("user", view.user, "user", 1)
            yield from self._map("auth", view.auth, "", 1)
        if trace is not None:
            yield f"  schema: {trace.schema}"
            for index, (state, message) in enumerate(zip(trace.checks, messages, strict=True)):
                yield self._beside(f"  checks[{index}]: {state} ({shown(message)})", f"checks[{index}]")

    def _map(self, name: str, value: Mapping[str, Json], path: str, depth: int) -> Iterator[str]:
        yield f"{'  ' * depth}{shown(name)}:"
        for key, child in value.items():
            below = f"{path}.{key}" if path else key
            if isinstance(child, dict) and child:
                yield from self._map(key, child, below, depth + 1)
            else:
                yield self._leaf(key, child, below, depth + 1)

    def _leaf(self, name: str, value: Json, path: str, depth: int) -> str:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        return self._beside(f"{'  ' * depth}{shown(name)}: {shown(text)}", path)

    def _beside(self, line: str, path: str) -> str:
        """With what the value was made from: its own template's reads, else those of the template it came out of."""
        origin = around(self._origins, path)
        if origin is None:
            return line
        return f"{line:<{BESIDE}}  <- {shown(', '.join(origin.reads) or 'the mapping')} (line {origin.at.line})"
