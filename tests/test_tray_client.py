"""The client, against a server that answers whatever it is told: what is certain, what is not, what never leaves."""

import contextlib
import gzip
import http.server
import json
import socket
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from trayimport.apply.asking import Pages
from trayimport.errors import (
    AlreadyExistsError,
    NeverSentError,
    NotFoundError,
    RateLimitedError,
    RedirectedError,
    RefusedError,
    StoppedError,
    TrayError,
    UnauthorisedError,
    UncertainError,
)
from trayimport.model import Body, ExternalUser, UserPage, UserToken
from trayimport.tray import Client, MasterToken, Target

MASTER = "master-canary-1"
CANARY = "canary-in-an-answer"
TOKEN = UserToken("user-canary-2", "user-1")


class Server:
    """Answers each request with the next of `answers`: (status, headers, body)."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, dict[str, str], bytes]] = []
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        self.connections = 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                outer.connections += 1
                super().setup()

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                outer.seen.append((self.command, self.path, dict(self.headers), body))
                status, headers, content = outer.answers.pop(0)
                self.send_response(status)
                length = {} if "Transfer-Encoding" in headers else {"Content-Length": str(len(content))}
                for name, value in {**length, **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 - http.server's names

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def will(self, body: Any, status: int = 200, **headers: str) -> None:
        """Answer the next request so."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers.append((status, {name.replace("_", "-"): value for name, value in headers.items()}, content))

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    made = Client(Target("us", server.url, f"{server.url}/graphql"), MasterToken(MASTER), timeout=5)
    yield made
    made.close()


def create(client: Client) -> str:
    return client.create(TOKEN, Body(b'{"name": "n"}'))


def graphql_error(message: str, name: str, code: str, path: Any = ("f",)) -> Any:
    error = {"message": message, "path": path, "extensions": {"name": name, "code": code}}
    return {"data": None, "errors": [error]}


def test_a_creation_is_one_post_under_the_users_token(server: Server, client: Client) -> None:
    server.will({"id": "auth-1"})
    assert create(client) == "auth-1"
    ((method, path, headers, body),) = server.seen
    assert (method, path, body) == ("POST", "/core/v1/authentications", b'{"name": "n"}')
    assert headers["Authorization"] == "Bearer user-canary-2"
    assert "Transfer-Encoding" not in headers
    assert client.requests() == {"create": 1}


@pytest.mark.parametrize("token", [MasterToken(MASTER), MASTER, None, type("Sub", (UserToken,), {})(MASTER, "x")])
def test_nothing_but_a_user_token_creates(server: Server, client: Client, token: Any) -> None:
    with pytest.raises(TypeError):
        client.create(token, Body(b"{}"))
    assert server.seen == []


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, {"message": CANARY, "code": None}, RefusedError),
        (401, {"message": CANARY}, UnauthorisedError),
        (403, {"message": CANARY}, RefusedError),
        (404, {"message": CANARY}, NotFoundError),
        (413, b"<html>", RefusedError),
        (429, {"message": CANARY, "code": None}, RateLimitedError),
        (201, {"id": "a"}, UncertainError),
        (202, {"id": "a"}, UncertainError),
        (204, b"", UncertainError),
        (301, b"", RedirectedError),
        (307, b"", RedirectedError),
        (408, b"", UncertainError),
        (409, {"message": CANARY}, UncertainError),
        (500, {"message": CANARY}, UncertainError),
        (502, b"<html>canary-in-an-answer</html>", UncertainError),
        (504, b"", UncertainError),
        (200, b"<html>canary-in-an-answer</html>", UncertainError),
        (200, b"", UncertainError),
        (200, [], UncertainError),
        (200, {}, UncertainError),
        (200, {"id": None}, UncertainError),
        (200, {"id": ""}, UncertainError),
        (200, b'{"id": "a", "id": "b"}', UncertainError),
        (200, b"[" * 100_000, UncertainError),
    ],
)
def test_what_an_answer_to_a_creation_makes_certain(
    server: Server, client: Client, status: int, body: Any, error: type[TrayError]
) -> None:
    server.will(body, status, Location=f"{server.url}/elsewhere")
    with pytest.raises(error) as caught:
        create(client)
    assert type(caught.value) is error
    assert CANARY not in f"{caught.value} {caught.value.summary} {caught.value.__cause__}"
    assert len(server.seen) == 1, "never delivered twice, never followed"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (graphql_error("Rate limit exceeded", "PreconditionError", "access_not_allowed"), RateLimitedError),
        (graphql_error("Access not allowed", "PreconditionError", "access_not_allowed"), UnauthorisedError),
        (graphql_error(CANARY, "PreconditionError", "user_already_exists"), AlreadyExistsError),
        (graphql_error(CANARY, "PreconditionError", "something_new"), UncertainError),
        (graphql_error(CANARY, "InternalError", "internal"), UncertainError),
        (graphql_error(CANARY, "GraphQLError", "invalid_input"), UncertainError),
        (graphql_error(CANARY, "GraphQLError", "invalid_input", path=None), RefusedError),
        ({"data": None, "errors": [CANARY]}, UncertainError),
        ({"data": None, "errors": CANARY}, UncertainError),
        ({"data": None}, UncertainError),
        ({"data": {"createExternalUser": None}}, UncertainError),
        ({"data": {"createExternalUser": {"userId": ""}}}, UncertainError),
    ],
)
def test_what_graphql_makes_certain(server: Server, client: Client, answer: Any, error: type[TrayError]) -> None:
    server.will(answer)
    with pytest.raises(error) as caught:
        client.create_user("acc-1", "Bolo", False)
    assert type(caught.value) is error
    assert CANARY not in f"{caught.value} {caught.value.summary}"


def edges(*nodes: Any) -> Any:
    return [{"node": node} for node in nodes]


LISTED = {"id": "a", "name": "n", "service": None, "serviceEnvironment": {"id": "e", "title": "t"}}


@pytest.mark.parametrize(
    ("found", "complete", "number"),
    [
        ({"edges": [], "pageInfo": {"hasNextPage": False}}, True, 0),
        ({"edges": edges(LISTED), "pageInfo": {"hasNextPage": False}}, True, 1),
        ({"edges": edges(LISTED), "pageInfo": {"hasNextPage": True}}, False, 1),
        ({"edges": edges(LISTED), "pageInfo": None}, False, 1),
        ({"edges": edges(LISTED, None), "pageInfo": {"hasNextPage": False}}, False, 1),
        ({"edges": [None], "pageInfo": {"hasNextPage": False}}, False, 0),
        ({"edges": edges({**LISTED, "serviceEnvironment": None}), "pageInfo": {"hasNextPage": False}}, False, 0),
    ],
)
def test_a_list_proves_absence_only_if_it_is_complete(
    server: Server, client: Client, found: Any, complete: bool, number: int
) -> None:
    server.will({"data": {"viewer": {"authentications": found}}})
    listing = client.authentications(TOKEN)
    assert (listing.complete, len(listing.authentications)) == (complete, number)
    server.will({"data": {"viewer": {"authentications": found}}, "errors": [{"message": "x"}]})
    assert not client.authentications(TOKEN).complete


def test_rows_of_connectors_that_name_no_service_are_passed_over(server: Server, client: Client) -> None:
    service = {"id": "i", "name": "slack", "version": 4}
    rows = [
        {"name": "a", "version": "1.0", "title": "A", "service": service},
        {"name": "b", "version": "1.0", "service": {**service, "version": "4"}},
        {"name": "c", "version": "1.0", "service": None},
        {"name": "d", "version": "1.0"},
        {"name": "e", "version": "1.0", "service": {**service, "version": "four"}},
    ]
    server.will({"elements": rows})
    found = client.connectors()
    assert [(one.name, one.service_name, one.service_version) for one in found] == [
        ("a", "slack", 4),
        ("b", "slack", 4),
    ]


def test_scopes_may_be_objects_or_texts(server: Server, client: Client) -> None:
    one = {"id": "i", "title": "t", "authenticationType": "oauth2", "scopes": [{"scope": "a"}, "b"]}
    server.will({"elements": [one, {**one, "scopes": None}]})
    assert [environment.scopes for environment in client.environments("slack", 4)] == [("a", "b"), ()]
    assert server.seen[0][1] == "/core/v1/services/slack/versions/4/environments"


@pytest.mark.parametrize(("header", "seconds"), [("7", 7.0), ("99999", 3600.0), ("soon", None), ("", None)])
def test_a_retry_after_is_honoured(server: Server, client: Client, header: str, seconds: float | None) -> None:
    server.will({}, 429, Retry_After=header)
    with pytest.raises(RateLimitedError) as caught:
        create(client)
    assert caught.value.retry_after == seconds


def test_a_host_that_nobody_serves_was_never_sent_to() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        client = Client(Target("us", url, f"{url}/graphql"), MasterToken(MASTER), timeout=5)
        with pytest.raises(NeverSentError):
            create(client)
    assert client.requests() == {}


@pytest.mark.parametrize(("idle", "connections"), [(15.0, 1), (0.0, 2)])
def test_a_connection_that_was_idle_for_long_carries_nothing_more(
    server: Server, idle: float, connections: int
) -> None:
    client = Client(Target("us", server.url, f"{server.url}/graphql"), MasterToken(MASTER), timeout=5, idle=idle)
    for _ in range(2):
        server.will({"id": "auth-1"})
        create(client)
    assert server.connections == connections
    client.close()


def test_a_permit_that_is_no_more_sends_nothing(server: Server, client: Client) -> None:
    with pytest.raises(NeverSentError):
        client.create(TOKEN, Body(b"{}"), permit=lambda: False)
    assert server.seen == []
    assert client.requests() == {}


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"])
def test_an_answer_that_never_ends_is_given_up_at_the_deadline(said: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            one, _ = listening.accept()
            one.sendall(said)
            kept.append(one)

        kept: list[socket.socket] = []
        thread = threading.Thread(target=serve)
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        client = Client(Target("us", url, f"{url}/graphql"), MasterToken(MASTER), timeout=0.3)
        started = time.monotonic()
        with pytest.raises(UncertainError):
            create(client)
        assert time.monotonic() - started < 5
        thread.join()
        kept[0].close()


def test_a_netrc_does_not_change_whose_token_is_sent(
    server: Server, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login someone password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    server.will({"id": "auth-1"})
    create(client)
    assert server.seen[0][2]["Authorization"] == "Bearer user-canary-2"


@pytest.mark.parametrize("packing", ["identity", "gzip", "deflate"])
def test_an_answer_may_come_packed_and_in_pieces(server: Server, client: Client, packing: str) -> None:
    content = json.dumps({"id": "auth-1"}).encode()
    packed = {"identity": content, "gzip": gzip.compress(content), "deflate": zlib.compress(content)}[packing]
    pieces = b"".join(b"1\r\n%c\r\n" % byte for byte in packed) + b"0\r\n\r\n"
    server.will(pieces, Transfer_Encoding="chunked", Content_Encoding=packing)
    assert create(client) == "auth-1"


@pytest.mark.parametrize(
    ("asked", "variables"),
    [
        ((None,), {}),
        (("c1",), {"after": "c1"}),
        ((None, "acc-1"), {"criteria": {"externalUserId": "acc-1"}}),
        (("c1", "acc-1"), {"criteria": {"externalUserId": "acc-1"}, "after": "c1"}),
    ],
)
def test_what_is_not_asked_of_users_is_left_out_and_not_null(
    server: Server, client: Client, asked: tuple[Any, ...], variables: Any
) -> None:
    server.will({"data": {"users": {"edges": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}}})
    assert client.users(*asked).users == ()
    assert json.loads(server.seen[0][3])["variables"] == variables


def test_pages_that_lead_back_or_bring_nothing_new_end_in_words() -> None:
    def page(cursor: str | None, *ids: str) -> UserPage:
        return UserPage(tuple(ExternalUser(one, one, "", False) for one in ids), cursor)

    pages = Pages()
    assert [pages.next(page(f"c{n}", f"u{n}")) for n in range(100)] == [f"c{n}" for n in range(100)]
    assert pages.next(page(None)) is None
    with pytest.raises(StoppedError, match="TI519"):
        pages.next(page("c7", "new"))
    for users in ((), ("u1",), ("u1", "u2")):
        pages = Pages()
        with pytest.raises(StoppedError, match="TI519"):
            list(map(pages.next, [page(f"c{number}", *users) for number in range(50)]))


def test_no_cookie_goes_from_one_token_to_the_next(server: Server, client: Client) -> None:
    for cookie in ("s=master; Path=/", "t=user; Domain=127.0.0.1; Max-Age=999", "u=1"):
        server.will({"data": {"authorize": {"accessToken": f"token of {cookie[0]}"}}}, Set_Cookie=cookie)
        server.will({"id": "auth-1"}, Set_Cookie=cookie)
        create_as = client.authorize(f"user-{cookie[0]}")
        client.create(create_as, Body(b"{}"))
    assert len(server.seen) == 6
    assert not any("Cookie" in headers for _, _, headers, _ in server.seen)


def test_a_token_is_taken_for_one_user_only(server: Server, client: Client) -> None:
    server.will({"data": {"authorize": {"accessToken": CANARY}}})
    server.will({"data": {"authorize": {"accessToken": CANARY}}})
    server.will({"data": {"authorize": {"accessToken": CANARY}}})
    assert client.authorize("user-1").reveal() == CANARY
    assert client.authorize("user-1").reveal() == CANARY, "the same user may be given its token again"
    with pytest.raises(StoppedError, match="TI518") as caught:
        client.authorize("user-2")
    assert CANARY not in str(caught.value)


def test_the_master_token_is_no_users(server: Server, client: Client) -> None:
    server.will({"data": {"authorize": {"accessToken": MASTER}}})
    with pytest.raises(StoppedError, match="TI518"):
        client.authorize("user-1")


def test_a_created_user_has_an_id_of_its_own(server: Server, client: Client) -> None:
    for _ in range(3):
        server.will({"data": {"createExternalUser": {"userId": "user-1"}}})
    assert client.create_user("shop-1", "Shop", False) == "user-1"
    assert client.create_user("shop-1", "Shop", False) == "user-1"
    with pytest.raises(StoppedError, match="TI518"):
        client.create_user("shop-2", "Shop", False)


DRIPS = {
    "a status": b"HTTP/1.1 200 O" + b"K" * 400,
    "a header": b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 400,
    "headers": b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 90,
    "a chunk's size": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"0" * 400,
    "chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\n \r\n" * 90,
    "trailers": b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n{"id": "a"}\r\n0\r\n' + b"A: b\r\n" * 90,
    "100 Continue": b"HTTP/1.1 100 Continue\r\n\r\n" * 90,
    "a body to the end": b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 400,
    "silence": b"",
}


@pytest.mark.parametrize("kind", DRIPS)
def test_one_deadline_holds_for_the_whole_exchange(kind: str) -> None:
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip() -> None:
            accepted, _ = listening.accept()
            with accepted:
                accepted.recv(65536)
                head, rest = DRIPS[kind][:80], DRIPS[kind][80:]
                with contextlib.suppress(OSError):
                    accepted.sendall(head)
                    for number in range(len(rest)):
                        if over.wait(0.05):
                            return
                        accepted.sendall(rest[number : number + 1])
                    over.wait(20)

        thread = threading.Thread(target=drip)
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        client = Client(Target("us", url, f"{url}/graphql"), MasterToken(MASTER), timeout=0.5)
        started = time.monotonic()
        with pytest.raises(UncertainError):
            create(client)
        assert time.monotonic() - started < 2
        over.set()
        thread.join()
        client.close()


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        ("3600", 3600.0),
        ("9" * 400, 3600.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Wed, 21 Oct 2015 07:28:00 +999999999999", None),
        ("Wed, 21 Oct 9999 07:28:00 -2359", 3600.0),
        ("\u0663", None),
        ("soon", None),
    ],
)
def test_a_retry_after_is_seconds_or_nothing(
    server: Server, client: Client, header: str, seconds: float | None
) -> None:
    server.answers.append((429, {"Retry-After": header.encode().decode("latin-1")}, b"{}"))
    with pytest.raises(RateLimitedError) as caught:
        create(client)
    assert caught.value.retry_after == seconds
