"""Whose an authentication is, by its content: what is specific to the record agrees, and nothing that stays differs."""

from collections.abc import Iterable

import pytest

from trayimport.apply.match import Whose, whose
from trayimport.core.content import Telling, field_fingerprints, marked, own

OURS, NOT_OURS, UNKNOWN = Whose.OURS, Whose.NOT_OURS, Whose.UNKNOWN
Fields = dict[str, str]

TOKEN = {"!credentials.api_token": "t1", "=credentials.dc": "d1"}
OAUTH = {
    "^credentials.access_token": "a1",
    "^credentials.refresh_token": "r1",
    "-credentials.expires_in": "e1",
    "=credentials.client_id": "c1",
    "!credentials.account": "n1",
}
LITERAL = {"=credentials.client_id": "c1", "=credentials.client_secret": "s1"}
OLD = {"credentials.access_token": "a1", "credentials.refresh_token": "r1", "credentials.client_secret": "c1"}


def there(fields: Fields, **changed: str) -> Fields:
    """What Tray has after `changed`."""
    return {marked(name)[1]: value for name, value in fields.items()} | {
        f"credentials.{name}": value for name, value in changed.items()
    }


@pytest.mark.parametrize(
    ("sent", "found", "shared", "known", "says"),
    [
        (TOKEN, there(TOKEN), "", False, OURS),
        (TOKEN, there(TOKEN, more="m"), "", False, OURS),
        (TOKEN, there(TOKEN, api_token="t9"), "", False, NOT_OURS),
        (TOKEN, there(TOKEN, api_token="t9"), "", True, NOT_OURS),
        (TOKEN, there(TOKEN, dc="d9"), "", False, NOT_OURS),
        (TOKEN, {}, "", False, NOT_OURS),
        (TOKEN, there(TOKEN), "t1", False, UNKNOWN),
        (TOKEN, there(TOKEN), "t1", True, UNKNOWN),
        (TOKEN, there(TOKEN), "d1", False, OURS),
        (TOKEN | {"~credentials.until": "u1"}, there(TOKEN, until="u9"), "", False, OURS),
        (LITERAL, there(LITERAL), "", False, UNKNOWN),
        (LITERAL, there(LITERAL), "", True, UNKNOWN),
        ({}, {"credentials.client_id": "c1"}, "", False, UNKNOWN),
        (OAUTH, there(OAUTH), "", False, OURS),
        (OAUTH, there(OAUTH, access_token="a9", expires_in="e9"), "", False, OURS),
        (OAUTH, there(OAUTH, access_token="a9", expires_in="e9"), "r1", False, UNKNOWN),
        (OAUTH, there(OAUTH, access_token="a9", refresh_token="r9"), "", False, UNKNOWN),
        (OAUTH, there(OAUTH, access_token="a9", refresh_token="r9"), "", True, OURS),
        (OAUTH, there(OAUTH, access_token="a9", refresh_token="r9"), "n1", True, UNKNOWN),
        (OAUTH, there(OAUTH, account="n9"), "", True, NOT_OURS),
        (OAUTH, there(OAUTH, client_id="c9"), "", False, NOT_OURS),
        (OLD, there(OLD), "", False, OURS),
        (OLD, there(OLD, access_token="a9", refresh_token="r9"), "", False, UNKNOWN),
        (OLD, there(OLD, access_token="a9", refresh_token="r9"), "", True, UNKNOWN),
        ({"credentials.client_id": "c1"}, {"credentials.client_id": "c1"}, "", False, UNKNOWN),
    ],
)
def test_only_what_is_specific_to_the_record_and_stays_proves_whose_it_is(
    sent: Fields, found: Fields, shared: str, known: bool, says: Whose
) -> None:
    def asked(values: Iterable[str]) -> frozenset[str]:
        return frozenset(values) & frozenset([shared])

    assert whose(sent, found, asked, known=known) is says


def test_what_is_shared_is_asked_for_only_where_something_agrees() -> None:
    def asked(values: Iterable[str]) -> frozenset[str]:
        raise AssertionError(list(values))

    assert whose(TOKEN, there(TOKEN, api_token="t9"), asked) is NOT_OURS
    assert whose(LITERAL, there(LITERAL), asked) is UNKNOWN


CASES = [
    ("read by a template, long", {"account": "12345678"}, "!"),
    ("read by a template, short", {"account": "1234567"}, "="),
    ("a secret, short", {"api_token": "t"}, "!"),
    ("a secret that is a number", {"api_key": 7}, "!"),
    ("an empty secret", {"api_token": ""}, "="),
    ("no text", {"account": 12345678}, "="),
    ("a boolean", {"api_key": True}, "="),
    ("null", {"api_token": None}, "="),
    ("a literal", {"literal_token": "token-of-all"}, "="),
    ("one of an enum", {"listed_key": "key-of-some"}, "="),
    ("what a refresh changes", {"access_token": "t1"}, "^"),
    ("what a refresh changes, and no text", {"expires_in": 3600}, "-"),
    ("what depends on time", {"timed_token": "t1"}, "~"),
    ("below a template that gives a map", {"account": {"id": "12345678"}}, "!"),
]


@pytest.mark.parametrize(("credentials", "mark"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_each_leaf_is_marked_by_what_it_can_tell(credentials: dict[str, object], mark: str) -> None:
    telling = Telling(
        read=lambda path: path[0] != "literal_token",
        listed=lambda path: path[0] == "listed_key",
        secret=lambda path: str(path[-1]).endswith(("token", "key")),
        refreshed=lambda path: path[-1] in ("access_token", "expires_in"),
    )
    timed = frozenset([("timed_token",)])
    name, _ = field_fingerprints(credentials, {}, timed, telling, bytes.hex)
    assert marked(name)[0] == mark
    assert bool(own({name: "f"})) is (mark in "!^")
