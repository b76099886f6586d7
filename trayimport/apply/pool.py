"""Threads that carry one request each, grown as they are needed."""

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Done:
    """A request's end: its result, or the exception that it raised."""

    tag: Any
    result: Any
    error: BaseException | None


class Pool(Protocol):
    """Carries requests while the loop goes on."""

    def submit(self, tag: Any, run: Callable[[], Any]) -> None:
        """Start `run`; its end comes from `wait` with `tag`."""
        ...

    def wait(self, seconds: float) -> list[Done]:
        """What has ended, waiting up to `seconds` for the first."""
        ...

    def wake(self) -> None:
        """Let `wait` return now; safe to call from a signal handler."""
        ...

    def close(self) -> None: ...


class ThreadPool:
    """Up to `width` daemon threads, so that a second interrupt need not wait for what is in the air."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._jobs: queue.SimpleQueue[tuple[Any, Callable[[], Any]] | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[Done | None] = queue.SimpleQueue()
        self._threads = 0
        self._busy = 0

    def submit(self, tag: Any, run: Callable[[], Any]) -> None:
        """See Pool."""
        self._busy += 1
        if self._busy > self._threads and self._threads < self._width:
            self._threads += 1
            threading.Thread(target=self._work, daemon=True, name=f"request-{self._threads}").start()
        self._jobs.put((tag, run))

    def wait(self, seconds: float) -> list[Done]:
        """See Pool."""
        ended = []
        try:
            first = self._done.get(timeout=seconds) if seconds > 0 else self._done.get_nowait()
            while True:
                if first is not None:
                    ended.append(first)
                    self._busy -= 1
                first = self._done.get_nowait()
        except queue.Empty:
            return ended

    def wake(self) -> None:
        """See Pool; a SimpleQueue may be put to in a signal handler."""
        self._done.put(None)

    def close(self) -> None:
        """Let idle threads end."""
        for _ in range(self._threads):
            self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            tag, run = job
            try:
                self._done.put(Done(tag, run(), None))
            except BaseException as error:  # noqa: BLE001 - whatever a request raises belongs to its worker
                self._done.put(Done(tag, None, error))
