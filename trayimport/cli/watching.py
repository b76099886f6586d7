"""`--watch`: something is done again whenever files change."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

SECONDS = 0.3
"""Between two looks; an editor's save takes several steps, which then count as one."""

Stamps = dict[Path, tuple[int, int]]


def stamps(paths: Sequence[Path]) -> Stamps:
    """When each file at or below `paths` was written, in nanoseconds, and its size."""
    found: Stamps = {}
    for path in paths:
        for file in path.rglob("*") if path.is_dir() else [path]:
            try:
                status = file.stat()
            except OSError:
                continue
            if file.is_file():
                found[file] = (status.st_mtime_ns, status.st_size)
    return found


def changes(look: Callable[[], Stamps], sleep: Callable[[float], None]) -> Iterator[Stamps]:
    """The files at once, and again each time that they have changed and then stood still for a moment."""
    before = look()
    yield before
    while True:
        sleep(SECONDS)
        now = look()
        if now != before:
            while (later := _after(look, sleep)) != now:
                now = later
            before = now
            yield now


def _after(look: Callable[[], Stamps], sleep: Callable[[float], None]) -> Stamps:
    sleep(SECONDS)
    return look()
