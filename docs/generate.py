"""Writes `docs/reference/`: keys, diagnostics and commands, from what the program itself reads them from.

`python docs/generate.py` after a change; a test compares what it would write with what is committed.
"""

from collections.abc import Iterator
from pathlib import Path

import click

from trayimport.cli import COMMANDS, cli
from trayimport.codes import all_codes
from trayimport.core import keys
from trayimport.core.keys import Key

RANGES = {
    "1": "Mapping files",
    "2": "Templates",
    "3": "Schemas",
    "4": "Records",
    "5": "Tray",
    "6": "The ledger",
    "7": "Options and runs",
}
KINDS = {
    "map": "map",
    "named": "map of names of your own",
    "list": "list",
    "text": "text",
    "character": "one character",
    "encoding": "name of an encoding",
    "integer": "integer",
    "boolean": "boolean",
    "choice": "text",
    "duration": "duration: `30m`, `24h`, `7d`",
    "instant": "instant, RFC 3339 with a zone",
    "path": "path, such as `credentials.dc`",
    "expression": "one `{{ expression }}`",
    "template": "text, may hold templates",
    "identity": "text or template",
    "filled": "text, may hold templates",
    "tree": "anything, with templates in it",
    "scopes": "list of texts, or one template",
    "data": "anything, without templates",
    "source": "map; its keys depend on `type`",
    "provider": "one of `{env: NAME}`, `{file: PATH}`, …",
}


def pages() -> dict[str, str]:
    """The generated pages, by file name."""
    found = {"keys.md": _keys(), "diagnostics.md": _diagnostics(), "commands.md": _commands()}
    return {name: "\n".join(lines) + "\n" for name, lines in found.items()}


def _keys() -> Iterator[str]:
    yield from ("# Every key of a mapping", "")
    yield "What `schemas/mapping.schema.json` tells editors, as a page. How values, names and templates work:"
    yield "[The mapping language](../mapping-language.md)."
    for key in keys.MAPPING.below:
        yield from ("", f"## {key.name}", "", _about(key))
        rows = list(_rows(key, key.name))
        if rows:
            yield from ("", "| key | value | |", "|---|---|---|", *rows)


def _about(key: Key) -> str:
    return f"{key.about} *{_value(key)}{', required' if key.required else ''}*"


def _rows(key: Key, path: str) -> Iterator[str]:
    below = [*key.below, *(key.each.below if key.each is not None else ())]
    inside = f"{path}[]" if key.kind == "list" else f"{path}.NAME" if key.kind == "named" else path
    if key.each is not None and not key.each.below:
        yield _row(inside, key.each)
    for child in below:
        yield _row(f"{inside}.{child.name}", child)
        yield from _rows(child, f"{inside}.{child.name}")


def _row(path: str, key: Key) -> str:
    sources = f" Of {', '.join(f'`{one}`' for one in key.sources)}." if key.sources else ""
    required = ", required" if key.required else ""
    return f"| `{path}` | {_value(key)}{required} | {_cell(key.about)}{sources} |"


def _value(key: Key) -> str:
    return ", ".join(f"`{choice}`" for choice in key.choices) if key.choices else _cell(KINDS[key.kind])


def _diagnostics() -> Iterator[str]:
    yield from ("# Diagnostics", "")
    yield "Every code, as `trayimport explain CODE` has it. Codes are stable: one keeps its meaning for good."
    section = ""
    for code in all_codes().values():
        if code.id[2] != section:
            section = code.id[2]
            yield from ("", f"## TI{section}xx: {RANGES[section]}")
        mark = " (warning)" if code.severity == "warning" else ""
        yield from ("", f"### {code.id}: {_plain(code.title)}{mark}", "", _plain(code.cause), "")
        yield from (f"- Example: `` {code.example} ``", f"- Remedy: {_plain(code.remedy)}")


def _commands() -> Iterator[str]:
    yield from ("# Every command and option", "")
    yield "As `trayimport COMMAND --help` has it. What the commands promise: [Commands](../commands.md)."
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        if command is None:
            raise AssertionError(name)
        context = click.Context(command, info_name=f"trayimport {name}")
        usage = " ".join(command.collect_usage_pieces(context))
        yield from ("", f"## {name}", "", _plain(" ".join((command.help or "").split())), "")
        yield from ("```text", f"trayimport {name} {usage}", "```")
        options = [one for one in command.params if isinstance(one, click.Option) and not one.hidden]
        if options:
            yield from ("", "| option | environment | |", "|---|---|---|")
        for option in options:
            yield _option(option)


def _option(option: click.Option) -> str:
    names = ", ".join([*option.opts, *option.secondary_opts])
    if isinstance(option.type, click.Choice):
        names += " " + "|".join(map(str, option.type.choices))
    elif not option.is_flag and not option.count:
        names += f" {option.metavar or option.type.name.upper()}"
    variable = f"`{option.envvar}`" if isinstance(option.envvar, str) else ""
    return f"| `{_cell(names)}` | {variable} | {_plain(option.help or '')} |"


def _plain(text: str) -> str:
    """A sentence of ours as Markdown: outside of code, brackets are no links, and nothing is a tag."""
    parts = _cell(text).split("`")
    parts[::2] = [part.replace("[", "\\[").replace("<", "&lt;") for part in parts[::2]]
    return "`".join(parts)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    folder = Path(__file__).parent / "reference"
    folder.mkdir(exist_ok=True)
    for file, text in pages().items():
        (folder / file).write_text(text, encoding="utf-8")
