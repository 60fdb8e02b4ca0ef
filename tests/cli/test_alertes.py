"""Promise: docs/alertes.md says what the application says, word for word."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from app.alertes.vocabulaire import Regle
from app.cli.main import parcours

PAGE = Path(__file__).resolve().parents[2] / "docs" / "alertes.md"


def test_the_page_of_the_documentation_is_up_to_date() -> None:
    said = CliRunner().invoke(parcours, ["alertes", "expliquer"], catch_exceptions=False).stdout
    assert PAGE.read_text() == said, "parcours alertes expliquer > docs/alertes.md"


def test_every_rule_has_its_sheet() -> None:
    titles = [line.removeprefix("### ") for line in PAGE.read_text().splitlines() if line.startswith("### ")]
    assert titles == [regle.label for regle in Regle]
