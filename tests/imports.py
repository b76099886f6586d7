"""Imports that are disturbed: a project on a Tray of its own, and what must be true of it in the end."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from polling import until
from project import SHOP, Project, shop_rows
from shop import shop_services, shop_tray

from trayimport.sandbox import Fault, FaultPlan, Sandbox
from trayimport.sandbox.store import Authentication

RECORDS, USERS = 12, 5
PRODUCTION, STAGING = (environment.id for environment in shop_services())
APPLY = ("apply", "mappings/", "--yes", "--rate", "0")


@contextmanager
def project_in(folder: Path, **options: object) -> Iterator[Project]:
    """A project with twelve records of five users, whose commands wait for short windows; `options` are the Tray's."""
    with shop_tray(**options) as sandbox:
        made = Project(folder, sandbox)
        made.mapping(SHOP)
        made.export(shop_rows(RECORDS, accounts=USERS))
        yield made


def assert_exactly_once(sandbox: Sandbox, records: int = RECORDS, users: int = USERS) -> None:
    """One authentication a record and one user an End User; what others made doesn't count."""
    found = Counter(one.name for one in sandbox.store.authentications() if not one.foreign)
    assert found == Counter(f"Shop {number:04}" for number in range(records))
    there = Counter(user.external_user_id for user in sandbox.store.users())
    assert there == Counter(f"acc-{number}" for number in range(users))
    assert sandbox.store.admin_authentications == []


def existing(project: Project, account: str, name: str, token: str, environment: str = PRODUCTION) -> Authentication:
    """An authentication that somebody else made for one of the users, who is made if need be, a minute ago."""
    store = project.sandbox.store
    user = next(iter(store.users_named(account)), None) or store.create_user(account, "Somebody", foreign=True)
    body = {"name": name, "serviceEnvironmentId": environment, "credentials": {"api_token": token}}
    found = store.create_authentication(user.id, body, foreign=True)
    user.created_at = found.created_at = found.created_at - 60
    return found


def killed_in(project: Project, operation: str, fault: Fault, *, earlier: int = 0) -> None:
    """Kill an import whose request is held, after as many `earlier` ones that went well."""
    project.sandbox.faults = FaultPlan(script={operation: [*[None] * earlier, fault]})
    process = project.start(*APPLY)
    until(lambda: project.sandbox.held)
    process.kill()
    process.communicate(timeout=30)
    until(lambda: not project.sandbox.held)
