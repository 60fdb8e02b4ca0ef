"""Promise: a month has its days, whatever the address says; public holidays are those of France."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.agenda.rules import ecrire_mois, jours_du_mois, lire_mois, mois_voisin
from app.alertes.rules_courriels import feries

TODAY = date(2026, 3, 17)


@pytest.mark.parametrize(
    "texte", ["", "2026", "2026-13", "2026-00", "1999-12", "2200-01", "2026-3", "٢٠٢٦-٠٣", "2026-03-01", "-2026-03"]
)
def test_an_address_that_names_no_month_shows_the_current_one(texte: str) -> None:
    assert lire_mois(texte, today=TODAY) == date(2026, 3, 1)


@given(st.dates(date(2000, 1, 1), date(2199, 12, 31)))
def test_every_day_is_in_its_month_and_neighbours_lead_back(day: date) -> None:
    premier = day.replace(day=1)
    days = jours_du_mois(premier)
    assert day in days
    assert {one.month for one in days} == {day.month}
    assert lire_mois(ecrire_mois(premier), today=TODAY) == premier
    suivant = mois_voisin(premier, 1)
    if suivant is not None:
        assert mois_voisin(suivant, -1) == premier
        assert (suivant - days[-1]).days == 1


def test_there_is_no_month_before_the_first_nor_after_the_last() -> None:
    assert mois_voisin(date(2000, 1, 1), -1) is None
    assert mois_voisin(date(2199, 12, 1), 1) is None


def test_holidays_have_their_french_name() -> None:
    assert feries(2026)[date(2026, 11, 11)] == "Armistice"
