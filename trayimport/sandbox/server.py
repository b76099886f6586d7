"""The emulator as a real HTTP server on loopback, in a thread with an event loop of its own."""

import asyncio
import secrets
import socket
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from trayimport.sandbox.answers import INTERNAL, LIMITED, PROXY_PAGE, Answer, RefusalError, limited_graphql
from trayimport.sandbox.caller import Caller, caller_of
from trayimport.sandbox.errors import SandboxError
from trayimport.sandbox.faults import AFTER, HELD, Fault, FaultPlan
from trayimport.sandbox.graphql import ROOT, BadQueryError, GraphQL, not_allowed
from trayimport.sandbox.limits import Limits
from trayimport.sandbox.readings import HARSH, Readings
from trayimport.sandbox.rest import ROUTES, Rest
from trayimport.sandbox.seed import ServiceEnvironment, built_in_services
from trayimport.sandbox.state import Journal
from trayimport.sandbox.store import Store

START_SECONDS = 10.0
HELD_SECONDS = 0.01
"""How often a held request looks whether it may go on."""
OPERATIONS = (*(operation for _, _, operation in ROUTES), *ROOT)
"""What requests are told apart by: REST's operations, and GraphQL's top fields."""
UNLIMITED = frozenset({"call"})
"""Call Connector has no rate limit (contract, hosts and limits)."""

GATEWAY = RefusalError(504, "Gateway Timeout", None).answer()
HTML_200 = Answer(200, PROXY_PAGE.body, PROXY_PAGE.content_type)


@dataclass(frozen=True, slots=True)
class Logged:
    """One request as it came: seconds of the monotonic clock, its operation, whose token, what happened to it."""

    at: float
    operation: str
    owner: str | None
    status: int | None
    fault: Fault | None = None


@dataclass(slots=True)
class _Work:
    """One request on its way: `answer` makes the change and gives the answer."""

    operation: str
    caller: Caller | None
    token: str
    answer: Callable[[], Answer]
    external_user_id: str = ""
    graphql: bool = False
    body: bytes = b""


class Sandbox:
    """Tray on loopback. A context manager; between entering and leaving, it serves.

    `api_url`, `graphql_url` and `master_token` are what a client needs; `store` is all that it has; `counts` are the
    requests by operation, `limited` those that met the rate limit, `log` the last hundred thousand of them, `held` how
    many wait for `release`, `deleted` the names of what others deleted.
    """

    def __init__(  # noqa: PLR0913 - each by its name, each with a default
        self,
        services: Iterable[ServiceEnvironment] | None = None,
        *,
        port: int = 0,
        latency: float = 0.0,
        rate: float = 30,
        burst: int = 50,
        users: int = 0,
        readings: Readings = HARSH,
        faults: FaultPlan | None = None,
        state: Path | None = None,
        master_token: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`latency` in seconds before each answer; `rate` in requests a second, 0: no limit; `users` are there already.

        `state` is a folder that keeps everything, `readings` say what the contract leaves open. Raises SandboxError.
        """
        self._journal = None if state is None else Journal(state)
        kept = None if self._journal is None else self._journal.master_token
        self.master_token = master_token or kept or secrets.token_hex(24)
        self.store = Store(clock, readings=readings)
        if self._journal is not None:
            for event in self._journal.events():
                self.store.replay(event)
            self.store.journal = self._journal.write
        self.store.seed_users(users)
        self.rest = Rest(self.store, built_in_services() if services is None else services)
        self.graphql = GraphQL(self.store, self.rest)
        self.faults = faults or FaultPlan()
        self.latency = latency
        self.limit = Limits(round(rate), burst, one=readings.one_budget)
        self.counts: Counter[str] = Counter()
        self.log: deque[Logged] = deque(maxlen=100_000)
        self.held = 0
        self.deleted: list[str] = []
        self._released = threading.Event()
        self._transports: dict[tuple[str, int], asyncio.Transport] = {}
        self._late: set[asyncio.Task[None]] = set()
        self._socket = _listen(port)
        self._server = self._make_server()
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)

    @property
    def api_url(self) -> str:
        """The REST host, without `/core/v1`."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    @property
    def graphql_url(self) -> str:
        """Where GraphQL is posted to."""
        return f"{self.api_url}/graphql"

    @property
    def limited(self) -> int:
        """Requests that met the rate limit."""
        return self.limit.refused

    def __enter__(self) -> Self:
        self._thread.start()
        until = time.monotonic() + START_SECONDS
        while not self._server.started:
            if time.monotonic() > until or not self._thread.is_alive():
                raise SandboxError("the sandbox does not start")
            time.sleep(0.002)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._server.stop()
        self._thread.join(START_SECONDS)
        self._socket.close()
        if self._journal is not None:
            self._journal.close()

    def _make_server(self) -> "_Server":
        transports = self._transports

        class Protocol(H11Protocol):
            """Knows its connection by the client's address, so that a fault can cut it."""

            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                if self.client is not None:
                    transports[self.client] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                transports.pop(self.client or ("", 0), None)
                super().connection_lost(exc)

        config = uvicorn.Config(
            self._application(),
            http=Protocol,
            loop="asyncio",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
        )
        return _Server(config)

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])

    def _application(self) -> Starlette:
        routes = [Route(path, self._rest_route(operation), methods=[method]) for method, path, operation in ROUTES]
        routes.append(Route("/graphql", self._graphql_route, methods=["POST"]))
        return Starlette(
            routes=routes, exception_handlers={404: _nothing_here, 405: _nothing_here, ClientDisconnect: _gone}
        )

    def _rest_route(self, operation: str) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            body = await request.body()
            try:
                caller = caller_of(request.headers.get("authorization", ""), self.master_token, self.store)
            except RefusalError as refusal:
                refused = refusal.answer()
                return await self._serve(request, _Work(operation, None, "", lambda: refused))
            parameters = {**request.query_params, **request.path_params}
            token = request.headers["authorization"].partition(" ")[2]

            def answer() -> Answer:
                return self.rest.answer(operation, caller, parameters, body)

            return await self._serve(request, _Work(operation, caller, token, answer, body=body))

        return endpoint

    async def _graphql_route(self, request: Request) -> Response:
        body = await request.body()
        try:
            asked, variables = self.graphql.read(body)
        except (RefusalError, BadQueryError) as refusal:
            refused = refusal.answer()
            return await self._serve(request, _Work("bad query", None, "", lambda: refused, graphql=True))
        header = request.headers.get("authorization", "")
        try:
            caller = caller_of(header, self.master_token, self.store)
        except RefusalError:
            denied = not_allowed(asked.field)
            return await self._serve(request, _Work(asked.field, None, "", lambda: denied, graphql=True))

        def answer() -> Answer:
            try:
                return self.graphql.answer(asked, variables, caller)
            except RefusalError as refusal:
                return refusal.answer()

        given = variables.get("input") if isinstance(variables, dict) else None
        external = given.get("externalUserId", "") if isinstance(given, dict) else ""
        work = _Work(asked.field, caller, header.partition(" ")[2], answer, str(external), graphql=True, body=body)
        return await self._serve(request, work)

    async def _serve(self, request: Request, work: _Work) -> Response:
        now = time.monotonic()
        self.counts[work.operation] += 1
        if work.operation not in UNLIMITED and not self.limit.admit(now, work.token):
            self._note(now, work, 429, Fault.LIMITED)
            return await self._send(self._limited(work))
        fault = self.faults.draw(work.operation)
        if fault is None:
            answer = self._do(work)
            self._note(now, work, answer.status, None)
            return await self._send(answer)
        self._note(now, work, None, fault)
        return await self._fail(request, work, fault)

    def _limited(self, work: _Work) -> Answer:
        if work.graphql:
            return limited_graphql(work.operation)
        return replace(LIMITED, headers=(("Retry-After", "1"),)) if self.store.readings.retry_after else LIMITED

    async def _send(self, answer: Answer) -> Response:
        if self.latency:
            await asyncio.sleep(self.latency)
        return _response(answer)

    def _note(self, at: float, work: _Work, status: int | None, fault: Fault | None) -> None:
        owner = None if work.caller is None else work.caller.owner
        self.log.append(Logged(at, work.operation, owner, status, fault))

    def _do(self, work: _Work) -> Answer:
        answer = work.answer()
        meddling = self.faults.meddling
        if answer.status == 200 and work.caller is not None and not work.caller.master:
            owned = self.store.owned(work.caller.owner)
            if owned and self.faults.chance(meddling.rename):
                self.store.rename(owned[-1].id, f"{owned[-1].name} (renamed)")
            if owned and self.faults.chance(meddling.refresh):
                self.store.refresh(owned[-1].id)
            if owned and self.faults.chance(meddling.delete):
                self.deleted.append(owned[0].name)
                self.store.delete_authentication(owned[0].id)
            if owned and self.faults.chance(meddling.foreign):
                body = {"name": owned[-1].name, "serviceEnvironmentId": owned[-1].environment_id}
                self.store.create_authentication(work.caller.owner, body, foreign=True)
        return answer

    async def _fail(self, request: Request, work: _Work, fault: Fault) -> Response:
        if fault is Fault.LIMITED:
            return await self._send(self._limited(work))
        if fault is Fault.ENDED:
            self.store.expire_token(work.token)
            refusal = RefusalError(401, "Unauthorized", "unauthorized").answer()
            return await self._send(not_allowed(work.operation) if work.graphql else refusal)
        if fault is Fault.RIVAL_USER:
            if work.external_user_id and not self.store.users_named(work.external_user_id):
                self.store.create_user(work.external_user_id, "Made elsewhere", foreign=True)
            return await self._send(self._do(work))
        if fault is Fault.QUOTED:
            return await self._send(_quoting(work))
        if fault in HELD:
            return await self._hold(request, work, fault)
        if fault is Fault.LATE_COMMIT:
            self._later(work)
        return await self._lose(request, work, fault)

    async def _lose(self, request: Request, work: _Work, fault: Fault) -> Response:
        """Something other than the answer, or less of it, or late; of what was done or of what was not."""
        if fault in {Fault.CUT_BEFORE, Fault.LATE_COMMIT}:
            return _Cut(self._transport(request))
        if fault not in AFTER and fault not in {Fault.TRUNCATED, Fault.SLOW, Fault.NOT_JSON}:
            return await self._send(INSTEAD[fault])
        answer = self._do(work)
        if fault is Fault.CUT_AFTER:
            return _Cut(self._transport(request))
        if fault is Fault.TRUNCATED:
            return _Truncated(answer, self._transport(request))
        if fault is Fault.SLOW:
            await asyncio.sleep(self.faults.slow)
            return await self._send(answer)
        return await self._send(INSTEAD[fault])

    async def _hold(self, request: Request, work: _Work, fault: Fault) -> Response:
        """No answer until `release`; whoever goes away before that gets none, and "before" then never happens."""
        answer = self._do(work) if fault is Fault.HELD_AFTER else None
        self.held += 1
        try:
            while not self._released.is_set():
                if await request.is_disconnected():
                    return Response()
                await asyncio.sleep(HELD_SECONDS)
        finally:
            self.held -= 1
        return await self._send(self._do(work) if answer is None else answer)

    def release(self) -> None:
        """Answer what is held, and hold nothing more."""
        self._released.set()

    def _later(self, work: _Work) -> None:
        async def commit() -> None:
            await asyncio.sleep(self.faults.late)
            self._do(work)

        task = asyncio.get_running_loop().create_task(commit())
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    def _transport(self, request: Request) -> asyncio.Transport | None:
        client = request.scope.get("client")
        return None if client is None else self._transports.get(tuple(client))

    def settle(self, seconds: float = 10.0) -> None:
        """Wait until no commit is still to come. Raises SandboxError after `seconds`."""
        until = time.monotonic() + seconds
        while self._late:
            if time.monotonic() > until:
                raise SandboxError("commits are still to come")
            time.sleep(0.005)


class _Server(uvicorn.Server):
    """Stops when it is told to, not at its next look at the clock."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._told = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)

    async def main_loop(self) -> None:
        await self._told.wait()

    def stop(self) -> None:
        """End the server, from any thread."""
        self.should_exit = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._told.set)


def _quoting(work: _Work) -> Answer:
    quoted = work.body.decode("utf-8", "replace")
    if work.graphql:
        extensions = {"name": "GraphQLError", "code": "invalid_input"}
        error = {"message": f"Invalid value: {quoted}", "path": [work.operation], "extensions": extensions}
        return Answer.of(200, {"data": None, "errors": [error]})
    return RefusalError(400, f"Invalid value: {quoted}", "invalid_input").answer()


INSTEAD: dict[Fault, Answer] = {
    Fault.ERROR_BEFORE: INTERNAL,
    Fault.ERROR_AFTER: INTERNAL,
    Fault.PROXY_BEFORE: PROXY_PAGE,
    Fault.PROXY_AFTER: PROXY_PAGE,
    Fault.GATEWAY_BEFORE: GATEWAY,
    Fault.GATEWAY_AFTER: GATEWAY,
    Fault.NOT_JSON: HTML_200,
}


class _Cut(Response):
    """No answer: the connection is reset."""

    def __init__(self, transport: asyncio.Transport | None) -> None:
        super().__init__()
        self._transport = transport

    async def __call__(self, _scope: Scope, receive: Receive, _send: Send) -> None:
        if self._transport is not None:
            self._transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass


class _Truncated(Response):
    """Half of an answer, then the end of the connection."""

    def __init__(self, answer: Answer, transport: asyncio.Transport | None) -> None:
        super().__init__()
        self._answer = answer
        self._transport = transport

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        body = self._answer.body or b"  "
        headers = [(b"content-length", str(len(body)).encode()), (b"content-type", b"application/json")]
        status = self._answer.status if self._answer.body else 200
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        if self._transport is not None:
            self._transport.close()
        while (await receive())["type"] != "http.disconnect":
            pass


def _response(answer: Answer) -> Response:
    kind = answer.content_type if answer.body else None
    return Response(answer.body, answer.status, headers=dict(answer.headers), media_type=kind)


async def _nothing_here(_request: Request, _error: Exception) -> Response:
    return _response(RefusalError(404, "Not found", "not_found").answer())


async def _gone(_request: Request, _error: Exception) -> Response:
    return Response()


def _listen(port: int) -> socket.socket:
    # With protocol 0, asyncio would leave Nagle's algorithm on, and each answer would be 40 ms late.
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind(("127.0.0.1", port))
    except OSError:
        found.close()
        raise SandboxError(f"port {port} of 127.0.0.1 is taken") from None
    found.listen(512)
    return found
