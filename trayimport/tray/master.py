"""The master token: from the environment or a file, never from a flag (design, section 5)."""

from collections.abc import Mapping
from pathlib import Path

from trayimport.codes import tray as codes
from trayimport.errors import ConfigurationError
from trayimport.model import Masked


class MasterToken(Masked):
    """The embedding company's token. It is another type than UserToken, which alone creates authentications."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The bare token, for the Authorization header."""
        return self._value


def master_token(environ: Mapping[str, str]) -> tuple[MasterToken, str]:
    """The token, and where it came from, for a person. Raises ConfigurationError."""
    value = environ.get("TRAY_MASTER_TOKEN", "").strip()
    file = environ.get("TRAY_MASTER_TOKEN_FILE", "")
    if value and file:
        raise ConfigurationError(codes.TWO_TOKENS, "TRAY_MASTER_TOKEN and TRAY_MASTER_TOKEN_FILE are both set")
    source = "TRAY_MASTER_TOKEN"
    if file:
        source = "the file that TRAY_MASTER_TOKEN_FILE names"
        try:
            value = Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise ConfigurationError(codes.BAD_TOKEN_FILE, "TRAY_MASTER_TOKEN_FILE can't be read") from None
    if not value:
        raise ConfigurationError(codes.NO_TOKEN, "there is no master token")
    if not value.isascii() or not value.isprintable() or " " in value:
        raise ConfigurationError(
            codes.BAD_TOKEN_FILE, "the master token holds a space or another character no token has"
        )
    return MasterToken(value), source
