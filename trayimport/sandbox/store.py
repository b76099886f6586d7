"""The emulator's memory: users, tokens, authentications. No HTTP, no clock of its own, no files.

Every change is an event that is applied and handed to `journal`; replaying the events gives the same state.
"""

import base64
import secrets
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from trayimport.sandbox.readings import HARSH, Readings

Json = Any
Event = dict[str, Any]

ADMIN = "admin"
"""The owner of what a master token creates: the embedding company's own account (contract, REST)."""

TOKEN_LIFE = 2 * 24 * 3600.0
"""Seconds that a user token is valid for: two days (contract, hosts and tokens)."""

_NAMESPACE = uuid.UUID("9d9f3cf4-2f0d-5c1e-9c55-6f3b0c3a7e11")


def derived_id(*names: object) -> str:
    """The same UUID for the same names, so that ids derive from names (commands, ruling 39)."""
    return str(uuid.uuid5(_NAMESPACE, "\x1f".join(str(name) for name in names)))


class MissingError(Exception):
    """There is no such user or authentication, or it isn't this owner's."""


class ExistsError(Exception):
    """There is a user with this externalUserId."""


@dataclass(slots=True)
class User:
    """One End User. `number` is the place in the order of `users`; `created_at` is the clock's seconds."""

    id: str
    external_user_id: str
    name: str
    is_test_user: bool
    created_at: float
    number: int
    foreign: bool = False


@dataclass(slots=True)
class Authentication:
    """One authentication with all that was sent. `deliveries` counts the POST and PUTs that brought content.

    `foreign` marks what somebody else made; `user_id` is ADMIN for the company's own account.
    """

    id: str
    name: str
    environment_id: str
    user_id: str
    created_at: float
    credentials: Json = field(default_factory=dict, repr=False)
    user_data: Json = field(default_factory=dict, repr=False)
    scopes: list[str] | None = None
    on_prem_agent_group_id: str | None = None
    foreign: bool = False
    deliveries: int = 1
    refreshes: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """Some users and what `pageInfo` says of them."""

    users: list[User]
    has_next: bool
    has_previous: bool


def cursor(user: User) -> str:
    """An opaque cursor that stands for this user's place."""
    return base64.urlsafe_b64encode(f"user:{user.number}".encode()).decode()


def _place(text: str) -> int:
    """The place that a cursor stands for; ValueError for what is none."""
    kind, _, number = base64.urlsafe_b64decode(text.encode()).decode().partition(":")
    if kind != "user":
        raise ValueError("no cursor")
    return int(number)


class Store:
    """All that the organisation has. Reading gives copies of the collections, so any thread may look.

    `readings` say what is unknown of Tray.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        journal: Callable[[Event], None] | None = None,
        readings: Readings = HARSH,
        token_life: float = TOKEN_LIFE,
    ) -> None:
        self.clock = clock
        self.journal = journal
        self.readings = readings
        self.token_life = token_life
        self.commits = 0
        self._lock = threading.RLock()
        self._order: list[User | None] = []
        self._users: dict[str, User] = {}
        self._by_external: dict[str, list[str]] = {}
        self._authentications: dict[str, Authentication] = {}
        self._owned: dict[str, dict[str, Authentication]] = {}
        self._tokens: dict[str, tuple[str, float]] = {}
        self._tokens_of: dict[str, list[str]] = {}
        self._used_ids: set[str] = set()
        self._seeded = 0

    # -- looking ---------------------------------------------------------------------------------------

    def users(self) -> list[User]:
        """All End Users, oldest first."""
        return list(self._users.values())

    def user(self, user_id: str) -> User | None:
        """The End User with this id."""
        return self._users.get(user_id)

    def users_named(self, external_user_id: str) -> list[User]:
        """The End Users with this externalUserId; more than one only with the reading `second_user`."""
        return [self._users[found] for found in list(self._by_external.get(external_user_id, ()))]

    def authentications(self) -> list[Authentication]:
        """All authentications of End Users, oldest first; `foreign` ones too."""
        return [each for each in list(self._authentications.values()) if each.user_id != ADMIN]

    @property
    def admin_authentications(self) -> list[Authentication]:
        """What was created with a master token: in the company's own account, where nobody wants it."""
        return self.owned(ADMIN)

    def owned(self, user_id: str) -> list[Authentication]:
        """One owner's authentications, oldest first."""
        return list(self._owned.get(user_id, {}).values())

    def authentication(self, authentication_id: str) -> Authentication | None:
        """The authentication with this id."""
        return self._authentications.get(authentication_id)

    def token_owner(self, token: str) -> str | None:
        """Whose valid user token this is."""
        user_id, expires_at = self._tokens.get(token, ("", 0.0))
        return user_id if user_id and self.clock() < expires_at else None

    def page(self, users: Iterable[User], size: int) -> Page:
        """The first `size` of `users`."""
        found = list(islice(users, size + 1))
        return Page(found[:size], len(found) > size, False)

    def users_after(self, after: str | None, seen_until: float) -> Iterator[User]:
        """Users behind a cursor in stable order, created no later than `seen_until`; ValueError: no cursor."""
        there = None if after is None else _place(after)
        if self.readings.newest_first:
            yield from self._seen(range(len(self._order) - 1 if there is None else there - 1, -1, -1), seen_until)
        else:
            yield from self._seen(range(0 if there is None else there + 1, len(self._order)), seen_until)

    def page_before(self, before: str | None, size: int, seen_until: float) -> Page:
        """The last `size` users before a cursor; ValueError: no cursor."""
        there = None if before is None else _place(before)
        if self.readings.newest_first:
            numbers = range(0 if there is None else there + 1, len(self._order))
        else:
            numbers = range(len(self._order) - 1 if there is None else there - 1, -1, -1)
        found = list(islice(self._seen(numbers, seen_until), size + 1))
        return Page(found[:size][::-1], before is not None, len(found) > size)

    def _seen(self, numbers: Iterable[int], until: float) -> Iterator[User]:
        for number in numbers:
            user = self._order[number]
            if user is not None and user.created_at <= until:
                yield user

    # -- changing --------------------------------------------------------------------------------------

    def create_user(
        self, external_user_id: str, name: str, *, is_test_user: bool = False, foreign: bool = False
    ) -> User:
        """A new End User; ExistsError where there is one (unless the reading is `second_user`)."""
        with self._lock:
            if external_user_id in self._by_external and not self.readings.second_user:
                raise ExistsError
            user_id = self._free_id("user", external_user_id)
            self._commit(
                {
                    "do": "create_user",
                    "id": user_id,
                    "external": external_user_id,
                    "name": name,
                    "test": is_test_user,
                    "foreign": foreign,
                    "at": self.clock(),
                }
            )
            return self._users[user_id]

    def remove_user(self, user_id: str) -> None:
        """End a user with all tokens and authentications; MissingError."""
        with self._lock:
            if user_id not in self._users:
                raise MissingError
            self._commit({"do": "remove_user", "id": user_id})

    def seed_users(self, count: int) -> None:
        """See to it that the users `seed-1` … `seed-COUNT` were made, once in the life of this state."""
        with self._lock:
            if count > self._seeded:
                self._commit({"do": "seed_users", "from": self._seeded, "to": count})

    def authorize(self, user_id: str) -> str:
        """A new user token, opaque hexadecimal; MissingError for an unknown user."""
        with self._lock:
            if user_id not in self._users:
                raise MissingError
            token = secrets.token_hex(32)
            until = self.clock() + self.token_life
            self._commit(
                {
                    "do": "authorize",
                    "user": user_id,
                    "token": token,
                    "until": until,
                    "alone": self.readings.older_tokens_end,
                }
            )
            return token

    def expire_token(self, token: str) -> None:
        """End one user token; nothing happens where it has ended."""
        with self._lock:
            if token in self._tokens:
                self._commit({"do": "expire_token", "token": token})

    def expire_tokens(self) -> None:
        """End all user tokens, as if two days had passed."""
        for token in list(self._tokens):
            self.expire_token(token)

    def create_authentication(self, user_id: str, body: Json, *, foreign: bool = False) -> Authentication:
        """Keep a body of Create Authentication that was found good; `user_id` is ADMIN for a master token."""
        with self._lock:
            if user_id != ADMIN and user_id not in self._users:
                raise MissingError
            new = self._free_id("authentication", user_id, body["serviceEnvironmentId"], body["name"])
            self._commit(
                {
                    "do": "create",
                    "id": new,
                    "user": user_id,
                    "body": body,
                    "foreign": foreign,
                    "at": self.clock(),
                }
            )
            return self._authentications[new]

    def update_authentication(self, authentication_id: str, body: Json) -> None:
        """Replace the whole; what is left out is cleared or kept, as the reading `put_clears` has it."""
        kept = {} if self.readings.put_clears else _body(self._authentications.get(authentication_id))
        self._change({"do": "update", "id": authentication_id, "body": kept | body})

    def delete_authentication(self, authentication_id: str) -> None:
        """Delete for good; MissingError."""
        self._change({"do": "delete", "id": authentication_id})

    def rename(self, authentication_id: str, name: str) -> None:
        """What an operator does in Tray's pages; MissingError."""
        self._change({"do": "rename", "id": authentication_id, "name": name})

    def refresh(self, authentication_id: str) -> None:
        """What Tray does by itself to OAuth tokens: access and refresh token are new; MissingError."""
        found = self._authentications.get(authentication_id)
        if found is None:
            raise MissingError
        number = found.refreshes + 1
        new = {
            key: derived_id("refreshed", authentication_id, key, number).replace("-", "")
            for key in ("access_token", "refresh_token")
            if isinstance(found.credentials.get(key), str)
        }
        self._change({"do": "refresh", "id": authentication_id, "new": new})

    def replay(self, event: Event) -> None:
        """Do again what an earlier run did, without writing it once more."""
        _APPLY[event["do"]](self, event)
        self.commits += 1

    # -- events ----------------------------------------------------------------------------------------

    def _change(self, event: Event) -> None:
        with self._lock:
            if event["id"] not in self._authentications:
                raise MissingError
            self._commit(event)

    def _commit(self, event: Event) -> None:
        # The journal first: what an answer speaks of must survive the process.
        if self.journal is not None:
            self.journal(event)
        self.replay(event)

    def _free_id(self, *names: object) -> str:
        number = 0
        while (found := derived_id(*names, number)) in self._used_ids:
            number += 1
        return found

    def _add_user(self, user: User) -> None:
        self._order.append(user)
        self._users[user.id] = user
        self._used_ids.add(user.id)
        self._by_external.setdefault(user.external_user_id, []).append(user.id)

    def _on_create_user(self, event: Event) -> None:
        self._add_user(
            User(
                event["id"],
                event["external"],
                event["name"],
                event["test"],
                event["at"],
                len(self._order),
                event["foreign"],
            )
        )

    def _on_seed_users(self, event: Event) -> None:
        for number in range(event["from"] + 1, event["to"] + 1):
            external = f"seed-{number}"
            self._add_user(
                User(self._free_id("user", external), external, f"Seeded {number}", False, 0.0, len(self._order))
            )
        self._seeded = event["to"]

    def _on_remove_user(self, event: Event) -> None:
        user = self._users.pop(event["id"])
        self._order[user.number] = None
        siblings = self._by_external[user.external_user_id]
        siblings.remove(user.id)
        if not siblings:
            del self._by_external[user.external_user_id]
        for token in self._tokens_of.pop(user.id, []):
            self._tokens.pop(token, None)
        for gone in self._owned.pop(user.id, {}):
            del self._authentications[gone]

    def _on_authorize(self, event: Event) -> None:
        of_user = self._tokens_of.setdefault(event["user"], [])
        if event["alone"]:
            for old in of_user:
                self._tokens.pop(old, None)
            of_user.clear()
        of_user.append(event["token"])
        self._tokens[event["token"]] = (event["user"], event["until"])

    def _on_expire_token(self, event: Event) -> None:
        self._tokens.pop(event["token"], None)

    def _on_create(self, event: Event) -> None:
        body = event["body"]
        new = Authentication(
            event["id"],
            body["name"],
            body["serviceEnvironmentId"],
            event["user"],
            event["at"],
            foreign=event["foreign"],
        )
        _fill(new, body)
        self._used_ids.add(new.id)
        self._authentications[new.id] = new
        self._owned.setdefault(new.user_id, {})[new.id] = new

    def _on_update(self, event: Event) -> None:
        found = self._authentications[event["id"]]
        found.name = event["body"]["name"]
        found.deliveries += 1
        _fill(found, event["body"])

    def _on_delete(self, event: Event) -> None:
        gone = self._authentications.pop(event["id"])
        del self._owned[gone.user_id][gone.id]

    def _on_rename(self, event: Event) -> None:
        self._authentications[event["id"]].name = event["name"]

    def _on_refresh(self, event: Event) -> None:
        found = self._authentications[event["id"]]
        found.refreshes += 1
        found.credentials = {**found.credentials, **event["new"]}


def _body(found: Authentication | None) -> Json:
    """What an authentication holds, as a body would say it."""
    if found is None:
        return {}
    body = {"credentials": found.credentials, "userData": found.user_data, "scopes": found.scopes}
    return body | {"onPremAgentGroupId": found.on_prem_agent_group_id}


def _fill(found: Authentication, body: Json) -> None:
    found.credentials = body.get("credentials", {})
    found.user_data = body.get("userData", {})
    found.scopes = body.get("scopes")
    found.on_prem_agent_group_id = body.get("onPremAgentGroupId")


_APPLY: dict[str, Callable[[Store, Event], None]] = {
    "create_user": Store._on_create_user,
    "seed_users": Store._on_seed_users,
    "remove_user": Store._on_remove_user,
    "authorize": Store._on_authorize,
    "expire_token": Store._on_expire_token,
    "create": Store._on_create,
    "update": Store._on_update,
    "delete": Store._on_delete,
    "rename": Store._on_rename,
    "refresh": Store._on_refresh,
}
