"""The GraphQL half of the contract: a request's body in, an answer out, judged by graphql-core against its schema."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    GraphQLError,
    GraphQLResolveInfo,
    OperationDefinitionNode,
    build_schema,
    execute_sync,
    parse,
    validate,
)

from trayimport.sandbox.answers import Answer, RefusalError
from trayimport.sandbox.caller import Caller
from trayimport.sandbox.readings import Readings
from trayimport.sandbox.rest import Rest
from trayimport.sandbox.store import ExistsError, MissingError, Page, Store, User, cursor

Json = Any

SDL = """
type Query {
  users(criteria: UserSearchCriteria, first: Int, last: Int, before: String, after: String): UserConnection
  viewer: Viewer
}
type Mutation {
  createExternalUser(input: CreateExternalUserInput!): CreateExternalUserPayload
  authorize(input: UserIdInput!): AuthorizePayload
  removeExternalUser(input: RemoveExternalUserInput!): RemoveExternalUserPayload
  removeAuthentication(input: RemoveUserAuthenticationInput!): RemoveUserAuthenticationPayload
}
input UserSearchCriteria { userId: String name: String externalUserId: String }
input CreateExternalUserInput {
  name: String! externalUserId: String! isTestUser: Boolean clientMutationId: String
}
input UserIdInput { userId: ID! clientMutationId: String }
input RemoveExternalUserInput { userId: ID! clientMutationId: String }
input RemoveUserAuthenticationInput { authenticationId: ID! clientMutationId: String }
type CreateExternalUserPayload { userId: ID! clientMutationId: String }
type AuthorizePayload { accessToken: String! clientMutationId: String }
type RemoveExternalUserPayload { clientMutationId: String }
type RemoveUserAuthenticationPayload { clientMutationId: String }
type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
type UserConnection { edges: [UserEdge] pageInfo: PageInfo! }
type UserEdge { node: User cursor: String! }
type User { id: ID! name: String! externalUserId: String isTestUser: Boolean }
type Viewer { authentications: AuthenticationConnection }
type AuthenticationConnection { edges: [AuthenticationEdge] pageInfo: PageInfo! }
type AuthenticationEdge { node: Authentication cursor: String }
type Authentication { id: ID! name: String! service: Service serviceEnvironment: ServiceEnvironment }
type Service { id: ID! name: String! version: String! }
type ServiceEnvironment { id: ID! title: String! }
"""
SCHEMA = build_schema(SDL)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request whose query is good: its document, and the top field, by which its kind is known."""

    document: DocumentNode
    field: str


@dataclass(slots=True)
class _Context:
    store: Store
    rest: Rest
    caller: Caller
    looks: Readings


class GraphQL:
    """GraphQL over a Store."""

    def __init__(self, store: Store, rest: Rest) -> None:
        self._store = store
        self._rest = rest

    def read(self, body: bytes) -> tuple[Asked, Json]:
        """The query with its variables. Raises RefusalError for no JSON, GraphQLErrors for a query that isn't good."""
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):
            raise RefusalError(400, "POST body is not JSON", "invalid_input") from None
        if not isinstance(value, dict) or not isinstance(value.get("query"), str):
            raise RefusalError(400, "Must provide query string", "invalid_input")
        found = _document(value["query"])
        if isinstance(found, list):
            raise BadQueryError(found)
        return found, value.get("variables")

    def answer(self, asked: Asked, variables: Json, caller: Caller) -> Answer:
        """Execute a query that is good."""
        if variables is not None and not isinstance(variables, dict):
            raise RefusalError(400, "Variables must be an object", "invalid_input")
        context = _Context(self._store, self._rest, caller, self._store.readings)
        done = execute_sync(SCHEMA, asked.document, ROOT, context, variables or {})
        return _formatted(done)


class BadQueryError(Exception):
    """A query that GraphQL's own validation refuses."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__("bad query")
        self.errors = errors

    def answer(self) -> Answer:
        """HTTP 200 with `errors`, and no data."""
        return _formatted(ExecutionResult(data=None, errors=self.errors))


@lru_cache(maxsize=256)
def _document(query: str) -> Asked | list[GraphQLError]:
    try:
        document = parse(query)
    except GraphQLError as error:
        return [error]
    errors = validate(SCHEMA, document)
    if errors:
        return list(errors)
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    if len(operations) != 1:
        return [GraphQLError("Must provide operation name if query contains multiple operations.")]
    first = operations[0].selection_set.selections[0]
    return Asked(document, first.name.value if isinstance(first, FieldNode) else "fragment")


def _formatted(done: ExecutionResult) -> Answer:
    if not done.errors:
        return Answer.of(200, {"data": done.data})
    errors = []
    for error in done.errors:
        extensions = error.extensions or {"name": "GraphQLError", "code": "invalid_input"}
        errors.append({"message": error.message, "path": error.path, "extensions": extensions})
    return Answer.of(200, {"data": done.data, "errors": errors})


def refused(message: str, code: str, name: str = "PreconditionError") -> GraphQLError:
    """A failure in the contract's form: 200 with errors[]{message, path, extensions{name, code}}."""
    return GraphQLError(message, extensions={"name": name, "code": code})


def not_allowed(field: str) -> Answer:
    """The answer for a token that is refused."""
    error = refused("Access not allowed", "access_not_allowed")
    body = {"message": error.message, "path": [field], "extensions": error.extensions}
    return Answer.of(200, {"data": None, "errors": [body]})


def _master(info: GraphQLResolveInfo[Any]) -> _Context:
    context: _Context = info.context
    if not context.caller.master:
        raise refused("Access not allowed", "access_not_allowed")
    return context


def _users(
    info: GraphQLResolveInfo[Any],
    criteria: dict[str, str] | None = None,
    first: int | None = None,
    last: int | None = None,
    before: str | None = None,
    after: str | None = None,
) -> Json:
    context = _master(info)
    store, looks = context.store, context.looks
    seen_until = store.clock() - looks.lookup_lag
    size = max(1, min(first or last or looks.page_size, looks.page_size))
    try:
        if last is not None or before is not None:
            page = store.page_before(before, size, seen_until)
        else:
            page = store.page(
                (user for user in store.users_after(after, seen_until) if _fits(user, criteria or {})), size
            )
    except ValueError:
        raise refused("Invalid cursor", "invalid_input") from None
    return _connection(page)


def _fits(user: User, criteria: dict[str, str]) -> bool:
    values = {"userId": user.id, "name": user.name, "externalUserId": user.external_user_id}
    return all(wanted is None or values[key] == wanted for key, wanted in criteria.items())


def _connection(page: Page) -> Json:
    edges = [
        {
            "cursor": cursor(user),
            "node": {
                "id": user.id,
                "name": user.name,
                "externalUserId": user.external_user_id,
                "isTestUser": user.is_test_user,
            },
        }
        for user in page.users
    ]
    info = {
        "hasNextPage": page.has_next,
        "hasPreviousPage": page.has_previous,
        "startCursor": edges[0]["cursor"] if edges else None,
        "endCursor": edges[-1]["cursor"] if edges else None,
    }
    return {"edges": edges, "pageInfo": info}


def _viewer(info: GraphQLResolveInfo[Any]) -> Json:
    context: _Context = info.context
    # With the master token it lists none of the End Users', only the company's own (contract, GraphQL).
    seen_until = context.store.clock() - context.looks.lookup_lag
    found = [one for one in context.store.owned(context.caller.owner) if one.created_at <= seen_until]
    cap = context.looks.listing_cap
    shown = found if cap is None else found[:cap]
    edges = []
    for one in shown:
        environment = context.rest.environment(one.environment_id)
        assert environment is not None  # noqa: S101 - nothing is created without one
        service = {"id": environment.service_id, "name": environment.service, "version": str(environment.version)}
        place = {"id": environment.id, "title": environment.title}
        edges.append(
            {
                "cursor": one.id,
                "node": {"id": one.id, "name": one.name, "service": service, "serviceEnvironment": place},
            }
        )
    info_page = {"hasNextPage": len(shown) < len(found), "hasPreviousPage": False}
    return {"authentications": {"edges": edges, "pageInfo": info_page}}


def _create_user(info: GraphQLResolveInfo[Any], input: dict[str, Json]) -> Json:  # noqa: A002 - the API's own name
    context = _master(info)
    if not input["externalUserId"] or not input["name"]:
        raise refused("externalUserId and name must not be empty", "invalid_input")
    try:
        user = context.store.create_user(
            input["externalUserId"], input["name"], is_test_user=bool(input.get("isTestUser"))
        )
    except ExistsError:
        raise refused("User already exists", "user_already_exists") from None
    return _echo(input) | {"userId": user.id}


def _authorize(info: GraphQLResolveInfo[Any], input: dict[str, Json]) -> Json:  # noqa: A002 - the API's own name
    context = _master(info)
    try:
        token = context.store.authorize(input["userId"])
    except MissingError:
        raise refused("User not found", "user_not_found") from None
    return _echo(input) | {"accessToken": token}


def _remove_user(info: GraphQLResolveInfo[Any], input: dict[str, Json]) -> Json:  # noqa: A002 - the API's own name
    context = _master(info)
    try:
        context.store.remove_user(input["userId"])
    except MissingError:
        raise refused("User not found", "user_not_found") from None
    return _echo(input)


def _remove_authentication(info: GraphQLResolveInfo[Any], input: dict[str, Json]) -> Json:  # noqa: A002 - the API's own name
    context: _Context = info.context
    found = context.store.authentication(input["authenticationId"])
    if found is None or found.user_id != context.caller.owner:
        raise refused("Authentication not found", "not_found")
    context.store.delete_authentication(found.id)
    return _echo(input)


def _echo(input: dict[str, Json]) -> dict[str, Json]:  # noqa: A002 - the API's own name
    return {"clientMutationId": input.get("clientMutationId")}


ROOT: dict[str, Callable[..., Json]] = {
    "users": _users,
    "viewer": _viewer,
    "createExternalUser": _create_user,
    "authorize": _authorize,
    "removeExternalUser": _remove_user,
    "removeAuthentication": _remove_authentication,
}
