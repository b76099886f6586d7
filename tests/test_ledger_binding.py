"""Stored fingerprints are bound to their record: equal values of two customers don't look equal in any file."""

import re
import sqlite3
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_support import KEY, item, opened
from project import SHOP, Project, shop_rows
from shop import shop_tray

from trayimport.ledger.binding import Binding
from trayimport.ledger.rows import item_values
from trayimport.model import ItemWrite, State

ENVIRON = {"TRAYIMPORT_LEDGER_KEY": KEY}
PRINT = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
digests = st.text("0123456789abcdef", min_size=32, max_size=32)


def test_equal_passwords_of_two_customers_are_not_equal_in_ledger_and_plan(tmp_path: Path) -> None:
    with shop_tray() as sandbox:
        project = Project(tmp_path, sandbox)
        project.mapping(SHOP.replace("Shop {{ record.id }}", "Shop").replace("{{ record.owner }}", "Owner"))
        project.export([row | {"token": "the-same-password"} for row in shop_rows(5)])
        assert project.run("plan", "mappings/", "--out", "saved.plan", "--rate", "0").code == 0
        done = project.run("apply", "--plan", "saved.plan", "--yes", "--rate", "0")
        assert done.code == 0, done.text
        assert len(sandbox.store.authentications()) == 5
        assert "nothing to do" in project.apply().text
    for name, query in (("saved.plan", "SELECT * FROM rows"), (".trayimport/ledger.db", "SELECT * FROM items")):
        rows = sqlite3.connect(tmp_path / name).execute(query).fetchall()
        seen = Counter(found for row in rows for found in {one for cell in row for one in PRINT.findall(str(cell))})
        assert len(rows) == 5
        assert seen, f"{name} has fingerprints"
        assert [found for found, count in seen.items() if count > 1] == []


@given(st.text(min_size=1), st.text(min_size=1), digests, st.dictionaries(st.text(), digests, max_size=5))
def test_what_is_bound_is_given_back(mapping: str, key: str, digest: str, fields: dict[str, str]) -> None:
    before = item(key, mapping=mapping, payload=digest, content=digest, fields=fields, next_payload=digest)
    binding = Binding(bytes.fromhex(KEY))
    bound = binding.bind(before)
    assert binding.unbind(bound) == before
    assert {bound.payload, bound.content, bound.next_payload}.isdisjoint({digest})
    assert binding.bind(item(f"{key}x", mapping=mapping, payload=digest)).payload != bound.payload
    assert binding.bind(item(f"{key}x"[1:], mapping=mapping + key[:1], payload=digest)).payload != bound.payload


def test_rows_from_before_are_read_as_they_are_and_bound_when_they_are_written(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ledger.db"
    ledger = opened(url, environ=ENVIRON)
    before = item(payload="a" * 32, content="b" * 32, fields={"!credentials.k": "c" * 32})
    ledger.close()
    values = item_values(before)
    with sqlite3.connect(tmp_path / "ledger.db") as database:
        names = [row[1] for row in database.execute("PRAGMA table_info(items)")]
        marks = ", ".join("?" * len(names))
        database.execute("INSERT INTO items VALUES (" + marks + ")", [values[name] for name in names])  # noqa: S608
        database.execute("UPDATE meta SET value = '1' WHERE name = 'schema'")
    ledger = opened(url, environ=ENVIRON)
    ledger.lock(1)
    assert ledger.items("slack", ["a1"]) == {"a1": before}
    changed = item(state=State.CREATED, attempt=1, payload="a" * 32, content="b" * 32, fields=before.fields)
    assert ledger.write([ItemWrite(changed, (State.PLANNED, 0))]) == [True]
    assert ledger.items("slack", ["a1"]) == {"a1": changed}
    ledger.close()
    stored = "".join(str(row) for row in sqlite3.connect(tmp_path / "ledger.db").execute("SELECT * FROM items"))
    assert not any(letter * 32 in stored for letter in "abc")
    schema = sqlite3.connect(tmp_path / "ledger.db").execute("SELECT value FROM meta WHERE name = 'schema'")
    assert schema.fetchall() == [("2",)]


@pytest.mark.parametrize("stored", ["", "none", "A" * 32, "b." + "g" * 32, "b." + "a" * 31])
def test_what_is_no_fingerprint_stays(stored: str) -> None:
    binding = Binding(bytes.fromhex(KEY))
    assert binding.bind(item(payload=stored)).payload == stored
    assert binding.unbind(item(payload=stored)).payload == stored
