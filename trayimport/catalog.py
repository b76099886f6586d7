"""Snapshots of service environments on disk (design, section 4; commands, ruling 37).

`FOLDER/services/NAME/vVERSION/TITLE.json`. What a file says decides which environment it is of, never its name.
"""

import contextlib
import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

from trayimport.codes import schema as codes
from trayimport.errors import ConfigurationError
from trayimport.model import Environment, Json

LARGEST: Final = 4 << 20
"""Bytes of a snapshot that are read."""

Identity = tuple[str, int, str]
"""Service, version, title."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One service environment as it was when it was pulled; `environment.id` is None."""

    service: str
    version: int
    environment: Environment
    path: Path

    @property
    def identity(self) -> Identity:
        """What tells it from others."""
        return self.service, self.version, self.environment.title


class Catalog:
    """The snapshots below a folder, which need not exist. Files are read once, at the first question."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: list[Snapshot] | None = None

    def all(self) -> list[Snapshot]:
        """Every snapshot, sorted by service, version and title.

        Raises ConfigurationError where a file can't be read, or two say they are the same environment.
        """
        if self._read is None:
            found: dict[Identity, Snapshot] = {}
            for path in self._files():
                snapshot = read(path)
                twin = found.setdefault(snapshot.identity, snapshot)
                if twin is not snapshot:
                    raise ConfigurationError(
                        codes.SNAPSHOT_TWICE, f"{twin.path} and {path} are snapshots of one service environment"
                    )
            self._read = [found[identity] for identity in sorted(found)]
        return list(self._read)

    def titled(self, service: str, version: int, title: str) -> Snapshot | None:
        """The snapshot of the environment with this title. Raises as `all` does."""
        return next((one for one in self.all() if one.identity == (service, version, title)), None)

    def find(self, service: str, version: int, environment: str | None) -> Snapshot | list[Snapshot] | None:
        """The snapshot of an environment by its title.

        Without one, or for an id (a UUID: ids aren't in snapshots): the only one, or all of several. None: there is
        none. Raises as `all` does.
        """
        found = [one for one in self.all() if (one.service, one.version) == (service, version)]
        if environment is not None:
            titled = [one for one in found if one.environment.title == environment]
            if titled or not _is_id(environment):
                return titled[0] if titled else None
        return found[0] if len(found) == 1 else found or None

    def write(self, service: str, version: int, environment: Environment) -> Path:
        """Write a snapshot, over the one of the same environment if there is one; gives its path.

        The file is complete or not there. Raises ConfigurationError where it can't be written.
        """
        identity = (service, version, environment.title)
        path = self._place(identity)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _replace(path, text(service, version, environment))
        except (OSError, RecursionError, ValueError) as error:
            raise ConfigurationError(
                codes.SNAPSHOT_UNWRITABLE, f"{path}: cannot be written ({type(error).__name__})"
            ) from None
        self._read = None
        return path

    def _files(self) -> list[Path]:
        return sorted(path for path in (self.folder / "services").rglob("*.json") if path.name[0] != ".")

    def _place(self, identity: Identity) -> Path:
        """Where an environment's snapshot is, or else goes: a name that no other takes, on any file system."""
        taken: dict[str, Identity | None] = {}
        for path in self._files():
            with contextlib.suppress(ConfigurationError):  # it may be the file that is to be replaced
                taken[str(path).casefold()] = read(path).identity
                if taken[str(path).casefold()] == identity:
                    return path
        service, version, title = identity
        folder = self.folder / "services" / file_name(service) / f"v{version}"
        plain = folder / f"{file_name(title)}.json"
        if str(plain).casefold() not in taken:
            return plain
        digest = hashlib.sha256("\0".join((service, title)).encode("utf-8", "surrogatepass")).hexdigest()
        return folder / f"{file_name(title)}-{digest[:8]}.json"


def file_name(name: str) -> str:
    """`name` safe for a file's: each character outside `[A-Za-z0-9._-]` becomes `_`; never hidden, empty or huge."""
    safe = "".join(one if one.isascii() and (one.isalnum() or one in "._-") else "_" for one in name)[:100]
    return "_" + safe[1:] if not safe or safe.startswith(".") else safe


def text(service: str, version: int, environment: Environment) -> str:
    """A snapshot as it is written: sorted and stable, so that a diff is readable in review."""
    document = {
        "service": {"name": service, "version": version},
        "environment": {"title": environment.title},
        "authenticationType": environment.authentication_type,
        "scopes": sorted(set(environment.scopes)),
        "credentialsSchema": environment.credentials_schema,
        "userDataSchema": environment.user_data_schema,
    }
    written = json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    try:
        written.encode()
    except UnicodeEncodeError:  # half of a surrogate pair in a schema
        written = json.dumps(document, indent=2, sort_keys=True, allow_nan=False)
    return written + "\n"


def read(path: Path) -> Snapshot:
    """The snapshot in a file. Raises ConfigurationError."""
    try:
        if path.stat().st_size > LARGEST:
            _unreadable(path, f"larger than {LARGEST >> 20} MiB")
        document = json.loads(path.read_text(encoding="utf-8-sig"), object_pairs_hook=_map, parse_constant=_no_constant)
    except OSError as error:
        _unreadable(path, f"cannot be opened ({type(error).__name__})")
    except UnicodeDecodeError:
        _unreadable(path, "no UTF-8")
    except json.JSONDecodeError as error:
        _unreadable(path, f"no JSON at line {error.lineno}, column {error.colno}")
    except (ValueError, RecursionError):
        _unreadable(path, "no JSON: a key twice, NaN, or nested too deeply")
    return _snapshot(path, document)


def _snapshot(path: Path, document: Json) -> Snapshot:
    service = _part(path, document, "service", dict)
    environment = _part(path, document, "environment", dict)
    scopes = _part(path, document, "scopes", list)
    if not all(isinstance(scope, str) for scope in scopes):
        _unreadable(path, "`scopes` is no list of texts")
    for schema in ("credentialsSchema", "userDataSchema"):
        if schema not in document:
            _unreadable(path, f"`{schema}` is missing")
    return Snapshot(
        _part(path, service, "name", str),
        _part(path, service, "version", int),
        Environment(
            id=None,
            title=_part(path, environment, "title", str),
            authentication_type=_part(path, document, "authenticationType", str),
            scopes=tuple(scopes),
            credentials_schema=document["credentialsSchema"],
            user_data_schema=document["userDataSchema"],
        ),
        path,
    )


def _part(path: Path, holder: Json, key: str, kind: type) -> Any:
    value = holder.get(key) if isinstance(holder, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        _unreadable(path, f"no snapshot: `{key}` is missing or of the wrong type")
    return value


def _unreadable(path: Path, why: str) -> NoReturn:
    raise ConfigurationError(codes.SNAPSHOT_UNREADABLE, f"{path}: {why}")


def _map(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    result = dict(pairs)
    if len(result) < len(pairs):
        raise ValueError
    return result


def _no_constant(_name: str) -> NoReturn:
    raise ValueError


def _is_id(text: str) -> bool:
    """A UUID is an id, anything else a title (commands, ruling 35)."""
    parts = text.split("-")
    return [len(part) for part in parts] == [8, 4, 4, 4, 12] and all(
        character in "0123456789abcdefABCDEF" for character in "".join(parts)
    )


def _replace(path: Path, written: str) -> None:
    """All of the file or nothing of it, whatever happens in between."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(written.encode())
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)  # a snapshot holds no secret and is meant to be committed
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
