"""What templates read of `user` and `auth`, which the mapping itself makes: is anything made there?"""

from collections.abc import Sequence

from trayimport.codes import mapping as codes
from trayimport.core.compiling import Compiled
from trayimport.core.findings import Findings, did_you_mean, shown
from trayimport.core.reading import Fields
from trayimport.core.tree import Branch, Node, child_of

USER = ("externalUserId", "name", "create", "isTestUser")
AUTH = ("name", "credentials", "userData", "scopes")
PARTS = ("credentials", "userData")
"""Those of AUTH with keys below; one that the mapping leaves out has none."""


def check_own_values(compiled: Sequence[Compiled], fields: Fields, findings: Findings) -> None:
    """Reports reads that can never succeed, and a `tokens.expiry` that leads nowhere."""
    auth, tokens = fields.get("auth"), fields.get("tokens")
    if auth is None:
        return
    parts = {part: auth.get(part) for part in PARTS if part in auth.values or part not in auth}
    for one in compiled:
        told: set[tuple[str, ...]] = set()
        for names, at in sorted(one.template.needed, key=lambda read: len(read[0])):
            if not any(names[: len(before)] == before for before in told) and (wrong := _wrong(names, parts)):
                told.add(names)
                findings.add(codes.NOT_MADE, at, one.path, wrong)
    expiry = None if tokens is None else tokens.get("expiry")
    if expiry is not None and "[" not in expiry and (wrong := _wrong(("auth", *expiry.split(".")), parts)):
        findings.add(codes.NOT_MADE, tokens.places["expiry"], ("tokens", "expiry"), wrong)


def _wrong(names: tuple[str, ...], parts: dict[str, Node | None]) -> str | None:
    """What is wrong with a read; None where it may succeed.

    `parts` are `credentials` and `userData`: None where the mapping leaves one out, no entry where it is wrong.
    """
    known = _known(names, parts)
    if known is None or names[-1] in known:
        return None
    return f"{'.'.join(map(shown, names[:-1]))} has no {shown(names[-1])}{did_you_mean(names[-1], known)}"


def _known(names: tuple[str, ...], parts: dict[str, Node | None]) -> Sequence[str] | None:
    """The names that there are beside the last of `names`; None where that can't be told without a record."""
    if len(names) == 2:
        return USER if names[0] == "user" else AUTH
    if names[0] == "user" or names[1] not in parts:
        return None
    node = parts[names[1]]
    if node is None:
        return () if len(names) == 3 else None
    for name in names[2:-1]:
        child = child_of(node, name)
        if child is None:
            return None
        node = child
    return [key for key, _ in node.entries] if isinstance(node, Branch) else None
