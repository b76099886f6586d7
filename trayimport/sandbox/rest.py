"""The REST half of the contract: parameters and a body in, an answer out. No HTTP, no faults."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from trayimport.sandbox.answers import INTERNAL, Answer, RefusalError
from trayimport.sandbox.caller import Caller
from trayimport.sandbox.schema_check import (
    CREATE_KEYS,
    UPDATE_KEYS,
    InvalidInputError,
    SchemaJudge,
    UnusableSchemaError,
    check_shape,
    parse,
)
from trayimport.sandbox.seed import ServiceEnvironment, connector_rows
from trayimport.sandbox.store import Authentication, MissingError, Store

Json = Any
Parameters = Mapping[str, str]
Handler = Callable[["Rest", Caller, Parameters, bytes], Answer]

ABSENT = RefusalError(404, "Not found", "not_found")


class Rest:
    """REST over a Store and the organisation's services."""

    def __init__(self, store: Store, services: Iterable[ServiceEnvironment]) -> None:
        self.store = store
        self.dead_tokens: set[str] = set()
        self.serve(services)

    def serve(self, services: Iterable[ServiceEnvironment]) -> None:
        """Offer these services from now on."""
        self.services = list(services)
        self._connectors = {"elements": connector_rows(self.services)}
        self._environments = {one.id: one for one in self.services}
        self._judges = {
            one.id: (SchemaJudge(one.credentials_schema), SchemaJudge(one.user_data_schema)) for one in self.services
        }

    def environment(self, environment_id: str) -> ServiceEnvironment | None:
        """The service environment with this id."""
        return self._environments.get(environment_id)

    def answer(self, operation: str, caller: Caller, parameters: Parameters, body: bytes) -> Answer:
        """Answer one operation of OPERATIONS."""
        try:
            return OPERATIONS[operation](self, caller, parameters, body)
        except RefusalError as refusal:
            return refusal.answer()
        except MissingError:
            return ABSENT.answer()
        except InvalidInputError as error:
            return RefusalError(400, str(error), "invalid_input").answer()
        except UnusableSchemaError:
            return INTERNAL

    def connectors(self, _caller: Caller, _parameters: Parameters, _body: bytes) -> Answer:
        """`GET /connectors`."""
        return Answer.of(200, self._connectors)

    def environments(self, _caller: Caller, parameters: Parameters, _body: bytes) -> Answer:
        """`GET /services/{name}/versions/{version}/environments`."""
        wanted = (parameters["name"], parameters["version"])
        found = [one for one in self.services if (one.service, str(one.version)) == wanted]
        if not found:
            raise ABSENT
        elements = [
            {
                "id": one.id,
                "title": one.title,
                "authenticationType": one.authentication_type,
                "userDataSchema": one.user_data_schema,
                "credentialsSchema": one.credentials_schema,
                "scopes": list(one.scopes),
            }
            for one in found
        ]
        return Answer.of(200, {"elements": elements})

    def create(self, caller: Caller, _parameters: Parameters, body: bytes) -> Answer:
        """`POST /authentications`; with the master token it lands in the company's own account, silently."""
        value = parse(body)
        check_shape(value, CREATE_KEYS, ("name", "serviceEnvironmentId"))
        if value["serviceEnvironmentId"] not in self._environments:
            raise ABSENT
        self._judge(value["serviceEnvironmentId"], value)
        return Answer.of(200, {"id": self.store.create_authentication(caller.owner, value).id})

    def update(self, caller: Caller, parameters: Parameters, body: bytes) -> Answer:
        """`PUT /authentications/{id}`."""
        found = self._owned(caller, parameters)
        value = parse(body)
        check_shape(value, UPDATE_KEYS, ("name", "credentials"))
        self._judge(found.environment_id, value)
        self.store.update_authentication(found.id, value)
        return Answer.of(200, {"id": found.id})

    def delete(self, caller: Caller, parameters: Parameters, _body: bytes) -> Answer:
        """`DELETE /authentications/{id}`."""
        self.store.delete_authentication(self._owned(caller, parameters).id)
        return Answer(204)

    def get(self, caller: Caller, parameters: Parameters, _body: bytes) -> Answer:
        """`GET /authentications/{id}`: master token or owner."""
        found = self.store.authentication(parameters["id"])
        if found is None or (not caller.master and found.user_id != caller.owner):
            raise ABSENT
        return Answer.of(200, _brief(found))

    def full(self, caller: Caller, parameters: Parameters, _body: bytes) -> Answer:
        """`GET /authentications/{id}/full`: the owner's user token only."""
        found = self._owned(caller, parameters)
        if parameters.get("forceRefresh") == "true":
            self.store.refresh(found.id)
        return Answer.of(200, _brief(found) | {"userData": found.user_data, "credentials": found.credentials})

    def call(self, caller: Caller, parameters: Parameters, body: bytes) -> Answer:
        """`POST /connectors/{name}/versions/{version}/call`; a dead token fails inside the 200."""
        if caller.master:
            raise RefusalError(403, "Forbidden", "forbidden")
        value = parse(body)
        if not isinstance(value, dict) or not isinstance(value.get("operation"), str) or "input" not in value:
            raise InvalidInputError("body must have operation, authId and input")
        row = self._connector(parameters)
        found = self._owned(caller, {"id": str(value.get("authId"))})
        environment = self._environments[found.environment_id]
        service = (row["service"]["name"], row["service"]["version"])
        if service != (environment.service, environment.version):
            raise InvalidInputError("the authentication is of another service version")
        if self.dead_tokens.intersection(each for each in found.credentials.values() if isinstance(each, str)):
            output: Json = {"message": "invalid_auth", "response": {"statusCode": 401}}
            return Answer.of(200, {"outcome": "error", "output": output})
        return Answer.of(200, {"outcome": "success", "output": {"ok": True}})

    def _connector(self, parameters: Parameters) -> Json:
        for row in self._connectors["elements"]:
            if (row["name"], row["version"]) == (parameters["name"], parameters["version"]):
                return row
        raise ABSENT

    def _judge(self, environment_id: str, value: Json) -> None:
        credentials, user_data = self._judges[environment_id]
        credentials.judge(value.get("credentials", {}), "credentials")
        user_data.judge(value.get("userData", {}), "userData")

    def _owned(self, caller: Caller, parameters: Parameters) -> Authentication:
        found = self.store.authentication(parameters["id"])
        if found is None or found.user_id != caller.owner:
            raise ABSENT
        return found


def _brief(found: Authentication) -> dict[str, Json]:
    value: dict[str, Json] = {
        "id": found.id,
        "name": found.name,
        "serviceEnvironmentId": found.environment_id,
    }
    if found.scopes is not None:
        value["scopes"] = found.scopes
    if found.on_prem_agent_group_id is not None:
        value["onPremAgentGroupId"] = found.on_prem_agent_group_id
    return value


OPERATIONS: dict[str, Handler] = {
    "connectors": Rest.connectors,
    "environments": Rest.environments,
    "create": Rest.create,
    "update": Rest.update,
    "delete": Rest.delete,
    "get": Rest.get,
    "full": Rest.full,
    "call": Rest.call,
}

ROUTES: tuple[tuple[str, str, str], ...] = (
    ("GET", "/core/v1/connectors", "connectors"),
    ("GET", "/core/v1/services/{name}/versions/{version}/environments", "environments"),
    ("POST", "/core/v1/authentications", "create"),
    ("GET", "/core/v1/authentications/{id}", "get"),
    ("PUT", "/core/v1/authentications/{id}", "update"),
    ("DELETE", "/core/v1/authentications/{id}", "delete"),
    ("GET", "/core/v1/authentications/{id}/full", "full"),
    ("POST", "/core/v1/connectors/{name}/versions/{version}/call", "call"),
)
"""Method, path, operation."""
