"""Exactly once, measured: `python bench/kill9.py [--seeds N] [--kills N] [--records N] [--meddle]`.

For each seed an emulator with faults of all kinds, late commits and lagging look-ups; `trayimport apply` is started
again and again as a process of its own, and killed with SIGKILL at a random moment. Then the faults end, and three
quiet runs follow. What the emulator then has is compared with the export, authentication by authentication.

`--meddle`: others rename, refresh, delete and create meanwhile. A record may then rightly stay in doubt, and is counted
apart.
"""

import argparse
import csv
import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trayimport.sandbox import Fault, FaultPlan, Meddling, Readings, Sandbox, ServiceEnvironment
from trayimport.sandbox.faults import EVERYWHERE

MAPPING = """\
version: 1
service: {name: shop, version: 3}
source: {type: csv, path: ../exports/shop.csv}
key: "{{ record.id }}"
user:
  externalUserId: "{{ record.account }}"
  name: "{{ record.owner }}"
auth:
  name: "Shop {{ record.id }}"
  credentials:
    access_token: "{{ record.token }}"
"""
BOUNDS = {
    "TRAYIMPORT_SEND_WITHIN": "1",
    "TRAYIMPORT_COMMIT_WITHIN": "1.5",
    "TRAYIMPORT_LOOKUP_LAG": "1",
    "TRAYIMPORT_ANSWER_WITHIN": "0.6",
}
LATE, LAG = 0.9, 0.7
"""Seconds after which what was cut is committed, and until look-ups see it: within the bounds, with room to spare."""
SLOW = 1.0
"""Seconds of a slow answer: by then its request has been given up."""
KINDS = EVERYWHERE | {Fault.ENDED, Fault.NOT_JSON, Fault.RIVAL_USER}


@dataclass(slots=True)
class Tally:
    """What went wrong, over all seeds; all but `doubts` must be 0."""

    kills: int = 0
    points: Counter[str] = field(default_factory=Counter)
    faults: int = 0
    records: int = 0
    lost: int = 0
    twice: int = 0
    wrong: int = 0
    users_twice: int = 0
    admin: int = 0
    doubts: int = 0
    sums: int = 0

    @property
    def broken(self) -> int:
        """Everything that must not be."""
        return self.lost + self.twice + self.wrong + self.users_twice + self.admin + self.sums


def main() -> int:
    """Prints a line for each seed, and the sum."""
    parser = argparse.ArgumentParser(description="Kill the import again and again, and count.")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--kills", type=int, default=20, help="of each seed")
    parser.add_argument("--records", type=int, default=60)
    parser.add_argument("--meddle", action="store_true")
    given = parser.parse_args()
    tally = Tally()
    start = time.perf_counter()
    for seed in range(given.first, given.first + given.seeds):
        _seed(seed, given.kills, given.records, tally, meddle=given.meddle)
        print(f"seed {seed}: {_shown(tally)}", flush=True)
    print(f"{time.perf_counter() - start:.0f} s; killed right after: {dict(tally.points.most_common())}")
    return 1 if tally.broken else 0


def _shown(tally: Tally) -> str:
    return (
        f"{tally.records} records, {tally.kills} kills, {tally.faults} faults; lost {tally.lost}, twice {tally.twice}, "
        f"wrong {tally.wrong}, users twice {tally.users_twice}, in the company's own account {tally.admin}, "
        f"totals that don't add up {tally.sums}; in doubt {tally.doubts}"
    )


def _seed(seed: int, kills: int, records: int, tally: Tally, *, meddle: bool) -> None:
    chance = random.Random(seed)  # noqa: S311 - to be repeated
    meddling = Meddling(rename=0.02, refresh=0.02, foreign=0.02, delete=0.01) if meddle else Meddling()
    plan = FaultPlan(seed, rate=0.12, kinds=KINDS, slow=SLOW, late=LATE, meddling=meddling)
    readings = Readings(lookup_lag=LAG, second_user=False)
    schema = {"type": "object", "required": ["access_token"], "properties": {"access_token": {"type": "string"}}}
    services = [ServiceEnvironment("shop", 3, "Production", "oauth2", (), schema, {})]
    with (
        tempfile.TemporaryDirectory(prefix="kill9-") as folder,
        Sandbox(services, rate=0, users=6, readings=readings, faults=plan, latency=0.01) as sandbox,
    ):
        run = _Runner(Path(folder), sandbox)
        rows = run.export(records, chance)
        for _ in range(kills):
            run.kill(chance, tally)
        tally.faults += sum(one.fault is not None for one in sandbox.log)
        sandbox.faults.quiet()
        documents = [run.whole() for _ in range(3)]
        sandbox.settle()
        _count(sandbox, rows, documents, tally)


class _Runner:
    """The company's folder, and the command in it."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self._folder = folder
        self._sandbox = sandbox
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            "TRAY_API_URL": sandbox.api_url,
            "TRAY_GRAPHQL_URL": sandbox.graphql_url,
            "TRAY_MASTER_TOKEN": sandbox.master_token,
            **BOUNDS,
        }
        for name in ("mappings", "exports"):
            (folder / name).mkdir()
        (folder / "mappings" / "shop.yaml").write_text(MAPPING, "utf-8")

    def export(self, count: int, chance: random.Random) -> list[dict[str, str]]:
        """Write the export: two or three records a user, some of whom are in Tray already."""
        rows = []
        for number in range(count):
            user = number * 2 // 5
            account = f"seed-{user + 1}" if user < 6 else f"acc-{user}"
            token = f"token-{number:04}-{chance.randrange(16**8):08x}"
            rows.append({"id": f"{number:04}", "account": account, "owner": f"Owner {user}", "token": token})
        with (self._folder / "exports" / "shop.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return rows

    def kill(self, chance: random.Random, tally: Tally) -> None:
        """Start an import; end it at a moment that is drawn, and a little later.

        The moments: some requests from now; an intent is in the ledger; Tray has committed, and its answer is on its
        way or not yet settled; the ledger has settled one more.
        """
        sandbox = self._sandbox
        requests = sandbox.counts.total() + chance.choice((1, 2, 3, 5, 8, 13, 21, 34))
        made, settled = len(sandbox.store.authentications()), self._rows("created")
        moments: dict[str, Callable[[], bool]] = {
            "some requests": lambda: sandbox.counts.total() >= requests,
            "an intent": lambda: self._rows("sending") > 0,
            "a commit of Tray's": lambda: len(sandbox.store.authentications()) > made,
            "a settlement": lambda: self._rows("created") > settled,
        }
        name = chance.choice(list(moments))
        delay = chance.choice((0.0, 0.0, 0.001, 0.005, 0.02, 0.1))
        end = time.monotonic() + chance.uniform(2, 6)
        process = self._start()
        while not moments[name]() and process.poll() is None and time.monotonic() < end:
            time.sleep(0.0005)
        time.sleep(delay)
        if process.poll() is None:
            process.kill()
            tally.kills += 1
            tally.points[name] += 1
        process.communicate()

    def _rows(self, state: str) -> int:
        """Rows of the ledger in a state, read beside the command."""
        path = self._folder / ".trayimport" / "ledger.db"
        if not path.exists():
            return 0
        try:
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
                query = "SELECT count(*) FROM items WHERE state = ?"
                return int(database.execute(query, (state,)).fetchone()[0])
        except sqlite3.Error:
            return 0

    def whole(self) -> dict[str, Any]:
        """A run to its end; what it printed."""
        process = self._start("--output", "json")
        out, err = process.communicate(timeout=300)
        if process.returncode not in (0, 1):
            raise SystemExit(f"a quiet run ended with {process.returncode}: {err}")
        document: dict[str, Any] = json.loads(out)
        return document

    def _start(self, *more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "trayimport", "apply", "mappings/", "--yes", "--rate", "0", *more],
            cwd=self._folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


OUTCOMES = ("created", "adopted", "updated", "unchanged", "kept", "skipped", "invalid", "failed", "in_doubt", "pending")


def _count(sandbox: Sandbox, rows: list[dict[str, str]], documents: list[dict[str, Any]], tally: Tally) -> None:
    store = sandbox.store
    ours: dict[str, list[str]] = {}
    for one in store.authentications():
        if not one.foreign:
            user = store.user(one.user_id)
            ours.setdefault(_number(one.name), []).append("" if user is None else user.external_user_id)
    doubts = documents[-1]["in_doubt"] + documents[-1]["invalid"] + documents[-1]["failed"]
    tally.records += len(rows)
    tally.doubts += doubts
    if doubts:
        print("  left open:", [one for mapping in documents[-1]["mappings"] for one in mapping["problems"]], flush=True)
    deleted = {_number(name) for name in sandbox.deleted}
    missing = [row for row in rows if row["id"] not in ours and row["id"] not in deleted]
    tally.lost += max(0, len(missing) - doubts)
    tally.twice += sum(len(owners) - 1 for owners in ours.values())
    accounts = {row["id"]: row["account"] for row in rows}
    tally.wrong += sum(owner != accounts[key] for key, owners in ours.items() for owner in owners)
    users = Counter(user.external_user_id for user in store.users())
    tally.users_twice += sum(number - 1 for number in users.values())
    tally.admin += len(store.admin_authentications)
    tally.sums += sum(sum(one[name] for name in OUTCOMES) != one["records"] for one in documents)


def _number(name: str) -> str:
    """Which record an authentication is of, whatever became of its name."""
    return name.split(" ")[1]


if __name__ == "__main__":
    raise SystemExit(main())
