"""A page of documentation, acted out: its files are written and its commands run, in the order of the page.

- A fence with a title (`yaml title="mappings/x.yaml"`) is that file.
- `sh` is run line by line; `# exit N` after a command says how it ends, else it ends with 0.
- `yaml` without a title is a mapping, or the part of one that stands in for the same keys of the tutorial's.
- `console`, `text` and `json` only show something.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from project import Done, Project

FENCE = re.compile(r"^```(\w+)(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
EXIT = re.compile(r"# exit (\d+)$")
ASKING = ("apply", "rollback", "resolve")


@dataclass(frozen=True, slots=True)
class Block:
    """One fence of a page."""

    kind: str
    title: str
    text: str
    line: int


def blocks(page: Path) -> list[Block]:
    """The fences of a page."""
    text = page.read_text("utf-8")
    return [
        Block(found[1], found[2] or "", found[3], text.count("\n", 0, found.start()) + 1)
        for found in FENCE.finditer(text)
    ]


def mappings(page: Path, whole: str) -> list[tuple[int, str]]:
    """The mappings that untitled fences show, with their lines; parts stand in for the same keys of `whole`."""
    found = []
    for block in blocks(page):
        if block.kind == "yaml" and not block.title:
            keys = set(re.findall(r"^(\w+):", block.text, re.MULTILINE))
            if "version" in keys:
                found.append((block.line, block.text))
                continue
            rest = [part for part in _parts(whole) if part.split(":")[0] not in keys | {"examples"}]
            found.append((block.line, "".join(rest) + block.text))
    return found


def _parts(text: str) -> list[str]:
    """A mapping's text by its keys at the top level."""
    return re.findall(r"^\w+:.*\n(?:^(?:[ #].*)?\n)*", text, re.MULTILINE)


class Reader:
    """Does what a page says, in a project's folder, and says yes where a command would ask."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._folder = project.root
        project.environment["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        project.environment["TRAYIMPORT_RATE"] = "0"

    def follow(self, page: Path) -> None:
        """Write each file, run each command."""
        for block in blocks(page):
            if block.title:
                path = self._folder / block.title
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(block.text, "utf-8")
            elif block.kind == "sh":
                for command in _lines(block.text):
                    self._run(command, f"{page.name}:{block.line}")

    def _run(self, line: str, where: str) -> None:
        found = EXIT.search(line)
        expected = int(found[1]) if found else 0
        words = [word.replace("~", str(self._project.root)) for word in shlex.split(line, comments=True)]
        if words[0] == "cd":
            self._folder = self._folder / words[1]
        elif words[0] == "export":
            name, _, value = words[1].partition("=")
            self._project.environment[name] = value
        elif words[0] == "trayimport":
            done = self._trayimport(words[1:])
            assert done.code == expected, f"{where}: {line}\n{done.text}"
        else:
            subprocess.run(["bash", "-ec", line], cwd=self._folder, env=self._project.variables(), check=True)

    def _trayimport(self, words: list[str]) -> Done:
        out = None
        if ">" in words:
            out = words[words.index(">") + 1]
            words = words[: words.index(">")]
        if words[0] in ASKING and "--yes" not in words:
            words = [*words, "--yes"]
        here = Project(self._folder, self._project.sandbox, self._project.environment)
        done = here.run(*words, **({"TRAY_MASTER_TOKEN": None} if "TRAY_MASTER_TOKEN_FILE" in here.environment else {}))
        if out is not None:
            (self._folder / out).write_text(done.out, "utf-8")
        return done


def _lines(text: str) -> Iterator[str]:
    for line in text.replace("\\\n", " ").splitlines():
        if line.strip() and not line.startswith("#"):
            yield line.strip()
