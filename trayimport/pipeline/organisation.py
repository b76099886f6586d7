"""Which Tray organisation this is: the API names none, so its environments' ids tell (commands, ruling 15)."""

import contextlib
import hashlib

from trayimport.apply.context import Context
from trayimport.apply.effects import Work
from trayimport.codes import run as codes
from trayimport.errors import ConfigurationError, RefusalError
from trayimport.model import Ledger
from trayimport.pipeline.environments import Directory, fetch_environments


def check_hosts(ledger: Ledger, region: str, hosts: str) -> None:
    """Raise RefusalError where the ledger is tied to another region or other hosts."""
    tied = ledger.organisation()
    if tied is not None and tied != (region, hosts):
        message = f"this ledger belongs to region {tied[0]} at {tied[1]}, not to {region} at {hosts}"
        raise RefusalError(codes.OTHER_ORGANISATION, message)


def check_organisation(context: Context, directory: Directory) -> Work:
    """Raise RefusalError where Tray shows none of the environments that the ledger knows; gives the id that stands for
    the organisation, the same in each run; None where no environment has been seen at all.

    Where the run has fetched none of the service versions that the ledger knows, one of them is fetched.
    """
    seen = context.ledger.environment_ids()
    live = directory.ids()
    known = {(one.service, one.version) for one in context.ledger.mapping_identities()}
    if seen and not seen & live and known and not known & directory.environments.keys():
        with contextlib.suppress(ConfigurationError):
            yield from fetch_environments(context, directory, *min(known))
        live = directory.ids()
    if seen and (live or known) and not seen & live:
        message = "none of the environments that this ledger knows is in this Tray organisation"
        raise RefusalError(codes.OTHER_ORGANISATION, message)
    return context.ledger.anchor() or min(live, default=None)


def fingerprint(region: str, environment_id: str) -> str:
    """What a person sees of an organisation: eight hexadecimal digits, the same in each run."""
    return hashlib.sha256(f"{region}\0{environment_id}".encode()).hexdigest()[:8]
