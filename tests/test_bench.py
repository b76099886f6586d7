"""The measurements still run, and compare like with like; their times are nobody's promise."""

import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parent.parent / "bench"


def test_planning_and_the_obvious_way_plan_the_same_records() -> None:
    done = subprocess.run(
        [sys.executable, str(BENCH / "plan.py"), "40"], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "ratio" in done.stdout
