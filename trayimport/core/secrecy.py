"""What is shown and stored: identities, of which none may be a secret (language, ruling 22); masked credentials."""

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import quote

from trayimport.codes import content as codes
from trayimport.core.literals import names_a_secret
from trayimport.core.token_shapes import secret_offset
from trayimport.core.tree import Path
from trayimport.model import Json, Problem

SHORTEST: Final = 8
"""Characters from which a text of the body is looked for in identities; shorter secrets are compared as a whole."""

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_PUBLIC_WORDS: Final = (
    "id ids uuid guid name names title label description nickname username user login email emails mail phone address",
    "url uri link endpoint host hostname domain subdomain server site shop store merchant account customer company",
    "organization organisation org team workspace tenant project owner group instance realm environment region",
    "zone dc country language locale timezone currency database schema warehouse dataset bucket role scope scopes type",
    "location version format expiry expires at",
)
"""Last words of names by which a credential says whose it is or where it leads, and is no secret."""
_PUBLIC: Final = frozenset(word for line in _PUBLIC_WORDS for word in line.split())
_SECRET_AFTER_ALL: Final = frozenset({"session", "auth", "authorization", "cookie", "secret", "private"})
_SCHEME = re.compile(r"(?:basic|bearer|digest|token|apikey|key|oauth)[ :=]+(?=\S+\Z)", re.IGNORECASE)
"""What an Authorization header has before its credential (RFC 9110, 11.4)."""
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{11,}={0,2}")


@lru_cache(4096)
def names_public(name: str) -> bool:
    """Whether a leaf of that name may be shown as a part of an identity: an id, an address, `team_name`."""
    words = [word.lower() for word in _WORD.findall(name)]
    return bool(words) and words[-1] in _PUBLIC and not names_a_secret(name) and not _SECRET_AFTER_ALL & set(words)


def leaf_name(path: Path) -> str:
    """The last key on the way to a leaf: that of the list where it stands in one."""
    return next((step for step in reversed(path) if isinstance(step, str)), "")


def shown_secrets(shown: dict[str, str], texts: Iterable[tuple[str, bool]]) -> list[Problem]:
    """Problems of the identities in `shown`, by path; `texts` are the leaves that may be secrets, and whether each
    certainly is one."""
    folded = {path: text.strip().casefold() for path, text in shown.items()}
    longest = max(map(len, folded.values()))
    told: dict[str, Problem] = {}
    for text, certain in texts:
        for path, identity in folded.items():
            if path not in told and _tells(identity, text, longest, certain=certain):
                told[path] = Problem.of(codes.SECRET_IDENTITY, path, "equals a credential, or holds one")
    return [told[path] for path in shown if path in told]


def _tells(identity: str, text: str, longest: int, *, certain: bool) -> bool:
    """Whether an identity (stripped, in small letters) tells a text, or most of it."""
    text = _SCHEME.sub("", text.strip())
    plain = text.casefold()
    if not plain:
        return False
    if len(plain) < SHORTEST:
        return certain and identity == plain
    if len(plain) <= longest and (plain in identity or any(form in identity for form in _forms(text))):
        return True
    return any(len(identity) >= max(SHORTEST, len(one) / 2) and identity in one for one in (plain, *_decoded(text)))


def _forms(text: str) -> Iterator[str]:
    """A text as others write it: in base64 (also behind something else), in hexadecimal, in a URL; in small letters."""
    data = text.encode("utf-8", "surrogatepass")
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + data)
        inner = whole[(before * 8 + 5) // 6 : (before + len(data)) * 8 // 6].decode().casefold()
        yield inner
        yield inner.translate({ord("+"): "-", ord("/"): "_"})
    yield data.hex()
    yield quote(text, safe="", errors="surrogatepass").casefold()


def _decoded(text: str) -> Iterator[str]:
    """What a text holds in base64, as `Basic …` does; in small letters."""
    for word in _BASE64.findall(text):
        data = word.rstrip("=").translate({ord("-"): "+", ord("_"): "/"})
        try:
            yield base64.b64decode(data + "=" * (-len(data) % 4)).decode("utf-8").casefold()
        except (binascii.Error, ValueError):
            continue


def has_shape(text: str) -> bool:
    """Whether something in a text is a secret by its shape."""
    return secret_offset(text) is not None


@dataclass(frozen=True, slots=True)
class Mask:
    """What may be shown of a part of the body: places with their values, and names of keys; `passwords` are keys that
    may not."""

    is_shown: Callable[[Path, Json], bool]
    known: frozenset[str]
    passwords: frozenset[str]


def masked(value: Json, mask: Mask, path: Path = ()) -> Json:
    """`value` with each text that isn't literally in the mapping replaced by what can be told of it.

    Numbers and booleans are shown, unless their key names a secret; a key that only the record names is not.
    """
    if isinstance(value, dict):
        return {
            key if key in mask.known else f"[{number}]": masked(child, mask, (*path, key))
            for number, (key, child) in enumerate(value.items(), 1)
        }
    if isinstance(value, list):
        return [masked(child, mask, (*path, index)) for index, child in enumerate(value)]
    name = leaf_name(path)
    hidden = isinstance(value, str) or name in mask.passwords or names_a_secret(name)
    if not hidden or mask.is_shown(path, value):
        return value
    return f"<text of {len(value)} characters>" if isinstance(value, str) else "<hidden>"
