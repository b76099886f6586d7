"""Faults that people make in mappings: each is found offline, at its line, with its code; and nothing else is."""

from pathlib import Path

import pytest

from trayimport.catalog import Catalog
from trayimport.core.mapping import read_mapping
from trayimport.model import Diagnostic, Environment
from trayimport.pipeline.checking import check

GOOD = """\
version: 1
service:
  name: acme
  version: 2
  environment: Production
source:
  type: csv
  path: ../exports/acme.csv
secrets:
  salt: {env: SALT}
vars:
  dc: "{{ record.token | regex_search('-(us[0-9]+)$') }}"
  short: "{{ vars.dc | default('?', true) | upper }}"
when: "{{ record.status == 'active' }}"
key: "{{ record.id }}"
user:
  externalUserId: "{{ record.account }}"
  name: "{{ record.owner }}"
auth:
  name: "{{ user.name }} {{ vars.short }}"
  credentials:
    access_token: "{{ record.token }}"
    dc: "{{ vars.dc }}"
    kind: bot
    expires_in: "{{ record.expires_at | seconds_until }}"
  userData: {note: imported}
  scopes: [read, write]
schema:
  credentials:
    additionalProperties: false
checks:
  - that: "{{ auth.credentials.access_token.endswith(vars.dc) }}"
    message: the token is from elsewhere
tokens:
  exported_at: "{{ record.exported_at }}"
  max_age: 24h
  expires: required
on_existing: fail
examples:
  - name: a token arrives
    record: {id: 1, account: a, owner: Bolo, token: tok-us1, status: active, expires_at: 2030-01-01T00:00:00Z,
             exported_at: 2029-12-31T22:00:00Z}
    now: 2029-12-31T23:00:00Z
    expect:
      key: "1"
      auth:
        credentials: {dc: us1, expires_in: 3600}
  - name: a token without a data centre is refused
    record: {id: 1, account: a, owner: Bolo, token: tok, status: active, expires_at: 2030-01-01T00:00:00Z,
             exported_at: 2029-12-31T22:00:00Z}
    error: credentials.dc
"""
TEXT = {"type": "string"}
CREDENTIALS = {
    "type": "object",
    "required": ["access_token", "dc"],
    "properties": {
        "access_token": {**TEXT, "format": "password"},
        "dc": {**TEXT, "pattern": "^us[0-9]+$"},
        "kind": {"enum": ["bot", "user"]},
        "expires_in": {"type": "integer", "minimum": 0},
    },
}
USER_DATA = {"type": "object", "additionalProperties": False, "properties": {"note": TEXT}}
FAULTS = [
    # what is wrong, what stood there, what stands there now, the line of the first error, its code
    ("a tab", "  name: acme", "\tname: acme", 3, "TI105"),
    ("an unknown key", "checks:", "chekcs:", 31, "TI120"),
    ("an unknown key within", "externalUserId:", "external_user_id:", 17, "TI120"),
    ("a key twice", "  version: 2", "  version: 2\n  version: 2", 5, "TI107"),
    ("a text for an integer", "version: 2", 'version: "2"', 4, "TI122"),
    ("a choice that is none", "on_existing: fail", "on_existing: skip", 38, "TI123"),
    ("a template without quotes", 'key: "{{ record.id }}"', "key: {{ record.id }}", 15, "TI113"),
    ("an unknown filter", "| upper", "| uppercase", 13, "TI202"),
    ("a template that does not end", "{{ record.owner }}", "{{ record.owner }", 18, "TI201"),
    ("a bracket too many", "| seconds_until }}", "| seconds_until) }}", 25, "TI201"),
    ("a name that no template has", "record.account }}", "recrod.account }}", 17, "TI203"),
    ("the environment", "{{ record.token }}", "{{ env.TOKEN }}", 22, "TI203"),
    ("auth before it is there", "{{ record.owner }}", "{{ auth.name }}", 18, "TI203"),
    ("an unknown variable", 'dc: "{{ vars.dc }}"', 'dc: "{{ vars.dcc }}"', 23, "TI130"),
    ("a variable before it is there", "vars:\n", 'vars:\n  early: "{{ vars.dc }}"\n', 12, "TI131"),
    ("a secret in the file", "{{ record.token }}", "tok-9f8e7d6c5b4a", 22, "TI140"),
    ("a shell variable", '"{{ record.token }}"', "${ACME_TOKEN}", 22, "TI140"),
    ("a placeholder", "{{ record.token }}", "<token>", 22, "TI142"),
    ("an unknown secret", "{{ record.token }}", "{{ secrets.slat }}", 22, "TI132"),
    ("a secret in an identity", 'key: "{{ record.id }}"', 'key: "{{ secrets.salt }}"', 15, "TI133"),
    ("time in an identity", 'key: "{{ record.id }}"', 'key: "{{ now }}"', 15, "TI134"),
    ("an unknown service", "name: acme", "name: amce", 3, "TI720"),
    ("an unknown version", "version: 2", "version: 3", 4, "TI720"),
    ("an unknown environment", "Production", "Prodution", 5, "TI705"),
    ("an unknown scope", "[read, write]", "[read, admin]", 27, "TI323"),
    ("a scope twice", "[read, write]", "[read, read]", 27, "TI124"),
    ("a required key that no branch gives", '    dc: "{{ vars.dc }}"\n', "", 21, "TI320"),
    ("a key that the schema forbids", "    kind: bot", "    kidn: bot", 24, "TI321"),
    ("a key of userData that the schema forbids", "{note: imported}", "{nota: imported}", 26, "TI321"),
    ("a literal of the wrong type", '"{{ record.expires_at | seconds_until }}"', "soon", 25, "TI322"),
    ("a literal outside of its bounds", '"{{ record.expires_at | seconds_until }}"', "-5", 25, "TI324"),
    ("a literal against its pattern", '"{{ vars.dc }}"', "eu1", 23, "TI324"),
    ("a literal that is none of the enum", "kind: bot", "kind: robot", 24, "TI323"),
    ("null", "kind: bot", "kind: null", 24, "TI330"),
    ("null by leaving it empty", "kind: bot", "kind:", 24, "TI330"),
    ("a number where a text is wanted", "{note: imported}", "{note: 5}", 26, "TI322"),
    ("an expectation that is wrong", "expires_in: 3600", "expires_in: 3601", 47, "TI722"),
    ("an expectation of the wrong type", "dc: us1", "dc: 1", 47, "TI722"),
    ("an expected key that is wrong", 'key: "1"', 'key: "2"', 45, "TI722"),
    ("an error that is elsewhere", "error: credentials.dc", "error: credentials.kind", 51, "TI722"),
    ("a column that the record lacks", "record.owner", "record.ownr", 18, "TI722"),
    ("a check that fails", "endswith", "startswith", 32, "TI722"),
    ("a check that is no condition", "auth.credentials.access_token.endswith(vars.dc)", "vars.dc", 32, "TI722"),
    ("a when that leaves the example out", "== 'active'", "== 'actvie'", 14, "TI722"),
    ("a when that is no condition", "{{ record.status == 'active' }}", "{{ record.status }}", 14, "TI722"),
    ("a when without a template", "\"{{ record.status == 'active' }}\"", "active", 14, "TI127"),
    ("a pattern that is none", "-(us[0-9]+)$", "-(us[0-9]+$", 12, "TI206"),
    ("a pattern's backslash in double quotes", "-(us[0-9]+)$", "-(us\\d+)$", 12, "TI114"),
    ("an unknown type of source", "type: csv", "type: cvs", 7, "TI405"),
    (
        "an unknown option of a source",
        "  path: ../exports/acme.csv",
        "  path: ../exports/acme.csv\n  delimeter: ;",
        9,
        "TI120",
    ),
    ("a source without its path", "  path: ../exports/acme.csv\n", "  delimiter: ;\n", 6, "TI121"),
    (
        "a mapping without a user",
        'user:\n  externalUserId: "{{ record.account }}"\n  name: "{{ record.owner }}"\n',
        "",
        1,
        "TI121",
    ),
    ("a user without an id", '  externalUserId: "{{ record.account }}"\n', "", 16, "TI121"),
    ("a second document", "on_existing: fail", "---\non_existing: fail", 38, "TI104"),
    ("a tag", "name: acme", "name: !!python/object acme", 3, "TI108"),
    ("an anchor that is not there", "kind: bot", "kind: *bot", 24, "TI109"),
    ("a duration that is none", "24h", "1 day", 36, "TI124"),
    ("a colon within a text", "message: the token", "message: note: the token", 33, "TI102"),
    ("an indentation that is wrong", "  version: 2", "   version: 2", 4, "TI102"),
    ("a quote that does not end", 'dc: "{{ vars.dc }}"', 'dc: "{{ vars.dc }}', 23, "TI102"),
    ("a list where a map belongs", "checks:\n  - that", "checks:\n    that", 32, "TI122"),
    ("an include", '"{{ record.owner }}"', "\"{% include 'x' %}\"", 18, "TI204"),
    ("a schema that leaves nothing", "additionalProperties: false", "properties: {dc: {type: integer}}", 30, "TI313"),
    ("a schema's misspelt type", "additionalProperties: false", "properties: {dc: {type: strng}}", 30, "TI303"),
    (
        "a variable that reads itself",
        "{{ vars.dc | default('?', true) | upper }}",
        "{{ vars.short | upper }}",
        13,
        "TI131",
    ),
    ("a method that texts have not", "endswith", "ends_with", 32, "TI214"),
    ("a Python attribute", "{{ record.owner }}", "{{ record.owner.__class__ }}", 18, "TI722"),
    (
        "an example without a record",
        "on_existing: fail\nexamples:\n",
        "on_existing: fail\nexamples:\n  - {name: x, skip: true}\n",
        40,
        "TI121",
    ),
    (
        "an example that says two things",
        "    error: credentials.dc",
        "    error: credentials.dc\n    skip: true",
        52,
        "TI128",
    ),
    ("an example's unknown key", "    now: 2029", "    nwo: 2029", 43, "TI120"),
    ("an instant that is none", "now: 2029-12-31T23:00:00Z", "now: yesterday", 43, "TI124"),
    ("expires that contradicts", "expires: required", "expires: never", 25, "TI722"),
    (
        "a text for a boolean",
        '  name: "{{ record.owner }}"',
        '  name: "{{ record.owner }}"\n  create: "no"',
        19,
        "TI122",
    ),
    ("a secret from nowhere", "{env: SALT}", "{envv: SALT}", 10, "TI431"),
    (
        "text around a template of an integer",
        "{{ record.expires_at | seconds_until }}",
        "{{ record.expires_at | seconds_until }}s",
        25,
        "TI722",
    ),
    ("no version of the language", "version: 1\n", "", 1, "TI121"),
    ("a version of the language to come", "version: 1", "version: 9", 1, "TI123"),
    ("a key of user that there is not", "{{ user.name }}", "{{ user.nam }}", 20, "TI138"),
    ("a credential that a check misspells", "auth.credentials.access_token", "auth.credentials.token", 32, "TI138"),
    ("a part of auth that there is not", "auth.credentials.access_token", "auth.credential.access_token", 32, "TI138"),
    ("an encoding that there is not", "acme.csv", "acme.csv\n  encoding: utf8000", 9, "TI124"),
    ("a path's backslashes in double quotes", "../exports/acme.csv", '"..\\exports\\acme.csv"', 8, "TI114"),
    ("an export's date without a zone", '"{{ record.exported_at }}"', "2029-12-31", 35, "TI124"),
    (
        "an expiry that leads nowhere",
        "expires: required",
        "expires: required\n  expiry: credentials.expiry",
        38,
        "TI138",
    ),
    ("an example's secret that is not listed", "    now: 2029", "    secrets: {slat: x}\n    now: 2029", 43, "TI132"),
    ("a colon without its space", "  version: 2", "  version:2", 4, "TI102"),
    (
        "a colon without its space at the end of a block",
        "environment: Production",
        "environment:Production",
        5,
        "TI102",
    ),
    ("a colon that is missing", "on_existing: fail", "on_existing fail", 38, "TI102"),
    ("a colon that is missing after a map's key", "  credentials:\n    acc", "  credentials\n    acc", 21, "TI102"),
    ("an equals sign for a colon", "on_existing: fail", "on_existing=fail", 38, "TI102"),
    ("a dash that is missing", "  - that:", "  that:", 32, "TI102"),
    ("a dash that is missing before an example", "  - name: a token arr", "  name: a token arr", 40, "TI102"),
    ("a dash that is missing before a later example", "  - name: a token w", "  name: a token w", 48, "TI102"),
    ("a dash without its space", "  - that:", "  -that:", 32, "TI102"),
    ("a first line that is indented less", "    access_token:", "   access_token:", 22, "TI102"),
    ("a first line that is indented deeper", "    access_token:", "      access_token:", 22, "TI102"),
    ("a line that is indented less", "    kind: bot", "   kind: bot", 24, "TI102"),
    ("a line that is indented deeper", "    kind: bot", "     kind: bot", 24, "TI102"),
    ("a last line that is indented deeper", "    expires_in:", "      expires_in:", 25, "TI102"),
    ("a key at the top that is indented", "on_existing: fail", " on_existing: fail", 38, "TI102"),
    ("a list that does not end", "[read, write]", "[read, write", 27, "TI102"),
    ("a map that does not end", "{note: imported}", "{note: imported", 26, "TI102"),
    ("a list that ends as a map", "[read, write]", "[read, write}", 27, "TI102"),
    ("a comma that is missing", "{id: 1, account", "{id: 1 account", 41, "TI102"),
    ("quotes of one kind within quotes", "{{ record.owner }}", '{{ record["owner"] }}', 18, "TI102"),
    ("a sign that begins no text", "kind: bot", "kind: @bot", 24, "TI102"),
    ("a text after a quoted one", '"{{ record.account }}"', '"{{ record.account }}" x', 17, "TI102"),
    ("an identity without braces", 'key: "{{ record.id }}"', "key: record.id", 15, "TI129"),
    ("a credential without braces", '"{{ vars.dc }}"\n    kind', "vars.dc\n    kind", 23, "TI129"),
    ("an expression in one pair of braces", "{{ record.owner }}", "{ record.owner }", 18, "TI129"),
    ("a shell's braces", "{{ record.owner }}", "${record.owner}", 18, "TI129"),
    ("braces of another tool", "{{ record.owner }}", "${{ record.owner }}", 18, "TI129"),
    ("quotes within quotes", "{{ record.owner }}", "'{{ record.owner }}'", 18, "TI129"),
    ("typographic quotes", '"{{ record.owner }}"', "“{{ record.owner }}”", 18, "TI129"),
    ("a secret's name without braces", "path: ../exports/acme.csv", "path: secrets.salt", 8, "TI129"),
    ("a token as a fallback", "record.token }}", "record.token | default('xoxb-123456789012-abcdef') }}", 22, "TI140"),
    ("a token in a condition", "== 'active'", "!= 'ghp_0123456789abcdefghijABCDEFGHIJ012345'", 14, "TI140"),
    ("a private key in a variable", "vars:\n", "vars:\n  pem: '-----BEGIN PRIVATE KEY-----'\n", 12, "TI140"),
    ("a fallback that is null", "{{ vars.dc | default('?', true) | upper }}", "{{ none }}", 20, "TI722"),
]


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    made = Catalog(tmp_path_factory.mktemp("schemas"))
    made.write("acme", 2, Environment(None, "Production", "oauth2", ("read", "write"), CREDENTIALS, USER_DATA))
    return made


def findings(text: str, catalog: Catalog) -> list[Diagnostic]:
    mapping, found = read_mapping(text.encode(), "acme.yaml", Path("/nowhere/mappings/acme.yaml"))
    if mapping is None:
        return found
    checked = check(mapping, catalog, lambda data: data.hex())
    return [*found, *checked.findings, *(one for _, own in checked.examples for one in own)]


def test_of_a_good_mapping_nothing_is_said(catalog: Catalog) -> None:
    assert findings(GOOD, catalog) == []


@pytest.mark.parametrize(("fault", "old", "new", "line", "code"), FAULTS, ids=[fault[0] for fault in FAULTS])
def test_a_fault_is_found_at_its_line_with_its_code(
    catalog: Catalog, fault: str, old: str, new: str, line: int, code: str
) -> None:
    assert old in GOOD
    found = [one for one in findings(GOOD.replace(old, new, 1), catalog) if one.severity == "error"]
    assert [(one.at.line, one.code) for one in found[:1]] == [(line, code)], found
    assert all(one.remedy for one in found)
