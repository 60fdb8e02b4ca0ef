"""The table says what is held, what is missed, and what only informs."""

from __future__ import annotations

import pytest

from bench.__main__ import measured
from bench.banc import Banc
from bench.mesures import alertes, recherche
from bench.rapport import Ligne, at_least, at_most, markdown


def test_a_budget_is_held_missed_or_absent() -> None:
    assert Ligne("a", "1 ms", rapport=0.3, budget=at_most(0.33)).tenu is True
    assert Ligne("a", "1 ms", rapport=0.4, budget=at_most(0.33)).tenu is False
    assert Ligne("a", "9/s", rapport=0.4, budget=at_least(0.4)).tenu is True
    assert Ligne("a", "1 ms", rapport=0.4).tenu is None


def test_the_report_is_a_markdown_table_under_the_machine() -> None:
    lines = [
        Ligne("a", "1 ms", "b", 0.5, at_most(0.33)),
        Ligne("c", "2 ms"),
        Ligne("d", "3 µs", "", 3, at_most(9, " µs")),
    ]
    head, blank, titles, rule, *rows = markdown(["the machine"], lines).splitlines()
    assert (head, blank) == ("the machine", "")
    assert {len(row.split("|")) for row in (titles, rule, *rows)} == {8}
    assert ["**no**" in rows[0], "yes" in rows[1], "yes" in rows[2]] == [True, False, True]
    assert "≤ 9 µs" in rows[2]


def test_the_measures_run_on_a_tiny_population(banc: Banc, monkeypatch: pytest.MonkeyPatch) -> None:
    """What they time is checked as it runs: an up-to-date scan does nothing, a re-evaluation equals a scan."""
    monkeypatch.setattr(alertes, "FOIS", 1)
    monkeypatch.setattr(alertes, "ISOLES", 5)
    monkeypatch.setattr(recherche, "TOURS", 1)
    lignes = list(measured(banc, ["recherche", "alertes"]))
    works = {ligne.travail for ligne in lignes}
    assert {"Nightly scan of everybody", "Search by a coordinateur who sees 120 people"} <= works
    assert len(lignes) == 7
    assert all(len(ligne.cells()) == 6 for ligne in lignes)
