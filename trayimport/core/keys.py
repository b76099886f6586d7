"""Every key of the mapping language, as data: what reads a file, and what makes its JSON Schema for editors.

The language is that of design section 3 and language ruling 26; commands rulings 11, 30 and 35 add keys.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "map",
    "named",
    "list",
    "text",
    "character",
    "encoding",
    "integer",
    "boolean",
    "choice",
    "duration",
    "instant",
    "path",
    "expression",
    "template",
    "identity",
    "filled",
    "tree",
    "scopes",
    "data",
    "source",
    "provider",
]
"""What a key's value is.

`map` has the keys `below`, `named` keys of one's own and `each` as their values, `list` items that are `each`;
`expression` is exactly one `{{ … }}`, `template` a text that may hold some, `identity` a text or such a template,
`filled` a text, maybe with templates in it, `tree` anything with templates in it, `scopes` a list of texts or one
template, `data` anything without templates, `path` a pointer to what a record becomes, `source` a map whose keys
depend on its `type`, `provider` one of `secrets`.
"""

Ban = Literal["secrets", "time", "time conditions"]


@dataclass(frozen=True, slots=True)
class Key:
    """One key: its kind, and the sentence that editors show."""

    name: str
    kind: Kind
    about: str
    required: bool = False
    choices: tuple[str, ...] = ()
    below: tuple["Key", ...] = ()
    each: "Key | None" = None
    names: frozenset[str] = frozenset()
    """The names that templates in it see; none: there can be no template."""
    bans: frozenset[Ban] = frozenset()
    sources: tuple[str, ...] = ()
    """The types of source that have this key."""
    least: int | None = None
    verbatim: bool = False
    """Braces are data here: records and what becomes of them (language, ruling 24)."""


SOURCES = ("csv", "jsonl", "json", "sql")
"""Types of source whose keys are known; any other is a plugin's, which has keys of its own."""

_RECORD = frozenset({"record", "vars", "secrets", "now"})
_WITH_USER = _RECORD | {"user"}
_WITH_AUTH = _WITH_USER | {"auth"}
_SECRETS = frozenset({"secrets"})
_NO_SECRET: frozenset[Ban] = frozenset({"secrets", "time"})

_FILES = ("csv", "jsonl", "json")

SERVICE = Key(
    "service",
    "map",
    "The service environment that the authentications are made in.",
    required=True,
    below=(
        Key("name", "text", "The service's name (not the connector's); `trayimport services` lists them.", True),
        Key("version", "integer", "The service's version, an integer (the connector's looks like 9.0).", True, least=1),
        Key(
            "environment",
            "text",
            "The service environment's title or id; needed when the service has several. A UUID is an id.",
        ),
    ),
)

SOURCE = Key(
    "source",
    "source",
    "Where the records come from. Templates here see `secrets` only.",
    required=True,
    names=_SECRETS,
    below=(
        Key("type", "text", "`csv`, `jsonl`, `json`, `sql`, or a plugin's name.", True),
        Key("path", "filled", "The file, relative to this one.", True, names=_SECRETS, sources=_FILES),
        Key("delimiter", "character", "What separates cells: one character. Default: a comma.", sources=("csv",)),
        Key("encoding", "encoding", "The file's encoding. Default: UTF-8; a byte order mark goes.", sources=("csv",)),
        Key("url", "filled", "The database's URL, usually a secret.", True, names=_SECRETS, sources=("sql",)),
        Key("query", "filled", "The SQL query; each row is a record.", True, names=_SECRETS, sources=("sql",)),
        Key("params", "tree", "Values for the query's `:names`.", names=_SECRETS, sources=("sql",)),
        Key(
            "key", "text", "The column that says in messages which row is meant. Default: the first.", sources=("sql",)
        ),
    ),
)

SECRETS = Key(
    "secrets",
    "named",
    "Where secrets come from: names, never values. Each is read when it is first used.",
    each=Key("", "provider", "One provider, and what it is asked for: {env: NAME} or {file: PATH}."),
)

VARS = Key(
    "vars",
    "named",
    "Values computed once per record, in order; each sees those above it.",
    each=Key("", "tree", "A value, or a template.", names=_RECORD),
)

USER = Key(
    "user",
    "map",
    "The End User who owns the authentication.",
    required=True,
    below=(
        Key(
            "externalUserId",
            "identity",
            "The End User's id in your own system. It is shown and stored, so it is never a secret.",
            True,
            names=_RECORD,
            bans=_NO_SECRET,
        ),
        Key(
            "name",
            "identity",
            "The End User's name, used when the user is created. Default: the externalUserId.",
            names=_RECORD,
            bans=_NO_SECRET,
        ),
        Key("create", "boolean", "Whether a user missing in Tray is created (default), or an error of the record."),
        Key("isTestUser", "boolean", "Whether created users are test users, which are not billed. Default: false."),
    ),
)

AUTH = Key(
    "auth",
    "map",
    "The body of Create Authentication, under the API's own names.",
    required=True,
    below=(
        Key("name", "identity", "The authentication's name.", True, names=_WITH_USER, bans=_NO_SECRET),
        Key(
            "credentials",
            "tree",
            "The credentials, as the service environment's schema wants them; a map, or one template that gives a map.",
            names=_WITH_USER,
            bans=frozenset({"time conditions"}),
        ),
        Key(
            "userData",
            "tree",
            "The user data, as the service environment's schema wants it; a map, or one template that gives a map.",
            names=_WITH_USER,
            bans=frozenset({"time conditions"}),
        ),
        Key(
            "scopes",
            "scopes",
            "The scopes the token was given: a list, or one template that gives a list.",
            names=_WITH_USER,
            bans=frozenset({"time"}),
        ),
    ),
)

SCHEMA = Key(
    "schema",
    "map",
    "JSON Schemas merged into the environment's, to tighten what it leaves open.",
    below=(
        Key("credentials", "data", "What `auth.credentials` must be besides."),
        Key("userData", "data", "What `auth.userData` must be besides."),
    ),
)

CHECKS = Key(
    "checks",
    "list",
    "Conditions that every record must meet, judged after conversion and schema.",
    each=Key(
        "",
        "map",
        "One condition.",
        below=(
            Key("that", "expression", "One expression that gives true or false.", True, names=_WITH_AUTH),
            Key("message", "text", "What a record that fails is told; literal. Default: the expression."),
        ),
    ),
)

TOKENS = Key(
    "tokens",
    "map",
    "What the values mean; checked for each record.",
    below=(
        Key(
            "exported_at",
            "template",
            "When the source's tokens were read: RFC 3339 with a zone, or epoch seconds.",
            names=_WITH_USER,
        ),
        Key(
            "app",
            "choice",
            "Whose OAuth app the tokens were issued to: `own` (default), or `tray` for Tray's.",
            choices=("own", "tray"),
        ),
        Key("max_age", "duration", "How old an export may be: an integer and s, m, h or d, such as 24h."),
        Key(
            "expires",
            "choice",
            "Whether tokens have an expiry: `required`, `never`, or `unknown` (default; a warning on OAuth).",
            choices=("required", "never", "unknown"),
        ),
        Key("expiry", "path", "The credential that holds the expiry, where its name does not say so."),
        Key("allow_placeholders", "boolean", "Accept credentials that look redacted. Default: false."),
    ),
)

EXAMPLES = Key(
    "examples",
    "list",
    "Unit tests, run by `trayimport validate` with no network and no secrets.",
    each=Key(
        "",
        "map",
        "One example.",
        below=(
            Key("name", "text", "What it shows."),
            Key("record", "data", "The record, as the source would give it.", True, verbatim=True),
            Key("now", "instant", "The time of the run; `tokens` is judged only where it is given."),
            Key("secrets", "named", "Invented secrets.", each=Key("", "text", "An invented value.", verbatim=True)),
            Key(
                "expect",
                "map",
                "What the record becomes, as far as it is written here; lists are compared whole.",
                below=(
                    Key("key", "data", "The key.", verbatim=True),
                    Key("user", "data", "The user.", verbatim=True),
                    Key("auth", "data", "The authentication.", verbatim=True),
                ),
            ),
            Key("error", "path", "The place at or below which all the record's problems must lie."),
            Key("skip", "boolean", "Whether `when` must leave the record out."),
            Key("absent", "list", "What must not be sent.", each=Key("", "path", "A place, such as credentials.dc.")),
        ),
    ),
)

VERIFY = Key(
    "verify",
    "map",
    "The connector's operation that shows whether an authentication works; used by `trayimport verify`.",
    below=(
        Key("connector", "text", "The connector's name.", True),
        Key("version", "text", "The connector's version, such as 9.0.", True),
        Key("operation", "text", "The operation, one that only reads.", True),
        Key("input", "data", "The operation's input."),
        Key("expect", "data", "What the output must hold."),
    ),
)

MAPPING = Key(
    "",
    "map",
    "A trayimport mapping: one service environment, one source.",
    below=(
        Key("version", "integer", "The version of the mapping language: 1.", True, choices=("1",)),
        Key("id", "text", "The mapping's identity in the ledger. Default: the file's name without suffix."),
        SERVICE,
        SOURCE,
        SECRETS,
        VARS,
        Key("when", "expression", "One expression; records for which it is false are skipped.", names=_RECORD),
        Key(
            "key",
            "template",
            "The identity of one authentication within this mapping. Default: user.externalUserId.",
            names=_WITH_USER,
            bans=_NO_SECRET,
        ),
        USER,
        AUTH,
        SCHEMA,
        CHECKS,
        TOKENS,
        Key(
            "on_existing",
            "choice",
            "When the user has such an authentication that the ledger does not know: fail (default), adopt or update.",
            choices=("fail", "adopt", "update"),
        ),
        Key(
            "on_change",
            "choice",
            "When a record changed since its import: keep what is in Tray (default), or update it.",
            choices=("keep", "update"),
        ),
        EXAMPLES,
        VERIFY,
    ),
)


def homes(key: Key = MAPPING, path: str = "") -> Iterator[tuple[str, str]]:
    """(name, where it belongs) of every key with a fixed name."""
    for child in key.below:
        yield child.name, path
        yield from homes(child, f"{path}.{child.name}" if path else child.name)
    if key.each is not None and key.kind == "list":
        yield from homes(key.each, f"{path}[]")
