"""Credentials that look redacted or left over (language, ruling 23)."""

import re

_REDACTED = re.compile(
    r"\*{4,}|x{4,}|<[^<>]*>|\[?redacted\]?|\(?hidden\)?|changeme|change_me|change-me|placeholder|todo|tbd"
    r"|your[-_ ].*[-_ ](token|key|secret|password)|.*\*{4,}.*|x{4,}.*",
    re.IGNORECASE,
)


def looks_redacted(value: object) -> bool:
    """Whether a credential is what people put where a secret was removed; texts of four characters or more."""
    if not isinstance(value, str) or len(value) < 4:
        return False
    text = value.strip()
    if "{{" in text or "{%" in text:
        return False
    return (bool(text) and len(set(text)) == 1) or _REDACTED.fullmatch(text) is not None
