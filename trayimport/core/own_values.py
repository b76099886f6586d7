"""What templates read of `user` and `auth`, which the mapping itself makes: is anything made there?"""

from collections.abc import Sequence

from trayimport.codes import mapping as codes
from trayimport.core.compiling import Compiled
from trayimport.core.findings import Findings, did_you_mean, shown
from trayimport.core.tree import Branch, Node, child_of

USER = ("externalUserId", "name", "create", "isTestUser")
AUTH = ("name", "credentials", "userData", "scopes")
PARTS = ("credentials", "userData")
"""Those of AUTH with keys below; one that the mapping leaves out has none."""


def check_own_values(compiled: Sequence[Compiled], parts: dict[str, Node | None], findings: Findings) -> None:
    """Reports reads that can never succeed.

    `parts` are the mapping's `credentials` and `userData`: None where it leaves one out, no entry where it is wrong.
    """
    for one in compiled:
        told: set[tuple[str, ...]] = set()
        for names, at in sorted(one.template.needed, key=lambda read: len(read[0])):
            known = _known(names, parts)
            if known is None or names[-1] in known or any(names[: len(before)] == before for before in told):
                continue
            told.add(names)
            owner = ".".join(map(shown, names[:-1]))
            message = f"{owner} has no {shown(names[-1])}{did_you_mean(names[-1], known)}"
            findings.add(codes.NOT_MADE, at, one.path, message)


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
