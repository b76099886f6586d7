"""The table of failures (protocol, rule 2) names what is certain; everything that exists besides is uncertain."""

import inspect
import itertools
from types import ModuleType
from typing import Any

import pytest
import requests.exceptions
import urllib3.exceptions
from hypothesis import given
from hypothesis import strategies as st

from trayimport.core.retry import BASE, MOST, backoff
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
from trayimport.tray.failures import of_exception, of_graphql, of_status

BEFORE_ANY_BYTE = {
    "requests.exceptions": {"ConnectTimeout", "InvalidHeader", "InvalidSchema", "InvalidURL", "MissingSchema"}
    | {"InvalidProxyURL", "ProxyError"},
    "urllib3.exceptions": {"NewConnectionError", "NameResolutionError", "ConnectTimeoutError", "EmptyPoolError"}
    | {"LocationValueError", "LocationParseError", "URLSchemeUnknown", "ProxyError", "ProxySchemeUnknown"},
}
"""Exceptions that the libraries raise before the request's first byte. Whatever a new version adds is uncertain."""


def classes(module: ModuleType) -> list[type[BaseException]]:
    found = [one for _, one in inspect.getmembers(module, inspect.isclass) if issubclass(one, Exception)]
    return [one for one in found if not issubclass(one, Warning)]


def made(kind: type[BaseException]) -> BaseException:
    """An instance without a call of its own constructor, which may want anything."""
    return kind.__new__(kind)


EXCEPTIONS = [
    pytest.param(module.__name__, kind, id=f"{module.__name__}.{kind.__name__}")
    for module in (requests.exceptions, urllib3.exceptions)
    for kind in classes(module)
]


@pytest.mark.parametrize(("module", "kind"), EXCEPTIONS)
def test_every_exception_of_the_http_libraries_is_uncertain_but_for_those_before_any_byte(
    module: str, kind: type[BaseException]
) -> None:
    never = kind.__name__ in BEFORE_ANY_BYTE[module] and kind.__module__.startswith(module.partition(".")[0])
    never = never or (kind.__module__, kind.__name__) in {
        (origin, name) for origin, names in BEFORE_ANY_BYTE.items() for name in names
    }
    assert type(of_exception(made(kind), written=True)) is (NeverSentError if never else UncertainError)


@pytest.mark.parametrize("kind", [OSError, ConnectionResetError, BrokenPipeError, TimeoutError, ValueError])
def test_what_python_raises_is_uncertain_once_the_request_line_was_written(kind: type[BaseException]) -> None:
    assert type(of_exception(kind("x"), written=True)) is UncertainError
    assert type(of_exception(kind("x"), written=False)) is NeverSentError


def test_an_exception_is_known_however_deeply_it_is_wrapped_and_its_text_counts_for_nothing() -> None:
    inside = urllib3.exceptions.NewConnectionError(None, "refused")  # type: ignore[arg-type]
    retries = urllib3.exceptions.MaxRetryError(None, "/", inside)  # type: ignore[arg-type]
    assert type(of_exception(requests.exceptions.ConnectionError(retries), written=True)) is NeverSentError
    told = requests.exceptions.ConnectionError("NewConnectionError: connection refused, never sent")
    assert type(of_exception(told, written=True)) is UncertainError
    late = urllib3.exceptions.MaxRetryError(None, "/", urllib3.exceptions.ProtocolError("reset"))  # type: ignore[arg-type]
    assert type(of_exception(requests.exceptions.ConnectionError(late), written=True)) is UncertainError


CERTAIN = {
    400: RefusedError,
    401: UnauthorisedError,
    403: RefusedError,
    404: NotFoundError,
    413: RefusedError,
    429: RateLimitedError,
}


def test_every_status_is_uncertain_but_for_success_and_the_certain_refusals() -> None:
    for status in range(100, 600):
        expected = RedirectedError if 300 <= status < 400 else CERTAIN.get(status, UncertainError)
        found = of_status(status)
        assert found is None if status in (200, 204) else type(found) is expected, status


NAMES = ("GraphQLError", "PreconditionError", "InternalError", "SomethingNew", None, 7)
CODES = ("access_not_allowed", "user_already_exists", "user_not_found", "not_found", "invalid_input")
OTHERS = ("internal_error", "something_new", "GRAPHQL_VALIDATION_FAILED", None, 7)
KNOWN: dict[Any, type[TrayError]] = {
    "access_not_allowed": UnauthorisedError,
    "user_already_exists": AlreadyExistsError,
    "user_not_found": NotFoundError,
    "not_found": NotFoundError,
    "invalid_input": RefusedError,
}


@pytest.mark.parametrize("name", NAMES)
def test_every_graphql_error_is_uncertain_but_for_known_preconditions_and_validation(name: Any) -> None:
    for code, path in itertools.product((*CODES, *OTHERS), (["createExternalUser"], None, [])):
        error = {"message": "m", "path": path, "extensions": {"name": name, "code": code}}
        expected: type[TrayError] = UncertainError
        if name == "PreconditionError" and code in KNOWN:
            expected = KNOWN[code]
        elif not path and (name == "GraphQLError" or code == "GRAPHQL_VALIDATION_FAILED"):
            expected = RefusedError
        assert type(of_graphql([error])) is expected, error
        # Beside an error that leaves it open, nothing is certain.
        assert type(of_graphql([error, {"message": "x", "path": ["a"]}])) is UncertainError
        assert type(of_graphql([{**error, "message": "Rate limit exceeded"}])) is RateLimitedError


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["message", "path", "x"]), inner),
    max_leaves=5,
)


@given(JSON)
def test_errors_of_any_shape_are_a_declared_failure(errors: Any) -> None:
    assert isinstance(of_graphql(errors), TrayError)


@given(st.integers(1, 100), st.floats(0, 1, exclude_max=True))
def test_the_wait_before_another_attempt_is_jittered_in_full_and_bounded(attempt: int, jitter: float) -> None:
    most = min(MOST, BASE * 2.0 ** min(attempt, 10))
    assert backoff(attempt, 0) == 0
    assert 0 <= backoff(attempt, jitter) <= most <= MOST
    assert backoff(attempt, jitter) == pytest.approx(jitter * most)
