"""`{env: NAME}`."""

from trayimport.codes import record as codes
from trayimport.errors import ConfigurationError
from trayimport.model import Json
from trayimport.secrets.place import Place


def read(argument: Json, place: Place) -> str:
    """An environment variable. Raises ConfigurationError where it is not set, or is trayimport's own."""
    if place.own.names(str(argument)):
        raise ConfigurationError(codes.OWN_SECRET, f"secrets: a mapping may not read {argument}")
    value = place.environ.get(str(argument))
    if not value:
        raise ConfigurationError(codes.NO_SECRET, f"the environment variable {argument} is not set")
    return value
