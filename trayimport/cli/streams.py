"""Stdout and stderr that nothing can fail at: closed, a pipe without a reader, a full device, a narrow encoding.

An import that is done stays done when its sum can't be printed, and what an exception says may hold a secret.
"""

import errno
import io
import os
import select
import sys
from typing import Final

GONE: Final = frozenset({errno.EPIPE, errno.EBADF})
"""Nobody reads any more, by the reader's own choice."""


class Outlet(io.FileIO):
    """A file descriptor. What it can't take is dropped, and `failed` keeps the first reason's errno."""

    failed: int | None = None

    def write(self, data: object) -> int:
        """Always all of it, whatever became of it."""
        left = memoryview(data).cast("B")  # type: ignore[arg-type]
        size = len(left)
        while left and self.failed is None:
            try:
                left = left[os.write(self.fileno(), left) :]
            except BlockingIOError:
                select.select([], [self.fileno()], [], 1.0)
            except OSError as error:
                self.failed = error.errno or errno.EIO
        return size


def opened() -> tuple[Outlet, Outlet]:
    """Put outlets in the place of stdout and stderr, and give them. Descriptors 0 to 2 that were closed lead to nowhere
    first: the next file opened, the ledger perhaps, would be written to as if it were stdout."""
    closed = set()
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
        closed.add(descriptor)
    os.close(descriptor)
    outlets = []
    for number, name in ((1, "stdout"), (2, "stderr")):
        before = getattr(sys, name)
        outlet = Outlet(number, "w", closefd=False)
        if number in closed:
            outlet.failed = errno.EBADF
        encoding = getattr(before, "encoding", None) or "utf-8"
        lines = number == 2 or outlet.isatty()
        text = io.TextIOWrapper(
            io.BufferedWriter(outlet), encoding=encoding, errors="backslashreplace", line_buffering=lines
        )
        setattr(sys, name, text)
        setattr(sys, f"__{name}__", text)
        outlets.append(outlet)
    return outlets[0], outlets[1]
