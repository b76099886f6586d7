"""What the values mean: age, expiry and placeholders of one record's credentials (design section 3, `tokens`)."""

from collections.abc import Callable, Iterator

from trayimport.codes import content as codes
from trayimport.core.content import leaves
from trayimport.core.instant import seconds_of
from trayimport.core.placeholder import looks_redacted
from trayimport.core.spec import TokensSpec
from trayimport.core.tree import Path, pointer
from trayimport.errors import RecordError
from trayimport.model import Json, Problem

EXPIRIES = frozenset({"expires_in", "expires_at", "expires", "expiry"})
TOKEN_CODES = frozenset(
    code.id
    for code in (
        codes.TOO_OLD, codes.FUTURE, codes.NO_EXPIRY, codes.UNEXPECTED_EXPIRY, codes.EXPIRED, codes.BAD_INSTANT
    )
)  # fmt: skip
"""What is found by age and expiry."""
AHEAD = 300
"""Seconds that an export may lie ahead of the clock (commands, ruling 29)."""


def token_problems(spec: TokensSpec, credentials: Json, scope: dict[str, object], now: int) -> list[Problem]:
    """Problems of one record's tokens that depend on `now`, in epoch seconds; `scope` as for `checks`."""
    return [*_age(spec, scope, now), *_expiry(spec, credentials, now)]


def placeholder_problems(spec: TokensSpec, credentials: Json, is_enum: Callable[[Path], bool]) -> list[Problem]:
    """Credentials that look redacted, unless the mapping allows them (language, ruling 23)."""
    return [] if spec.allow_placeholders else list(_placeholders(credentials, is_enum))


def has_expiry(spec: TokensSpec, credentials: Json) -> bool:
    """Whether something says when the token expires, or a refresh token makes that unimportant (ruling 25)."""
    return bool(_expiries(spec, credentials)) or _refreshable(credentials)


def _expiries(spec: TokensSpec, credentials: Json) -> list[tuple[Path, Json]]:
    return [
        (path, value)
        for path, value in leaves(credentials)
        if path
        and (path[-1] in EXPIRIES or (spec.expiry and pointer(path, "credentials") == spec.expiry))
        and value not in ("", [], {})
    ]


def _refreshable(credentials: Json) -> bool:
    return any(path and path[-1] == "refresh_token" and value for path, value in leaves(credentials))


def _age(spec: TokensSpec, scope: dict[str, object], now: int) -> Iterator[Problem]:
    if spec.exported_at is None:
        return
    try:
        exported = seconds_of(spec.exported_at.render(scope))
    except RecordError as error:
        problem = error.problem
        yield Problem(problem.code, "tokens.exported_at", problem.message, "", problem.remedy)
        return
    if exported is None:
        yield Problem.of(codes.BAD_INSTANT, "tokens.exported_at", "not an instant with a zone")
    elif exported > now + AHEAD:
        yield Problem.of(codes.FUTURE, "tokens.exported_at", "lies more than five minutes ahead")
    elif spec.max_age is not None and now - exported > spec.max_age:
        message = f"exported {now - exported} s ago; at most {spec.max_age} s are allowed"
        yield Problem.of(codes.TOO_OLD, "tokens.exported_at", message)


def _expiry(spec: TokensSpec, credentials: Json, now: int) -> Iterator[Problem]:
    expiries = _expiries(spec, credentials)
    if spec.expires == "never":
        for path, _ in expiries:
            yield Problem.of(codes.UNEXPECTED_EXPIRY, pointer(path, "credentials"), "an expiry, though `never`")
        return
    if _refreshable(credentials):
        return
    if spec.expires == "required" and not expiries:
        yield Problem.of(codes.NO_EXPIRY, "credentials", "neither an expiry nor a refresh token")
    for path, value in expiries:
        if _passed(str(path[-1]), value, now):
            yield Problem.of(codes.EXPIRED, pointer(path, "credentials"), "expired, without a refresh token")


def _passed(name: str, value: Json, now: int) -> bool:
    number = int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value
    if name == "expires_in" or (isinstance(number, int) and not isinstance(number, bool) and number < 10**8):
        return isinstance(number, int) and not isinstance(number, bool) and number <= 0
    if isinstance(number, int) and number >= 10**11:
        number //= 1000
    instant = seconds_of(number)
    return instant is not None and instant <= now


def _placeholders(credentials: Json, is_enum: Callable[[Path], bool]) -> Iterator[Problem]:
    for path, value in leaves(credentials):
        if looks_redacted(value) and not is_enum(path):
            yield Problem.of(codes.PLACEHOLDER, pointer(path, "credentials"), "looks like a placeholder")
