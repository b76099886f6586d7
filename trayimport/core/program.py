"""A mapping and its service environment, joined: what one record becomes.

The order is that of language ruling 8. A stage's problems are reported together, and a stage with a problem ends the
record (commands, ruling 27).
"""

import contextlib
import json
import re
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass

from trayimport.codes import content as codes
from trayimport.core.content import (
    Fingerprint,
    Telling,
    canonical,
    content_bytes,
    differing,
    field_fingerprints,
    is_leaf,
    is_refreshed,
    is_text_or_number,
    leaves,
)
from trayimport.core.filling import Fill, Scope, Wanted, filler
from trayimport.core.instant import FIXED_NOW, OTHER_NOW, seconds_of_now
from trayimport.core.judged import of_record
from trayimport.core.literals import names_a_secret
from trayimport.core.secrecy import SHORTEST, Mask, has_shape, leaf_name, masked, names_public, shown_secrets
from trayimport.core.spec import Mapping, Variable
from trayimport.core.tokens import has_expiry, placeholder_problems, token_problems
from trayimport.core.tree import OMIT, Hole, Literal, Node, Path, child_of, holes, pointer
from trayimport.errors import RecordError
from trayimport.model import Body, Environment, Json, Masked, Problem, Record

_UNSENDABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Part:
    """One of `credentials`, `userData`, `scopes`: its tree, and what the environment's schema says of it."""

    name: str
    tree: Node | None
    wanted: Wanted
    judge: Callable[[Json], list[Problem]]
    valid: Callable[[Json], bool]
    is_enum: Callable[[Path], bool]
    passwords: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()
    """Names of keys that the mapping or the schema writes."""
    lists: Callable[[Path, Json], bool] = lambda _path, _value: False
    """Whether the schema lists a value at that place."""
    is_public: Callable[[Path], bool] = lambda _path: False
    """Whether the schema says that what stands there is no secret."""
    may_tell: Callable[[Path], bool] = lambda _path: True
    """Whether the schema allows a text there, or something that has texts below."""

    def is_plain(self, path: Path, value: Json) -> bool:
        """Whether what stands at `path` is no secret: the mapping itself has it, or the schema lists it."""
        node = self.tree
        for step in path:
            node = child_of(node, step)
        return isinstance(node, Literal) or self.lists(path, value)

    def secret_texts(self, value: Json, start: Path = ()) -> Iterator[tuple[str, bool]]:
        """Each leaf of what stands at `start` that may be a secret, as a text, and whether it certainly is one."""
        for path, leaf in leaves(value, start):
            text, name = str(leaf), leaf_name(path)
            comparable = isinstance(leaf, str) or len(text) >= SHORTEST
            if not comparable or not is_text_or_number(leaf) or self.is_plain(path, leaf):
                continue
            certain = any(step in self.passwords for step in path) or names_a_secret(name) or has_shape(text)
            if certain or (isinstance(leaf, str) and not self.is_public(path) and not names_public(name)):
                yield text, certain


@dataclass(frozen=True, slots=True)
class _Variable:
    """One of `vars`, ready to be computed."""

    name: str
    early: bool
    reads: frozenset[str]
    fill: Fill


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

    def auth(self) -> dict[str, Json]:
        """What is sent, under the API's names, without the environment."""
        parts = {"userData": self.user_data, "credentials": self.credentials, "scopes": self.scopes}
        return {"name": self.name} | {name: value for name, value in parts.items() if value is not None}


class Rendered(Masked):
    """A record, rendered but not judged. `payload` is the rendering at the fixed instant.

    `timed` are the places in its credentials that depend on time.
    """

    __slots__ = ("external_user_id", "fingerprint", "key", "payload", "record", "scope", "timed", "user_name")

    def __init__(
        self,
        record: Record,
        key: str,
        external_user_id: str,
        user_name: str,
        payload: Payload,
        fingerprint: str,
        scope: Scope,
        timed: frozenset[Path],
    ) -> None:
        self.record = record
        self.key = key
        self.external_user_id = external_user_id
        self.user_name = user_name
        self.payload = payload
        self.fingerprint = fingerprint
        self.scope = scope
        self.timed = timed


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
        self.tick: Callable[[], None] = lambda: None
        """Called before each value is made; what it raises ends the rendering."""
        self._variables = [
            _Variable(one.name, one.early, _reads(one.value), filler(one.value, f"vars.{one.name}"))
            for one in mapping.variables
        ]
        user, auth = mapping.user, mapping.auth
        self._external_user_id = filler(user.external_user_id, "user.externalUserId")
        self._user_name = None if user.name is None else filler(user.name, "user.name")
        self._key_of = None if mapping.key is None else filler(Hole(mapping.key, mapping.key.at), "key")
        self._auth_name = filler(auth.name, "name")
        trees = ((credentials.tree, credentials.wanted), (user_data.tree, user_data.wanted), (auth.scopes, None))
        self._parts = [
            (name, None if tree is None else filler(tree, name, wanted))
            for name, (tree, wanted) in zip(("credentials", "userData", "scopes"), trees, strict=True)
        ]
        self._allowed_scopes = frozenset(environment.scopes)
        self._telling = self._telling_leaves()
        self._timed_vars = frozenset(v.name for v in mapping.variables if v.time_dependent)
        self._timed_holes = self._timed_in(credentials.tree)
        self._time_dependent = bool(self._timed_holes or self._timed_in(user_data.tree))
        self.with_expiry = True
        """False once a record without expiry and refresh token was judged."""

    def _telling_leaves(self) -> Telling:
        read = read_in(self._credentials.tree, self.mapping.variables)
        oauth = self.environment.authentication_type.startswith("oauth")
        return Telling(
            read=lambda path: any(path[: len(start)] == start for start in read),
            listed=self._credentials.is_enum,
            secret=self._is_secret,
            refreshed=lambda path: oauth and is_refreshed(pointer(path)),
        )

    def _is_secret(self, path: Path) -> bool:
        name = next((step for step in reversed(path) if isinstance(step, str)), "")
        return name in self._credentials.passwords or names_a_secret(name)

    @property
    def tells(self) -> bool:
        """Whether some leaf of the credentials can tell whose an authentication is (see docs/exactly-once.md)."""
        part = self._credentials
        return any(
            not part.is_enum(path) and (self._is_secret(path) or part.may_tell(path))
            for path in read_in(part.tree, self.mapping.variables)
        )

    def _timed_in(self, tree: Node | None) -> frozenset[Path]:
        """Where templates stand that depend on time, through the vars that they read too."""
        return frozenset(
            path
            for path, hole in (() if tree is None else holes(tree))
            if hole.template.time_dependent or hole.template.variables & self._timed_vars
        )

    def begin(self, record: Record, now: str) -> Rendered | Skipped | Rejected:
        """Everything of a record up to its fingerprint; `now` is RFC 3339 text, the run's start."""
        key: str | None = None
        scope = self._scope(record, now)
        try:
            self._compute(scope, early=True)
            if not self._when(scope):
                return Skipped()
            self._compute(scope, early=False)
            external_user_id, user_name = self._user(scope)
            key = self._key(scope, external_user_id)
            payload = self._payload(self._at(scope, FIXED_NOW) if self._time_dependent else scope)
            timed = self._timed_leaves(payload, scope)
        except Stage as stage:
            where = record.where
            return Rejected(self._tellable(key, scope), tuple(_placed(problem, where) for problem in stage.problems))
        digest = self._fingerprint(
            b"payload\0" + canonical([payload.name, payload.credentials, payload.user_data, payload.scopes])
        )
        return Rendered(record, key, external_user_id, user_name, payload, digest, scope, timed)

    def judge(self, rendered: Rendered, *, ages: bool = True) -> tuple[Problem, ...]:
        """Schema, then checks and tokens, of what would be sent at the run's start; `ages`: whether tokens age."""
        problems: list[Problem] = []
        try:
            payload = self._payload(rendered.scope) if self._time_dependent else rendered.payload
            problems += self._identities(rendered, payload)
            self._schema(payload)
            self._meaning(rendered, payload, ages=ages)
        except Stage as stage:
            problems += stage.problems
        return tuple(_placed(problem, rendered.record.where) for problem in problems)

    def refusals(self, rendered: Rendered) -> tuple[Problem, ...]:
        """What the schemas alone say of what would be sent at the run's start."""
        try:
            self._schema(self._payload(rendered.scope))
        except Stage as stage:
            return tuple(stage.problems)
        return ()

    def variables(self, record: Record, now: str) -> dict[str, Json]:
        """The `vars` of a record, as far as they can be computed."""
        scope = self._scope(record, now)
        for early in (True, False):
            with contextlib.suppress(Stage):
                self._compute(scope, early=early)
        values: dict[str, Json] = scope["vars"]  # type: ignore[assignment]
        return values

    def payload_at(self, rendered: Rendered, now: str) -> Payload:
        """The payload for the moment of sending; raises RecordError where it can't be rendered any more."""
        if not self._time_dependent:
            return rendered.payload
        try:
            return self._payload(self._at(rendered.scope, now))
        except Stage as stage:
            raise RecordError(_placed(stage.problems[0], rendered.record.where)) from None

    def shown(self, payload: Payload) -> dict[str, Json]:
        """`auth` as it may be shown: what a template gave is masked, but for enums, numbers and booleans."""
        found = payload.auth()
        for part in (self._credentials, self._user_data):
            if part.name in found:
                found[part.name] = masked(found[part.name], Mask(part.is_plain, part.known, part.passwords))
        return found

    def body(self, payload: Payload, name: str | None = None, *, create: bool = True) -> Body:
        """The request's body; `name` where the authentication keeps another one."""
        body = payload.auth()
        if name is not None:
            body["name"] = name
        if create:
            body["serviceEnvironmentId"] = self.environment.id
        else:
            body.setdefault("credentials", {})
        return Body(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())

    def content(self, rendered: Rendered) -> str:
        """Fingerprint of all credentials but what depends on time."""
        credentials = rendered.payload.credentials
        return self._fingerprint(content_bytes({} if credentials is None else credentials, rendered.timed))

    def fields(self, rendered: Rendered, payload: Payload | None = None) -> dict[str, str]:
        """Fingerprints of the leaves of `payload` (at the fixed instant, if left out), and of its name."""
        payload = payload or rendered.payload
        found = field_fingerprints(
            {} if payload.credentials is None else payload.credentials,
            {} if payload.user_data is None else payload.user_data,
            rendered.timed,
            self._telling,
            self._fingerprint,
        )
        found["=name"] = self._fingerprint(b"leaf\0" + canonical(payload.name))
        return found

    def _timed_leaves(self, payload: Payload, scope: Scope) -> frozenset[Path]:
        """What of the credentials depends on time; two renderings tell where a template gives a map or a list."""
        if all(is_leaf(payload.credentials, path) for path in self._timed_holes):
            return self._timed_holes
        other = self._payload(self._at(scope, OTHER_NOW))
        return differing(payload.credentials, other.credentials)

    def _scope(self, record: Record, now: str) -> Scope:
        return {"record": record.data, "vars": {}, "secrets": self._secrets, "now": now}

    def _at(self, scope: Scope, now: str) -> Scope:
        other = {**scope, "now": now}
        if self._timed_vars:
            other["vars"] = {}
            self._compute(other, early=True)
            self._compute(other, early=False)
        return other

    def _compute(self, scope: Scope, *, early: bool) -> None:
        values: dict[str, Json] = scope["vars"]  # type: ignore[assignment]
        problems: list[Problem] = []
        failed: set[str] = set()
        for variable in self._variables:
            if variable.early != early:
                continue
            if failed and failed & variable.reads:
                failed.add(variable.name)
                continue
            self.tick()
            before = len(problems)
            value = variable.fill(scope, problems)
            if len(problems) > before:
                failed.add(variable.name)
            else:
                values[variable.name] = value
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
        external = _text(self._external_user_id, scope, "user.externalUserId", problems)
        name = external if self._user_name is None else _text(self._user_name, scope, "user.name", problems)
        if problems:
            raise Stage(problems)
        user = {"externalUserId": external, "name": name, "create": spec.create}
        scope["user"] = user | {"isTestUser": spec.is_test_user}
        return external, name

    def _key(self, scope: Scope, external_user_id: str) -> str:
        if self._key_of is None:
            return external_user_id
        problems: list[Problem] = []
        key = _text(self._key_of, scope, "key", problems)
        if problems:
            raise Stage(problems)
        return key

    def _payload(self, scope: Scope) -> Payload:
        self.tick()
        problems: list[Problem] = []
        name = _text(self._auth_name, scope, "name", problems)
        parts = [_part(fill, scope, path, problems) for path, fill in self._parts]
        if problems:
            raise Stage(problems)
        return Payload(name, *parts)

    def _identities(self, rendered: Rendered, payload: Payload) -> list[Problem]:
        """Judged whatever else is wrong with a record: what is told of it comes with its key."""
        shown = {
            "key": rendered.key,
            "user.externalUserId": rendered.external_user_id,
            "user.name": rendered.user_name,
            "name": payload.name,
        }
        credentials = self._credentials.secret_texts(payload.credentials)
        return shown_secrets(shown, [*credentials, *self._user_data.secret_texts(payload.user_data)])

    def _tellable(self, key: str | None, scope: Scope) -> str | None:
        """The key of a record whose body can't be rendered, unless what can be of it is a secret in that key."""
        if key is None:
            return None
        texts: list[tuple[str, bool]] = []
        for part in (self._credentials, self._user_data):
            for path, hole in () if part.tree is None else holes(part.tree):
                with contextlib.suppress(RecordError):
                    texts += part.secret_texts(hole.template.render(scope), path)
        return None if shown_secrets({"key": key}, texts) else key

    def _schema(self, payload: Payload) -> None:
        problems: list[Problem] = []
        for part, value in ((self._credentials, payload.credentials), (self._user_data, payload.user_data)):
            instance = {} if value is None else value
            if not isinstance(instance, dict):
                message = f"expected object, found {kind(instance)}"
                problems.append(Problem.of(codes.VALUE_OF_WRONG_TYPE, part.name, message))
            elif not part.valid(instance):
                problems += map(of_record, part.judge(instance))
        problems += self._scopes(payload.scopes)
        if problems:
            raise Stage(problems)

    def _scopes(self, scopes: Json) -> list[Problem]:
        if scopes is None:
            return []
        if not isinstance(scopes, list):
            return [Problem.of(codes.BAD_SCOPES, "scopes", f"expected a list of texts, found {kind(scopes)}")]
        allowed = self._allowed_scopes
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

    def _meaning(self, rendered: Rendered, payload: Payload, *, ages: bool) -> None:
        credentials = {} if payload.credentials is None else payload.credentials
        scope = rendered.scope | {
            "auth": {
                "name": payload.name,
                "credentials": credentials,
                "userData": {} if payload.user_data is None else payload.user_data,
                "scopes": [] if payload.scopes is None else payload.scopes,
            }
        }
        problems = []
        for index, check in enumerate(self.mapping.checks):
            self.tick()
            path = f"checks[{index}]"
            value, problem = _condition(check.that.render, scope, path)
            if problem is not None:
                problems.append(problem)
            elif not value:
                problems.append(Problem.of(codes.CHECK_FAILED, path, check.message))
        spec = self.mapping.tokens
        problems += placeholder_problems(spec, credentials, self._credentials.is_enum)
        now = seconds_of_now(rendered.scope["now"])
        if now is not None and ages:
            problems += token_problems(spec, credentials, scope, now)
            if self.with_expiry and not has_expiry(spec, credentials):
                self.with_expiry = False
        if problems:
            raise Stage(problems)


def read_in(tree: Node | None, variables: Sequence[Variable]) -> frozenset[Path]:
    """Where templates of `tree` stand that read the record, through `variables` too."""
    reading: set[str] = set()
    left = list(variables)
    while found := [one for one in left if any(_reads_record(hole, reading) for _, hole in holes(one.value))]:
        reading |= {one.name for one in found}
        left = [one for one in left if one.name not in reading]
    return frozenset(path for path, hole in (() if tree is None else holes(tree)) if _reads_record(hole, reading))


def _reads_record(hole: Hole, reading: Set[str]) -> bool:
    return "record" in hole.template.names or bool(hole.template.variables & reading)


def _reads(value: Node) -> frozenset[str]:
    return frozenset().union(*(hole.template.variables for _, hole in holes(value)))


def _part(fill: Fill | None, scope: Scope, path: str, problems: list[Problem]) -> Json:
    """One part of the body; None where it is left out, by the mapping or by `omit`."""
    if fill is None:
        return None
    before = len(problems)
    value = fill(scope, problems)
    if value is None and len(problems) == before:
        problems.append(Problem.of(codes.VALUE_NULL, path, "null; `| default_omit` leaves it out"))
    return None if value is OMIT else value


def _text(fill: Fill, scope: Scope, path: str, problems: list[Problem]) -> str:
    """An identity: a text that is not empty; integers become texts (language, ruling 12)."""
    before = len(problems)
    value = fill(scope, problems)
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
    elif _UNSENDABLE.search(value):
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
