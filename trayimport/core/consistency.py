"""What parts of a mapping that are right by themselves say of each other."""

from collections.abc import Iterable, Sequence

from trayimport.codes import mapping as codes
from trayimport.core.compiling import Compiled
from trayimport.core.findings import Findings, did_you_mean, shown
from trayimport.core.instant import seconds_of
from trayimport.core.literals import names_a_secret
from trayimport.core.reading import Fields
from trayimport.core.tree import Literal


def check_consistency(compiled: Sequence[Compiled], fields: Fields, secrets: Sequence[str], findings: Findings) -> None:
    """Reports identities that are secrets or constant, useless comparisons and ages, invented secrets of no use.

    `secrets` are the names that the mapping lists.
    """
    _check_constants(fields, findings)
    _check_identities(compiled, findings)
    source, tokens = fields.get("source"), fields.get("tokens")
    if source is not None and source.get("type") == "csv":
        _check_comparisons(compiled, findings)
    if tokens is not None:
        _check_ages(tokens, findings)
    for index, example in enumerate(fields.get("examples", ())):
        _check_invented(example, index, secrets, findings)


def _check_identities(compiled: Iterable[Compiled], findings: Findings) -> None:
    """An identity that is written as a secret credential is (language, ruling 22)."""
    secret = {
        " ".join(one.template.text.split()): str(one.path[-1])
        for one in compiled
        if one.path[:2] == ("auth", "credentials") and names_a_secret(str(one.path[-1]))
    }
    for one in compiled:
        name = secret.get(" ".join(one.template.text.split()))
        if name is not None and "secrets" in one.key.bans:
            message = f"the same as the credential {name}, and identities are shown and stored"
            findings.add(codes.CREDENTIAL_IDENTITY, one.template.at, one.path, message)


def _check_constants(fields: Fields, findings: Findings) -> None:
    """Identities that can't tell records apart, unless they are known to be meant otherwise."""
    told = {one.at for one in findings.all}
    key, owner = fields.get("key"), (fields.get("user") or fields).get("externalUserId")
    for path, at in (
        (("key",), None if key is None or key.names else key.at),
        (("user", "externalUserId"), owner.at if isinstance(owner, Literal) else None),
    ):
        if at is not None and at not in told:
            findings.add(codes.CONSTANT_IDENTITY, at, path, "the same for every record")


def _check_comparisons(compiled: Iterable[Compiled], findings: Findings) -> None:
    for one in compiled:
        for column in one.template.compared:
            message = "a csv column holds texts, which never equal a number or a boolean"
            findings.add(codes.TEXT_COMPARED, column.at, one.path, message)


def _check_ages(tokens: Fields, findings: Findings) -> None:
    exported = tokens.get("exported_at")
    if "max_age" in tokens and "exported_at" not in tokens:
        at = tokens.places["max_age"]
        findings.add(codes.USELESS_AGE, at, ("tokens", "max_age"), "without `exported_at` there is no age to judge")
    elif exported is not None and not exported.names and seconds_of(exported.render({})) is None:
        message = "expected an instant with its zone, such as 2030-01-01T00:00:00Z"
        findings.add(codes.BAD_VALUE, exported.at, ("tokens", "exported_at"), message)


def _check_invented(example: Fields, index: int, secrets: Sequence[str], findings: Findings) -> None:
    invented = example.get("secrets") or Fields(example.at)
    for name in invented.values:
        if name not in secrets:
            hint = did_you_mean(name, secrets) or "; `secrets:` does not list it"
            path = ("examples", index, "secrets", name)
            findings.add(codes.UNKNOWN_SECRET, invented.places[name], path, f"unknown secret {shown(name)}{hint}")
