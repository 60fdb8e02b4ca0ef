"""The tables, from sequences written by hand and from every sequence."""

from __future__ import annotations

from fractions import Fraction
from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cohortes import rules, rules_survie
from app.cohortes.rules_denombrement import Duree, Repartition, Sejour, Transition
from app.cohortes.rules_survie import Attente
from app.parcours.vocabulaire import Situation
from tests.cohortes.comparaison import assert_delai, assert_tables
from tests.cohortes.sequences import attente_of, sejours_of, slow_band

E, F, D, S = Situation.EMPLOI, Situation.FORMATION, Situation.DECROCHAGE, Situation.SORTI


def test_three_people_by_hand():
    sejours = sejours_of([[D, D, F, E], [D, F], [E, E, S, S]])
    t = 1 / 3
    assert rules.repartition(sejours)[:8] == [
        Repartition(0, E, 1, t), Repartition(0, F, 0, 0.0), Repartition(0, D, 2, 2 / 3), Repartition(0, S, 0, 0.0),
        Repartition(1, E, 1, t), Repartition(1, F, 1, t), Repartition(1, D, 1, t), Repartition(1, S, 0, 0.0),
    ]  # fmt: skip
    # in the third month only two people are observed
    assert rules.repartition(sejours)[8:12] == [
        Repartition(2, E, 0, 0.0), Repartition(2, F, 1, 0.5), Repartition(2, D, 0, 0.0), Repartition(2, S, 1, 0.5),
    ]  # fmt: skip
    assert rules.transitions(sejours) == [
        Transition(E, E, 1, 0.5), Transition(E, S, 1, 0.5), Transition(F, E, 1, 1.0),
        Transition(D, F, 2, 2 / 3), Transition(D, D, 1, 1 / 3), Transition(S, S, 1, 1.0),
    ]  # fmt: skip
    assert rules.durees(sejours) == [Duree(E, 1.0), Duree(F, 2 / 3), Duree(D, 1.0), Duree(S, 2 / 3)]


def test_counts_of_equal_spells_weigh_what_they_count():
    one_by_one = sejours_of([[D, D, E], [D, D, E], [D, D, E]])
    together = [Sejour(None, D, 0, 2, 3), Sejour(D, E, 2, 3, 3)]
    for table in (rules.repartition, rules.transitions, rules.durees):
        assert table(together) == table(one_by_one)


@pytest.mark.parametrize(
    ("suite", "duree_min", "attendue"),
    [
        ([E, E], 1, Attente(0, True, 1)),
        ([D, E], 1, Attente(1, True, 1)),
        ([D, E], 2, Attente(2, False, 1)),
        ([E, D, E, E], 2, Attente(2, True, 1)),
        ([D, D, D], 1, Attente(3, False, 1)),
        ([D, E, E, E], 3, Attente(1, True, 1)),
    ],
)
def test_what_counts_as_reached(suite: list[Situation], duree_min: int, attendue: Attente):
    assert attente_of(suite, E, duree_min) == attendue


def test_delai_by_hand():
    """Ten people: two there from the first month, one at month 2 when another is censored, the rest never."""
    rows = rules_survie.delai([Attente(0, True, 2), Attente(2, True, 1), Attente(2, False, 1), Attente(4, False, 6)])
    assert [(row.mois, row.a_risque, row.evenements) for row in rows] == [
        (0, 10, 2), (1, 8, 0), (2, 8, 1), (3, 6, 0), (4, 6, 0),
    ]  # fmt: skip
    assert [row.survie for row in rows] == pytest.approx([0.8, 0.8, 0.7, 0.7, 0.7], abs=1e-15)
    # without censoring before them, Greenwood is the binomial error: sqrt(S(1 − S)/n)
    assert [row.erreur_type for row in rows] == pytest.approx(
        [(0.8 * 0.2 / 10) ** 0.5] * 2 + [(0.7 * 0.3 / 10) ** 0.5] * 3, abs=1e-15
    )


def test_when_everybody_has_arrived_nothing_is_left_to_err_about():
    last = rules_survie.delai([Attente(0, True, 1), Attente(3, True, 2)])[-1]
    assert (last.mois, last.survie, last.erreur_type) == (3, 0.0, 0.0)


def test_delai_gives_the_published_estimates_of_the_reference_trial():
    """6-MP against leukaemia (Freireich 1963), the table of every textbook: weeks, survival, Greenwood's error."""
    events = {6: 3, 7: 1, 10: 1, 13: 1, 16: 1, 22: 1, 23: 1}
    censored = {6: 1, 9: 1, 10: 1, 11: 1, 17: 1, 19: 1, 20: 1, 25: 1, 32: 2, 34: 1, 35: 1}
    attentes = [Attente(mois, True, n) for mois, n in events.items()]
    rows = {
        row.mois: row
        for row in rules_survie.delai(attentes + [Attente(mois, False, n) for mois, n in censored.items()])
    }
    published = {6: (0.857, 0.0764), 7: (0.807, 0.0869), 10: (0.753, 0.0963), 13: (0.690, 0.1068),
                 16: (0.627, 0.1141), 22: (0.538, 0.1282), 23: (0.448, 0.1346)}  # fmt: skip
    for mois, (survie, erreur_type) in published.items():
        assert round(rows[mois].survie, 3) == survie
        assert round(rows[mois].erreur_type, 4) == erreur_type
    assert list(rows) == list(range(36))


def test_nobody_gives_empty_tables():
    for table in (rules.repartition, rules.transitions, rules.durees, rules_survie.delai):
        assert table([]) == []


suites = st.lists(st.lists(st.sampled_from([E, F, D, S]), min_size=1, max_size=9), min_size=1, max_size=7)


@given(suites)
def test_every_table_is_what_counting_one_by_one_gives(suites: list[list[Situation]]):
    assert_tables(sejours_of(suites), suites)


@given(suites, st.integers(1, 4))
def test_delai_is_what_counting_one_by_one_gives(suites: list[list[Situation]], duree_min: int):
    assert_delai([attente_of(suite, E, duree_min) for suite in suites], suites, E, duree_min)


@given(suites)
def test_what_tables_owe_each_other(suites: list[list[Situation]]):
    sejours = sejours_of(suites)
    repartition = rules.repartition(sejours)
    for mois in {row.mois for row in repartition}:
        assert isclose(sum(row.part for row in repartition if row.mois == mois), 1)
    person_months = sum(map(len, suites))
    assert sum(row.effectif for row in repartition) == person_months
    assert sum(row.effectif for row in rules.transitions(sejours)) == person_months - len(suites)
    assert isclose(sum(row.mois_moyens for row in rules.durees(sejours)), person_months / len(suites))


def test_the_band_by_hand():
    """Ten people, two reached at once: 0.8 ± 0.1265, or 0.409 to 0.946 as R's `survfit(conf.type = "log-log")`."""
    first, *_, last = rules_survie.delai([Attente(0, True, 2), Attente(1, False, 8)])
    assert (first.bas, first.haut) == (last.bas, last.haut)
    assert (first.bas, first.haut) == pytest.approx((0.409, 0.946), abs=5e-4)
    exact = slow_band(Fraction(4, 5), Fraction(4, 250))
    assert (first.bas, first.haut) == pytest.approx([float(bound) for bound in exact], abs=1e-12)


def test_where_everybody_or_nobody_waits_the_band_is_the_point():
    rows = rules_survie.delai([Attente(1, True, 3)])
    assert [(row.survie, row.bas, row.haut) for row in rows] == [(1, 1, 1), (0, 0, 0)]


@given(suites, st.integers(1, 3))
def test_the_band_holds_the_point_within_0_and_1(suites: list[list[Situation]], duree_min: int):
    for row in rules_survie.delai([attente_of(suite, E, duree_min) for suite in suites]):
        assert 0 <= row.bas <= row.survie <= row.haut <= 1
