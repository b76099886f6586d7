"""`{vault: path#field}`, by hvac; VAULT_ADDR and VAULT_TOKEN as its own tools take them."""

from trayimport.codes import record as codes
from trayimport.errors import ConfigurationError
from trayimport.model import Json
from trayimport.secrets.place import Place


def read(argument: Json, place: Place) -> str:
    """A field of a KV secret, version 2 or 1. Raises ConfigurationError."""
    try:
        import hvac  # noqa: PLC0415 - an extra
    except ImportError:
        raise ConfigurationError(codes.NO_PROVIDER, "vault: pip install 'trayimport[vault]'") from None
    path, _, field = str(argument).partition("#")
    mount, _, rest = path.partition("/")
    client = hvac.Client(url=place.environ.get("VAULT_ADDR"), token=place.environ.get("VAULT_TOKEN"))
    for version in ("v2", "v1"):
        try:
            found = getattr(client.secrets.kv, version).read_secret(path=rest, mount_point=mount)["data"]
            value = (found["data"] if version == "v2" else found).get(field)
        except Exception:  # noqa: BLE001, S112 - the client's errors may quote answers
            continue
        if isinstance(value, str):
            return value
    raise ConfigurationError(codes.NO_SECRET, f"vault: {path} has no field {field} that can be read")
