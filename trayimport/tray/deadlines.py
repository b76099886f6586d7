"""One deadline over a whole exchange: whatever drips in (a status, a header, a chunk's size, 100 Continue).

A time-out of a socket is one of each read, and begins anew with every byte.
"""

import contextlib
import heapq
import itertools
import socket
import threading
from collections.abc import Callable


class Deadlines:
    """Shuts sockets down when their time is up, from one thread of its own; safe for many threads."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` gives monotonic seconds."""
        self._clock = clock
        self._count = itertools.count()
        self._open: dict[int, socket.socket] = {}
        self._heap: list[tuple[float, int]] = []
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    def watch(self, sock: socket.socket, end: float) -> int:
        """Shut `sock` down at `end`, unless `forget` is called with the number that this gives."""
        number = next(self._count)
        with self._changed:
            self._open[number] = sock
            heapq.heappush(self._heap, (end, number))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            self._changed.notify()
        return number

    def forget(self, number: int) -> None:
        """The exchange is over."""
        with self._changed:
            self._open.pop(number, None)

    def close(self) -> None:
        """End the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _run(self) -> None:
        with self._changed:
            while not self._closed:
                left = self._heap[0][0] - self._clock() if self._heap else None
                if left is None or left > 0:
                    self._changed.wait(left)
                    continue
                sock = self._open.pop(heapq.heappop(self._heap)[1], None)
                if sock is not None:
                    # The plain socket's: TLS would go on in clear on what the other side has sent already.
                    with contextlib.suppress(OSError):
                        socket.socket.shutdown(sock, socket.SHUT_RDWR)
