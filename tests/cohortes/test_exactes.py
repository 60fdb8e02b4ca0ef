"""Flux, exits and returns, from counts written by hand."""

from __future__ import annotations

from dataclasses import astuple

from app.cohortes.rules_exactes import Flux, Issue, Passage, Raccrochages, Retour, flux, raccrochages, sorties
from app.parcours.vocabulaire import MotifSortie, Situation

E, F, D = Situation.EMPLOI, Situation.FORMATION, Situation.DECROCHAGE


def test_flux_in_order_and_of_those_observed_at_both():
    passages = [Passage(6, 12, D, E, 1), Passage(0, 6, D, F, 1), Passage(0, 6, F, E, 3), Passage(0, 6, D, E, 4)]
    assert flux(passages) == [
        Flux(0, 6, F, E, 3, 3 / 8), Flux(0, 6, D, E, 4, 0.5), Flux(0, 6, D, F, 1, 1 / 8), Flux(6, 12, D, E, 1, 1.0),
    ]  # fmt: skip


def test_three_measures_and_their_own_denominators():
    """Of ten people six left; of the four whose structure is a PLIE three have its positive issue, one still there."""
    issues = [
        Issue(None, False, False, 2), Issue(None, True, True, 1), Issue(None, True, False, 1),
        Issue(MotifSortie.EMPLOI_DURABLE, True, True, 2), Issue(MotifSortie.SERVICE_CIVIQUE, False, False, 1),
        Issue(MotifSortie.MISSION_LOCALE, False, False, 2), Issue(MotifSortie.DEMENAGEMENT, False, False, 1),
    ]  # fmt: skip
    assert [astuple(row) for row in sorties(issues)] == [
        ("sorties", "", 6, 10, 0.6),
        ("motif", "emploi_durable", 2, 6, 2 / 6),
        ("motif", "service_civique", 1, 6, 1 / 6),
        ("motif", "mission_locale", 2, 6, 2 / 6),
        ("motif", "demenagement", 1, 6, 1 / 6),
        ("famille", "positive", 3, 6, 0.5),
        ("famille", "relais", 2, 6, 2 / 6),
        ("famille", "autre", 1, 6, 1 / 6),
        ("sorties_dynamiques", "", 2, 6, 2 / 6),
        ("issues_positives_plie", "", 3, 4, 0.75),
    ]


def test_a_measure_of_nobody_has_no_row():
    assert [row.mesure for row in sorties([Issue(None, False, False, 3)])] == ["sorties"]
    assert sorties([]) == raccrochages([]) == flux([]) == []


def test_returns_and_those_that_hold():
    counts = [
        Retour(False, False, False, False, 5), Retour(True, False, False, False, 3),
        Retour(True, True, False, False, 2), Retour(True, True, True, False, 1), Retour(True, True, True, True, 4),
    ]  # fmt: skip
    assert raccrochages(counts) == [Raccrochages(10, 7, 5, 4, 0.7, 0.8)]
    assert raccrochages(counts[:1]) == [Raccrochages(0, 0, 0, 0, None, None)]
