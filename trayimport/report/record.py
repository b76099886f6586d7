"""Rendered records as YAML-like text for people."""

import json
from collections.abc import Iterator

from trayimport.model import Json, Problem
from trayimport.report.escape import shown


def record_text(
    where: str,
    key: str | None,
    action: str,
    parts: dict[str, Json],
    problems: tuple[Problem, ...],
) -> str:
    """One record: a line with its place and key, what it becomes, and what is wrong with it."""
    lines = [f"{shown(where)}: {action}" + ("" if key is None else f" {shown(key)}")]
    for name, value in parts.items():
        lines += _lines(name, value, 1)
    lines += [f"  {shown(f'{one.code} {one.path}: {one.message}')}" for one in problems]
    return "\n".join(lines) + "\n"


def _lines(name: str, value: Json, depth: int) -> Iterator[str]:
    indent = "  " * depth
    if isinstance(value, dict) and value:
        yield f"{indent}{shown(name)}:"
        for key, child in value.items():
            yield from _lines(key, child, depth + 1)
    else:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        yield f"{indent}{shown(name)}: {shown(text)}"
