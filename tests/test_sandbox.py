"""The emulator keeps to the contract: asked over HTTP, by nothing but `requests`."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
import requests
from polling import until
from shop import shop_services, shop_tray

from trayimport.sandbox import Fault, FaultPlan, Readings, Sandbox, built_in_services, readings, services_from_snapshots
from trayimport.sandbox.readings import MILD

Json = Any
MASTER = "master-of-the-tests"
SNAPSHOTS = Path(__file__).parent.parent / "schemas"
LIST = (
    "query { viewer { authentications { edges { node { id name serviceEnvironment { id title } } } "
    "pageInfo { hasNextPage } } } }"
)
CREATE_USER = "mutation($i: CreateExternalUserInput!) { createExternalUser(input: $i) { userId clientMutationId } }"
AUTHORIZE = "mutation($i: UserIdInput!) { authorize(input: $i) { accessToken } }"
USERS = (
    "query($c: UserSearchCriteria, $a: String) { users(criteria: $c, after: $a) "
    "{ edges { node { id externalUserId } } pageInfo { hasNextPage endCursor } } }"
)


class Asked:
    """A client of nothing but HTTP."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.environment = shop_services()[0].id

    def rest(self, method: str, path: str, token: str | None = MASTER, body: Json = None) -> requests.Response:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        url = f"{self.sandbox.api_url}/core/v1{path}"
        return requests.request(method, url, json=body, headers=headers, timeout=10)

    def graphql(self, query: str, token: str | None = MASTER, **variables: Json) -> Json:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        body = {"query": query, "variables": variables}
        answer = requests.post(self.sandbox.graphql_url, json=body, headers=headers, timeout=10)
        assert answer.status_code == 200
        return answer.json()

    def user(self, name: str = "acc-1") -> str:
        created = self.graphql(CREATE_USER, i={"name": name, "externalUserId": name})
        user: str = created["data"]["createExternalUser"]["userId"]
        return user

    def token(self, user: str) -> str:
        token: str = self.graphql(AUTHORIZE, i={"userId": user})["data"]["authorize"]["accessToken"]
        return token

    def body(self, **other: Json) -> Json:
        return {
            "name": "A shop",
            "serviceEnvironmentId": self.environment,
            "credentials": {"api_token": "tok-1"},
        } | other

    def listed(self, token: str, count: int) -> list[Json]:
        """What the user's list shows, once it shows so many."""

        def edges() -> list[Json]:
            found: list[Json] = self.graphql(LIST, token)["data"]["viewer"]["authentications"]["edges"]
            return found

        until(lambda: len(edges()) == count)
        return edges()

    def create(self, token: str, **other: Json) -> requests.Response:
        return self.rest("POST", "/authentications", token, self.body(**other))


@pytest.fixture(scope="module")
def tray() -> Iterator[Asked]:
    with shop_tray(master_token=MASTER) as running:
        yield Asked(running)


@pytest.fixture
def token(tray: Asked, request: pytest.FixtureRequest) -> str:
    return tray.token(tray.user(request.node.name))


def code(answer: Json) -> tuple[str, str]:
    extensions = answer["errors"][0]["extensions"]
    return extensions["name"], extensions["code"]


def test_every_version_of_every_connector_is_a_row_that_names_its_service(tray: Asked) -> None:
    rows = tray.rest("GET", "/connectors").json()["elements"]
    assert {row["name"] for row in rows} == {"shop", "shop-output"}
    assert len({row["version"] for row in rows if row["name"] == "shop"}) > 1
    assert {(row["service"]["name"], row["service"]["version"]) for row in rows} == {("shop", 3)}


def test_environments_are_those_of_the_service_version(tray: Asked, token: str) -> None:
    for asking in (MASTER, token):
        found = tray.rest("GET", "/services/shop/versions/3/environments", asking).json()["elements"]
        assert [one["title"] for one in found] == ["Production", "Staging"]
        assert set(found[0]) == {
            "id",
            "title",
            "authenticationType",
            "userDataSchema",
            "credentialsSchema",
            "scopes",
        }
    for path in ("/services/shop/versions/4/environments", "/services/shp/versions/3/environments"):
        assert tray.rest("GET", path).status_code == 404


def test_an_authentication_belongs_to_the_user_whose_token_made_it(tray: Asked, token: str) -> None:
    made = tray.create(token, userData={"note": "n"}, scopes=["read"]).json()["id"]
    (listed,) = tray.listed(token, 1)
    assert listed["node"]["id"] == made
    assert listed["node"]["serviceEnvironment"] == {"id": tray.environment, "title": "Production"}
    full = tray.rest("GET", f"/authentications/{made}/full", token).json()
    assert (full["credentials"], full["userData"], full["scopes"]) == ({"api_token": "tok-1"}, {"note": "n"}, ["read"])
    assert tray.rest("GET", f"/authentications/{made}/full").status_code == 404
    other = tray.token(tray.user(f"{made}-other"))
    assert tray.rest("GET", f"/authentications/{made}", other).status_code == 404


def test_the_master_token_creates_in_the_companys_own_account_silently(tray: Asked) -> None:
    before = len(tray.sandbox.store.admin_authentications)
    assert tray.create(MASTER).status_code == 200
    assert len(tray.sandbox.store.admin_authentications) == before + 1


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"credentials": {"api_token": None}}, 400),
        ({"credentials": {"api_token": "t", "n": 1.5}}, 400),
        ({"credentials": {"api_token": 7}}, 400),
        ({"credentials": {}}, 400),
        ({"credentials": {"api_token": "t", "other": "x"}}, 400),
        ({"credentials": []}, 400),
        ({"userData": {"unknown": "x"}}, 400),
        ({"scopes": ["a", "a"]}, 400),
        ({"scopes": "a"}, 400),
        ({"name": ""}, 400),
        ({"name": None}, 400),
        ({"extra": 1}, 400),
        ({"serviceEnvironmentId": "00000000-0000-4000-8000-000000000000"}, 404),
    ],
)
def test_a_body_that_does_not_fit_is_refused(tray: Asked, token: str, change: Json, status: int) -> None:
    answer = tray.create(token, **change)
    assert answer.status_code == status
    assert set(answer.json()) == {"message", "code"}
    assert tray.graphql(LIST, token)["data"]["viewer"]["authentications"]["edges"] == []


def test_names_need_not_be_unique(tray: Asked, token: str) -> None:
    assert tray.create(token).json()["id"] != tray.create(token).json()["id"]


@pytest.mark.parametrize("token", [None, "", "nobody's"])
def test_without_a_token_that_is_known_nothing_is_answered(tray: Asked, token: str | None) -> None:
    assert tray.rest("GET", "/connectors", token).status_code == 401
    assert tray.create(token or "x").status_code == 401
    assert code(tray.graphql(LIST, token)) == ("PreconditionError", "access_not_allowed")


def test_what_is_the_masters_is_refused_to_a_user(tray: Asked, token: str) -> None:
    for query, variables in (
        (USERS, {}),
        (CREATE_USER, {"i": {"name": "n", "externalUserId": "e"}}),
        (AUTHORIZE, {"i": {"userId": "x"}}),
    ):
        assert code(tray.graphql(query, token, **variables)) == ("PreconditionError", "access_not_allowed")


def test_users_come_in_pages_until_there_are_no_more() -> None:
    with shop_tray(master_token=MASTER, users=20) as running:
        tray, after, seen, pages = Asked(running), None, [], 0
        while True:
            found = tray.graphql(USERS, a=after)["data"]["users"]
            seen += [edge["node"]["externalUserId"] for edge in found["edges"]]
            pages += 1
            after = found["pageInfo"]["endCursor"]
            if not found["pageInfo"]["hasNextPage"]:
                break
    assert (len(seen), len(set(seen)), pages) == (20, 20, 3)


@pytest.mark.parametrize(
    "query",
    [
        "mutation($i: UserInput!) { authorize(input: $i) { accessToken } }",
        "mutation($i: String!) { authorize(input: {userId: $i}) { accessToken } }",
        "query { viewer { authentications { edges { node { credentials } } } } }",
        "query { viewer { authentications(first: 5) { edges { node { id } } } } }",
        "{",
    ],
)
def test_graphql_refuses_what_its_types_do_not_know(tray: Asked, query: str) -> None:
    answer = tray.graphql(query, i="x")
    assert answer["errors"]
    assert not answer.get("data")


def test_over_the_limit_rest_says_429_and_graphql_says_it_inside_a_200() -> None:
    with shop_tray(master_token=MASTER, rate=30, burst=3) as running:
        tray = Asked(running)
        assert [tray.rest("GET", "/connectors").status_code for _ in range(4)] == [200, 200, 200, 429]
        answer = tray.graphql(USERS)
        assert answer["errors"][0]["message"] == "Rate limit exceeded"
        assert code(answer) == ("PreconditionError", "access_not_allowed")
        assert running.limited == 2


@pytest.mark.parametrize(("fault", "made"), [(Fault.HELD_BEFORE, 0), (Fault.HELD_AFTER, 1)])
def test_a_held_creation_is_answered_when_it_is_released(fault: Fault, made: int) -> None:
    with shop_tray(master_token=MASTER, faults=FaultPlan(script={"create": [fault]})) as running:
        tray, answers = Asked(running), list[requests.Response]()
        token = tray.token(tray.user())
        waiting = threading.Thread(target=lambda: answers.append(tray.create(token)))
        waiting.start()
        until(lambda: running.held == 1)
        assert len(running.store.authentications()) == made
        running.release()
        waiting.join(10)
        assert answers[0].status_code == 200
        assert len(running.store.authentications()) == 1


@pytest.mark.parametrize(
    ("fault", "status", "made"),
    [
        (Fault.QUOTED, 400, 0),
        (Fault.ERROR_BEFORE, 500, 0),
        (Fault.ERROR_AFTER, 500, 1),
        (Fault.PROXY_BEFORE, 502, 0),
        (Fault.PROXY_AFTER, 502, 1),
        (Fault.GATEWAY_AFTER, 504, 1),
        (Fault.LIMITED, 429, 0),
        (Fault.ENDED, 401, 0),
        (Fault.CUT_BEFORE, None, 0),
        (Fault.CUT_AFTER, None, 1),
        (Fault.TRUNCATED, None, 1),
        (Fault.LATE_COMMIT, None, 1),
    ],
)
def test_a_fault_that_is_ordered_happens_to_one_request(fault: Fault, status: int | None, made: int) -> None:
    with shop_tray(master_token=MASTER, faults=FaultPlan(script={"create": [fault]}, late=0.01)) as running:
        tray = Asked(running)
        user = tray.user()
        token = tray.token(user)
        if status is None:
            with pytest.raises(requests.RequestException):
                tray.create(token)
        else:
            answer = tray.create(token)
            assert answer.status_code == status
            assert ("tok-1" in answer.text) == (fault is Fault.QUOTED)
        running.settle()
        assert len(running.store.authentications()) == made
        assert tray.create(tray.token(user)).status_code == 200


def test_what_a_state_folder_keeps_is_there_in_the_next_life_and_holds_no_token_in_clear(tmp_path: Path) -> None:
    with shop_tray(state=tmp_path / "s") as running:
        tray = Asked(running)
        master = running.master_token
        user = running.store.create_user("acc-1", "Bolo").id
        token = running.store.authorize(user)
        tray.create(token, credentials={"api_token": "canary-token"})
    with shop_tray(state=tmp_path / "s") as running:
        assert running.master_token == master
        (kept,) = running.store.authentications()
        assert (kept.user_id, kept.credentials) == (user, {"api_token": "canary-token"})
    for file in (tmp_path / "s").iterdir():
        assert b"canary-token" not in file.read_bytes()
        assert file.stat().st_mode & 0o077 == 0


def test_it_has_the_snapshots_services_with_two_environments_of_slack() -> None:
    found = {(one.service, one.version, one.title) for one in services_from_snapshots(SNAPSHOTS)}
    assert {("slack", 4, "Production"), ("slack", 4, "Acme Slack App"), ("mailchimp", 2, "Production")} <= found
    assert {one.service for one in built_in_services()} == {"slack", "netsuite"}


def second_user(tray: Asked) -> Json:
    first = tray.user("twice")
    again = tray.graphql(CREATE_USER, i={"name": "n", "externalUserId": "twice"})
    return code(again) if "errors" in again else again["data"]["createExternalUser"]["userId"] != first


def older_token(tray: Asked) -> Json:
    user = tray.user()
    older, newer = tray.token(user), tray.token(user)
    return [tray.create(token).status_code for token in (older, newer)]


def left_out_of_a_put(tray: Asked) -> Json:
    token = tray.token(tray.user())
    made = tray.create(token, userData={"note": "n"}).json()["id"]
    tray.rest("PUT", f"/authentications/{made}", token, {"name": "b", "credentials": {"api_token": "tok-2"}})
    return tray.rest("GET", f"/authentications/{made}/full", token).json()["userData"]


def long_list(tray: Asked) -> Json:
    token = tray.token(tray.user())
    for number in range(4):
        tray.create(token, name=f"{number}")
    page: Json = {}

    def whole() -> bool:
        page.update(tray.graphql(LIST, token)["data"]["viewer"]["authentications"])
        return len(page["edges"]) > 3 or page["pageInfo"]["hasNextPage"]

    until(whole)
    return [len(page["edges"]), page["pageInfo"]["hasNextPage"]]


def just_made(tray: Asked) -> Json:
    token = tray.token(tray.user())
    tray.create(token)
    return len(tray.graphql(LIST, token)["data"]["viewer"]["authentications"]["edges"])


def pages(tray: Asked) -> Json:
    return len(tray.graphql(USERS)["data"]["users"]["edges"])


def first_of_all(tray: Asked) -> Json:
    return tray.graphql(USERS)["data"]["users"]["edges"][0]["node"]["externalUserId"]


def over_the_limit(tray: Asked) -> Json:
    token = tray.token(tray.user())
    while tray.rest("GET", "/connectors").status_code == 200:
        pass
    limited = tray.rest("GET", "/connectors")
    return [limited.headers.get("Retry-After"), tray.rest("GET", "/connectors", token).status_code]


LIMITED = {"rate": 30, "burst": 5}


@pytest.mark.parametrize(
    ("mild", "options", "look", "harsh", "milder"),
    [
        ("second-user", {}, second_user, True, ("PreconditionError", "user_already_exists")),
        ("older-tokens-end", {}, older_token, [401, 200], [200, 200]),
        ("put-clears", {}, left_out_of_a_put, {}, {"note": "n"}),
        ("listing-cap", {}, long_list, [3, True], [4, False]),
        ("lookup-lag", {}, just_made, 0, 1),
        ("page-size", {"users": 20}, pages, 7, 20),
        ("newest-first", {"users": 20}, first_of_all, "seed-20", "seed-1"),
        ("retry-after", LIMITED, over_the_limit, [None, 429], ["1", 429]),
        ("one-budget", LIMITED, over_the_limit, [None, 429], [None, 200]),
    ],
)
def test_each_unknown_of_the_contract_is_read_harshly_unless_asked_otherwise(
    mild: str, options: Json, look: Callable[[Asked], Json], harsh: Json, milder: Json
) -> None:
    for names, expected in (((), harsh), ((mild,), milder)):
        read = replace(readings(names), lookup_lag=0.3 if mild != "lookup-lag" or not names else 0.0)
        read = replace(read, listing_cap=3 if read.listing_cap else None)
        with shop_tray(master_token=MASTER, readings=read, **options) as running:
            assert look(Asked(running)) == expected


def test_each_reading_has_a_name_and_a_milder_one() -> None:
    assert set(MILD) == {field.name for field in fields(Readings)}
    mild = readings(["all"])
    assert all(getattr(mild, name) == value != getattr(Readings(), name) for name, value in MILD.items())
