"""Where records come from: a type of source is a module and one line of the table below, or an entry point."""

import importlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from trayimport.codes import record as codes
from trayimport.errors import ConfigurationError
from trayimport.model import Json, Source
from trayimport.plugins import plugins

Opener = Callable[[Mapping[str, Json], Path, Sequence[Path] | None, Path], Source]

SOURCES = ("csv", "jsonl", "json", "sql")
"""The types that come with trayimport. `TYPE_source` has `open_source` and OPTIONS of each, and is imported when it is
used: SQLAlchemy alone takes longer than checking a hundred mappings."""
GROUP = "trayimport.sources"


def open_source(
    type: str,  # noqa: A002 - the language's own name
    options: Mapping[str, Json],
    *,
    base: Path,
    roots: Sequence[Path] | None,
    cwd: Path,
) -> Source:
    """Open a source. `base` is the mapping file's folder, `roots` the folders that may be read (None: all).

    Raises ConfigurationError for options that can't be used, SourceError for what can't be read.
    """
    if type not in SOURCES:
        return _plugin(type)(options, base, roots, cwd)
    module = importlib.import_module(f"trayimport.sources.{type}_source")
    for name in options:
        if name not in module.OPTIONS:
            raise ConfigurationError(codes.BAD_SOURCE, f"source.{name}: not an option of {type}")
    opened: Source = module.open_source(options, base, roots, cwd)
    return opened


def is_source_type(name: str) -> bool:
    """Whether such a source can be opened here: by the table, or by a plugin that is installed."""
    return name in SOURCES or name in plugins(GROUP)


def source_types() -> list[str]:
    """Types that can be opened here, sorted."""
    return sorted({*SOURCES, *plugins(GROUP)})


def _plugin(name: str) -> Opener:
    point = plugins(GROUP).get(name)
    if point is None:
        raise ConfigurationError(codes.BAD_SOURCE, f"source.type: none of {', '.join(SOURCES)}, and no plugin")
    try:
        opener: Opener = point.load()
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything
        message = f"the plugin {name} can't be loaded ({type(error).__name__})"
        raise ConfigurationError(codes.BAD_SOURCE, message) from None
    return opener
