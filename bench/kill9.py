"""Exactly once, measured: `python bench/kill9.py [--seeds N] [--kills N] [--records N] [--meddle] [--restore] …`.

For each seed an emulator with faults of all kinds, late commits and lagging look-ups; `trayimport apply` is started
again and again as a process of its own, and killed with SIGKILL at a random moment. Then the faults end, and three
quiet runs follow. What the emulator then has is compared with the export, authentication by authentication.

`--meddle`: others rename, refresh, delete and create meanwhile. A record may then rightly stay in doubt, and is counted
apart. `--restore`: the ledger is copied between two runs, and an earlier copy is put back. `--lose`: it is lost, the
database alone at once, or all of its folder when nothing is in the air. `--share`: End Users connect by hand what has a
literal of the mapping's in common with every record, and two records have the same token; in the end every run is
rolled back. With these three, what Tray has already is adopted.
"""

import argparse
import csv
import json
import os
import random
import shutil
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
    client_id: the-client-of-all
"""
SHARED = "token-of-two-of-them"
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
    claimed: int = 0
    """Of others, in the export."""
    touched: int = 0
    """Of others, deleted or changed."""
    restored: int = 0
    ledgers_lost: int = 0

    @property
    def broken(self) -> int:
        """Everything that must not be."""
        found = self.lost + self.twice + self.wrong + self.users_twice + self.admin + self.sums
        return found + self.claimed + self.touched


def main() -> int:
    """Prints a line for each seed, and the sum."""
    parser = argparse.ArgumentParser(description="Kill the import again and again, and count.")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--kills", type=int, default=20, help="of each seed")
    parser.add_argument("--records", type=int, default=60)
    parser.add_argument("--meddle", action="store_true")
    for name in ("restore", "lose", "share"):
        parser.add_argument(f"--{name}", action="store_true")
    given = parser.parse_args()
    tally = Tally()
    start = time.perf_counter()
    for seed in range(given.first, given.first + given.seeds):
        _seed(seed, given, tally)
        print(f"seed {seed}: {_shown(tally)}", flush=True)
    print(f"{time.perf_counter() - start:.0f} s; killed right after: {dict(tally.points.most_common())}")
    return 1 if tally.broken else 0


def _shown(tally: Tally) -> str:
    return (
        f"{tally.records} records, {tally.kills} kills, {tally.faults} faults; lost {tally.lost}, twice {tally.twice}, "
        f"wrong {tally.wrong}, users twice {tally.users_twice}, in the company's own account {tally.admin}, "
        f"totals that don't add up {tally.sums}, others' claimed {tally.claimed}, others' touched {tally.touched}; "
        f"in doubt {tally.doubts}; ledgers put back {tally.restored}, lost {tally.ledgers_lost}"
    )


def _seed(seed: int, given: argparse.Namespace, tally: Tally) -> None:
    chance = random.Random(seed)  # noqa: S311 - to be repeated
    meddling = Meddling(rename=0.02, refresh=0.02, foreign=0.02, delete=0.01) if given.meddle else Meddling()
    # In every other world a user who is made twice is two; then nobody else may make one at the same moment.
    second_user = seed % 2 == 0
    kinds = KINDS - {Fault.RIVAL_USER} if second_user else KINDS
    plan = FaultPlan(seed, rate=0.12, kinds=kinds, slow=SLOW, late=LATE, meddling=meddling)
    readings = Readings(lookup_lag=LAG, second_user=second_user)
    schema = {"type": "object", "required": ["access_token"], "properties": {}}
    services = [ServiceEnvironment("shop", 3, "Production", "oauth2", (), schema, {})]
    with (
        tempfile.TemporaryDirectory(prefix="kill9-") as folder,
        Sandbox(services, rate=0, users=6, readings=readings, faults=plan, latency=0.01) as sandbox,
    ):
        run = _Runner(Path(folder), sandbox, adopts=given.restore or given.lose or given.share)
        rows = run.export(given.records, chance, share=given.share)
        theirs: dict[str, str] = {}
        for _ in range(given.kills):
            run.kill(chance, tally)
            if given.share:
                theirs |= _connected(sandbox, services[0].id, chance)
            if given.restore:
                run.restore(chance, tally)
            if given.lose:
                run.lose(chance, tally)
        tally.faults += sum(one.fault is not None for one in sandbox.log)
        sandbox.faults.quiet()
        documents = [run.whole() for _ in range(3)]
        sandbox.settle()
        _count(sandbox, rows, documents, tally)
        foreign = {one.id for one in sandbox.store.authentications() if one.foreign}
        tally.claimed += len(foreign & {row["authenticationId"] for row in run.json("export", "--format", "json")})
        if given.share:
            _count_others(sandbox, run, theirs, tally)


def _connected(sandbox: Sandbox, environment: str, chance: random.Random) -> dict[str, str]:
    """What an End User connects by hand, now and then: its name by id."""
    users = sandbox.store.users()
    if not users or chance.random() < 0.5:
        return {}
    number = chance.randrange(100)
    credentials = {"access_token": chance.choice((f"their-own-{number}", SHARED)), "client_id": "the-client-of-all"}
    body = {"name": f"Theirs {number}", "serviceEnvironmentId": environment, "credentials": credentials}
    found = sandbox.store.create_authentication(chance.choice(users).id, body, foreign=True)
    return {found.id: found.name}


def _count_others(sandbox: Sandbox, run: "_Runner", theirs: dict[str, str], tally: Tally) -> None:
    """Roll every run back, and see that what others connected is as it was."""
    for one in run.json("runs", "--output", "json")["runs"]:
        run.json("rollback", one["run"], "--yes", "--rate", "0", "--output", "json", allowed=(0, 1, 2))
    left = {one.id: one.deliveries for one in sandbox.store.authentications()}
    gone = {found for found, name in theirs.items() if name not in sandbox.deleted}
    tally.touched += sum(left.get(found) != 1 for found in gone)


class _Runner:
    """The company's folder, and the command in it."""

    def __init__(self, folder: Path, sandbox: Sandbox, *, adopts: bool) -> None:
        self._folder = folder
        self._sandbox = sandbox
        self._partial = ["--allow-partial"] * adopts
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
        text = MAPPING + "on_existing: adopt\n" * adopts
        (folder / "mappings" / "shop.yaml").write_text(text, "utf-8")

    def export(self, count: int, chance: random.Random, *, share: bool) -> list[dict[str, str]]:
        """Write the export: two or three records a user, some of whom are in Tray already.

        `share`: the first and the last one have the same token.
        """
        rows = []
        for number in range(count):
            user = number * 2 // 5
            account = f"seed-{user + 1}" if user < 6 else f"acc-{user}"
            token = f"token-{number:04}-{chance.randrange(16**8):08x}"
            token = SHARED if share and number in (0, count - 1) else token
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

    def restore(self, chance: random.Random, tally: Tally) -> None:
        """Copy the ledger away, or put the copy back: its folder, or the database alone."""
        ledger, kept = self._folder / ".trayimport", self._folder / "kept"
        drawn = chance.random()
        if drawn < 0.3 and ledger.exists():
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(ledger, kept)
        elif drawn < 0.6 and kept.exists():
            tally.restored += 1
            if chance.random() < 0.5:
                shutil.rmtree(ledger, ignore_errors=True)
                shutil.copytree(kept, ledger)
            else:
                for path in ledger.glob("ledger.db*"):
                    if path.name != "ledger.db.opening":
                        path.unlink()
                for path in kept.glob("ledger.*"):
                    if path.name != "ledger.db.opening":
                        shutil.copy2(path, ledger)

    def lose(self, chance: random.Random, tally: Tally) -> None:
        """Lose the database, its file of the last opening left; or all, once nothing is in the air any more."""
        ledger = self._folder / ".trayimport"
        drawn = chance.random()
        if drawn > 0.3 or not ledger.exists():
            return
        tally.ledgers_lost += 1
        if drawn < 0.1:
            time.sleep(LATE + LAG)
            shutil.rmtree(ledger)
        else:
            for path in ledger.glob("ledger.db*"):
                if path.name != "ledger.db.opening":
                    path.unlink()

    def json(self, *arguments: str, allowed: tuple[int, ...] = (0,)) -> Any:
        """What a command prints; None where it refuses."""
        process = self._command(*arguments)
        out, err = process.communicate(timeout=300)
        if process.returncode not in allowed:
            raise SystemExit(f"{arguments[0]} ended with {process.returncode}: {err}")
        return json.loads(out) if out else None

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
        return self._command("apply", "mappings/", "--yes", "--rate", "0", *self._partial, *more)

    def _command(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "trayimport", *arguments],
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
