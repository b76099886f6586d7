"""One request per call, over requests: no retries, no redirects, one deadline, no connection after a doubt (rule 3)."""

import logging
import socket
import threading
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.request import getproxies

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

from trayimport.codes import tray as codes
from trayimport.errors import NeverSentError, TrayError, UncertainError
from trayimport.model import Permit
from trayimport.tray.deadlines import Deadlines
from trayimport.tray.failures import of_exception

IDLE = 15.0
"""Seconds after which an idle connection carries nothing any more (protocol, section 7)."""
LARGEST = 64 * 1024 * 1024
"""Bytes of an answer that are read."""
PIECE = 64 * 1024

_now = threading.local()
"""What the request of this thread is about: its permit, and whether its line was written."""


class PermitExpiredError(Exception):
    """The permit was asked for at the socket, and is no more."""


class _Asking:
    """Asks for the permit after connecting and right before the request line is written (rule 8)."""

    used: float = 0.0

    def putrequest(self, *arguments: Any, **options: Any) -> None:
        """Connect, ask; then write."""
        connection: Any = self
        if connection.sock is None:
            connection.connect()
        permit: Permit | None = getattr(_now, "permit", None)
        if permit is not None and not permit():
            connection.close()
            raise PermitExpiredError
        watch: Callable[[socket.socket], None] | None = getattr(_now, "watch", None)
        if watch is not None:
            watch(connection.sock)
        _now.written = True
        count: Callable[[], None] | None = getattr(_now, "count", None)
        if count is not None:
            count()
        self.used = time.monotonic()
        super().putrequest(*arguments, **options)  # type: ignore[misc]


class _Http(_Asking, HTTPConnection):
    pass


class _Https(_Asking, HTTPSConnection):
    pass


class _Lively:
    """Takes no connection from the pool that has been idle for long: closed before anything else is done with it, as
    closing later forgets what urllib3 has noted for the request, a proxy's tunnel too."""

    idle: float

    def _get_conn(self, timeout: float | None = None) -> Any:
        connection = super()._get_conn(timeout)  # type: ignore[misc]
        if connection.sock is not None and time.monotonic() - connection.used > self.idle:
            connection.close()
        return connection


class _Adapter(HTTPAdapter):
    def __init__(self, idle: float, **options: Any) -> None:
        self._idle = idle
        super().__init__(**options)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        plain = {"ConnectionCls": _Http, "idle": self._idle}
        secure = {"ConnectionCls": _Https, "idle": self._idle}
        self.poolmanager.pool_classes_by_scheme = {
            "http": type("Plain", (_Lively, urllib3.HTTPConnectionPool), plain),
            "https": type("Secure", (_Lively, urllib3.HTTPSConnectionPool), secure),
        }


class Answer:
    """An answer as it came; never shown."""

    __slots__ = ("body", "retry_after", "status")

    def __init__(self, status: int, body: bytes, retry_after: float | None) -> None:
        self.status = status
        self.body = body
        self.retry_after = retry_after


class Session:
    """Sends requests; safe for many threads. `timeout` is the total deadline of one, `idle` what a connection may have
    been idle for to carry another, both in seconds."""

    def __init__(
        self,
        width: int,
        timeout: float,
        clock: Callable[[], float],
        wall: Callable[[], float],
        idle: float = IDLE,
    ) -> None:
        for name in ("urllib3", "requests"):
            logging.getLogger(name).setLevel(logging.WARNING)
        self._session = requests.Session()
        self._session.trust_env = False
        # One session carries the master token and every End User's: a cookie would go from one to the next.
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.proxies = {scheme: proxy for scheme, proxy in getproxies().items() if scheme == "https"}
        adapter = _Adapter(idle, pool_connections=4, pool_maxsize=width, max_retries=0, pool_block=False)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)
        self._timeout = timeout
        self._clock = clock
        self._wall = wall
        self._deadlines = Deadlines(clock)

    def send(
        self,
        method: str,
        url: str,
        token: str,
        body: bytes | None,
        permit: Permit | None,
        count: Callable[[], None],
    ) -> Answer:
        """One delivery of one request. Raises NeverSentError or UncertainError."""
        _now.permit, _now.written, _now.count = permit, False, count
        deadline = self._clock() + self._timeout
        watched: list[int] = []
        _now.watch = lambda sock: watched.append(self._deadlines.watch(sock, deadline))
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        answer: requests.Response | None = None
        try:
            answer = self._session.request(
                method,
                url,
                data=body,
                headers=headers,
                timeout=(min(10.0, self._timeout), self._timeout),
                allow_redirects=False,
                stream=True,
            )
            return Answer(answer.status_code, self._body(answer, deadline), self._retry_after(answer))
        except TrayError:
            _drop(answer)
            raise
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            _drop(answer)
            raise of_exception(error, written=_now.written) from None
        except PermitExpiredError:
            raise NeverSentError(codes.EXPIRED_PERMIT, "the claim grew too old") from None
        finally:
            _now.permit = _now.count = _now.watch = None
            for number in watched:
                self._deadlines.forget(number)

    def _body(self, answer: requests.Response, deadline: float) -> bytes:
        """Read in pieces against the deadline; `requests` itself has no total one."""
        pieces = []
        size = 0
        connection = getattr(answer.raw, "_connection", None)
        while True:
            left = deadline - self._clock()
            if left <= 0:
                raise UncertainError(codes.NO_ANSWER, "the answer took too long")
            sock = getattr(connection, "sock", None)
            if sock is not None:
                sock.settimeout(left)
            piece = answer.raw.read1(PIECE, decode_content=True)
            if not piece:
                break
            size += len(piece)
            if size > LARGEST:
                raise UncertainError(codes.NOT_JSON, "the answer is too large")
            pieces.append(piece)
        if self._clock() >= deadline:
            raise UncertainError(codes.NO_ANSWER, "the answer took too long")
        expected = answer.headers.get("Content-Length", "")
        encoded = answer.headers.get("Content-Encoding")
        if (
            expected.isascii()
            and expected.isdigit()
            and not encoded
            and int(expected) != size
            and answer.status_code != 204
        ):
            raise UncertainError(codes.NO_ANSWER, "the answer was cut short")
        if answer.status_code >= 500 or 300 <= answer.status_code < 400:
            _drop(answer)
        return b"".join(pieces)

    def _retry_after(self, answer: requests.Response) -> float | None:
        """Seconds of a Retry-After header (RFC 9110, 10.2.3), at most an hour."""
        text = answer.headers.get("Retry-After", "").strip()
        if text.isascii() and text.isdigit():
            return min(float(text[:9]), 3600.0)
        try:
            return min(max(0.0, parsedate_to_datetime(text).timestamp() - self._wall()), 3600.0) if text else None
        except (ValueError, TypeError, OverflowError, OSError):
            return None

    def close(self) -> None:
        """Close all connections."""
        self._session.close()
        self._deadlines.close()


def _drop(answer: requests.Response | None) -> None:
    """Close a connection that a doubt hangs on, so that nothing is sent over it any more."""
    if answer is not None:
        connection = getattr(answer.raw, "_connection", None)
        if connection is not None:
            connection.close()
        answer.close()
