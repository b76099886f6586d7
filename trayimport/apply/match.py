"""Whether an authentication in Tray is the one that an item sent (protocol, section 2; commands, ruling 14). Pure."""

from collections.abc import Iterable, Mapping

from trayimport.core.content import Fingerprint, canonical, leaves, specific
from trayimport.core.tree import pointer
from trayimport.model import Full, Item

MARKS = "=~"


def full_fields(found: Full, fingerprint: Fingerprint) -> dict[str, str]:
    """Fingerprints of an authentication's credentials, by pointer."""
    return {
        pointer(path, "credentials"): fingerprint(b"leaf\0" + canonical(value))
        for path, value in leaves({} if found.credentials is None else found.credentials)
    }


def same_content(fields: Mapping[str, str], found: Mapping[str, str]) -> bool:
    """Whether all credentials but what depends on time are equal."""
    timed = {name[1:] for name in fields if name.startswith("~")}
    sent = {name.lstrip(MARKS): value for name, value in fields.items() if not name.startswith("~")}
    sent = {name: value for name, value in sent.items() if name.split(".")[0].split("[")[0] == "credentials"}
    return sent == {name: value for name, value in found.items() if name not in timed}


def is_ours(item: Item, found: Mapping[str, str], others: Iterable[Item]) -> bool:
    """Whether a candidate holds what `item` sent: all of its content, or a text that stands in no other item."""
    others = list(others)
    if same_content(item.fields, found):
        return True
    if any(same_content(other.fields, found) for other in others):
        return False
    elsewhere = {value for other in others for value in other.fields.values()}
    return any(found.get(name) == value and value not in elsewhere for name, value in specific(item.fields).items())
