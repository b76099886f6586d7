"""What a ledger promises, on SQLite files and on a real PostgreSQL alike."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from ledger_support import KEY, NOW, Time, item, opened, whole_item
from sqlalchemy import create_engine, text

from trayimport.codes import ledger as codes
from trayimport.errors import LedgerError
from trayimport.ledger import SqlLedger
from trayimport.ledger.tables import metadata
from trayimport.model import (
    Expect,
    ItemMove,
    ItemWrite,
    LedgerUser,
    MappingIdentity,
    Run,
    State,
    UserWrite,
)


@pytest.fixture(params=["sqlite", "memory", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An address with no ledger yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/ledger.db"
    elif request.param == "memory":
        yield "sqlite://"
    else:
        address: str = request.getfixturevalue("postgres_url")
        engine = create_engine(address.replace("postgresql://", "postgresql+psycopg://"))
        metadata.drop_all(engine)
        yield address
        metadata.drop_all(engine)
        engine.dispose()


@pytest.fixture
def ledger(url: str) -> Iterator[SqlLedger]:
    found = opened(url, environ={"TRAYIMPORT_LEDGER_KEY": KEY})
    yield found
    found.close()


def test_what_a_ledger_acknowledged_is_on_the_disk(tmp_path: Path, new_postgres: str) -> None:
    """Rule 1: an intent that a crash takes away was no intent; whatever the server's own default is."""
    local = opened(f"sqlite:///{tmp_path}/ledger.db")
    address = new_postgres.replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.execute(text(f"ALTER DATABASE {engine.url.database} SET synchronous_commit = off"))
    engine.dispose()
    shared = opened(new_postgres, environ={"TRAYIMPORT_LEDGER_KEY": KEY})

    def asked(ledger: SqlLedger, question: str) -> object:
        with ledger._database.writing() as connection:
            return connection.execute(text(question)).scalar()

    assert (asked(local, "PRAGMA synchronous"), asked(local, "PRAGMA journal_mode")) == (2, "wal")
    assert asked(shared, "SHOW synchronous_commit") == "on"
    local.close()
    shared.close()


def test_an_item_comes_back_with_all_that_it_had(ledger: SqlLedger) -> None:
    whole = whole_item()
    assert ledger.write([ItemWrite(whole, None)]) == [True]
    assert ledger.items("slack", [whole.key, "unknown"]) == {whole.key: whole}
    assert list(ledger.all_items()) == [whole]
    assert ledger.items_of_users(["user-1", "unknown"]) == {"user-1": [whole]}


def test_an_empty_snapshot_is_not_a_missing_one(ledger: SqlLedger) -> None:
    ledger.write([ItemWrite(item("a", snapshot=()), None), ItemWrite(item("b", snapshot=None), None)])
    assert [found.snapshot for found in ledger.all_items()] == [(), None]


@pytest.mark.parametrize(
    ("expect", "holds"),
    [
        ((State.SENDING, 1), True),
        ((State.SENDING, 2), False),
        ((State.PLANNED, 1), False),
        ((State.CREATED, 1), False),
        (None, False),
    ],
)
def test_a_write_holds_only_on_the_state_and_attempt_it_expects(ledger: SqlLedger, expect: Expect, holds: bool) -> None:
    before = item("a1", State.SENDING, 1)
    after = replace(before, state=State.CREATED, authentication_id="auth-1")
    ledger.write([ItemWrite(before, None)])
    assert ledger.write([ItemWrite(after, expect)]) == [holds]
    assert ledger.items("slack", ["a1"])["a1"] == (after if holds else before)


def test_a_write_that_expects_a_row_makes_none(ledger: SqlLedger) -> None:
    assert ledger.write([ItemWrite(item(), (State.PLANNED, 0))]) == [False]
    assert ledger.states() == {}


def test_a_stale_absent_does_not_overwrite_created(ledger: SqlLedger) -> None:
    sending = item("a1", State.SENDING, 1)
    ledger.write([ItemWrite(sending, None)])
    answers = ledger.write(
        [
            ItemWrite(replace(sending, state=State.CREATED, authentication_id="auth-1"), (State.SENDING, 1)),
            ItemWrite(replace(sending, state=State.PLANNED), (State.SENDING, 1)),
        ]
    )
    assert answers == [True, False]
    assert ledger.states() == {"created": 1}


def test_an_authentication_belongs_to_one_record_and_only_that_write_fails(ledger: SqlLedger) -> None:
    answers = ledger.write(
        [
            ItemWrite(item("a", State.CREATED, 1, authentication_id="auth-1"), None),
            ItemWrite(item("b", State.CREATED, 1, authentication_id="auth-1"), None),
            ItemWrite(item("c", State.CREATED, 1, authentication_id="auth-2"), None),
        ]
    )
    assert answers == [True, False, True]
    again = item("d", State.CREATED, 1, authentication_id="auth-2")
    assert ledger.write([ItemWrite(again, None)]) == [False]


def test_a_record_that_gives_its_authentication_up_leaves_it_to_another(ledger: SqlLedger) -> None:
    first = item("a", State.DELETING, 1, authentication_id="auth-1")
    ledger.write([ItemWrite(first, None)])
    gone = replace(first, state=State.DELETED, authentication_id=None)
    other = item("b", State.CREATED, 1, authentication_id="auth-1")
    assert ledger.write([ItemWrite(gone, (State.DELETING, 1)), ItemWrite(other, None)]) == [True, True]


@pytest.mark.parametrize(
    ("old_key", "new_key", "state", "holds"),
    [
        ("old", "new", State.CREATED, True),
        ("unknown", "new", State.CREATED, False),
        ("old", "taken", State.CREATED, False),
        ("old", "new", State.IN_DOUBT, False),
    ],
)
def test_a_move_takes_a_row_as_it_is_to_a_free_key(
    ledger: SqlLedger, old_key: str, new_key: str, state: State, holds: bool
) -> None:
    old = item("old", State.CREATED, 1, authentication_id="auth-1")
    ledger.write([ItemWrite(old, None), ItemWrite(item("taken"), None)])
    assert ledger.write([ItemMove(replace(old, key=new_key, state=state), old_key)]) == [holds]
    keys = {found.key for found in ledger.all_items()}
    assert keys == ({"new", "taken"} if holds else {"old", "taken"})


@pytest.mark.parametrize(
    ("expect", "holds"), [(("sending", 1), True), (("sending", 0), False), (("created", 1), False), (None, False)]
)
def test_users_obey_compare_and_set_too(ledger: SqlLedger, expect: tuple[str, int] | None, holds: bool) -> None:
    before = LedgerUser("user-1", "sending", 1, None, "run-1", NOW)
    after = replace(before, state="created", user_id="tray-1")
    assert ledger.write([UserWrite(before, None)]) == [True]
    assert ledger.write([UserWrite(after, expect)]) == [holds]
    assert ledger.users(["user-1", "user-2"]) == {"user-1": after if holds else before}


def test_what_is_open_is_found_and_nothing_else(ledger: SqlLedger) -> None:
    ledger.write([ItemWrite(item(state.value, state, 1), None) for state in State])
    states = ["sending", "created", "found", "in_doubt", "conflict", "refused", "deleting", "deleted"]
    ledger.write([UserWrite(LedgerUser(state, state), None) for state in states])
    assert {found.state for found in ledger.open_items()} == {
        State.SENDING,
        State.UPDATING,
        State.DELETING,
        State.IN_DOUBT,
    }
    assert {found.state for found in ledger.open_users()} == {"sending", "deleting", "in_doubt"}


def test_items_come_in_the_order_of_mapping_and_key_over_many_pages(ledger: SqlLedger) -> None:
    writes = [
        ItemWrite(item(f"k{number:04}", mapping=mapping, run=f"run-{number % 2}"), None)
        for mapping in ("b", "a", "Z")
        for number in reversed(range(900))
    ]
    assert all(ledger.write(writes))
    places = [(found.mapping, found.key) for found in ledger.all_items()]
    assert places == sorted(places)
    assert len(places) == 2700
    assert [found.key for found in ledger.items_of_mapping("a")] == [f"k{number:04}" for number in range(900)]
    assert sum(1 for _ in ledger.all_items("run-1")) == 1350
    assert len(ledger.items("b", [f"k{number:04}" for number in range(1000)])) == 900


def test_rows_may_be_written_while_they_are_read(ledger: SqlLedger) -> None:
    ledger.write([ItemWrite(item(f"k{number:04}"), None) for number in range(1500)])
    for number, found in enumerate(ledger.all_items()):
        if number % 10 == 0:
            changed = replace(found, state=State.SENDING, attempt=1)
            assert ledger.write([ItemWrite(changed, (State.PLANNED, 0))]) == [True]
    assert ledger.states() == {"sending": 150, "planned": 1350}


def test_runs_come_newest_first_and_can_be_ended(ledger: SqlLedger) -> None:
    first = Run("r1", "apply", NOW, mappings=("mappings/slack.yaml",), host="left")
    second = Run("r2", "rollback", NOW + 1, host="right")
    ended = replace(first, ended=NOW + 5, status=1, counts={"created": 3})
    for run in (first, second, ended):
        ledger.put_run(run)
    assert ledger.runs() == [second, ended]


def test_users_of_a_run_are_those_whose_last_attempt_it_made(ledger: SqlLedger) -> None:
    users = [LedgerUser(f"u{number}", "created", 1, None, f"run-{number % 2}") for number in range(4)]
    ledger.write([UserWrite(user, None) for user in users])
    assert list(ledger.users_of_run("run-1")) == [users[1], users[3]]


def test_a_mapping_stands_for_what_it_was_last_applied_to(ledger: SqlLedger) -> None:
    first = MappingIdentity("slack", "slack", 4, "env-1", "Production")
    assert ledger.mapping_identity("slack") is None
    for identity in (first, replace(first, version=5)):
        ledger.put_mapping_identity(identity)
        assert ledger.mapping_identity("slack") == identity
        assert ledger.mapping_identities() == [identity]


def test_a_ledger_is_tied_to_one_organisation(ledger: SqlLedger) -> None:
    assert ledger.organisation() is None
    ledger.tie("us", "api.tray.io", ["env-1"])
    ledger.tie("us", "api.tray.io", ["env-1", "env-2"])
    with pytest.raises(LedgerError) as caught:
        ledger.tie("eu", "api.eu1.tray.io", ["env-3"])
    assert caught.value.code is codes.OTHER_ORGANISATION
    assert ledger.organisation() == ("us", "api.tray.io")
    assert ledger.environment_ids() == {"env-1", "env-2"}
    assert ledger.anchor() == "env-1"


@pytest.mark.parametrize(
    ("open_state", "chosen"),
    [(State.SENDING, (6.0, 60.0, 10.0)), (State.IN_DOUBT, (6.0, 60.0, 10.0)), (State.CREATED, (6.0, 30.0, 1.0))],
)
def test_windows_shrink_only_when_nothing_is_open(
    ledger: SqlLedger, open_state: State, chosen: tuple[float, float, float]
) -> None:
    assert ledger.windows(5, 60, 10) == (5, 60, 10)
    ledger.write([ItemWrite(item("a", open_state, 1), None)])
    assert ledger.windows(6, 30, 1) == chosen
    assert ledger.windows(1, 1, 1) == (chosen if open_state != State.CREATED else (1, 1, 1))


def test_a_new_ledger_is_fresh_until_a_window_has_passed(url: str) -> None:
    kept = url != "sqlite://"  # what is in memory is another ledger each time
    seen = []
    for moment in (NOW, NOW + 60, NOW + 71):
        time = Time(moment)
        ledger = opened(url, time=time, environ={"TRAYIMPORT_LEDGER_KEY": KEY})
        ledger.lock(0)
        seen.append((ledger.fresh, ledger.fresh_since))
        ledger.close()
    first = [NOW, NOW, NOW] if kept else [NOW, NOW + 60, NOW + 71]
    assert seen == list(zip((True, True, not kept), first, strict=True))


def test_a_fingerprint_depends_on_the_key_and_the_bytes_only(ledger: SqlLedger) -> None:
    prints = {ledger.fingerprint(data) for data in (b"token", b"token", b"other")}
    assert len(prints) == 2
    assert all(len(text) == 32 and int(text, 16) >= 0 for text in prints)
