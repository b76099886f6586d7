"""Where things lie that no option names, and files that commands write."""

from collections.abc import Sequence
from pathlib import Path

from trayimport.codes import run as codes
from trayimport.errors import ConfigurationError
from trayimport.sources.paths import relative


def schemas_folder(given: str | Path | None, paths: Sequence[Path], cwd: Path) -> Path:
    """The folder of snapshots: the option, else beside the mappings' folder, else in the working directory."""
    if given is not None:
        return Path(given)
    for path in paths:
        folder = path if path.is_dir() else path.parent
        if (folder.resolve().parent / "schemas").is_dir():
            return folder.resolve().parent / "schemas"
    return cwd / "schemas"


def near(file: Path) -> str:
    """A path as it is shown: relative to the working directory."""
    return relative(file, Path.cwd())


def write_file(file: Path, text: str, *, folder: bool = False) -> None:
    """Write a text; `folder` makes the one that it is in. Raises ConfigurationError."""
    try:
        if folder:
            file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(codes.UNREADABLE_FILE, f"{near(file)}: {error.strerror}") from None
