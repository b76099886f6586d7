"""A first mapping as text, with comments that say what each key is and which places are for a person to fill."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from trayimport.core.schema_words import Schema, listed, shown
from trayimport.core.starter import columns, invent
from trayimport.core.starter.columns import Column, Sample
from trayimport.core.starter.pairing import Pairing
from trayimport.core.starter.schema_keys import SchemaKey, SchemaKeys, schema_keys
from trayimport.core.starter.stub import Stub
from trayimport.core.starter.yaml import block, flow, identifier, indent, nested, quoted, reference, scalar, template
from trayimport.model import Environment, Json

Path = tuple[str, ...]
TODO: Final = "TODO"
"""Marks a place that a person fills: a comment, or the name of a column that no export has."""


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
        names = frozenset() if wanted.sample is None else wanted.sample.names
        self._credentials = schema_keys("credentials", wanted.credentials, names)
        self._user_data = schema_keys("userData", wanted.user_data, names)
        self._open = self._credentials.open and not self._credentials.keys
        if self._open:
            self._credentials = _guessed(wanted.sample)
        self._sample = wanted.sample or self._assumed()
        self._pairs = Pairing((self._credentials, self._user_data), self._sample, wanted.service)
        self._stub = Stub(wanted.source["type"], self._sample, self._invented)
        self._out = Started()
        self._unfilled: list[SchemaKey] = []

    def _assumed(self) -> Sample:
        """An export whose columns are called as the keys are."""
        keys = [key.path[-1:] for found in (self._credentials, self._user_data) for key in found.keys if key.required]
        own = (("account_id",), ("account_name",))
        return Sample((*own, *dict.fromkeys(keys)), dict.fromkeys((*own, *keys), "any"))

    def write(self) -> Started:
        self._head()
        self._identity()
        self._out.add("", "auth:")
        service = self._wanted.service.replace("_", " ").title()
        self._out.add("  name: " + quoted("{{ user.name }}" + f"'s {_literal_text(service)}"))
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
            f"  name: {scalar(wanted.service)}",
            f"  version: {wanted.version}",
            f"  environment: {scalar(wanted.environment.title)} # {shown(wanted.environment.authentication_type)}",
            "",
            "source:",
        )
        for name, value in wanted.source.items():
            line = f"  {name}: {scalar(value)}"
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
                f"# when: \"{{{{ {reference(status)} == 'active' }}}}\" # records for which this is false are skipped"
            )
            self._stub.status(status)
        user = sample.identity(columns.EXTERNAL_USER_ID)
        name = sample.identity(columns.USER_NAME, [] if user is None else [user])
        self._key_of_record(user)
        out.add("", "user:")
        todo = f"{TODO}_externalUserId"
        if user is None:
            out.mark(f"  externalUserId: {template(f'record.{todo}')}", "the column with your own id of the End User")
        else:
            self._stub.use(user)
            out.add(f"  externalUserId: {template(reference(user))} # your own id of the End User")
        if name is None:
            out.add("  # name: as externalUserId, unless given")
        else:
            self._stub.use(name)
            out.add(f"  name: {template(reference(name))}")

    def _key_of_record(self, user: Column | None) -> None:
        key = self._sample.identity(columns.KEY)
        if key is not None and key != user and key not in self._sample.repeated:
            self._stub.use(key)
            self._out.add(f"key: {template(reference(key))} # what tells one authentication from all others")
        elif user in self._sample.repeated:
            todo = "what tells the authentications of one user apart; some have several"
            self._out.mark(f"key: {template(f'record.{TODO}_key')}", todo)
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
            self._out.add("    # one of: " + " | ".join(shown(" + ".join(group), 200) for group in found.groups))
        required = self._pairs.maps(part, found)
        written = [*required, *(key.path for key in found.keys if self._pairs.is_written(key))]
        open_maps: Path = ()
        for key in found.keys:
            self._maps(key.path[:-1], open_maps, required, written)
            open_maps = key.path[:-1]
            self._key(key)

    def _maps(self, parents: Path, open_maps: Path, required: set[Path], written: list[Path]) -> None:
        """The keys of the maps that `parents` names and that are not open yet; comments where they stay empty."""
        for depth in range(len(parents)):
            here = parents[: depth + 1]
            if here != open_maps[: depth + 1]:
                below = any(one[: depth + 1] == here and len(one) > depth + 1 for one in written)
                line = f"{indent(depth)}{'' if below or here in required else '# '}{scalar(here[-1])}:"
                self._out.add(line if below or here not in required else f"{line} {{}}")

    def _key(self, key: SchemaKey) -> None:
        pad, name = indent(len(key.path) - 1), scalar(key.name)
        self._out.add(f"{pad}# {self._described(key)}")
        column, expiry = self._pairs.column(key), self._pairs.expiry
        filters = "" if self._pairs.is_needed(key) else " | default_omit"
        if column is not None:
            self._stub.use(column, key)
            if "string" in key.types and self._sample.kinds[column] == "integer":
                filters += " | string"
            self._out.add(f"{pad}{name}: {template(reference(column) + filters)}")
        elif expiry is not None and self._pairs.is_expiry(key):
            self._stub.instant(expiry, invent.LATER)
            self._out.add(f"{pad}{name}: {template(reference(expiry) + filters + ' | seconds_until')}")
        elif self._pairs.is_needed(key) and len(key.choices) == 1 and _is_short(key.choices[0]):
            self._out.add(f"{pad}{name}: {flow(key.choices[0])}")
        elif self._pairs.is_needed(key):
            self._unfilled.append(key)
            other = self._pairs.other(key)
            why = "none of the sample's has such a name" if other is None else f"{reference(other)} is of another type"
            todo = f"the column with {shown('.'.join(key.path))}; {why}"
            self._out.mark(f"{pad}{name}: {template(f'record.{TODO}_{identifier(key.name)}')}", todo)
        else:
            self._out.add(f"{pad}# {name}: " + template(f"{reference((key.name,))} | default_omit"))

    def _described(self, key: SchemaKey) -> str:
        """What the schema says of a key, in one line."""
        kind = " or ".join(key.types) or "any type"
        parts = ["required" if self._pairs.is_needed(key) else "optional", kind]
        if key.choices:
            parts.append(f"one of {listed(list(key.choices), 10)}")
        title = key.title or key.description
        return f"{title + ': ' if title else ''}{', '.join(parts)}"

    def _scopes(self) -> None:
        if self._wanted.environment.scopes:
            self._out.add(f"  scopes: [] # of: {listed(list(self._wanted.environment.scopes), 40)}")

    def _schema(self) -> None:
        """What is known of credentials that the service's own schema leaves open."""
        if self._open and self._credentials.keys:
            names = [scalar(key.name) for key in self._credentials.keys]
            self._out.add("", "schema: # tightens the service's own, which would take a misspelt key", "  credentials:")
            self._out.add(f"    required: [{', '.join(names)}]", "    additionalProperties: false", "    properties:")
            self._out.add(*(f"      {name}: {{type: string}}" for name in names))

    def _tokens(self) -> None:
        exported = self._sample.named(columns.EXPORTED)
        lines = []
        if exported is not None:
            self._stub.instant(exported, invent.EARLIER)
            lines.append(f"  exported_at: {template(reference(exported))} # when the tokens were read")
        if self._wanted.environment.authentication_type == "oauth2":
            known = any(
                self._pairs.is_given(key) and columns.plain(key.name).startswith(("expires", "expiry"))
                for key in self._credentials.keys
            )
            lines.append(f"  expires: {'required' if known else 'unknown'} # required | never | unknown")
        if lines:
            self._out.add("", "tokens:", *lines)

    def _invented(self, key: SchemaKey) -> Json:
        return invent.for_key(key, self._root(key), self._wanted.matching)

    def _root(self, key: SchemaKey) -> Schema:
        return self._wanted.credentials if key.part == "credentials" else self._wanted.user_data

    def _example(self) -> None:
        out = self._out
        if self._wanted.sample is not None:
            self._stub.fill()
        out.add("", "examples:", "  - name: a record as the export has them, with invented values")
        out.add("    record:", *block(nested(self._stub.record), 6))
        for key in self._unfilled:
            if not invent.takes_words(key, self._root(key)):
                value = self._invented(key)
                such = "one that its schema takes" if value is None else f"such as {listed([value], 1)}"
                out.mark("     ", f"a value of the column with {shown('.'.join(key.path))}: {such}")
        out.add(f"    now: {invent.NOW}", "    expect:", "      auth:", "        credentials:")
        expected = dict(self._expected())
        if expected:
            out.add(*block(nested(expected), 10))
        else:
            out.lines[-1] += " {}"

    def _expected(self) -> Iterator[tuple[tuple[str, ...], Json]]:
        for key in self._credentials.keys:
            column = self._pairs.column(key)
            if column is not None:
                yield key.path, self._stub.becomes(column, key, self._wanted.credentials)
            elif self._pairs.is_expiry(key):
                yield key.path, invent.AN_HOUR


def _guessed(sample: Sample | None) -> SchemaKeys:
    """Keys for a schema that names none: the columns of the sample that are called as credentials are."""
    found = [("access_token",)] if sample is None else sample.secrets()
    names = dict.fromkeys("_".join(columns.plain(column[-1]).split()) for column in found)
    keys = [SchemaKey("credentials", (name,), 0, "", "", ("string",), (), {"type": "string"}) for name in names]
    return SchemaKeys(tuple(keys), (), {}, frozenset(), open=True)


def _literal_text(text: str) -> str:
    """A text without anything that a template would read."""
    return text.replace("{", "").replace("}", "")


def _is_short(value: Json) -> bool:
    return len(json.dumps(value)) <= 200
