"""A mapping and its service environment, joined: what one record becomes.

The order is that of language ruling 8. A stage's problems are reported together, and a stage with a problem ends the
record (commands, ruling 27).
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from trayimport.codes import content as codes
from trayimport.core.content import Fingerprint, canonical, content_bytes, field_fingerprints
from trayimport.core.instant import FIXED_NOW, seconds_of
from trayimport.core.judged import of_record
from trayimport.core.spec import Mapping, Variable
from trayimport.core.tokens import has_expiry, token_problems
from trayimport.core.tree import OMIT, Branch, Hole, Items, Literal, Node, Omit, Path, holes, pointer
from trayimport.errors import RecordError
from trayimport.model import Body, Environment, Json, Masked, Problem, Record

Convert = Callable[[Json], Json]
Scope = dict[str, object]
SECRET_NAMES = ("token", "secret", "password", "key")


@dataclass(frozen=True, slots=True)
class Part:
    """One of `credentials`, `userData`, `scopes`: its tree, and what the environment's schema says of it."""

    name: str
    tree: Node | None
    convert: dict[Path, Convert]
    judge: Callable[[Json], list[Problem]]
    valid: Callable[[Json], bool]
    required: Callable[[Path], frozenset[str]]
    is_enum: Callable[[Path], bool]
    passwords: frozenset[str] = frozenset()


class Skipped:
    """A record that `when` leaves out."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that can't become an authentication; `key` is None where it could not be rendered."""

    key: str | None
    problems: tuple[Problem, ...]


class Payload(Masked):
    """The body of Create Authentication, less the environment's id, rendered at some instant."""

    __slots__ = ("credentials", "name", "scopes", "user_data")

    def __init__(self, name: str, credentials: Json, user_data: Json, scopes: Json) -> None:
        self.name = name
        self.credentials = credentials
        self.user_data = user_data
        self.scopes = scopes


class Rendered(Masked):
    """A record, rendered but not judged. `payload` is the rendering at the fixed instant."""

    __slots__ = ("external_user_id", "fingerprint", "key", "payload", "record", "scope", "user_name")

    def __init__(
        self,
        record: Record,
        key: str,
        external_user_id: str,
        user_name: str,
        payload: Payload,
        fingerprint: str,
        scope: Scope,
    ) -> None:
        self.record = record
        self.key = key
        self.external_user_id = external_user_id
        self.user_name = user_name
        self.payload = payload
        self.fingerprint = fingerprint
        self.scope = scope


class Stage(Exception):  # noqa: N818 - the end of a stage, caught in this module
    """Ends a record's rendering; `problems` are all of its stage."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__()
        self.problems = problems


class Program:
    """Renders and judges the records of one mapping for one environment. Pure: no clock, no I/O."""

    def __init__(
        self,
        mapping: Mapping,
        environment: Environment,
        credentials: Part,
        user_data: Part,
        secrets: object,
        fingerprint: Fingerprint,
    ) -> None:
        """`secrets` is a map of names to texts (read when first used); `fingerprint` is keyed."""
        self.mapping = mapping
        self.environment = environment
        self._credentials = credentials
        self._user_data = user_data
        self._secrets = secrets
        self._fingerprint = fingerprint
        self._timed_vars = frozenset(v.name for v in mapping.variables if v.time_dependent)
        self.timed = frozenset(
            path for path, hole in holes(credentials.tree or Branch((), mapping.auth.at)) if self._timed(hole)
        )
        self._time_dependent = bool(self.timed) or any(
            self._timed(hole) for tree in (user_data.tree,) if tree is not None for _, hole in holes(tree)
        )
        self.with_expiry = True
        """False once a record without expiry and refresh token was judged."""

    def _timed(self, hole: Hole) -> bool:
        return hole.template.time_dependent or bool(hole.template.variables & self._timed_vars)

    def begin(self, record: Record, now: str) -> Rendered | Skipped | Rejected:
        """Everything of a record up to its fingerprint; `now` is RFC 3339 text, the run's start."""
        key: str | None = None
        try:
            scope = self._scope(record, now)
            self._variables(scope, early=True)
            if not self._when(scope):
                return Skipped()
            self._variables(scope, early=False)
            external_user_id, user_name = self._user(scope)
            key = self._key(scope, external_user_id)
            payload = self._payload(self._at(scope, FIXED_NOW) if self._time_dependent else scope)
        except Stage as stage:
            where = record.where
            return Rejected(key, tuple(_placed(problem, where) for problem in stage.problems))
        digest = self._fingerprint(
            b"payload\0" + canonical([payload.name, payload.credentials, payload.user_data, payload.scopes])
        )
        return Rendered(record, key, external_user_id, user_name, payload, digest, scope)

    def judge(self, rendered: Rendered) -> tuple[Problem, ...]:
        """Schema, then checks and tokens, of what would be sent at the run's start."""
        where = rendered.record.where
        try:
            payload = self._payload(rendered.scope) if self._time_dependent else rendered.payload
            self._schema(payload)
            self._meaning(rendered, payload)
        except Stage as stage:
            return tuple(_placed(problem, where) for problem in stage.problems)
        return ()

    def payload_at(self, rendered: Rendered, now: str) -> Payload:
        """The payload for the moment of sending; raises RecordError where it can't be rendered any more."""
        if not self._time_dependent:
            return rendered.payload
        try:
            return self._payload(self._at(rendered.scope, now))
        except Stage as stage:
            raise RecordError(_placed(stage.problems[0], rendered.record.where)) from None

    def body(self, payload: Payload, name: str | None = None, *, create: bool = True) -> Body:
        """The request's body; `name` where the authentication keeps another one."""
        body: dict[str, Json] = {"name": payload.name if name is None else name}
        if create:
            body["serviceEnvironmentId"] = self.environment.id
        parts = (
            ("userData", payload.user_data),
            ("credentials", payload.credentials),
            ("scopes", payload.scopes),
        )
        body |= {key: value for key, value in parts if value is not None}
        if not create:
            body.setdefault("credentials", {})
        return Body(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())

    def content(self, credentials: Json) -> str:
        """Fingerprint of all credentials but what depends on time."""
        return self._fingerprint(content_bytes({} if credentials is None else credentials, self.timed))

    def fields(self, payload: Payload) -> dict[str, str]:
        """Fingerprints of the leaves of `payload`, and of its name."""
        found = field_fingerprints(
            {} if payload.credentials is None else payload.credentials,
            {} if payload.user_data is None else payload.user_data,
            self.timed,
            self._credentials.is_enum,
            self._fingerprint,
        )
        found["=name"] = self._fingerprint(b"leaf\0" + canonical(payload.name))
        return found

    def _scope(self, record: Record, now: str) -> Scope:
        return {"record": record.data, "vars": {}, "secrets": self._secrets, "now": now}

    def _at(self, scope: Scope, now: str) -> Scope:
        other = {**scope, "now": now}
        if self._timed_vars:
            other["vars"] = {}
            self._variables(other, early=True)
            self._variables(other, early=False)
        return other

    def _variables(self, scope: Scope, *, early: bool) -> None:
        values = scope["vars"]
        problems: list[Problem] = []
        failed: set[str] = set()
        for variable in self.mapping.variables:
            if variable.early == early and not failed & _reads(variable):
                found: list[Problem] = []
                value = _value(variable.value, scope, ("vars", variable.name), found, {})
                if found:
                    failed.add(variable.name)
                    problems += found
                else:
                    values[variable.name] = value  # type: ignore[index]
            elif variable.early == early:
                failed.add(variable.name)
        if problems:
            raise Stage(problems)

    def _when(self, scope: Scope) -> bool:
        if self.mapping.when is None:
            return True
        value, problem = _condition(self.mapping.when.render, scope, "when")
        if problem is not None:
            raise Stage([problem])
        return value

    def _user(self, scope: Scope) -> tuple[str, str]:
        problems: list[Problem] = []
        spec = self.mapping.user
        external = _text(spec.external_user_id, scope, "user.externalUserId", problems)
        name = external if spec.name is None else _text(spec.name, scope, "user.name", problems)
        if problems:
            raise Stage(problems)
        user = {"externalUserId": external, "name": name, "create": spec.create}
        scope["user"] = user | {"isTestUser": spec.is_test_user}
        return external, name

    def _key(self, scope: Scope, external_user_id: str) -> str:
        template = self.mapping.key
        if template is None:
            return external_user_id
        problems: list[Problem] = []
        key = _text(Hole(template, template.at), scope, "key", problems)
        if problems:
            raise Stage(problems)
        return key

    def _payload(self, scope: Scope) -> Payload:
        auth = self.mapping.auth
        problems: list[Problem] = []
        name = _text(auth.name, scope, "name", problems)
        credentials = self._part(self._credentials, scope, problems)
        user_data = self._part(self._user_data, scope, problems)
        scopes = None if auth.scopes is None else _value(auth.scopes, scope, ("scopes",), problems, {})
        if not problems and isinstance(scopes, Omit):
            scopes = None
        if problems:
            raise Stage(problems)
        return Payload(name, credentials, user_data, scopes)

    def _part(self, part: Part, scope: Scope, problems: list[Problem]) -> Json:
        if part.tree is None:
            return None
        before = len(problems)
        value = _value(part.tree, scope, (part.name,), problems, part.convert)
        if isinstance(value, Omit):
            return None
        if len(problems) == before:
            problems += _empties(part, part.tree, value)
        return value

    def _schema(self, payload: Payload) -> None:
        problems: list[Problem] = []
        for part, value in ((self._credentials, payload.credentials), (self._user_data, payload.user_data)):
            instance = {} if value is None else value
            if not part.valid(instance):
                problems += map(of_record, part.judge(instance))
        problems += self._scopes(payload.scopes)
        if problems:
            raise Stage(problems)

    def _scopes(self, scopes: Json) -> list[Problem]:
        if scopes is None:
            return []
        if not isinstance(scopes, list):
            return [Problem.of(codes.BAD_SCOPES, "scopes", f"expected a list of texts, found {kind(scopes)}")]
        allowed = frozenset(self.environment.scopes)
        problems = []
        for index, scope in enumerate(scopes):
            path = f"scopes[{index}]"
            if not isinstance(scope, str) or not scope:
                problems.append(Problem.of(codes.BAD_SCOPES, path, "expected a text that is not empty"))
            elif scope in scopes[:index]:
                problems.append(Problem.of(codes.BAD_SCOPES, path, "a scope that is listed before"))
            elif allowed and scope not in allowed:
                problems.append(Problem.of(codes.BAD_SCOPES, path, "not a scope of this service environment"))
        return problems

    def _meaning(self, rendered: Rendered, payload: Payload) -> None:
        credentials = {} if payload.credentials is None else payload.credentials
        scope = rendered.scope | {
            "auth": {
                "name": payload.name,
                "credentials": credentials,
                "userData": {} if payload.user_data is None else payload.user_data,
                "scopes": [] if payload.scopes is None else payload.scopes,
            }
        }
        problems = self._identity(rendered, payload, credentials)
        for index, check in enumerate(self.mapping.checks):
            path = f"checks[{index}]"
            value, problem = _condition(check.that.render, scope, path)
            if problem is not None:
                problems.append(problem)
            elif not value:
                problems.append(Problem.of(codes.CHECK_FAILED, path, check.message))
        now = seconds_of(rendered.scope["now"])
        if now is not None:
            spec = self.mapping.tokens
            problems += token_problems(spec, credentials, scope, now, self._credentials.is_enum)
            if self.with_expiry and not has_expiry(spec, credentials):
                self.with_expiry = False
        if problems:
            raise Stage(problems)

    def _identity(self, rendered: Rendered, payload: Payload, credentials: Json) -> list[Problem]:
        """Language, ruling 22: identities are shown and stored, so none may be a secret."""
        if not isinstance(credentials, dict):
            return []
        secret = {
            value
            for name, value in credentials.items()
            if isinstance(value, str)
            and value
            and (name in self._credentials.passwords or any(word in name.lower() for word in SECRET_NAMES))
        }
        shown = (
            ("key", rendered.key),
            ("user.externalUserId", rendered.external_user_id),
            ("user.name", rendered.user_name),
            ("name", payload.name),
        )
        return [
            Problem.of(codes.SECRET_IDENTITY, path, "equals a credential") for path, text in shown if text in secret
        ]


def _reads(variable: Variable) -> frozenset[str]:
    names: frozenset[str] = frozenset()
    for _, hole in holes(variable.value):
        names |= hole.template.variables
    return names


def _value(node: Node, scope: Scope, path: Path, problems: list[Problem], convert: dict[Path, Convert]) -> Json:
    """The value of a tree, without what is OMIT; problems of templates are added, with their path."""
    if isinstance(node, Hole):
        try:
            value = _dropped(node.template.render(scope))
        except RecordError as error:
            problem = error.problem
            problems.append(Problem(problem.code, pointer(path), problem.message, "", problem.remedy))
            return None
        change = convert.get(path[1:])
        return value if change is None or value is OMIT else change(value)
    if isinstance(node, Literal):
        return node.value
    if isinstance(node, Items):
        made = (_value(child, scope, (*path, index), problems, convert) for index, child in enumerate(node.items))
        return [value for value in made if value is not OMIT]
    branch = {}
    for key, child in node.entries:
        value = _value(child, scope, (*path, key), problems, convert)
        if value is not OMIT:
            branch[key] = value
    return branch


def _dropped(value: Json) -> Json:
    """A template's value less every OMIT inside it (language, ruling 11)."""
    if isinstance(value, dict):
        return {key: _dropped(child) for key, child in value.items() if child is not OMIT}
    if isinstance(value, list):
        return [_dropped(child) for child in value if child is not OMIT]
    return value


def _text(node: Node, scope: Scope, path: str, problems: list[Problem]) -> str:
    """An identity: a text that is not empty; integers become texts (language, ruling 12)."""
    before = len(problems)
    value = _value(node, scope, (path,), problems, {})
    if len(problems) > before:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value is None:
        problems.append(Problem.of(codes.NOT_TEXT, path, "null; expected a text"))
    elif not isinstance(value, str):
        problems.append(Problem.of(codes.NOT_TEXT, path, f"expected a text, found {kind(value)}"))
    elif not value.strip():
        problems.append(Problem.of(codes.EMPTY, path, "empty"))
    elif "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        problems.append(Problem.of(codes.NOT_TEXT, path, "a text with NUL or a lone surrogate"))
    else:
        return value
    return ""


def _condition(render: Callable[[Scope], Json], scope: Scope, path: str) -> tuple[bool, Problem | None]:
    try:
        value = render(scope)
    except RecordError as error:
        problem = error.problem
        return False, Problem(problem.code, path, problem.message, "", problem.remedy)
    if value == "true" or value is True:
        return True, None
    if value == "false" or value is False:
        return False, None
    return False, Problem.of(codes.NOT_BOOLEAN, path, f"expected true or false, found {kind(value)}")


def _empties(part: Part, tree: Node, value: Json) -> Iterable[Problem]:
    """Empty texts that a template gave for a key that the schema requires (language, ruling 11)."""
    for path, _ in holes(tree):
        if not path or not isinstance(path[-1], str) or path[-1] not in part.required(path[:-1]):
            continue
        found = value
        for step in path:
            if isinstance(found, dict):
                found = found.get(step)
            elif isinstance(found, list) and isinstance(step, int) and step < len(found):
                found = found[step]
            else:
                found = None
        if found == "":
            yield Problem.of(codes.EMPTY, pointer(path, part.name), "empty, but the schema requires it")


def _placed(problem: Problem, where: str) -> Problem:
    return Problem(problem.code, problem.path, problem.message, where, problem.remedy)


def kind(value: object) -> str:
    """The JSON Schema name of a value's type, for messages."""
    if value is OMIT:
        return "omit"
    for types, name in (
        (bool, "boolean"),
        (int, "integer"),
        (float, "number"),
        (str, "string"),
        (dict, "object"),
        (list, "array"),
        (bytes, "bytes"),
    ):
        if isinstance(value, types):
            return name
    return "null" if value is None else "another type"
