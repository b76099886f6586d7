"""A company's folder with mappings and exports, in which the real command runs as a process of its own."""

import atexit
import csv
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from forking import Forking, Started

from trayimport.sandbox import Sandbox

KEY = "0123456789abcdef" * 4
BOUNDS = {"TRAYIMPORT_SEND_WITHIN": "1", "TRAYIMPORT_COMMIT_WITHIN": "0.2", "TRAYIMPORT_LOOKUP_LAG": "0.1"}
"""A window of 1.3 s in place of 75, for doubts to be settled and new ledgers to be believed."""

SHOP = """\
version: 1
service: {name: shop, version: 3, environment: Production}
source: {type: csv, path: ../exports/shop.csv}
key: "{{ record.id }}"
user:
  externalUserId: "{{ record.account }}"
  name: "{{ record.owner }}"
auth:
  name: "Shop {{ record.id }}"
  credentials:
    api_token: "{{ record.token }}"
"""
"""A mapping for the service of `shop_services`."""


@cache
def _forking() -> Forking:
    made = Forking()
    atexit.register(made.close)
    return made


@dataclass(frozen=True, slots=True)
class Done:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """All that was printed."""
        return self.out + self.err

    @property
    def document(self) -> dict[str, Any]:
        """Stdout as the one JSON document that it must be."""
        found: dict[str, Any] = json.loads(self.out)
        return found


@dataclass
class Project:
    """The folder; `sandbox` is the Tray that commands talk to."""

    root: Path
    sandbox: Sandbox
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("mappings", "exports"):
            (self.root / name).mkdir(exist_ok=True)

    def mapping(self, text: str, name: str = "shop.yaml") -> Path:
        """Write a mapping."""
        path = self.root / "mappings" / name
        path.write_text(text, "utf-8")
        return path

    def export(self, rows: Sequence[Mapping[str, str]], name: str = "shop.csv") -> Path:
        """Write an export with the columns of its first row."""
        path = self.root / "exports" / name
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return path

    def variables(self) -> dict[str, str]:
        """The environment of a command: nothing of the one that runs the tests but the path."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.root),
            "LC_ALL": "C.UTF-8",
            "TRAY_API_URL": self.sandbox.api_url,
            "TRAY_GRAPHQL_URL": self.sandbox.graphql_url,
            "TRAY_MASTER_TOKEN": self.sandbox.master_token,
            "TRAYIMPORT_LEDGER_KEY": KEY,
            **BOUNDS,
            **self.environment,
        }

    def _environment(self, variables: Mapping[str, str | None]) -> dict[str, str]:
        return {name: value for name, value in {**self.variables(), **variables}.items() if value is not None}

    def start(self, *arguments: str, **variables: str | None) -> Started:
        """Start `trayimport ARGUMENTS`, as `run` does; a variable that is None is taken away."""
        return _forking().start(arguments, self.root, self._environment(variables))

    def spawn(self, *arguments: str, **variables: str | None) -> subprocess.Popen[str]:
        """Start `python -m trayimport ARGUMENTS`, as people do; its output can be read while it runs."""
        return subprocess.Popen(
            [sys.executable, "-m", "trayimport", *arguments],
            cwd=self.root,
            env=self._environment(variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, **variables: str | None) -> Done:
        """Run `trayimport ARGUMENTS` to its end."""
        return Done(*_forking().run(arguments, self.root, self._environment(variables)))

    def apply(self, *arguments: str, **variables: str | None) -> Done:
        """Run `trayimport apply mappings/ --yes` without a rate limit."""
        return self.run("apply", "mappings/", "--yes", "--rate", "0", *arguments, **variables)

    def files(self) -> dict[str, bytes]:
        """All files below the folder but mappings and exports."""
        return {
            str(path.relative_to(self.root)): path.read_bytes()
            for path in self.root.rglob("*")
            if path.is_file() and path.relative_to(self.root).parts[0] not in {"mappings", "exports"}
        }


def shop_rows(count: int, *, accounts: int | None = None) -> list[dict[str, str]]:
    """Rows for SHOP; several of them a user where `accounts` is smaller than `count`."""
    return [
        {
            "id": f"{number:04}",
            "account": f"acc-{number % (accounts or count)}",
            "owner": f"Owner {number % (accounts or count)}",
            "token": f"token-of-{number:04}",
        }
        for number in range(count)
    ]
