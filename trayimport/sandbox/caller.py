"""Who asks: the master token or one End User's, by the Authorization header."""

import hmac
from dataclasses import dataclass

from trayimport.sandbox.answers import RefusalError
from trayimport.sandbox.store import ADMIN, Store


@dataclass(frozen=True, slots=True)
class Caller:
    """The owner that a token stands for: an End User's id, or ADMIN for the master token."""

    owner: str

    @property
    def master(self) -> bool:
        """Whether it is the embedding company itself."""
        return self.owner == ADMIN


def caller_of(header: str, master_token: str, store: Store) -> Caller:
    """Who sends this Authorization header. Raises RefusalError 401."""
    scheme, _, token = header.partition(" ")
    if scheme.lower() == "bearer" and token:
        if hmac.compare_digest(token.encode("utf-8", "replace"), master_token.encode()):
            return Caller(ADMIN)
        owner = store.token_owner(token)
        if owner is not None:
            return Caller(owner)
    raise RefusalError(401, "Unauthorized", "unauthorized")
