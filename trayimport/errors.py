"""One exception tree, sorted by what the caller must do; each class has an exit status (design, section 5)."""

from collections.abc import Sequence
from typing import ClassVar

from trayimport.codes.base import Code
from trayimport.model import Diagnostic, Problem


class TrayimportError(Exception):
    """Anything that trayimport reports by itself. `message` never holds a value from a record or a server."""

    exit_status: ClassVar[int] = 70

    def __init__(self, code: Code, message: str, remedy: str | None = None) -> None:
        super().__init__(f"{code.id} {message}")
        self.code = code
        self.message = message
        self.remedy = code.remedy if remedy is None else remedy


class RefusalError(TrayimportError):
    """Nothing was written, and nothing will be until the user decides otherwise: options, guards, consent."""

    exit_status = 2


class ConfigurationError(RefusalError):
    """An option, a file or a setting is wrong."""


class MappingError(RefusalError):
    """Mappings that cannot be used as they are; `diagnostics` says where and why."""

    def __init__(self, code: Code, message: str, diagnostics: Sequence[Diagnostic]) -> None:
        super().__init__(code, message)
        self.diagnostics = tuple(diagnostics)


class SourceError(TrayimportError):
    """A source cannot be read (any more). Exit 2 before the first write, 3 after it: the caller decides."""

    exit_status = 2


class LedgerError(TrayimportError):
    """The ledger cannot be read or written. Exit 2 before the first write, 3 after it: the caller decides."""

    exit_status = 2


class StoppedError(TrayimportError):
    """Tray or the network stopped the run; running the same command again goes on."""

    exit_status = 3


class RecordError(Exception):
    """One record cannot be used; carries the problem, whose text holds no value of the record."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


class TrayError(Exception):
    """The outcome of one request, other than success (protocol, rule 2). Which subclass says what is certain.

    `summary` is words of ours (status, kind), never the server's text.
    """

    def __init__(self, code: Code, summary: str, *, retry_after: float | None = None) -> None:
        super().__init__(summary)
        self.code = code
        self.summary = summary
        self.retry_after = retry_after


class NeverSentError(TrayError):
    """Certain: not a byte of the request left (name resolution, refused connection, TLS, permit expired)."""


class RefusedError(TrayError):
    """Certain: Tray refused it and did nothing (400, 403, 404, 413, known PreconditionErrors)."""


class NotFoundError(RefusedError):
    """404: absent, or not this owner's."""


class AlreadyExistsError(RefusedError):
    """`user_already_exists` from createExternalUser: look until it is seen."""


class UnauthorisedError(RefusedError):
    """401, or GraphQL's refused token: this token is not accepted."""


class RateLimitedError(RefusedError):
    """429, or GraphQL's "Rate limit exceeded" inside a 200; `retry_after` in seconds where one came."""


class RedirectedError(TrayError):
    """A redirect, which is never followed; uncertain for a request that creates, and ends the run."""


class UncertainError(TrayError):
    """All else: Tray may or may not have done it."""
