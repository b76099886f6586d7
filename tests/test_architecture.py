"""Data flows one way: an import against the arrows of design section 7 fails here."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "trayimport"
BASE = {"errors", "model", "codes"}
ALLOWED = {
    "codes": set(),
    "model": {"codes"},
    "errors": {"codes", "model"},
    "encodings": set(),
    "core": BASE | {"encodings"},
    "plugins": set(),
    "sources": BASE | {"encodings", "plugins"},
    "secrets": BASE | {"plugins"},
    "tray": BASE,
    "ledger": BASE,
    "catalog": BASE,
    "progress": BASE,
    "planstore": BASE,
    "planfile": BASE | {"planstore"},
    "sandbox": {"codes"},
    "report": BASE | {"core"},
    "apply": BASE | {"core", "planstore", "progress"},
    "pipeline": BASE
    | {"core", "apply", "sources", "secrets", "tray", "ledger", "catalog", "planfile", "planstore", "progress"},
}


def part(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def imports(file: Path) -> list[str]:
    tree = ast.parse(file.read_text())
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "trayimport":
                found += [f"trayimport.{alias.name}" for alias in node.names]
            else:
                found.append(node.module)
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
    return [name for name in found if name.startswith("trayimport.")]


@pytest.mark.parametrize("file", sorted(ROOT.rglob("*.py")), ids=lambda file: str(file.relative_to(ROOT)))
def test_no_import_goes_against_the_arrows(file: Path) -> None:
    relative = file.relative_to(ROOT)
    own = relative.parts[0].removesuffix(".py")
    if own not in ALLOWED:
        return
    wrong = [name for name in imports(file) if part(name) not in ALLOWED[own] | {own}]
    assert not wrong


def test_the_core_does_no_input_or_output() -> None:
    forbidden = {"os", "sys", "socket", "requests", "urllib3", "random", "logging", "subprocess", "sqlite3", "time"}
    for file in (ROOT / "core").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            assert not {name.split(".")[0] for name in names} & forbidden, file
