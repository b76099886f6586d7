"""The measurements still run, and compare like with like; their times are nobody's promise."""

import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parent.parent / "bench"


def run(name: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, str(BENCH / name), *arguments], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_planning_and_the_obvious_way_plan_the_same_records() -> None:
    assert "ratio" in run("plan.py", "40")


def test_a_bench_of_validate_checks_valid_mappings_with_their_examples() -> None:
    out = run("validate.py", "4", "--rounds", "1")
    assert out.startswith("4 mappings with ")
    assert "ratio" in out
