"""The house as docs and DESIGN draw it: layers, sizes, one importer of cryptography, cohortes without a name."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "app").rglob("*.py"))
TEMPLATES = sorted((ROOT / "app").rglob("*.html"))
MODULE_LINES, FUNCTION_LINES, TEMPLATE_LINES = 400, 40, 120


def test_import_contracts_hold() -> None:
    lint = Path(sys.executable).parent / "lint-imports"
    result = subprocess.run(
        [lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    assert result.returncode == 0, result.stdout


def test_managers_pages_load_without_the_vault_or_the_names() -> None:
    """A process that serves cohorts cannot decrypt, because it never loads what could."""
    rooms = [path.stem for path in (ROOT / "app" / "cohortes").glob("*.py") if path.stem != "__init__"]
    script = (
        "import importlib, sys\n"
        f"for name in {rooms!r}: importlib.import_module('app.cohortes.' + name)\n"
        "print([m for m in sys.modules if m.startswith(('app.vault', 'app.jeunes', 'cryptography'))])"
    )
    result = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_and_functions_stay_small(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= MODULE_LINES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno - node.lineno < FUNCTION_LINES, f"{node.name} at line {node.lineno}"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_templates_stay_small(path: Path) -> None:
    assert path.read_text().count("\n") <= TEMPLATE_LINES


def test_rooms_start_empty() -> None:
    for init in (ROOT / "app").glob("*/__init__.py"):
        assert init.read_text() == "", init


def test_views_leave_sql_to_queries() -> None:
    for path in MODULES:
        if path.stem.startswith(("views", "forms")):
            assert "sqlalchemy" not in path.read_text(), path


def test_rules_do_no_input_or_output() -> None:
    """A rule is a pure function: what it needs is passed in, the day included."""
    forbidden = {"sqlalchemy", "flask", "os", "pathlib", "random", "requests", "socket", "time"}
    for path in MODULES:
        if path.stem.startswith("rules") or path.stem.endswith("_rules"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    names = [node.module] if isinstance(node, ast.ImportFrom) else [n.name for n in node.names]
                    assert not forbidden & {(name or "").split(".")[0] for name in names}, path
                if isinstance(node, ast.Attribute) and node.attr in {"now", "today", "utcnow"}:
                    assert not isinstance(node.ctx, ast.Load) or not _is_clock(node), f"{path}:{node.lineno}"


def _is_clock(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id in {"date", "datetime"}
