"""Counts of mappings as a table: a row a mapping, a column for each count that isn't zero everywhere."""

import io
from collections.abc import Mapping, Sequence

from trayimport.report.escape import shown

PLANNED = {
    "created": "to create",
    "adopted": "to adopt",
    "updated": "to update",
    "unchanged": "unchanged",
    "kept": "to keep",
    "skipped": "skipped",
    "invalid": "invalid",
    "in_doubt": "in doubt",
}
"""What a plan's counts are called, under the names of its document."""
DONE = PLANNED | {
    "created": "created",
    "adopted": "adopted",
    "updated": "updated",
    "kept": "kept",
    "failed": "failed",
    "pending": "pending",
}
"""What a finished run's counts are called."""


def table(rows: Sequence[tuple[str, Mapping[str, int]]], names: Mapping[str, str]) -> str:
    """The table as text, ending with a line feed; `rows` are (mapping's path, counts), `names` the columns in order.

    Where there are several mappings, a last row has the totals.
    """
    from rich import box  # noqa: PLC0415 - costs more than many a command
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    used = [name for name in names if any(counts.get(name) for _, counts in rows)]
    found = Table(box=box.SIMPLE_HEAD, show_footer=len(rows) > 1, pad_edge=False)
    found.add_column("mapping", footer="all", overflow="fold")
    found.add_column("records", footer=f"{sum(sum(counts.values()) for _, counts in rows):,}", justify="right")
    for name in used:
        total = sum(counts.get(name, 0) for _, counts in rows)
        found.add_column(names[name], footer=f"{total:,}", justify="right")
    for path, counts in rows:
        numbers = [f"{counts[name]:,}" if counts.get(name) else "" for name in used]
        found.add_row(Text(shown(path)), f"{sum(counts.values()):,}", *numbers)
    text = io.StringIO()
    Console(file=text, width=10_000, color_system=None, force_terminal=False).print(found)
    return "".join(line.rstrip() + "\n" for line in text.getvalue().strip("\n").splitlines())
