"""Where things lie that no option names."""

from collections.abc import Sequence
from pathlib import Path


def schemas_folder(given: str | Path | None, paths: Sequence[Path], cwd: Path) -> Path:
    """The folder of snapshots: the option, else beside the mappings' folder, else in the working directory."""
    if given is not None:
        return Path(given)
    for path in paths:
        folder = path if path.is_dir() else path.parent
        if (folder.resolve().parent / "schemas").is_dir():
            return folder.resolve().parent / "schemas"
    return cwd / "schemas"
