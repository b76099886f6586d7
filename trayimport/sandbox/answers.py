"""What the emulator answers with, and the refusals that become answers."""

import json
from dataclasses import dataclass
from typing import Any

Json = Any


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer; `body` is bytes as sent."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, status: int, value: Json) -> "Answer":
        """An answer with a value as JSON."""
        return cls(status, json.dumps(value, ensure_ascii=False).encode())


class RefusalError(Exception):
    """A request that is refused: an HTTP status with the flat body of the contract."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code

    def answer(self) -> Answer:
        """The refusal as an answer."""
        return Answer.of(self.status, {"message": str(self), "code": self.code})


PROXY_PAGE = Answer(
    502, b"<html><head><title>502 Bad Gateway</title></head><body>502</body></html>", "text/html; charset=utf-8"
)
"""What a proxy says in place of Tray (contract, hosts and limits)."""
LIMITED = RefusalError(429, "Too Many Requests", "too_many_requests").answer()
INTERNAL = RefusalError(500, "Internal Server Error", "internal_error").answer()


def limited_graphql(field: str) -> Answer:
    """GraphQL over the limit: 200, and only the message tells it from a refused token (contract)."""
    extensions = {"name": "PreconditionError", "code": "access_not_allowed"}
    error = {"message": "Rate limit exceeded", "path": [field], "extensions": extensions}
    return Answer.of(200, {"data": None, "errors": [error]})
