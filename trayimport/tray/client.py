"""The Tray Protocol of the model over HTTP: each method one request, unpaced, never retried."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from urllib.parse import quote

from trayimport.errors import UncertainError
from trayimport.model import (
    Body,
    CallOutcome,
    Connector,
    Environment,
    ExternalUser,
    Full,
    Json,
    Listed,
    Listing,
    Permit,
    UserPage,
    UserToken,
)
from trayimport.tray.answers import a_list, a_map, a_text, parsed, unreadable
from trayimport.tray.failures import of_graphql, of_status
from trayimport.tray.master import MasterToken
from trayimport.tray.session import IDLE, Answer, Session
from trayimport.tray.targets import Target
from trayimport.tray.whose import Owners

USERS = (
    "query($criteria: UserSearchCriteria, $after: String) { users(criteria: $criteria, after: $after) "
    "{ edges { node { id name externalUserId isTestUser } } pageInfo { hasNextPage endCursor } } }"
)
CREATE_USER = "mutation($input: CreateExternalUserInput!) { createExternalUser(input: $input) { userId } }"
AUTHORIZE = "mutation($input: UserIdInput!) { authorize(input: $input) { accessToken } }"
REMOVE_USER = "mutation($input: RemoveExternalUserInput!) { removeExternalUser(input: $input) { clientMutationId } }"
AUTHENTICATIONS = (
    "query { viewer { authentications { edges { node { id name service { id name version } serviceEnvironment "
    "{ id title } } } pageInfo { hasNextPage } } } }"
)


class Client:
    """Tray. The master token goes to look-ups, users and `authorize`; what an End User owns takes a UserToken."""

    def __init__(
        self,
        target: Target,
        master: MasterToken,
        *,
        timeout: float = 30.0,
        idle: float = IDLE,
        width: int = 96,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        heard: Callable[[str], None] = lambda _text: None,
    ) -> None:
        """`timeout` is one request's total deadline, `idle` what a connection may have been idle for to carry another,
        both in seconds; `width` connections are kept.

        `heard` is told of every request how it ended (`create: 200 in 31 ms`), from whatever thread it ran in.
        """
        self._target = target
        self._master = master
        self._session = Session(width, timeout, clock, wall, idle)
        self._clock = clock
        self._heard = heard
        self._token_owners = Owners("a user token", "a second End User's token")
        self._user_owners = Owners("a user id", "a second End User's id")
        self._token_owners.note(master.reveal(), "")
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def requests(self) -> Mapping[str, int]:
        """How many requests of each kind left."""
        with self._lock:
            return dict(self._counts)

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    def connectors(self) -> list[Connector]:
        """`GET /connectors`: every version of every connector."""
        elements = a_list(a_map(self._get("connectors", "/connectors", self._master.reveal())).get("elements"))
        return [connector for element in elements if (connector := _connector(element)) is not None]

    def environments(self, service: str, version: int) -> list[Environment]:
        """`GET /services/{name}/versions/{version}/environments`. Raises NotFoundError for an unknown service."""
        path = f"/services/{quote(service, safe='')}/versions/{version}/environments"
        elements = a_list(a_map(self._get("environments", path, self._master.reveal())).get("elements"))
        return [_environment(a_map(element)) for element in elements]

    def users(self, after: str | None, external_user_id: str | None = None) -> UserPage:
        """A page of External Users: of all, or of those with an externalUserId."""
        variables: dict[str, Json] = {}  # what is not asked for is left out: nobody says that null is taken for that
        if external_user_id is not None:
            variables["criteria"] = {"externalUserId": external_user_id}
        if after is not None:
            variables["after"] = after
        return _page(self._graphql("users", USERS, variables, self._master.reveal()))

    def create_user(self, external_user_id: str, name: str, is_test_user: bool, permit: Permit | None = None) -> str:
        """Create an External User; gives its id. Raises StoppedError where that is another's."""
        values = {"externalUserId": external_user_id, "name": name, "isTestUser": is_test_user}
        data = self._graphql("createExternalUser", CREATE_USER, {"input": values}, self._master.reveal(), permit)
        user_id = a_text(a_map(data.get("createExternalUser")).get("userId"))
        self._user_owners.note(user_id, external_user_id)
        return user_id

    def authorize(self, user_id: str) -> UserToken:
        """Make a user token; valid for two days. Raises StoppedError where it is another user's, or the master's."""
        data = self._graphql("authorize", AUTHORIZE, {"input": {"userId": user_id}}, self._master.reveal())
        text = a_text(a_map(data.get("authorize")).get("accessToken"))
        self._token_owners.note(text, user_id)
        return UserToken(text, user_id)

    def remove_user(self, user_id: str, permit: Permit | None = None) -> None:
        """Remove an External User."""
        self._graphql("removeExternalUser", REMOVE_USER, {"input": {"userId": user_id}}, self._master.reveal(), permit)

    def authentications(self, token: UserToken) -> Listing:
        """What the token's user owns; `complete` only without errors, further pages and nodes that are null."""
        answer = self._post_graphql("authentications", AUTHENTICATIONS, {}, _user(token), None)
        data = answer.get("data")
        if not isinstance(data, dict) or not isinstance(data.get("viewer"), dict):
            raise of_graphql(answer.get("errors")) if answer.get("errors") else unreadable()
        listed = a_map(data["viewer"].get("authentications"))
        edges = a_list(listed.get("edges"))
        info = listed.get("pageInfo")
        nodes = [one for edge in edges if (one := _listed(edge)) is not None]
        more = not isinstance(info, dict) or info.get("hasNextPage") is not False
        return Listing(tuple(nodes), not answer.get("errors") and not more and len(nodes) == len(edges))

    def create(self, token: UserToken, body: Body, permit: Permit | None = None) -> str:
        """`POST /authentications`, under the End User's token; gives the authentication's id."""
        answer = self._rest("create", "POST", "/authentications", _user(token), body.data, permit)
        return a_text(a_map(answer).get("id"))

    def get(self, token: UserToken, authentication_id: str) -> Listed:
        """`GET /authentications/{id}`. Raises NotFoundError."""
        found = a_map(self._get("get", f"/authentications/{quote(authentication_id, safe='')}", _user(token)))
        return Listed(a_text(found.get("id")), str(found.get("name", "")), str(found.get("serviceEnvironmentId", "")))

    def full(self, token: UserToken, authentication_id: str) -> Full:
        """`GET /authentications/{id}/full`, never with forceRefresh. Raises NotFoundError."""
        path = f"/authentications/{quote(authentication_id, safe='')}/full"
        found = a_map(self._get("full", path, _user(token)))
        return Full(
            a_text(found.get("id")),
            str(found.get("name", "")),
            str(found.get("serviceEnvironmentId", "")),
            found.get("credentials"),
            found.get("userData"),
            found.get("scopes"),
        )

    def update(self, token: UserToken, authentication_id: str, body: Body, permit: Permit | None = None) -> None:
        """`PUT /authentications/{id}` with the whole body."""
        path = f"/authentications/{quote(authentication_id, safe='')}"
        self._rest("update", "PUT", path, _user(token), body.data, permit, empty=True)

    def delete(self, token: UserToken, authentication_id: str, permit: Permit | None = None) -> None:
        """`DELETE /authentications/{id}`; irreversible."""
        path = f"/authentications/{quote(authentication_id, safe='')}"
        self._rest("delete", "DELETE", path, _user(token), None, permit, empty=True)

    def call(
        self,
        token: UserToken,
        connector: str,
        version: str,
        operation: str,
        authentication_id: str,
        input: Json,  # noqa: A002 - the API's own name
    ) -> CallOutcome:
        """`POST /connectors/{name}/versions/{version}/call`; the third party's failure is inside the 200."""
        path = f"/connectors/{quote(connector, safe='')}/versions/{quote(version, safe='')}/call"
        body = json.dumps({"operation": operation, "authId": authentication_id, "input": input}).encode()
        answer = a_map(self._rest("call", "POST", path, _user(token), body, None))
        output = answer.get("output")
        response = output.get("response") if isinstance(output, dict) else None
        status = response.get("statusCode") if isinstance(response, dict) else None
        return CallOutcome(answer.get("outcome") == "success", status if isinstance(status, int) else None, output)

    def _get(self, kind: str, path: str, token: str) -> Json:
        return self._rest(kind, "GET", path, token, None, None)

    def _rest(
        self,
        kind: str,
        method: str,
        path: str,
        token: str,
        body: bytes | None,
        permit: Permit | None,
        *,
        empty: bool = False,
    ) -> Json:
        url = f"{self._target.api}/core/v1{path}"
        answer = self._send(kind, method, url, token, body, permit)
        error = of_status(answer.status, answer.retry_after)
        if error is not None:
            raise error
        if empty:
            return None
        if answer.status != 200:
            raise UncertainError(unreadable().code, f"Tray answered {answer.status}")
        return parsed(answer.body)

    def _graphql(
        self, kind: str, query: str, variables: dict[str, Json], token: str, permit: Permit | None = None
    ) -> dict[str, Json]:
        answer = self._post_graphql(kind, query, variables, token, permit)
        if answer.get("errors"):
            raise of_graphql(answer["errors"])
        return a_map(answer.get("data"))

    def _post_graphql(
        self, kind: str, query: str, variables: dict[str, Json], token: str, permit: Permit | None
    ) -> dict[str, Json]:
        body = json.dumps({"query": query, "variables": variables}).encode()
        answer = self._send(kind, "POST", self._target.graphql, token, body, permit)
        error = of_status(answer.status, answer.retry_after)
        if error is not None:
            raise error
        if answer.status != 200:
            raise UncertainError(unreadable().code, f"Tray answered {answer.status}")
        return a_map(parsed(answer.body))

    def _send(self, kind: str, method: str, url: str, token: str, body: bytes | None, permit: Permit | None) -> Answer:
        started = self._clock()
        ended = "no answer"
        try:
            answer = self._session.send(method, url, token, body, permit, lambda: self._count(kind))
            ended = str(answer.status)
        finally:
            self._heard(f"{kind}: {ended} in {(self._clock() - started) * 1000:.0f} ms")
        return answer

    def _count(self, kind: str) -> None:
        with self._lock:
            self._counts[kind] += 1


def _user(token: UserToken) -> str:
    """A user token's text. The master token is another type, and is refused here whatever the types said."""
    if type(token) is not UserToken:
        raise TypeError("an End User's things take a user token")
    return token.reveal()


def _connector(element: Json) -> Connector | None:
    found = a_map(element)
    service = found.get("service")
    if not isinstance(service, dict) or not isinstance(service.get("name"), str):
        return None
    version = service.get("version")
    number = int(version) if isinstance(version, str) and version.isdecimal() else version
    if isinstance(number, bool) or not isinstance(number, int):
        return None
    return Connector(
        str(found.get("name", "")), str(found.get("version", "")), str(found.get("title", "")), service["name"], number
    )


def _environment(found: dict[str, Json]) -> Environment:
    scopes = found.get("scopes") or []
    names = [one.get("scope") if isinstance(one, dict) else one for one in a_list(scopes)]
    return Environment(
        a_text(found.get("id")),
        a_text(found.get("title")),
        str(found.get("authenticationType", "")),
        tuple(name for name in names if isinstance(name, str)),
        found.get("credentialsSchema"),
        found.get("userDataSchema"),
    )


def _page(data: dict[str, Json]) -> UserPage:
    listed = a_map(data.get("users"))
    info = a_map(listed.get("pageInfo"))
    users = []
    for edge in a_list(listed.get("edges")):
        node = a_map(a_map(edge).get("node"))
        users.append(
            ExternalUser(
                a_text(node.get("id")),
                str(node.get("externalUserId") or ""),
                str(node.get("name") or ""),
                node.get("isTestUser") is True,
            )
        )
    more = info.get("hasNextPage")
    if not isinstance(more, bool):
        raise unreadable()
    return UserPage(tuple(users), a_text(info.get("endCursor")) if more else None)


def _listed(edge: Json) -> Listed | None:
    node = edge.get("node") if isinstance(edge, dict) else None
    if not isinstance(node, dict) or not isinstance(node.get("id"), str):
        return None
    environment = node.get("serviceEnvironment")
    environment_id = environment.get("id") if isinstance(environment, dict) else None
    if not isinstance(environment_id, str):
        return None
    service = node.get("service")
    service = service if isinstance(service, dict) else {}
    return Listed(
        node["id"],
        str(node.get("name") or ""),
        environment_id,
        str(service.get("name") or ""),
        str(service.get("version") or ""),
    )
