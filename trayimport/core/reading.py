"""A document read by the table of keys: right types, known keys, templates where they may stand.

Every problem is reported and what is wrong is left out, so that the rest of the file is still judged.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from trayimport.codes import mapping as codes
from trayimport.codes import record as record_codes
from trayimport.core import keys
from trayimport.core.compiling import Compiler
from trayimport.core.findings import Findings, did_you_mean, nearest, shown_key
from trayimport.core.instant import seconds_of
from trayimport.core.keys import Key
from trayimport.core.spec import SecretSpec
from trayimport.core.template import has_template
from trayimport.core.tree import Hole, Items, Literal, Node, Path, Template
from trayimport.core.yaml_tree import Entry, List, Map, Scalar, Value, kind_of, plain_json
from trayimport.core.yaml_types import mistaken_for
from trayimport.encodings import is_encoding
from trayimport.model import OWN_VARIABLES, Position

BAD = object()
"""What stands for a value that has been reported."""

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
ROOTS = ("credentials", "userData", "name", "scopes", "auth", "user", "key", "when", "vars", "checks", "tokens")
"""Where a path to what a record becomes may begin (language, ruling 18)."""

_PATH = re.compile(r"[^.\[\]]+(?:\.[^.\[\]]+|\[[0-9]+\])*\Z")
_WARNED = ("user", "auth", "vars")
_CONTROL = re.compile("[\x00-\x1f\x7f]")


@dataclass(slots=True)
class Fields:
    """A map as read: values that are right, by key, and the places of all keys."""

    at: Position
    values: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Position] = field(default_factory=dict)

    def get(self, name: str, default: Any = None) -> Any:
        """A value, or the default where there is none, or none that is right."""
        return self.values.get(name, default)

    def __contains__(self, name: str) -> bool:
        return name in self.places


class Reader:
    """Reads values by the key that they belong to."""

    def __init__(self, root: Value, findings: Findings, compiler: Compiler) -> None:
        self._root = root
        self._findings = findings
        self._compiler = compiler
        self._readers: dict[str, Callable[[Key, Any, Path], Any]] = {
            "map": self._map,
            "named": self._named,
            "list": self._list,
            "text": self._text,
            "character": self._character,
            "encoding": self._encoding,
            "integer": self._integer,
            "boolean": self._boolean,
            "choice": self._choice,
            "duration": self._duration,
            "instant": self._instant,
            "path": self._path,
            "expression": self._expression,
            "template": self._template,
            "identity": self._identity,
            "filled": self._filled,
            "tree": self._tree,
            "scopes": self._scopes,
            "data": self._data,
            "source": self._source,
            "provider": self._provider,
        }

    def read(self, key: Key, value: Value, path: Path) -> Any:
        """The value of `key` in the form of its kind, or BAD."""
        return self._readers[key.kind](key, value, path)

    # Maps and lists

    def _begins(self, value: Value, path: Path) -> Position:
        """Where a map begins for a reader: at its key, if it has one."""
        owner: Value = self._root
        for step in path[:-1]:
            owner = _below(owner, step)
        entries = owner.entries if path and isinstance(owner, Map) else ()
        return next((entry.at for entry in entries if entry.key == path[-1]), value.at)

    def _map(self, key: Key, value: Value, path: Path) -> Any:
        entries = self._entries(value, path)
        if entries is None:
            return BAD
        fields = Fields(self._begins(value, path))
        known = {child.name: child for child in key.below}
        meant: set[str] = set()
        for entry in entries:
            fields.places[entry.key] = entry.at
            child = known.get(entry.key)
            if child is None:
                self._unknown(entry, path, known)
                meant.add(nearest(entry.key, known))
                continue
            found = self.read(child, entry.value, (*path, entry.key))
            if found is not BAD:
                fields.values[entry.key] = found
        self._missing([child for child in key.below if child.name not in meant], fields, path)
        return fields

    def _named(self, key: Key, value: Value, path: Path) -> Any:
        entries = self._entries(value, path)
        if entries is None or key.each is None:
            return BAD
        fields = Fields(self._begins(value, path))
        for entry in entries:
            fields.places[entry.key] = entry.at
            found = self.read(key.each, entry.value, (*path, entry.key))
            if found is not BAD:
                fields.values[entry.key] = found
        return fields

    def _list(self, key: Key, value: Value, path: Path) -> Any:
        if isinstance(value, Scalar) and value.value is None:
            return []
        if not isinstance(value, List) or key.each is None:
            return self._wrong(value, path, "a list")
        found = (self.read(key.each, item, (*path, index)) for index, item in enumerate(value.items))
        return [item for item in found if item is not BAD]

    def _entries(self, value: Value, path: Path) -> tuple[Entry, ...] | None:
        """Entries of a map, none for an empty value; keys with templates are reported and left out."""
        if isinstance(value, Scalar) and value.value is None:
            return ()
        if not isinstance(value, Map):
            self._wrong(value, path, "a map")
            return None
        return tuple(entry for entry in value.entries if not self._template_key(entry, path))

    def _template_key(self, entry: Entry, path: Path) -> bool:
        if "{{" not in entry.key and "{%" not in entry.key:
            return False
        self._findings.add(codes.TEMPLATE_KEY, entry.at, path, "a template in a key")
        return True

    def _unknown(self, entry: Entry, path: Path, known: dict[str, Key]) -> None:
        if self._findings.full:
            return
        hint = did_you_mean(entry.key, known)
        if not hint:
            here = ".".join("[]" if isinstance(step, int) else step for step in path).replace(".[]", "[]")
            home = [place for name, place in keys.homes() if name == entry.key and place != here]
            hint = f"; it belongs under {home[0]}" if home and home[0] else "; it belongs at the top" if home else ""
        names = "" if hint else f"; known here: {', '.join(known)}"
        message = f"unknown key {shown_key(entry.key)}{hint}{names}"
        self._findings.add(codes.UNKNOWN_KEY, entry.at, (*path, shown_key(entry.key)), message)

    def _missing(self, below: Iterable[Key], fields: Fields, path: Path) -> None:
        for child in below:
            if child.required and child.name not in fields:
                message = f"the key {child.name} is missing"
                self._findings.add(codes.MISSING_KEY, fields.at, (*path, child.name), message)

    # Texts and the like

    def _wrong(self, value: Value, path: Path, wanted: str) -> Any:
        hint = ""
        if isinstance(value, Scalar) and wanted == "true or false":
            hint = " (write true or false, without quotes)"
        elif isinstance(value, Scalar) and value.value is None:
            hint = " (it is empty)"
        message = f"expected {wanted}, found {_a(kind_of(value))}{hint}"
        self._findings.add(codes.WRONG_TYPE, value.at, path, message)
        return BAD

    def _literal(self, value: Value, path: Path, wanted: str) -> Scalar | None:
        """A scalar without a template; None, with a finding, for anything else."""
        if not isinstance(value, Scalar):
            self._wrong(value, path, wanted)
            return None
        offset = template_offset(value.text)
        if offset is not None:
            message = f"a template cannot stand here; expected {wanted}"
            self._findings.add(codes.TEMPLATE_NOT_HERE, value.locate(offset), path, message)
            return None
        return value

    def _text(self, key: Key, value: Value, path: Path) -> Any:
        if key.verbatim and isinstance(value, Scalar):
            return value.text
        scalar = self._literal(value, path, "a text")
        if scalar is None:
            return BAD
        if scalar.value is None or isinstance(scalar.value, bool):
            return self._wrong(scalar, path, "a text")
        if not scalar.text.strip():
            self._findings.add(codes.BAD_VALUE, scalar.at, path, "expected a text that is not empty")
            return BAD
        return scalar.text

    def _character(self, _key: Key, value: Value, path: Path) -> Any:
        scalar = self._literal(value, path, "one character")
        if scalar is None:
            return BAD
        if len(scalar.text) != 1 or scalar.text in '"\r\n':
            self._findings.add(codes.BAD_VALUE, scalar.at, path, 'expected one character (a tab is "\\t")')
            return BAD
        return Literal(scalar.text, scalar.at)

    def _encoding(self, _key: Key, value: Value, path: Path) -> Any:
        scalar = self._literal(value, path, "an encoding such as utf-8")
        if scalar is None:
            return BAD
        if not is_encoding(scalar.text):
            message = "expected the name of a text encoding, such as utf-8, utf-16 or cp1252"
            self._findings.add(codes.BAD_VALUE, scalar.at, path, message)
            return BAD
        return Literal(scalar.text, scalar.at)

    def _integer(self, key: Key, value: Value, path: Path) -> Any:
        scalar = self._literal(value, path, "an integer")
        if scalar is None:
            return BAD
        if not isinstance(scalar.value, int) or isinstance(scalar.value, bool):
            return self._wrong(scalar, path, "an integer")
        if key.choices and str(scalar.value) not in key.choices:
            message = f"expected {' or '.join(key.choices)}"
            self._findings.add(codes.NOT_A_CHOICE, scalar.at, path, message)
            return BAD
        if key.least is not None and scalar.value < key.least:
            self._findings.add(codes.BAD_VALUE, scalar.at, path, f"expected {key.least} or more")
            return BAD
        return scalar.value

    def _boolean(self, _key: Key, value: Value, path: Path) -> Any:
        scalar = self._literal(value, path, "true or false")
        if scalar is None:
            return BAD
        return scalar.value if isinstance(scalar.value, bool) else self._wrong(scalar, path, "true or false")

    def _choice(self, key: Key, value: Value, path: Path) -> Any:
        wanted = "one of " + ", ".join(key.choices)
        scalar = self._literal(value, path, wanted)
        if scalar is None:
            return BAD
        if scalar.text not in key.choices:
            hint = did_you_mean(scalar.text, key.choices)
            self._findings.add(codes.NOT_A_CHOICE, scalar.at, path, f"expected {wanted}{hint}")
            return BAD
        return scalar.text

    def _duration(self, _key: Key, value: Value, path: Path) -> Any:
        wanted = "an integer and s, m, h or d, such as 24h"
        scalar = self._literal(value, path, wanted)
        if scalar is None:
            return BAD
        match = re.fullmatch(r"([0-9]{1,9})([smhd])", scalar.text, re.ASCII)
        if match is None or int(match[1]) == 0:
            self._findings.add(codes.BAD_VALUE, scalar.at, path, f"expected {wanted}")
            return BAD
        return int(match[1]) * UNITS[match[2]]

    def _instant(self, _key: Key, value: Value, path: Path) -> Any:
        wanted = "an instant with its zone, such as 2030-01-01T00:00:00Z"
        scalar = self._literal(value, path, wanted)
        if scalar is None:
            return BAD
        if isinstance(scalar.value, bool) or seconds_of(scalar.text) is None:
            self._findings.add(codes.BAD_VALUE, scalar.at, path, f"expected {wanted}")
            return BAD
        return scalar.text

    def _path(self, _key: Key, value: Value, path: Path) -> Any:
        scalar = self._literal(value, path, "a path such as credentials.dc")
        if scalar is None:
            return BAD
        roots = ("credentials",) if path[-1] == "expiry" else ROOTS
        root = re.split(r"[.\[]", scalar.text, maxsplit=1)[0]
        if root not in roots or not _PATH.match(scalar.text) or (len(roots) == 1 and root == scalar.text):
            hint = did_you_mean(root, roots) if root not in roots else ""
            message = f"expected a path that begins with {', '.join(roots)}, such as credentials.dc{hint}"
            self._findings.add(codes.BAD_VALUE, scalar.at, path, message)
            return BAD
        return scalar.text

    # Templates and trees

    def _template(self, key: Key, value: Value, path: Path) -> Any:
        if not isinstance(value, Scalar) or not isinstance(value.value, str):
            return self._wrong(value, path, 'a template in quotes, "{{ … }}"')
        return self._compiler.template(value, path, key) or BAD

    def _expression(self, key: Key, value: Value, path: Path) -> Any:
        wanted = 'exactly one expression in quotes, "{{ … }}"'
        if not isinstance(value, Scalar):
            return self._wrong(value, path, wanted)
        if not has_template(value.text):
            self._findings.add(codes.NOT_ONE_EXPRESSION, value.at, path, f"expected {wanted}")
            return BAD
        template: Template | None = self._compiler.template(value, path, key)
        if template is None:
            return BAD
        if not template.typed:
            message = "expected exactly one expression, with nothing around it"
            self._findings.add(codes.NOT_ONE_EXPRESSION, value.at, path, message)
            return BAD
        return template

    def _identity(self, key: Key, value: Value, path: Path) -> Any:
        if not isinstance(value, Scalar):
            return self._wrong(value, path, "a text or a template")
        if has_template(value.text):
            return self._compiler.tree(value, path, key)
        if value.value is None or isinstance(value.value, bool):
            return self._wrong(value, path, "a text or a template")
        if not value.text.strip():
            self._findings.add(codes.BAD_VALUE, value.at, path, "expected a text that is not empty")
            return BAD
        self._quote_it(value, path)
        return Literal(value.text, value.at)

    def _filled(self, key: Key, value: Value, path: Path) -> Any:
        if not isinstance(value, Scalar) or not isinstance(value.value, str):
            return self._wrong(value, path, "a text")
        if not value.text.strip():
            self._findings.add(codes.BAD_VALUE, value.at, path, "expected a text that is not empty")
            return BAD
        if path == ("source", "path") and (control := _CONTROL.search(value.text)):
            message = "a control character in a path; in double quotes a backslash begins an escape of YAML's"
            self._findings.add(codes.BAD_ESCAPE, value.locate(control.start()), path, message)
            return BAD
        return self._compiler.tree(value, path, key)

    def _tree(self, key: Key, value: Value, path: Path) -> Any:
        """A tree; for `credentials` and `userData` a map or one template, for `source` what its key needs."""
        if path in (("auth", "credentials"), ("auth", "userData")):
            if isinstance(value, Scalar) and value.value is None:
                value = Map.empty(value)
            elif not isinstance(value, Map) and not (isinstance(value, Scalar) and has_template(value.text)):
                return self._wrong(value, path, "a map, or one template that gives a map")
        self._inspect(value, path)
        tree: Node = self._compiler.tree(value, path, key)
        if len(path) == 2 and path[0] == "auth" and isinstance(tree, Hole) and not tree.template.typed:
            message = "expected exactly one expression, which gives a map; text around it makes it a text"
            self._findings.add(codes.NOT_ONE_EXPRESSION, value.at, path, message)
            return BAD
        return tree

    def _scopes(self, key: Key, value: Value, path: Path) -> Any:
        wanted = "a list of texts, or one template that gives a list"
        if isinstance(value, Scalar) and value.value is None:
            return Items((), value.at)
        if isinstance(value, Scalar) and has_template(value.text):
            return self._tree_of_scopes(key, value, path)
        if not isinstance(value, List):
            return self._wrong(value, path, wanted)
        seen: set[str] = set()
        for index, item in enumerate(value.items):
            here = (*path, index)
            if not isinstance(item, Scalar) or not isinstance(item.value, str):
                self._wrong(item, here, "a text")
            elif not item.text.strip():
                self._findings.add(codes.BAD_VALUE, item.at, here, "expected a text that is not empty")
            elif item.text in seen and not has_template(item.text):
                self._findings.add(codes.BAD_VALUE, item.at, here, "a scope that is listed before")
            else:
                seen.add(item.text)
        self._inspect(value, path)
        return self._compiler.tree(value, path, key)

    def _tree_of_scopes(self, key: Key, value: Scalar, path: Path) -> Any:
        template = self._compiler.template(value, path, key)
        if template is None:
            return BAD
        if not template.typed:
            message = "expected exactly one expression, which gives a list; text around it makes it a text"
            self._findings.add(codes.NOT_ONE_EXPRESSION, value.at, path, message)
            return BAD
        return Hole(template, value.at)

    def _data(self, key: Key, value: Value, path: Path) -> Any:
        if not key.verbatim:
            self._no_templates(value, path)
        return value

    def _no_templates(self, value: Value, path: Path) -> None:
        if isinstance(value, Map):
            for entry in value.entries:
                self._template_key(entry, path)
                self._no_templates(entry.value, (*path, entry.key))
        elif isinstance(value, List):
            for index, item in enumerate(value.items):
                self._no_templates(item, (*path, index))
        elif (offset := template_offset(value.text)) is not None:
            self._findings.add(codes.TEMPLATE_NOT_HERE, value.locate(offset), path, "a template cannot stand here")

    def _inspect(self, value: Value, path: Path) -> None:
        """Templates in keys, and texts that want quotes, anywhere below."""
        if isinstance(value, Map):
            for entry in value.entries:
                self._template_key(entry, path)
                self._inspect(entry.value, (*path, entry.key))
        elif isinstance(value, List):
            for index, item in enumerate(value.items):
                self._inspect(item, (*path, index))
        else:
            self._quote_it(value, path)

    def _quote_it(self, value: Scalar, path: Path) -> None:
        if value.style == "plain" and path[0] in _WARNED and (other := mistaken_for(value.text)):
            message = f"a text here, but {other} to many readers of YAML: quote it"
            self._findings.add(codes.QUOTE_IT, value.at, path, message)

    # The two special maps

    def _source(self, key: Key, value: Value, path: Path) -> Any:
        kind = value.get("type") if isinstance(value, Map) else None
        if not isinstance(kind, Scalar) or kind.text not in keys.SOURCES:
            return self._plugin(key, value, path)
        below = tuple(child for child in key.below if not child.sources or kind.text in child.sources)
        return self._map(Key(key.name, "map", key.about, below=below), value, path)

    def _plugin(self, key: Key, value: Value, path: Path) -> Any:
        """A source of a type that only a plugin knows: its keys are its own affair."""
        entries = self._entries(value, path)
        if entries is None:
            return BAD
        fields = Fields(self._begins(value, path))
        known = {child.name: child for child in key.below if child.name == "type"}
        for entry in entries:
            fields.places[entry.key] = entry.at
            child = known.get(entry.key, Key(entry.key, "tree", "", names=key.names))
            found = self.read(child, entry.value, (*path, entry.key))
            if found is not BAD:
                fields.values[entry.key] = found
        self._missing(tuple(known.values()), fields, path)
        return fields

    def _provider(self, _key: Key, value: Value, path: Path) -> Any:
        wanted = "one provider and what to ask it for: {env: NAME} or {file: PATH}"
        if not isinstance(value, Map):
            self._findings.add(codes.LITERAL_IN_SECRETS, value.at, path, f"expected {wanted}; never a value")
            return BAD
        if len(value.entries) != 1:
            self._findings.add(codes.BAD_VALUE, value.at, path, f"expected {wanted}")
            return BAD
        entry = value.entries[0]
        if self._template_key(entry, path):
            return BAD
        self._no_templates(entry.value, (*path, entry.key))
        argument = entry.value
        if entry.key in ("env", "file"):
            text = isinstance(argument, Scalar) and isinstance(argument.value, str) and argument.text.strip()
            if not text:
                return self._wrong(argument, (*path, entry.key), "a text")
            if entry.key == "env" and isinstance(argument, Scalar) and argument.text.strip().upper() in OWN_VARIABLES:
                message = f"a mapping may not read {argument.text.strip()}"
                self._findings.add(record_codes.OWN_SECRET, argument.at, (*path, entry.key), message)
                return BAD
        return SecretSpec(entry.key, plain_json(argument), value.at)


def template_offset(text: str) -> int | None:
    """Where the first `{{` or `{%` of a text stands."""
    found = [index for index in (text.find("{{"), text.find("{%")) if index >= 0]
    return min(found, default=None)


def _below(owner: Value, step: str | int) -> Value:
    if isinstance(owner, List) and isinstance(step, int):
        return owner.items[step]
    found = owner.get(step) if isinstance(owner, Map) and isinstance(step, str) else None
    return owner if found is None else found


def _a(kind: str) -> str:
    if kind == "null":
        return "nothing"
    return f"an {kind}" if kind == "integer" else f"a {kind}"
