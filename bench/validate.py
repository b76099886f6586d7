"""How fast mappings are checked, beside the obvious way: `python bench/validate.py [MAPPINGS] [--rounds N]`.

The mappings are copies of the project's own, each with an identity of its own and all its examples. The obvious way is
what one writes in an afternoon: `yaml.safe_load`, the editor's schema by jsonschema, and Jinja's own compiler for
every template; it runs no example and gives no place. Both are processes of their own, from start to end, one after
the other, several times; the fastest of each counts.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from trayimport.core.filters.table import FILTERS, HIGHER

ROOT = Path(__file__).parent.parent
OBVIOUS = """
import json, sys
from pathlib import Path
import jinja2, jsonschema, yaml
schema = jsonschema.Draft202012Validator(json.loads(Path(sys.argv[1]).read_text()))
engine = jinja2.Environment(undefined=jinja2.StrictUndefined)
engine.filters = dict.fromkeys([*engine.filters, *sys.argv[3:]], str)
def texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from texts(one)
for file in sorted(Path(sys.argv[2]).glob("*.yaml")):
    mapping = yaml.safe_load(file.read_text())
    list(schema.iter_errors(json.loads(json.dumps(mapping, default=str))))
    mapping.pop("examples")
    for text in texts(mapping):
        if "{" in text:
            engine.from_string(text)
"""


def main() -> None:
    """Prints the time of both, and their ratio."""
    parser = argparse.ArgumentParser(description="Measure the checking of mappings.")
    parser.add_argument("mappings", type=int, nargs="?", default=100)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        mappings = Path(folder) / "mappings"
        mappings.mkdir()
        (Path(folder) / "schemas").symlink_to(ROOT / "schemas")
        examples = _copies(mappings, given.mappings)
        ours = [sys.executable, "-m", "trayimport", "validate", str(mappings)]
        schema = ROOT / "schemas" / "mapping.schema.json"
        theirs = [sys.executable, "-c", OBVIOUS, str(schema), str(mappings), *FILTERS, *HIGHER]
        start = [sys.executable, "-m", "trayimport", "--version"]
        times = [min(_seconds(command) for _ in range(given.rounds)) for command in (ours, theirs, start)]
    print(f"{given.mappings} mappings with {examples} examples, the fastest of {given.rounds} rounds")
    print(f"trayimport validate: {times[0]:.2f} s, of which starting {times[2]:.2f} s")
    print(f"the obvious way:     {times[1]:.2f} s")
    print(f"ratio: {times[1] / times[0]:.1f}")


def _copies(into: Path, number: int) -> int:
    """The project's own mappings, copied so often; how many examples they have in all."""
    own = [path for path in sorted((ROOT / "mappings").glob("*.yaml")) if not path.name.startswith("_")]
    examples = 0
    for index in range(number):
        path = own[index % len(own)]
        text = re.sub(r"^id: .*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        text = re.sub(r"^version: 1\n", f"version: 1\nid: {path.stem}-{index}\n", text, count=1, flags=re.MULTILINE)
        # Templates differ by blanks: no two mappings of a company are the same text.
        text = text.replace("{{ ", "{{ " + " " * (index // len(own)))
        (into / f"{path.stem}-{index}.yaml").write_text(text, encoding="utf-8")
        examples += len(re.findall(r"^  - name:", text, flags=re.MULTILINE))
    return examples


def _seconds(command: list[str]) -> float:
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    taken = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return taken


if __name__ == "__main__":
    main()
