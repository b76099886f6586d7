"""Texts that are secrets by their shape, wherever they stand; each shape is as its issuer documents it."""

import re

_SHAPES = re.compile(
    r"""
    (?<![A-Za-z0-9])(?:
        xox[abeoprs](?:\.xox[bp])?-[0-9A-Za-z-]{10,}        # Slack
      | gh[oprsu]_[0-9A-Za-z]{36} | github_pat_\w{22,}      # GitHub
      | glpat-[\w-]{20}                                     # GitLab
      | [rs]k_(?:live|test)_[0-9A-Za-z]{16,}                # Stripe
      | shp(?:at|ca|pa|ss)_[0-9A-Fa-f]{32}                  # Shopify
      | A(?:KIA|SIA)[0-9A-Z]{16}(?![0-9A-Za-z])             # AWS
      | AIza[\w-]{35} | ya29\.[\w-]{20,}                    # Google
      | pat[0-9A-Za-z]{14}\.[0-9a-f]{64}                    # Airtable
      | [0-9a-f]{32}-us[0-9]{1,2}(?![0-9A-Za-z])            # Mailchimp
      | SG\.[\w-]{22}\.[\w-]{43}                            # SendGrid
      | (?<![\w-])eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}            # JSON Web Token (RFC 7519)
    )
    | -----BEGIN\ [A-Z0-9 ]*PRIVATE\ KEY-----               # PEM (RFC 7468)
    """,
    re.VERBOSE | re.ASCII,
)


def secret_offset(text: str) -> int | None:
    """Where in a text something begins that is a secret by its shape; None where nothing does."""
    found = _SHAPES.search(text)
    return None if found is None else found.start()


MASK = "…"
_RUN = re.compile(r"[A-Za-z0-9_+/=.~-]{12,}")
_UUID = re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![0-9A-Za-z])")
"""The shape of Tray's ids (RFC 9562), which are no secrets."""
_CHUNK = re.compile(r"[A-Za-z0-9+]{12,}")
_TURN = re.compile(r"[0-9](?=[A-Za-z])|[A-Za-z](?=[0-9])")
_SHORTEST = 12
_TURNS = 3
"""Changes between letters and digits, or digits, from which on a word is nobody's name."""


def looks_random(word: str) -> bool:
    """Whether a word is made by chance, as keys and tokens are, and is no name: `oauth2_token` is one."""
    if _UUID.search(word):
        return False
    return any(
        len(_TURN.findall(chunk)) >= _TURNS
        or (sum(map(str.isdigit, chunk)) >= _TURNS and any(map(str.isupper, chunk)) and any(map(str.islower, chunk)))
        for chunk in _CHUNK.findall(word)
    )


def without_secrets(text: str) -> str:
    """A text with `…` for what is a secret by its shape, or looks random."""
    if len(text) < _SHORTEST:
        return text
    text = _SHAPES.sub(MASK, text)
    return _RUN.sub(lambda found: MASK if looks_random(found[0]) else found[0], text)
