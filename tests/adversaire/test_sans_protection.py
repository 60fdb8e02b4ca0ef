"""T9, the control: on what is usually published every attack succeeds, or the others would prove nothing."""

from __future__ import annotations

import numpy as np

from tests.adversaire.ensembles import classes_of, exposed, isolated, small_differences
from tests.adversaire.population import Ville
from tests.adversaire.reconstruction import believed, from_counts, score, vintages
from tests.adversaire.sans_protection import (
    quarterly_sets,
    redact_and_round,
    subtraction,
    threshold,
    yesterday_and_today,
)


def test_comparing_two_days_finds_the_newcomer_and_reads_them(ville: Ville, note_avant):
    for name, rule in (("threshold 11", threshold), ("redact 7, round 5", redact_and_round)):
        found, read = yesterday_and_today(ville, rule, victimes=100, graine=1)
        note_avant(f"01 a newcomer is told apart, {name}", f"{found:.0%}")
        note_avant(f"02 their situation is read right, {name}", f"{read:.0%}")
        assert found == 1
        assert read > 0.9


def test_free_filters_isolate_by_subtraction(ville: Ville, note_avant):
    alone = subtraction(ville)
    note_avant("03 isolated by subtracting two cohorts", f"{alone:.0%}")
    assert alone > 0.1


def test_a_quarterly_refresh_exposes_people_to_linear_algebra(ville: Ville, note_avant):
    sets = quarterly_sets(ville)
    near = isolated((reste for *_, reste in small_differences(np.unique(sets, axis=0))), ville.taille)
    classes = classes_of(sets)
    people = classes.tailles[exposed(classes)].sum() / ville.taille
    note_avant("04 within a difference of 1 to 10 people", f"{near.mean():.0%}")
    note_avant("05 in a class of 1 to 10 that can be computed", f"{people:.0%}")
    assert near.mean() > 0.4
    assert people > 0.1


def test_linear_programming_reconstructs_entry(ville: Ville, note_avant):
    enonce = from_counts(quarterly_sets(ville, vintages(ville)), ville.bandes)
    precision, _, people = score(enonce, believed(enonce), ville, np.zeros(ville.taille, int))
    note_avant("08 reconstruction: precision where it is sure", f"{precision:.0%}")
    note_avant("09 reconstruction: people it is sure of", f"{people / ville.taille:.0%}")
    assert precision > (0.9 if ville.taille < 1_000 else 0.6)
    assert people > ville.taille / 3
