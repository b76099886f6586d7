"""Instants as texts and numbers, compared with `now` without a clock (language, ruling 17)."""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

FIXED_NOW = "0001-01-01T00:00:00Z"
"""The instant that payloads are rendered at for their fingerprint (language, ruling 5)."""
OTHER_NOW = "0002-01-01T00:00:00Z"
"""Another such instant: what differs between the two depends on time."""

_RFC3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,30}))? ?(?:([Zz]|UTC)|([+-])(\d\d)(?::?(\d\d))?)\Z",
    re.ASCII,
)
_LEAP = 60
"""The second that RFC 3339 allows where one was added."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def seconds_of(value: object) -> int | None:
    """Epoch seconds, floored, of an RFC 3339 text with a zone or of epoch seconds; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if abs(value) < 10**11 else None
    if not isinstance(value, str):
        return None
    if value.isascii() and value.isdigit() and len(value) <= 11:
        return int(value)
    return _rfc3339(value)


@lru_cache(maxsize=8)
def seconds_of_now(value: object) -> int | None:
    """The same for `now`, which is the same for record after record."""
    return seconds_of(value)


def _rfc3339(text: str) -> int | None:
    match = _RFC3339.match(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    zone = UTC
    if match[9]:
        hours, minutes = int(match[10]), int(match[11] or 0)
        if hours > 23 or minutes > 59:
            return None
        offset = timedelta(hours=hours, minutes=minutes)
        zone = timezone(offset if match[9] == "+" else -offset)
    if second > _LEAP:
        return None
    try:
        moment = datetime(year, month, day, hour, minute, tzinfo=zone)
        return int((moment - _EPOCH).total_seconds()) + second
    except (ValueError, OverflowError):
        return None


def text_of(seconds: float) -> str:
    """Epoch seconds as RFC 3339 text in UTC, as templates see `now`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
