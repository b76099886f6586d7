"""A first mapping as text, with comments that say what each key is and which places are for a person to fill."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from trayimport.core.schema_words import Schema, listed
from trayimport.core.starter import columns, invent
from trayimport.core.starter.columns import Column, Sample
from trayimport.core.starter.schema_keys import SchemaKey, SchemaKeys, schema_keys
from trayimport.model import Environment, Json

TODO: Final = "TODO"
"""Marks a place that a person fills: a comment, or the name of a column that no export has."""
_IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_RESERVED: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be mapped. `schema_path` leads from the mapping's folder to the editor's schema."""

    service: str
    version: int
    environment: Environment
    credentials: Schema
    user_data: Schema
    """Both in normal form."""
    source: Mapping[str, str]
    """`type`, `path` and perhaps more, as the mapping has them."""
    sample: Sample | None
    """None where there is no export yet: columns are then assumed to have the keys' names."""
    schema_path: str
    matching: invent.Matching


@dataclass(slots=True)
class Started:
    """The text, and (line, what to fill in there) for each marked place."""

    lines: list[str] = field(default_factory=list)
    places: list[tuple[int, str]] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The whole file."""
        return "\n".join(self.lines) + "\n"

    def add(self, *lines: str) -> None:
        """Add lines as they are."""
        self.lines += lines

    def mark(self, line: str, todo: str) -> None:
        """Add a line that a person has to look at."""
        self.lines.append(f"{line} # {TODO} {todo}")
        self.places.append((len(self.lines), todo))


def start(wanted: Wanted) -> Started:
    """The mapping; valid as soon as its marked places are filled."""
    return _Writer(wanted).write()


class _Writer:
    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._credentials = schema_keys(wanted.credentials)
        self._user_data = schema_keys(wanted.user_data)
        self._open = self._credentials.open and not self._credentials.keys
        if self._open:
            self._credentials = _guessed(wanted.sample)
        self._sample = wanted.sample or self._assumed()
        names = [key.path for found in (self._credentials, self._user_data) for key in found.keys]
        self._found = columns.match(names, self._sample, wanted.service)
        self._record: dict[Column, Json] = {}
        self._out = Started()
        self._expiry = self._expiry_column()

    def _assumed(self) -> Sample:
        """An export whose columns are called as the keys are."""
        keys = [key.path[-1:] for found in (self._credentials, self._user_data) for key in found.keys if key.required]
        own = (("account_id",), ("account_name",))
        return Sample((*own, *dict.fromkeys(keys)), dict.fromkeys((*own, *keys), "text"))

    def _expiry_column(self) -> Column | None:
        """The column with the instant of expiry, where the schema wants seconds and no column has its name."""
        column = self._sample.named(columns.EXPIRY, self._found.values())
        return column if column is not None and self._sample.kinds[column] in {"instant", "digits", "integer"} else None

    def write(self) -> Started:
        self._head()
        self._identity()
        self._out.add("", "auth:")
        service = self._wanted.service.replace("_", " ").title()
        self._out.add("  name: " + _quoted("{{ user.name }}" + f"'s {_literal_text(service)}"))
        self._part("credentials", self._credentials)
        if self._user_data.keys:
            self._part("userData", self._user_data)
        self._scopes()
        self._schema()
        self._tokens()
        self._example()
        return self._out

    def _head(self) -> None:
        wanted = self._wanted
        self._out.add(
            f"# yaml-language-server: $schema={wanted.schema_path}",
            f"# Lines with {TODO} are for you to fill or to confirm. Then: trayimport validate THIS_FILE",
            "version: 1",
            "",
            "service:",
            f"  name: {_scalar(wanted.service)}",
            f"  version: {wanted.version}",
            f"  environment: {_scalar(wanted.environment.title)} # {wanted.environment.authentication_type}",
            "",
            "source:",
        )
        for name, value in wanted.source.items():
            line = f"  {name}: {_scalar(value)}"
            if name == "path" and wanted.sample is None:
                self._out.mark(line, "where the export is; columns below are assumed to have the keys' names")
            else:
                self._out.add(line)

    def _identity(self) -> None:
        out, sample = self._out, self._sample
        status = sample.named(columns.STATUS)
        out.add("")
        if status is not None and self._wanted.sample is not None:
            out.add(
                f"# when: \"{{{{ {_reference(status)} == 'active' }}}}\" # records for which this is false are skipped"
            )
            kind = sample.kinds[status]
            self._record[status] = "active" if kind == "text" else invent.for_column(status, kind)
        user = sample.named(columns.EXTERNAL_USER_ID)
        name = sample.named(columns.USER_NAME, [] if user is None else [user])
        self._key_of_record(user)
        out.add("", "user:")
        todo = f"{TODO}_externalUserId"
        if user is None:
            out.mark(f"  externalUserId: {_template(f'record.{todo}')}", "the column with your own id of the End User")
        else:
            self._use(user)
            out.add(f"  externalUserId: {_template(_reference(user))} # your own id of the End User")
        if name is None:
            out.add("  # name: as externalUserId, unless given")
        else:
            self._use(name)
            out.add(f"  name: {_template(_reference(name))}")

    def _key_of_record(self, user: Column | None) -> None:
        key = self._sample.named(columns.KEY)
        if key is not None and key != user and key not in self._sample.repeated:
            self._use(key)
            self._out.add(f"key: {_template(_reference(key))} # what tells one authentication from all others")
        elif user in self._sample.repeated:
            todo = "what tells the authentications of one user apart; some have several"
            self._out.mark(f"key: {_template(f'record.{TODO}_key')}", todo)
        else:
            self._out.add("# key: what tells one authentication from all others; without it, a user has but one")

    def _part(self, part: str, found: SchemaKeys) -> None:
        if not found.keys:
            what = "accepts any key" if found.open else "wants none"
            if found.open and part == "credentials" and self._wanted.sample is not None:
                self._out.mark(f"  {part}: {{}}", f"the schema {what}: name here what the service needs")
            else:
                self._out.add(f"  {part}: {{}} # the schema {what}")
            return
        if self._open and part == "credentials":
            self._out.mark(f"  {part}:", "the service's schema accepts any key: are these the ones that it needs?")
        else:
            self._out.add(f"  {part}:")
        if found.groups:
            self._out.add("    # one of: " + " | ".join(" + ".join(group) for group in found.groups))
        open_maps: tuple[str, ...] = ()
        for key in found.keys:
            parents = key.path[:-1]
            written = any(one.path[: len(parents)] == parents and self._is_written(one) for one in found.keys)
            if parents and parents != open_maps and written:
                for depth in range(len(parents)):
                    if parents[: depth + 1] != open_maps[: depth + 1]:
                        self._out.add(f"{_indent(depth)}{_scalar(parents[depth])}:")
                open_maps = parents
            self._key(key)

    def _is_written(self, key: SchemaKey) -> bool:
        return key.required or key.path in self._found or self._is_expiry(key)

    def _is_expiry(self, key: SchemaKey) -> bool:
        return (
            self._expiry is not None
            and key.path not in self._found
            and columns.plain(key.name) in {"expires in", "expiry", "expires"}
            and "string" not in key.types
        )

    def _key(self, key: SchemaKey) -> None:
        pad, name = _indent(len(key.path) - 1), _scalar(key.name)
        self._out.add(f"{pad}# {_described(key)}")
        column = self._found.get(key.path)
        if column is not None and set(key.types) in ({"array"}, {"object"}) and self._sample.kinds[column] == "text":
            del self._found[key.path]
            empty = "[]" if "array" in key.types else "{}"
            self._out.mark(f"{pad}{name}: {empty}", f"{key.types[0]}: {_reference(column)} is a text")
        elif column is not None:
            self._use(column, key)
            filters = "" if key.required else " | default_omit"
            if "string" in key.types and self._sample.kinds[column] in {"integer", "number"}:
                filters += " | string"
            self._out.add(f"{pad}{name}: {_template(_reference(column) + filters)}")
        elif self._is_expiry(key) and self._expiry is not None:
            self._record[self._expiry] = invent.instant(invent.LATER, self._sample.kinds[self._expiry])
            filters = "" if key.required else " | default_omit"
            self._out.add(f"{pad}{name}: {_template(_reference(self._expiry) + filters + ' | seconds_until')}")
        elif key.required and len(key.choices) == 1 and _is_short(key.choices[0]):
            self._out.add(f"{pad}{name}: {_json(key.choices[0])}")
        elif key.required:
            todo = f"the column with {'.'.join(key.path)}; none of the sample's has such a name"
            self._out.mark(f"{pad}{name}: {_template(f'record.{TODO}_{_safe(key.name)}')}", todo)
        else:
            self._out.add(f"{pad}# {name}: " + _template(f"record.{_safe(key.name)} | default_omit"))

    def _scopes(self) -> None:
        if self._wanted.environment.scopes:
            self._out.add(f"  scopes: [] # of: {listed(list(self._wanted.environment.scopes), 40)}")

    def _schema(self) -> None:
        """What is known of credentials that the service's own schema leaves open."""
        if self._open and self._credentials.keys:
            names = [_scalar(key.name) for key in self._credentials.keys]
            self._out.add("", "schema: # tightens the service's own, which would take a misspelt key", "  credentials:")
            self._out.add(f"    required: [{', '.join(names)}]", "    additionalProperties: false", "    properties:")
            self._out.add(*(f"      {name}: {{type: string}}" for name in names))

    def _tokens(self) -> None:
        exported = self._sample.named(columns.EXPORTED)
        lines = []
        if exported is not None:
            self._record[exported] = invent.instant(invent.EARLIER, self._sample.kinds[exported])
            lines.append(f"  exported_at: {_template(_reference(exported))} # when the tokens were read")
        if self._wanted.environment.authentication_type == "oauth2":
            known = any(
                self._is_expiry(key) or (key.path in self._found and columns.plain(key.name).startswith("expires"))
                for key in self._credentials.keys
            )
            lines.append(f"  expires: {'required' if known else 'unknown'} # required | never | unknown")
        if lines:
            self._out.add("", "tokens:", *lines)

    def _use(self, column: Column, key: SchemaKey | None = None) -> None:
        """Give the example a value for a column: one that the key's schema takes."""
        made = None if key is None else self._invented(key)
        if column not in self._record or made is not None:
            kind = self._sample.kinds[column]
            self._record[column] = invent.for_column(column, kind) if made is None else self._as_source(made, kind)

    def _invented(self, key: SchemaKey) -> Json:
        root = self._wanted.credentials if key in self._credentials.keys else self._wanted.user_data
        return invent.for_key(key, root, self._wanted.matching)

    def _as_source(self, made: Json, kind: str) -> Json:
        """A value as the source would give it: a csv's are texts."""
        untyped = self._wanted.source["type"] == "csv" or kind == "text"
        return json.dumps(made) if untyped and not isinstance(made, str) else made

    def _example(self) -> None:
        out = self._out
        for column in self._sample.columns if self._wanted.sample else ():
            if column not in self._record:
                self._record[column] = invent.for_column(column, self._sample.kinds[column])
        out.add("", "examples:", "  - name: a record as the export has them, with invented values")
        out.add("    record:")
        for line in _block(_nested(self._record), 6):
            out.add(line)
        out.add(f"    now: {invent.NOW}", "    expect:", "      auth:", "        credentials:")
        expected = dict(self._expected())
        if expected:
            out.add(*_block(_nested(expected), 10))
        else:
            out.lines[-1] += " {}"

    def _expected(self) -> Iterator[tuple[tuple[str, ...], Json]]:
        for key in self._credentials.keys:
            column = self._found.get(key.path)
            if column is not None:
                value = self._invented(key)
                own = self._record[column]
                yield key.path, own if value is None or isinstance(own, str) == isinstance(value, str) else value
            elif self._is_expiry(key):
                yield key.path, invent.AN_HOUR


def _guessed(sample: Sample | None) -> SchemaKeys:
    """Keys for a schema that names none: the columns of the sample that are called as credentials are."""
    found = [("access_token",)] if sample is None else sample.secrets()
    names = dict.fromkeys("_".join(columns.plain(column[-1]).split()) for column in found)
    keys = [SchemaKey((name,), True, "", "", ("string",), (), {"type": "string"}) for name in names]
    return SchemaKeys(tuple(keys), (), open=True)


def _indent(depth: int) -> str:
    return " " * (4 + 2 * depth)


def _described(key: SchemaKey) -> str:
    """What the schema says of a key, in one line."""
    kind = " or ".join(key.types) or "any type"
    parts = ["required" if key.required else "optional", kind]
    if key.choices:
        parts.append(f"one of {listed(list(key.choices), 10)}")
    title = key.title or key.description
    return f"{title + ': ' if title else ''}{', '.join(parts)}"


def _reference(column: Column) -> str:
    text = "record"
    for step in column:
        quoted = step.replace("\\", "\\\\").replace("'", "\\'")
        text += f".{step}" if _IDENTIFIER.fullmatch(step) else f"['{quoted}']"
    return text


def _template(expression: str) -> str:
    return _quoted("{{ " + expression + " }}")


def _quoted(text: str) -> str:
    """YAML's double-quoted scalar, which takes JSON's."""
    return json.dumps(text, ensure_ascii=False)


def _scalar(text: str) -> str:
    """A text as a YAML scalar, quoted where it could be read as something else."""
    return text if _PLAIN.fullmatch(text) and text.lower() not in _RESERVED else _quoted(text)


def _json(value: Json) -> str:
    return _scalar(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _literal_text(text: str) -> str:
    """A text without anything that a template would read."""
    return text.replace("{", "").replace("}", "")


def _safe(name: str) -> str:
    return re.sub(r"\W", "_", name, flags=re.ASCII)


def _is_short(value: Json) -> bool:
    return len(json.dumps(value)) <= 200


def _nested(values: dict[tuple[str, ...], Json]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for path, value in values.items():
        inner = found
        for step in path[:-1]:
            child = inner.setdefault(step, {})
            if not isinstance(child, dict):
                break
            inner = child
        else:
            inner[path[-1]] = value
    return found


def _block(values: dict[str, Json], pad: int) -> Sequence[str]:
    """A map in block style."""
    lines = []
    for name, value in values.items():
        if isinstance(value, dict) and value:
            lines += [f"{' ' * pad}{_scalar(name)}:", *_block(value, pad + 2)]
        else:
            lines.append(f"{' ' * pad}{_scalar(name)}: {_value(value)}")
    return lines


def _value(value: Json) -> str:
    return _quoted(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
