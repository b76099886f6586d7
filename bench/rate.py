"""How much of Tray's documented rate is used: `python bench/rate.py [--records N] [--latency S …]`.

For each latency an import of so many authentications, ten a user, against an emulator with the documented limits: 30
requests a second, 50 in any second. Shown are the answers of 429 (none may come), the most requests in any second and
minute, and the requests a second once the burst is over, as a share of 30.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
from collections import deque
from pathlib import Path

from trayimport.sandbox import Sandbox, ServiceEnvironment

RATE, BURST = 30, 50
SETTLED = 5.0
"""Seconds after which the burst is over; as much is left out at the end, when there is too little left to send."""
MAPPING = """\
version: 1
service: {name: shop, version: 3}
source: {type: csv, path: ../exports/shop.csv}
key: "{{ record.id }}"
user: {externalUserId: "{{ record.account }}"}
auth:
  name: "Shop {{ record.id }}"
  credentials: {access_token: "{{ record.token }}"}
"""


def main() -> int:
    """Prints a line for each latency."""
    parser = argparse.ArgumentParser(description="Measure the use of the documented rate.")
    parser.add_argument("--records", type=int, default=2000)
    parser.add_argument("--latency", type=float, nargs="*", default=[0.05, 0.5, 2.0], help="seconds")
    given = parser.parse_args()
    limited = 0
    for latency in given.latency:
        with tempfile.TemporaryDirectory(prefix="rate-") as folder:
            limited += _measured(Path(folder), given.records, latency)
    return 1 if limited else 0


def _measured(folder: Path, records: int, latency: float) -> int:
    schema = {"type": "object", "properties": {"access_token": {"type": "string"}}}
    services = [ServiceEnvironment("shop", 3, "Production", "oauth2", (), schema, {})]
    with Sandbox(services, rate=RATE, burst=BURST, latency=latency) as sandbox:
        done = _import(folder, records, sandbox)
        if done["created"] != records:
            raise SystemExit(f"{done['created']} of {records} were created")
        moments = sorted(one.at for one in sandbox.log)
        steady = [at for at in moments if moments[0] + SETTLED <= at <= moments[-1] - SETTLED - latency]
        share = (len(steady) - 1) / (steady[-1] - steady[0]) / RATE
        print(
            f"latency {latency:4.2f} s: {len(moments)} requests in {moments[-1] - moments[0]:6.1f} s, "
            f"{sandbox.limited} answered with 429; at most {_most(moments, 1.0)} in a second, "
            f"{_most(moments, 60.0)} in a minute; {100 * share:5.1f} % of {RATE}/s",
            flush=True,
        )
        return sandbox.limited


def _import(folder: Path, records: int, sandbox: Sandbox) -> dict[str, int]:
    for name in ("mappings", "exports"):
        (folder / name).mkdir()
    (folder / "mappings" / "shop.yaml").write_text(MAPPING, "utf-8")
    with (folder / "exports" / "shop.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "account", "token"))
        writer.writerows((f"{n:05}", f"acc-{n // 10}", f"token-of-{n:05}") for n in range(records))
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "TRAY_API_URL": sandbox.api_url,
        "TRAY_GRAPHQL_URL": sandbox.graphql_url,
        "TRAY_MASTER_TOKEN": sandbox.master_token,
    }
    command = [sys.executable, "-m", "trayimport", "apply", "mappings/", "--yes", "--output", "json"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"the import ended with {done.returncode}: {done.stderr}")
    document: dict[str, int] = json.loads(done.stdout)
    return document


def _most(moments: list[float], length: float) -> int:
    window: deque[float] = deque()
    most = 0
    for at in moments:
        window.append(at)
        while window[0] <= at - length:
            window.popleft()
        most = max(most, len(window))
    return most


if __name__ == "__main__":
    raise SystemExit(main())
