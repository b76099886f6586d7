"""A run by its name, a unique prefix of it, or `latest` (commands, ruling 10)."""

from trayimport.codes import run as codes
from trayimport.errors import ConfigurationError
from trayimport.model import Ledger, Run


def run_named(ledger: Ledger, name: str) -> Run:
    """The run that is meant. Raises ConfigurationError where there is none, or several."""
    runs = ledger.runs()
    if name == "latest" and runs:
        return runs[0]
    found = [one for one in runs if one.run == name] or [one for one in runs if one.run.startswith(name)]
    if len(found) != 1:
        what = "no run" if not found else f"{len(found)} runs"
        raise ConfigurationError(codes.UNKNOWN_RUN, f"{what} of that name in the ledger")
    return found[0]
