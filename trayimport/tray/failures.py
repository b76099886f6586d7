"""The one table of what an outcome makes certain (protocol, rule 2). All that it does not name is uncertain."""

import requests.exceptions as theirs
import urllib3.exceptions as below

from trayimport.codes import tray as codes
from trayimport.errors import (
    AlreadyExistsError,
    NeverSentError,
    NotFoundError,
    RateLimitedError,
    RedirectedError,
    RefusedError,
    TrayError,
    UnauthorisedError,
    UncertainError,
)

NEVER_SENT: tuple[type[BaseException], ...] = (
    below.NewConnectionError,
    below.NameResolutionError,
    below.ConnectTimeoutError,
    below.EmptyPoolError,
    below.LocationValueError,
    below.LocationParseError,
    below.ProxyError,
    theirs.ConnectTimeout,
    theirs.InvalidURL,
    theirs.InvalidSchema,
    theirs.MissingSchema,
    theirs.InvalidHeader,
    theirs.ProxyError,
)
"""Classes that say that not a byte of the request left: before or while connecting."""

TLS: tuple[type[BaseException], ...] = (below.SSLError, theirs.SSLError)
"""TLS fails before the request where it fails in the handshake; later it is uncertain."""

REFUSED_STATUSES: dict[int, type[RefusedError]] = {
    400: RefusedError,
    401: UnauthorisedError,
    403: RefusedError,
    404: NotFoundError,
    413: RefusedError,
    429: RateLimitedError,
}
_CODES = {400: codes.REFUSED, 401: codes.UNAUTHORISED, 403: codes.REFUSED, 404: codes.NOT_FOUND}
_CODES |= {413: codes.REFUSED, 429: codes.RATE_LIMITED}

PRECONDITIONS: dict[str, tuple[type[RefusedError], object]] = {
    "access_not_allowed": (UnauthorisedError, codes.UNAUTHORISED),
    "user_already_exists": (AlreadyExistsError, codes.EXISTS),
    "user_not_found": (NotFoundError, codes.NOT_FOUND),
    "not_found": (NotFoundError, codes.NOT_FOUND),
    "invalid_input": (RefusedError, codes.REFUSED),
}
LIMITED = "Rate limit exceeded"


def of_exception(error: BaseException, *, written: bool) -> TrayError:
    """What an exception of requests or urllib3 makes certain; by class, never by text.

    `written` says whether the request line had been written.
    """
    if not written or any(isinstance(one, NEVER_SENT) for one in _chain(error)):
        return NeverSentError(codes.UNREACHABLE, "the host can't be reached")
    return UncertainError(codes.NO_ANSWER, "the request left, and no answer came")


def _chain(error: BaseException) -> list[BaseException]:
    """An exception and those that it wraps, as requests wraps urllib3's."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting and len(found) < 20:
        one = waiting.pop()
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            waiting += [one.__cause__, getattr(one, "reason", None), *one.args[:1]]
    return found


def of_status(status: int, retry_after: float | None = None) -> TrayError | None:
    """What a REST status makes certain; None for 200 and 204 (the caller knows which of them is success)."""
    if status in {200, 204}:
        return None
    kind = REFUSED_STATUSES.get(status)
    if kind is not None:
        return kind(_CODES[status], f"Tray answered {status}", retry_after=retry_after)
    if 300 <= status < 400:
        return RedirectedError(codes.REDIRECTED, f"a redirect ({status})")
    return UncertainError(codes.SERVER_ERROR, f"Tray answered {status}")


def of_graphql(errors: object) -> TrayError:
    """What `errors` of a GraphQL answer make certain: every one of them must be a certain refusal."""
    if not isinstance(errors, list) or not errors:
        return UncertainError(codes.SERVER_ERROR, "GraphQL answered with an error")
    found = [_graphql_error(error) for error in errors]
    for kind in (UncertainError, RateLimitedError, UnauthorisedError, AlreadyExistsError, NotFoundError):
        for one in found:
            if isinstance(one, kind):
                return one
    return found[0]


def _graphql_error(error: object) -> TrayError:
    if not isinstance(error, dict):
        return UncertainError(codes.SERVER_ERROR, "GraphQL answered with an error")
    extensions = error.get("extensions")
    extensions = extensions if isinstance(extensions, dict) else {}
    if error.get("message") == LIMITED:
        return RateLimitedError(codes.RATE_LIMITED, "GraphQL's rate limit")
    name, code = extensions.get("name"), extensions.get("code")
    if name == "PreconditionError" and isinstance(code, str):
        known = PRECONDITIONS.get(code)
        if known is not None:
            return known[0](known[1], "GraphQL refused it")  # type: ignore[arg-type]
    if not error.get("path") and (name == "GraphQLError" or code == "GRAPHQL_VALIDATION_FAILED"):
        return RefusedError(codes.REFUSED, "GraphQL's validation refused it")
    return UncertainError(codes.SERVER_ERROR, "GraphQL answered with an error")
