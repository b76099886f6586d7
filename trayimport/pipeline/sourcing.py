"""A mapping's secrets and source, opened; its columns checked against the header."""

import difflib
from collections.abc import Sequence
from pathlib import Path

from trayimport.codes import content as content_codes
from trayimport.codes import record as record_codes
from trayimport.core.mapping import static_columns
from trayimport.core.spec import Mapping
from trayimport.core.tree import OMIT, Branch, Hole, Items, Literal, Node
from trayimport.errors import ConfigurationError, RecordError
from trayimport.model import Diagnostic, Json, Source
from trayimport.pipeline.settings import Settings
from trayimport.secrets import Secrets
from trayimport.sources import open_source


class SecretNames(dict[str, str]):
    """What templates see as `secrets`: each is read when it is first used."""

    def __init__(self, secrets: Secrets, names: Sequence[str]) -> None:
        super().__init__()
        self._secrets = secrets
        self._names = frozenset(names)

    def __missing__(self, name: str) -> str:
        if name not in self._names:
            raise KeyError(name)
        value = self._secrets.get(name)
        self[name] = value
        return value

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __repr__(self) -> str:
        return "<secrets ***>"

    def describe(self) -> list[str]:
        """What the mapping reads, by name."""
        return self._secrets.describe()


def roots_of(settings: Settings, mapping: Mapping) -> tuple[Path, ...] | None:
    """Folders below which a mapping may read; None where --allow-outside allows all."""
    return None if settings.allow_outside else (settings.cwd, mapping.file.parent)


def secrets_of(settings: Settings, mapping: Mapping) -> SecretNames:
    """The secrets of a mapping; none is read yet."""
    secrets = Secrets(
        mapping.secrets,
        environ=settings.environ,
        base=mapping.file.parent,
        roots=roots_of(settings, mapping),
        cwd=settings.cwd,
        allow_commands=settings.allow_commands,
        own=settings.own,
    )
    return SecretNames(secrets, list(mapping.secrets))


def open_unit_source(settings: Settings, mapping: Mapping, secrets: SecretNames) -> tuple[Source, list[Diagnostic]]:
    """The mapping's source, and what its header says of the mapping. Raises ConfigurationError, SourceError."""
    options = {name: _option(node, secrets) for name, node in mapping.source.options.items()}
    source = open_source(
        mapping.source.type,
        {name: value for name, value in options.items() if value is not OMIT},
        base=mapping.file.parent,
        roots=roots_of(settings, mapping),
        cwd=settings.cwd,
    )
    header = source.columns()
    return source, [] if header is None else _columns(mapping, header)


def _option(node: Node, secrets: SecretNames) -> Json:
    if isinstance(node, Hole):
        try:
            return node.template.render({"secrets": secrets})
        except RecordError as error:
            raise ConfigurationError(content_codes.EMPTY, f"{node.at}: {error.problem.message}") from None
    if isinstance(node, Literal):
        return node.value
    if isinstance(node, Items):
        return [_option(child, secrets) for child in node.items]
    if isinstance(node, Branch):
        return {key: _option(child, secrets) for key, child in node.entries}
    raise AssertionError(type(node))


def _columns(mapping: Mapping, header: Sequence[str]) -> list[Diagnostic]:
    """One finding for each column that templates read and the header lacks (language, ruling 10)."""
    found: dict[str, Diagnostic] = {}
    for column in static_columns(mapping):
        if column.name in header:
            continue
        code = record_codes.GUARDED_COLUMN if column.guarded else record_codes.MISSING_COLUMN
        used = {other.name for other in static_columns(mapping)}
        near = [name for name in difflib.get_close_matches(column.name, header, 1, 0.6) if name not in used]
        hint = f"; did you mean {near[0]}?" if near else ""
        finding = Diagnostic.of(code, column.at, f"the source has no column {column.name}{hint}", "source")
        if column.name not in found or found[column.name].severity == "warning":
            found[column.name] = finding
    return list(found.values())
