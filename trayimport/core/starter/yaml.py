"""Values, names and maps as YAML that any reader of YAML understands alike."""

import json
import re
from collections.abc import Sequence
from typing import Final

from trayimport.core.starter.columns import Column
from trayimport.model import Json

_IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_RESERVED: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


def indent(depth: int) -> str:
    """Of a key within `auth.credentials`, so many maps deep."""
    return " " * (4 + 2 * depth)


def reference(column: Column) -> str:
    """What a template calls a column: `record.token`, `record['Access token']`."""
    text = "record"
    for step in column:
        quoted = step.replace("\\", "\\\\").replace("'", "\\'")
        text += f".{step}" if _IDENTIFIER.fullmatch(step) else f"['{quoted}']"
    return text


def template(expression: str) -> str:
    """An expression as a quoted template."""
    return quoted("{{ " + expression + " }}")


def quoted(text: str) -> str:
    """YAML's double-quoted scalar, which takes JSON's; on one line, whatever the text holds."""
    made = json.dumps(text, ensure_ascii=False)
    return "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in made)


def scalar(text: str) -> str:
    """A text as a YAML scalar, quoted where it could be read as something else."""
    return text if _PLAIN.fullmatch(text) and text.lower() not in _RESERVED else quoted(text)


def flow(found: Json) -> str:
    """A value in flow style."""
    return scalar(found) if isinstance(found, str) else json.dumps(found)


def identifier(name: str) -> str:
    """A name that a template can write after a dot."""
    return re.sub(r"\W", "_", name, flags=re.ASCII)


def nested(values: dict[tuple[str, ...], Json]) -> dict[str, Json]:
    """Values by their paths, as maps in maps."""
    found: dict[str, Json] = {}
    for path, leaf in values.items():
        inner = found
        for step in path[:-1]:
            child = inner.setdefault(step, {})
            if not isinstance(child, dict):
                break
            inner = child
        else:
            inner[path[-1]] = leaf
    return found


def block(values: dict[str, Json], pad: int) -> Sequence[str]:
    """A map in block style."""
    lines = []
    for name, child in values.items():
        if isinstance(child, dict) and child:
            lines += [f"{' ' * pad}{scalar(name)}:", *block(child, pad + 2)]
        else:
            lines.append(f"{' ' * pad}{scalar(name)}: {quoted(child) if isinstance(child, str) else flow(child)}")
    return lines
