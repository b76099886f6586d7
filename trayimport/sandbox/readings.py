"""How the emulator reads what the contract leaves unknown: harshly, unless a milder reading is asked for."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Readings:
    """The harsher reading of each [unknown] of the contract; the words in brackets are where it stands there."""

    page_size: int = 7
    """Users in a page, whatever is asked for [users]."""
    newest_first: bool = True
    """The order of users [users]: who was made last comes first, so that the others are behind all pages."""
    second_user: bool = True
    """createExternalUser for an externalUserId that exists makes another user, and bills it [createExternalUser]."""
    older_tokens_end: bool = True
    """A new `authorize` ends the user's older tokens [viewer]."""
    listing_cap: int | None = 50
    """viewer.authentications shows so many, and `hasNextPage` says that there are more [viewer]."""
    lookup_lag: float = 2.0
    """Seconds until look-ups see what was made [viewer]."""
    put_clears: bool = True
    """What a PUT leaves out is cleared [REST]."""
    one_budget: bool = True
    """The rate limit is the organisation's, not a token's [hosts, tokens, limits]."""
    retry_after: bool = False
    """Whether a 429 says when to come again [hosts, tokens, limits]."""


HARSH = Readings()

MILD: dict[str, Any] = {
    "page_size": 100,
    "newest_first": False,
    "second_user": False,
    "older_tokens_end": False,
    "listing_cap": None,
    "lookup_lag": 0.0,
    "put_clears": False,
    "one_budget": False,
    "retry_after": True,
}
"""The milder reading of each."""

NAMES = tuple(field.name.replace("_", "-") for field in fields(Readings))
"""What each is called in `sandbox --mild NAME`."""


def readings(mild: Iterable[str]) -> Readings:
    """The harsher readings but for those named, by NAMES or by `all`."""
    named = set(mild)
    return replace(HARSH, **{name: value for name, value in MILD.items() if named & {"all", name.replace("_", "-")}})
