"""Against an attacker: a cache that mixes answers up, a checkout that asks for a token, a mapping that reads it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from project import SHOP, Project, shop_rows
from shop import shop_tray

from trayimport.sandbox import Sandbox


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with shop_tray() as sandbox:
        made = Project(tmp_path, sandbox)
        made.mapping(SHOP)
        made.export(shop_rows(6))
        yield made


def mixed_up(sandbox: Sandbox) -> None:
    """As a cache before Tray would that looks at the path alone: the first answer serves all."""
    first: list[str] = []
    authorize = sandbox.store.authorize

    def answer(user_id: str) -> str:
        first.append(authorize(user_id))
        return first[0]

    sandbox.store.authorize = answer  # type: ignore[method-assign]


def test_one_token_for_two_users_ends_the_run_with_nothing_in_a_strangers_account(project: Project) -> None:
    store = project.sandbox.store
    authorize = store.authorize
    mixed_up(project.sandbox)
    done = project.apply()
    assert (done.code, "TI518" in done.text) == (3, True), done.text
    assert len(store.authentications()) <= 1
    store.authorize = authorize  # type: ignore[method-assign]
    done = project.apply()
    assert done.code == 0, done.text
    assert len({one.user_id for one in store.authentications()}) == len(store.authentications()) == 6
