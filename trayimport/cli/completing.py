"""What a shell completes: codes, services, and what the ledger here knows; offline, and silent whatever is wrong."""

import os
import re
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from trayimport.ledger import SqlLedger

Completion = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]
_SAFE = re.compile(r"[\w@%+=:,./-]+")
_CHANGED_IN_QUOTES = frozenset("\\'*?[]!")
"""What the lines that `completion bash` prints take for more than itself, quoted or not."""
MOST = 100
"""Words that are offered; more are of no use to a person."""


def completion(words: Callable[[click.Context], Iterable[tuple[str, str]]]) -> Completion:
    """A completion from (word, help): of those that begin with what was typed. A shell never sees an error."""

    def complete(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
        found: dict[str, str] = {}
        try:
            for word, help_text in words(context):
                offered = _offered(word) if word.lower().startswith(incomplete.lower()) else None
                if offered is not None:
                    found.setdefault(offered, help_text)
        except Exception:  # noqa: BLE001 - nothing that goes wrong here belongs on a command line
            return []
        return [CompletionItem(word, help=help_text or None) for word, help_text in islice(found.items(), MOST)]

    return complete


def _offered(word: str) -> str | None:
    """A word as the shell may put it into a line that is about to be run; None where it may not. Keys come from an
    export: `$(…)` is one like any other. zsh and fish quote by themselves, bash puts it there as it is."""
    if not word.isprintable() or word.startswith("-") or any(map(str.isspace, word)):
        return None
    if _SAFE.fullmatch(word) or not os.environ.get("_TRAYIMPORT_COMPLETE", "").startswith("bash"):
        return word
    return None if _CHANGED_IN_QUOTES & set(word) else f"'{word}'"


def _codes(_context: click.Context) -> Iterable[tuple[str, str]]:
    from trayimport.codes import all_codes  # noqa: PLC0415 - each Tab is a process that starts anew

    return [(code.id, code.title) for code in all_codes().values()]


def _services(context: click.Context) -> Iterable[tuple[str, str]]:
    from trayimport.catalog import Catalog  # noqa: PLC0415
    from trayimport.cli.folders import schemas_folder  # noqa: PLC0415

    folder = schemas_folder(context.params.get("schemas"), (), Path.cwd())
    return [(one.service, f"version {one.version}") for one in Catalog(folder).all()]


def _keys(context: click.Context) -> Iterable[tuple[str, str]]:
    return _of_ledger(context, is_open=False)


def _open_keys(context: click.Context) -> Iterable[tuple[str, str]]:
    return _of_ledger(context, is_open=True)


def _of_ledger(context: click.Context, *, is_open: bool) -> Iterable[tuple[str, str]]:
    ledger = _ledger(context)
    if ledger is None:
        return
    with closing(ledger):
        for item in ledger.open_items() if is_open else ledger.all_items():
            yield item.key, f"{item.mapping}, {item.state}"


def _runs(context: click.Context) -> Iterable[tuple[str, str]]:
    from trayimport.core.instant import text_of  # noqa: PLC0415

    ledger = _ledger(context)
    if ledger is None:
        return
    with closing(ledger):
        yield "latest", "the newest"
        yield from ((one.run, f"{one.command}, {text_of(one.started)}") for one in ledger.runs())


def _ledger(context: click.Context) -> "SqlLedger | None":
    from trayimport.cli.wiring import DEFAULT_LEDGER  # noqa: PLC0415
    from trayimport.ledger import open_ledger  # noqa: PLC0415

    url = str(context.params.get("ledger") or os.environ.get("TRAYIMPORT_LEDGER") or DEFAULT_LEDGER)
    return open_ledger(url, environ=os.environ, write=False, clock=time.time)


codes = completion(_codes)
services = completion(_services)
keys = completion(_keys)
open_keys = completion(_open_keys)
runs = completion(_runs)
