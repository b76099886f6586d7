"""Mapping files as they are read: what they mean, and every problem that can be seen without a record."""

import importlib
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trayimport.codes import all_codes
from trayimport.core.building import expression_of
from trayimport.core.document import parse
from trayimport.core.keys import MAPPING, SOURCES, Key, homes
from trayimport.core.literals import names_a_secret
from trayimport.core.mapping import read_mapping, static_columns
from trayimport.core.mapping_schema import mapping_schema, mapping_schema_text
from trayimport.core.spec import Mapping
from trayimport.core.tree import Branch, Hole, Items, Literal
from trayimport.core.yaml_tree import plain_json
from trayimport.model import Diagnostic
from trayimport.sources import SOURCES as READERS

ROOT = Path(__file__).parent.parent

WHOLE = """\
version: 1
service:
  name: mailchimp
  version: 2
source:
  type: csv
  path: a.csv
secrets:
  salt: {env: SALT}
vars:
  dc: "{{ record.token | regex_search('-(us[0-9]+)$') }}"
  left: "{{ record.expires | seconds_until }}"
  both: "{{ vars.dc ~ vars.left }}"
  spice: "{{ secrets.salt }}"
when: "{{ record.status == 'active' }}"
key: "{{ record.account }}"
user:
  externalUserId: "{{ record.account }}"
auth:
  name: "{{ record.name }}'s Mailchimp"
  credentials:
    access_token: "{{ record.token }}"
"""


def read(text: str | bytes) -> tuple[Mapping | None, list[Diagnostic]]:
    data = text.encode() if isinstance(text, str) else text
    return read_mapping(data, "mappings/m.yaml", Path("mappings/m.yaml"))


def good(text: str) -> Mapping:
    mapping, diagnostics = read(text)
    assert [one for one in diagnostics if one.severity == "error"] == []
    assert mapping is not None
    return mapping


def changed(old: str, new: str) -> str:
    assert old in WHOLE
    return WHOLE.replace(old, new)


def shown(diagnostics: list[Diagnostic]) -> list[str]:
    return [f"{one.at.line}:{one.at.column} {one.code} {one.path}" for one in diagnostics]


def test_a_mapping_is_read_whole() -> None:
    mapping = good(WHOLE)
    assert (mapping.service.name, mapping.service.version, mapping.service.environment) == ("mailchimp", 2, None)
    assert mapping.source.type == "csv"
    assert mapping.source.options == {"path": Literal("a.csv", mapping.source.options["path"].at)}
    assert mapping.secrets["salt"].provider == "env"
    assert mapping.secrets["salt"].argument == "SALT"
    assert mapping.user.create is True
    assert mapping.user.is_test_user is False
    assert mapping.user.name is None
    assert isinstance(mapping.auth.credentials, Branch)
    assert (mapping.on_existing, mapping.on_change) == ("fail", "keep")
    assert mapping.tokens.expires is None
    assert mapping.verify is None
    assert len(mapping.digest) == 64


def test_identity_is_the_id_or_the_file_name_without_suffix() -> None:
    assert good(WHOLE).identity == "m"
    assert good("id: other\n" + WHOLE).identity == "other"


def test_key_is_none_where_left_out() -> None:
    assert good(changed('key: "{{ record.account }}"\n', "")).key is None


def test_what_when_needs_is_computed_early_however_indirectly() -> None:
    mapping = good(changed("\"{{ record.status == 'active' }}\"", "\"{{ vars.both == 'x' }}\""))
    assert [(one.name, one.early) for one in mapping.variables] == [
        ("dc", True),
        ("left", True),
        ("both", True),
        ("spice", False),
    ]


def test_time_is_known_through_other_variables() -> None:
    assert [(one.name, one.time_dependent) for one in good(WHOLE).variables] == [
        ("dc", False),
        ("left", True),
        ("both", True),
        ("spice", False),
    ]


SMALL = """\
version: 1
service: {name: a, version: 1}
source: {type: json, path: a.json}
user: {externalUserId: "{{ record.a }}"}
auth: {name: b}
"""


@pytest.mark.parametrize("empty", ["vars", "secrets", "checks", "examples", "tokens", "schema"])
def test_what_is_empty_is_nothing(empty: str) -> None:
    mapping = good(SMALL + f"{empty}:\n")
    assert (mapping.variables, mapping.secrets, mapping.checks, mapping.examples) == ((), {}, (), ())
    assert mapping.schema == {}


def test_empty_credentials_and_user_data_are_maps_without_keys() -> None:
    mapping = good(changed('    access_token: "{{ record.token }}"\n', "") + "  userData:\n  scopes:\n")
    assert mapping.auth.credentials == Branch((), mapping.auth.credentials.at)  # type: ignore[union-attr]
    assert isinstance(mapping.auth.user_data, Branch)
    assert isinstance(mapping.auth.scopes, Items)


def test_what_is_left_out_is_not_there() -> None:
    mapping = good(changed('  credentials:\n    access_token: "{{ record.token }}"\n', ""))
    assert (mapping.auth.credentials, mapping.auth.user_data, mapping.auth.scopes) == (None, None, None)


def test_credentials_and_scopes_may_be_one_template() -> None:
    mapping = good(
        changed('\n    access_token: "{{ record.token }}"', ' "{{ record.all }}"')
        + '  scopes: "{{ record.s.split() }}"\n'
    )
    assert isinstance(mapping.auth.credentials, Hole)
    assert isinstance(mapping.auth.scopes, Hole)


def test_numbers_are_texts_where_texts_are_wanted() -> None:
    verify = "verify: {connector: mailchimp, version: 9.0, operation: ping}\n"
    mapping = good(changed("name: mailchimp", "name: 365\n  environment: 2024") + verify)
    assert (mapping.service.name, mapping.service.environment) == ("365", "2024")
    assert mapping.verify is not None
    assert mapping.verify.version == "9.0"
    assert mapping.verify.input == {}


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("5m", 300), ("24h", 86400), ("7d", 604800)])
def test_durations_are_seconds(text: str, seconds: int) -> None:
    tokens = f"tokens: {{exported_at: '{{{{ record.at }}}}', max_age: {text}}}\n"
    assert good(WHOLE + tokens).tokens.max_age == seconds


def test_a_check_without_a_message_says_its_expression() -> None:
    checks = "checks:\n  - that: \"{{  auth.name != 'x' }}\"\n  - {that: '{{ true }}', message: so be it}\n"
    assert [one.message for one in good(WHOLE + checks).checks] == ["auth.name != 'x'", "so be it"]


@pytest.mark.parametrize(
    ("text", "expression"), [("{{ a }}", "a"), ("{{- a ==\n  b -}}", "a == b"), ("  {{ {} }} ", "{}")]
)
def test_an_expression_is_shown_without_its_braces(text: str, expression: str) -> None:
    assert expression_of(text) == expression


def test_schemas_keep_their_places() -> None:
    mapping = good(WHOLE + "schema:\n  credentials:\n    required: [dc]\n")
    assert mapping.schema == {"credentials": {"required": ["dc"]}}
    assert mapping.schema_at["credentials"].line == 25
    assert mapping.schema_at["credentials.required[0]"].column == 16


EXAMPLES = """\
examples:
  - name: one
    record: {a: 012, b: , c: true, d: "x", e: null, f: 2030-01-01T00:00:00Z, g: "{{ x }}"}
    now: 2030-01-01T00:00:00Z
    secrets: {salt: 12345678}
    expect: {key: "012", auth: {credentials: {n: 1}}}
    absent: [credentials.refresh_token]
  - record: {a: x}
    error: credentials.dc
  - {record: {a: x}, skip: true}
"""


def test_examples_of_csv_hold_texts_as_written() -> None:
    one, two, three = good(WHOLE + EXAMPLES).examples
    assert one.record == {
        "a": "012",
        "b": "",
        "c": "true",
        "d": "x",
        "e": "null",
        "f": "2030-01-01T00:00:00Z",
        "g": "{{ x }}",
    }
    assert one.secrets == {"salt": "12345678"}
    assert one.expect == {"key": "012", "auth": {"credentials": {"n": 1}}}
    assert one.absent == ("credentials.refresh_token",)
    assert (two.name, two.error, three.skip) == ("example 2", "credentials.dc", True)


def test_examples_of_json_keep_their_types() -> None:
    record = good(changed("type: csv", "type: json") + EXAMPLES).examples[0].record
    assert (record["b"], record["c"], record["e"]) == (None, True, None)


PROBLEMS = [
    # What is there, and what is not
    ("version: 1\n", "version: 2\n", "1:10 TI123 version"),
    ("version: 1\n", "version: '1'\n", "1:10 TI122 version"),
    ("version: 1\n", "", "1:1 TI121 version"),
    ("  name: mailchimp\n", "", "2:1 TI121 service.name"),
    ("  version: 2\n", "  version: 2.0\n", "4:12 TI122 service.version"),
    ("  version: 2\n", "  version: 0\n", "4:12 TI124 service.version"),
    ("  version: 2\n", "  version: true\n", "4:12 TI122 service.version"),
    ("  name: mailchimp\n", "  name: no\n  titel: x\n", "4:3 TI120 service.titel"),
    ("  name: mailchimp\n", "  name: ''\n", "3:9 TI124 service.name"),
    ("  name: mailchimp\n", "  name: [a]\n", "3:9 TI122 service.name"),
    ("  name: mailchimp\n", "  name:\n", "3:8 TI122 service.name"),
    ("  type: csv\n", "", "5:1 TI121 source.type"),
    ("  path: a.csv\n", "", "5:1 TI121 source.path"),
    ("  path: a.csv\n", "  path: a.csv\n  query: x\n", "8:3 TI120 source.query"),
    ("  path: a.csv\n", "  path: a.csv\n  delimiter: ab\n", "8:14 TI124 source.delimiter"),
    ("  path: a.csv\n", "  path: a.csv\n  delimiter: '\"'\n", "8:14 TI124 source.delimiter"),
    ("  type: csv\n  path: a.csv\n", "  type: json\n  path: a\n  encoding: x\n", "8:3 TI120 source.encoding"),
    ("  type: csv\n  path: a.csv\n", "  type: sql\n  url: a\n", "5:1 TI121 source.query"),
    ("  path: a.csv\n", '  path: "{{ record.x }}"\n', "7:* * source.path"),
    ("  path: a.csv\n", '  path: "{{ secrets.slat }}"\n', "7:13 TI132 source.path"),
    ("{env: SALT}", "hunter2hunter2", "9:9 TI143 secrets.salt"),
    ("{env: SALT}", "{env: A, file: B}", "9:9 TI124 secrets.salt"),
    ("{env: SALT}", "{env: 12}", "9:15 TI122 secrets.salt.env"),
    ("{env: SALT}", "{env: '{{ x }}'}", "9:16 TI125 secrets.salt.env"),
    ("user:\n", "user:\n  create: yes\n", "18:11 TI122 user.create"),
    ("user:\n", "user:\n  isTestUser: '{{ true }}'\n", "18:16 TI125 user.isTestUser"),
    ("user:\n", "user:\n  external_user_id: 1\n", "18:3 TI120 user.external_user_id"),
    ("auth:\n", "on_existing: replace\nauth:\n", "19:14 TI123 on_existing"),
    ("auth:\n", "on_change: '{{ x }}'\nauth:\n", "19:13 TI125 on_change"),
    ("auth:\n", "tokens: {max_age: 1 day, exported_at: '{{ record.x }}'}\nauth:\n", "19:19 TI124 tokens.max_age"),
    ("auth:\n", "tokens: {max_age: 0h, exported_at: '{{ record.x }}'}\nauth:\n", "19:19 TI124 tokens.max_age"),
    ("auth:\n", "tokens: {max_age: 24, exported_at: '{{ record.x }}'}\nauth:\n", "19:19 TI124 tokens.max_age"),
    ("auth:\n", "tokens: {max_age: 24h}\nauth:\n", "19:10 TI144 tokens.max_age"),
    ("auth:\n", "tokens: {expires: maybe}\nauth:\n", "19:19 TI123 tokens.expires"),
    ("auth:\n", "tokens: {expiry: expires_at}\nauth:\n", "19:18 TI124 tokens.expiry"),
    ("auth:\n", "max_age: 24h\nauth:\n", "19:1 TI120 max_age"),
    ("auth:\n", "schema: {scopes: {}}\nauth:\n", "19:10 TI120 schema.scopes"),
    ("auth:\n", "schema: {credentials: {pattern: '{{ x }}'}}\nauth:\n", "19:34 TI125 schema.credentials.pattern"),
    ("auth:\n", "checks: {that: x}\nauth:\n", "19:9 TI122 checks"),
    ("auth:\n", "checks: [{message: x}]\nauth:\n", "19:10 TI121 checks[0].that"),
    ("auth:\n", "checks: [{that: x}]\nauth:\n", "19:17 TI127 checks[0].that"),
    ("auth:\n", "checks: [{that: '{{ 1 == 1 }}', message: '{{ x }}'}]\nauth:\n", "19:43 TI125 checks[0].message"),
    ("auth:\n", "verify: {connector: a, version: 1.0}\nauth:\n", "19:1 TI121 verify.operation"),
    ("    access_token:", "    ? [a]\n    : 1\n    access_token:", "22:7 TI115 "),
    ('\n    access_token: "{{ record.token }}"', " text", "21:16 TI122 auth.credentials"),
    ('\n    access_token: "{{ record.token }}"', ' "a {{ record.token }}"', "21:16 TI127 auth.credentials"),
    ("  credentials:\n", "  scopes: a b\n  credentials:\n", "21:11 TI122 auth.scopes"),
    ("  credentials:\n", "  scopes: [a, a]\n  credentials:\n", "21:15 TI124 auth.scopes[1]"),
    ("  credentials:\n", "  scopes: [a, '']\n  credentials:\n", "21:15 TI124 auth.scopes[1]"),
    ("  credentials:\n", "  scopes: [a, 1]\n  credentials:\n", "21:15 TI122 auth.scopes[1]"),
    ("  credentials:\n", "  scopes: 'a {{ record.x }}'\n  credentials:\n", "21:11 TI127 auth.scopes"),
    # Templates and what they read
    ("when: \"{{ record.status == 'active' }}\"", "when: true", "15:7 TI127 when"),
    ("when: \"{{ record.status == 'active' }}\"", "when: 'x{{ record.a }}'", "15:7 TI127 when"),
    ("when: \"{{ record.status == 'active' }}\"", "when: {{ record.a }}", "15:7 TI113 "),
    ('key: "{{ record.account }}"', "key: [a]", "16:6 TI122 key"),
    ("    access_token:", '    "{{ vars.dc }}": x\n    access_token:', "22:5 TI126 auth.credentials"),
    ("  dc:", '  "{{ x }}": x\n  dc:', "11:3 TI126 vars"),
    ("{{ vars.dc ~ vars.left }}", "{{ vars.dcc }}", "13:13 TI130 vars.both"),
    ("{{ vars.dc ~ vars.left }}", "{{ vars['nix'] }}", "13:13 TI130 vars.both"),
    ("{{ vars.dc ~ vars.left }}", "{{ vars.dc ~ vars.both }}", "13:23 TI131 vars.both"),
    ("{{ vars.dc ~ vars.left }}", "{{ vars.dc ~ vars.spice }}", "13:23 TI131 vars.both"),
    ("{{ secrets.salt }}", "{{ secrets.pepper }}", "14:14 TI132 vars.spice"),
    ('key: "{{ record.account }}"', 'key: "{{ secrets.salt }}"', "16:* TI133 key"),
    ('key: "{{ record.account }}"', 'key: "{{ record.account }}{{ vars.spice }}"', "16:* TI133 key"),
    ('key: "{{ record.account }}"', 'key: "{{ record.account }}{{ now }}"', "16:* TI134 key"),
    ('key: "{{ record.account }}"', 'key: "{{ vars.both }}"', "16:* TI134 key"),
    ('key: "{{ record.account }}"', 'key: "{{ record.token }}"', "16:* TI136 key"),
    ('Id: "{{ record.account }}"', 'Id: "{{record.account}}{{ vars.left }}"', "18:* TI134 user.externalUserId"),
    ('Id: "{{ record.account }}"', 'Id: "{{ record.token }}"', "18:* TI136 user.externalUserId"),
    ("{{ record.name }}'s Mailchimp", "{{ vars.spice }}", "20:* TI133 auth.name"),
    ("{{ record.name }}'s Mailchimp", "{{ now }} x", "20:* TI134 auth.name"),
    ("  credentials:\n", "  scopes: ['{{ vars.both }}']\n  credentials:\n", "21:* TI134 auth.scopes[0]"),
    (
        "{{ record.token }}",
        "{{ record.a if record.e | seconds_until > 0 else record.b }}",
        "22:* TI135 auth.credentials.access_token",
    ),
    (
        "{{ record.token }}",
        "{{ record.a if vars.left else record.b }}",
        "22:* TI135 auth.credentials.access_token",
    ),
    ("{{ record.status == 'active' }}", "{{ record.active == true }}", "15:11 TI137 when"),
    ("{{ record.status == 'active' }}", "{{ 3 < record['n'] }}", "15:15 TI137 when"),
    # Literals that should not be there
    ('"{{ record.token }}"', "abcdefgh", "22:19 TI140 auth.credentials.access_token"),
    ('"{{ record.token }}"', "'****'", "22:19 TI142 auth.credentials.access_token"),
    ('"{{ record.token }}"', "<token>", "22:19 TI142 auth.credentials.access_token"),
    ('access_token: "{{ record.token }}"', "dc: changeme", "22:9 TI142 auth.credentials.dc"),
    ('access_token: "{{ record.token }}"', "host: https://u:pw@h/", "22:11 TI141 auth.credentials.host"),
    ("  type: csv\n  path: a.csv\n", "  type: sql\n  query: q\n  url: pg://u:pw@h/d\n", "8:8 TI141 source.url"),
    # Quote it
    ('access_token: "{{ record.token }}"', "country: no", "22:14 TI117 auth.credentials.country"),
    ('access_token: "{{ record.token }}"', "n: 012", "22:8 TI117 auth.credentials.n"),
    ('access_token: "{{ record.token }}"', "n: [1e5]", "22:9 TI117 auth.credentials.n[0]"),
    ('"{{ record.name }}\'s Mailchimp"', "2030-01-01", "20:9 TI117 auth.name"),
    ("vars:\n", "vars:\n  a: ~\n", "11:6 TI117 vars.a"),
    # Examples
    ("auth:\n", "examples: [{expect: {}}]\nauth:\n", "19:12 TI121 examples[0].record"),
    ("auth:\n", "examples: [{record: {}}]\nauth:\n", "19:12 TI121 examples[0]"),
    ("auth:\n", "examples: [{record: {}, skip: true, error: key}]\nauth:\n", "19:37 TI128 examples[0]"),
    ("auth:\n", "examples: [{record: {}, expect: {}, error: key}]\nauth:\n", "19:37 TI128 examples[0]"),
    ("auth:\n", "examples: [{record: {}, error: credentails.dc}]\nauth:\n", "19:32 TI124 examples[0].error"),
    ("auth:\n", "examples: [{record: {}, absent: [nix]}]\nauth:\n", "19:34 TI124 examples[0].absent[0]"),
    ("auth:\n", "examples: [{record: {}, skip: true, now: tomorrow}]\nauth:\n", "19:42 TI124 examples[0].now"),
    ("auth:\n", "examples: [{record: {}, expect: {name: x}}]\nauth:\n", "19:34 TI120 examples[0].expect.name"),
    ("auth:\n", "examples: [{record: {a: [1]}, skip: true}]\nauth:\n", "19:25 TI122 examples[0].record.a"),
    ("auth:\n", "examples: [{record: x, skip: true}]\nauth:\n", "19:21 TI122 examples[0].record"),
    ("auth:\n", "# trayimport: ignore nonsense\nauth:\n", "20:1 TI119 "),
]


@pytest.mark.parametrize(("old", "new", "finding"), PROBLEMS, ids=[f"{new[:30]}-{f}" for _, new, f in PROBLEMS])
def test_a_problem_is_reported_once_and_at_its_place(old: str, new: str, finding: str) -> None:
    mapping, diagnostics = read(changed(old, new))
    place, code, *path = finding.split(" ")
    found = shown(diagnostics)
    assert len(found) == 1, [*found, *(one.message for one in diagnostics)]
    line, column = place.split(":")
    one = diagnostics[0]
    assert str(one.at.line) == line
    assert column in ("*", str(one.at.column))
    assert code in ("*", one.code)
    assert one.path == path[0]
    assert (mapping is None) == (one.severity == "error")
    assert one.message
    assert "hunter2" not in one.message


def test_all_problems_are_found_in_the_order_of_the_file() -> None:
    text = (
        WHOLE.replace("name: mailchimp", "nmae: mailchimp")
        .replace("vars.dc ~", "vars.cd ~")
        .replace("{{ record.account }}", "{{ secrets.salt }}", 1)
        .replace("auth:", "on_exsting: fail\nauth:")
    )
    assert [code for _, code, *_ in (one.split(" ") for one in shown(read(text)[1]))] == [
        "TI120",
        "TI130",
        "TI133",
        "TI120",
    ]


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("on_exsting: fail", "did you mean on_existing?"),
        ("onChange: keep", "did you mean on_change?"),
        ("max_age: 24h", "it belongs under tokens"),
        ("credentials: {}", "it belongs under auth"),
        ("zzz: 1", "known here: version, id, service"),
    ],
)
def test_an_unknown_key_is_told_what_was_meant(key: str, hint: str) -> None:
    (one,) = read(WHOLE + key + "\n")[1]
    assert hint in one.message


@pytest.mark.parametrize(
    ("old", "new", "hint"),
    [
        ("vars.dc ~", "vars.dcc ~", "did you mean dc?"),
        ("secrets.salt", "secrets.slat", "did you mean salt?"),
        ("when:", "on_change: updat\nwhen:", "did you mean update?"),
        ("user:\n", "user:\n  create: yes\n", "write true or false"),
    ],
)
def test_near_matches_are_shown(old: str, new: str, hint: str) -> None:
    (one,) = read(changed(old, new))[1]
    assert hint in one.message


@pytest.mark.parametrize("text", ["[]", "x", "1", "- version: 1"])
def test_a_file_that_is_no_map_is_no_mapping(text: str) -> None:
    mapping, diagnostics = read(text)
    assert mapping is None
    assert [one.code for one in diagnostics] == ["TI122"]


def test_a_file_full_of_problems_is_not_listed_without_end() -> None:
    diagnostics = read("\n".join(f"zz{number}: 1" for number in range(2000)))[1]
    assert len(diagnostics) < 400
    assert "TI118" in {one.code for one in diagnostics}


def test_what_a_comment_ignores_does_not_stand_in_the_way() -> None:
    mapping = good(changed('"{{ record.token }}"', "abcdefgh # trayimport: ignore TI140"))
    assert [one.code for one in mapping.ignored] == ["TI140"]
    assert mapping.ignores == {22: frozenset({"TI140"})}


def test_a_range_of_codes_can_be_ignored() -> None:
    mapping = good(changed('"{{ record.token }}"', "abcdefgh # trayimport: ignore TI14x"))
    assert "TI142" in mapping.ignores[22]


def test_what_a_mapping_cannot_do_without_cannot_be_ignored() -> None:
    mapping, diagnostics = read(changed("  name: mailchimp\n", "  name: [] # trayimport: ignore TI122\n"))
    assert mapping is None
    assert [one.code for one in diagnostics] == ["TI122"]


def test_allowed_placeholders_are_allowed() -> None:
    good(changed('access_token: "{{ record.token }}"', "dc: changeme") + "tokens: {allow_placeholders: true}\n")


def test_format_password_makes_a_literal_a_secret() -> None:
    schema = "schema: {credentials: {properties: {pin: {type: string, format: password}}}}\n"
    diagnostics = read(changed("access_token:", "pin: 12345678x\n    access_token:") + schema)[1]
    assert [one.code for one in diagnostics] == ["TI140"]


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("access_token", True),
        ("accessToken", True),
        ("api_key", True),
        ("apikey", True),
        ("clientSecret", True),
        ("password", True),
        ("private_key_pem", True),
        ("TOKEN", True),
        ("keys", True),
        ("token_type", False),
        ("token_url", False),
        ("key_id", False),
        ("keyboard", False),
        ("dc", False),
    ],
)
def test_secrets_are_known_by_their_names(name: str, secret: bool) -> None:
    assert names_a_secret(name) is secret


def test_secrets_in_a_url_come_from_templates() -> None:
    text = changed("  type: csv\n  path: a.csv\n", "  type: sql\n  query: q\n  url: 'pg://u:{{ secrets.salt }}@h/d'\n")
    assert isinstance(good(text).source.options["url"], Hole)


def test_time_may_be_sent_but_not_decide() -> None:
    good(changed('"{{ record.token }}"', '"{{ record.token }}"\n    expires_in: "{{ vars.left }}"'))


def test_a_plugin_has_keys_of_its_own() -> None:
    options = good(changed("  type: csv\n", "  type: salesforce\n  soql: x\n  deep: {a: ['{{ secrets.salt }}']}\n"))
    assert set(options.source.options) == {"soql", "deep", "path"}


def test_static_columns_are_all_that_templates_read() -> None:
    checks = (
        "checks: [{that: \"{{ record.c | default('') != auth.name }}\"}]\ntokens: {exported_at: '{{ record.x }}'}\n"
    )
    columns = static_columns(good(WHOLE + checks))
    assert {column.name for column in columns} == {"token", "expires", "status", "account", "name", "c", "x"}
    assert {column.name for column in columns if column.guarded} == {"c"}
    assert [column.at.line for column in columns] == sorted(column.at.line for column in columns)


def test_the_schema_for_editors_on_disk_is_the_one_of_the_table() -> None:
    command = "from trayimport.core.mapping_schema import mapping_schema_text; print(mapping_schema_text(), end='')"
    on_disk = (ROOT / "schemas" / "mapping.schema.json").read_text(encoding="utf-8")
    assert on_disk == mapping_schema_text(), f"write it again: python -c {command!r} > schemas/mapping.schema.json"


def test_the_schema_for_editors_is_a_schema_and_describes_every_key() -> None:
    schema = mapping_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert all("description" in one for one in schema["properties"].values())


def every_key(key: Key) -> list[Key]:
    below = [*key.below, *([key.each] if key.each is not None else [])]
    return [key, *(deeper for child in below for deeper in every_key(child))]


def test_every_key_says_what_it_is_for() -> None:
    assert [key.name for key in every_key(MAPPING) if not key.about.endswith(".")] == []
    assert ("max_age", "tokens") in set(homes())


@pytest.mark.parametrize("kind", SOURCES)
def test_sources_have_the_keys_that_their_readers_know(kind: str) -> None:
    (source,) = (key for key in MAPPING.below if key.name == "source")
    own = {key.name for key in source.below if not key.sources or kind in key.sources}
    assert own - {"type"} == importlib.import_module(f"trayimport.sources.{kind}_source").OPTIONS
    assert set(READERS) == set(SOURCES)


@pytest.mark.parametrize("file", sorted((ROOT / "mappings").glob("*.yaml")), ids=lambda file: file.stem)
def test_the_projects_own_mappings_are_clean_and_fit_the_schema_for_editors(file: Path) -> None:
    mapping, diagnostics = read_mapping(file.read_bytes(), file.name, file)
    assert diagnostics == []
    assert mapping is not None
    document, _ = parse(file.read_bytes(), file.name)
    assert document is not None
    jsonschema.validate(plain_json(document.root), mapping_schema(), jsonschema.Draft202012Validator)


def test_every_code_has_its_texts() -> None:
    for code in all_codes().values():
        if code.id.startswith("TI1"):
            assert code.cause.endswith(".")
            assert code.remedy.endswith((".", '".'))


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_give_a_result_and_no_exception(data: bytes) -> None:
    mapping, diagnostics = read(data)
    assert mapping is not None or any(one.severity == "error" for one in diagnostics)


LINES = WHOLE.splitlines()


@settings(deadline=None)
@given(
    st.lists(st.integers(0, len(LINES) - 1), max_size=4),
    st.integers(0, len(WHOLE)),
    st.text("{}[]:&*'\" \n-#a1", max_size=6),
)
def test_a_broken_mapping_gives_a_result_and_no_exception(dropped: list[int], at: int, inserted: str) -> None:
    lines = "\n".join(line for number, line in enumerate(LINES) if number not in dropped)
    text = lines[:at] + inserted + lines[at:]
    mapping, diagnostics = read(text)
    assert mapping is not None or any(one.severity == "error" for one in diagnostics)
    assert all(one.at.line <= text.count("\n") + 2 for one in diagnostics)
