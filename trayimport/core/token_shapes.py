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
      | eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}            # JSON Web Token (RFC 7519)
    )
    | -----BEGIN\ [A-Z0-9 ]*PRIVATE\ KEY-----               # PEM (RFC 7468)
    """,
    re.VERBOSE | re.ASCII,
)


def secret_offset(text: str) -> int | None:
    """Where in a text something begins that is a secret by its shape; None where nothing does."""
    found = _SHAPES.search(text)
    return None if found is None else found.start()
