"""Counts in arrays and the estimate under censoring: by hand, one by one, and in exact fractions."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cohortes import rules, rules_survie
from app.cohortes.rules_denombrement import (
    RANG,
    SANS_PRECEDENTE,
    SITUATIONS,
    Sejour,
    aalen_johansen,
    denombrer,
    durees_of,
    from_sejours,
    naive,
    transitions_of,
)
from app.cohortes.rules_survie import Attente
from app.parcours.vocabulaire import Situation
from tests.cohortes.comparaison import assert_aalen_johansen, assert_entropies
from tests.cohortes.sequences import sejours_of

E, F, D, S = Situation.EMPLOI, Situation.FORMATION, Situation.DECROCHAGE, Situation.SORTI
suites = st.lists(st.lists(st.sampled_from([E, F, D, S]), min_size=1, max_size=9), min_size=1, max_size=7)
equal_suites = st.integers(1, 9).flatmap(
    lambda months: st.lists(
        st.lists(st.sampled_from([E, F, D, S]), min_size=months, max_size=months), min_size=1, max_size=7
    )
)


def columns(sejours: list[Sejour]) -> list[list[int]]:
    rows = [
        (row.debut, row.fin, RANG[row.situation], RANG[row.precedente] if row.precedente else SANS_PRECEDENTE)
        for row in sejours
    ]
    return [list(column) for column in zip(*rows, strict=True)]


def test_the_estimate_by_hand():
    """Four people enter in formation; two are observed one month, of the others one works and one stays."""
    lot = [[F], [F], [F, E, E], [F, F, D]]
    estimate, share = (table(from_sejours(sejours_of(lot))) for table in (aalen_johansen, naive))
    assert estimate[:, RANG[E]].tolist() == [0, 0.5, 0.5]
    assert estimate[:, RANG[F]].tolist() == [1, 0.5, 0]
    assert np.array_equal(estimate, share)


def test_the_estimate_does_not_drift_with_those_who_are_followed_longest():
    """Who began in formation is followed one month more; nobody ever moves. Half the people are in each."""
    lot = [[F, F, F], [D, D]] * 5
    nombres = from_sejours(sejours_of(lot))
    assert aalen_johansen(nombres)[:, RANG[F]].tolist() == [0.5, 0.5, 0.5]
    assert naive(nombres)[:, RANG[F]].tolist() == [0.5, 0.5, 1]


def test_the_estimate_goes_on_from_where_the_lost_were():
    """Eight enter in décrochage, half are lost after a month; of the others half work the month after, all then."""
    lot = [[D], [D], [D], [D], [D, E, E], [D, E, E], [D, D, E], [D, D, E]]
    estimate = aalen_johansen(from_sejours(sejours_of(lot)))
    assert estimate[:, RANG[E]].tolist() == [0, 0.5, 1]


@given(suites)
def test_the_estimate_is_the_product_integral_in_fractions(suites: list[list[Situation]]):
    assert_aalen_johansen(sejours_of(suites), suites)


@given(suites)
def test_how_spread_a_month_is(suites: list[list[Situation]]):
    assert_entropies(sejours_of(suites), suites)


@given(equal_suites)
def test_without_censoring_the_estimate_is_the_share(suites: list[list[Situation]]):
    nombres = from_sejours(sejours_of(suites))
    assert np.allclose(aalen_johansen(nombres), naive(nombres), rtol=0, atol=1e-12)


@given(suites)
def test_the_estimate_adds_up_to_everybody(suites: list[list[Situation]]):
    estimate = aalen_johansen(from_sejours(sejours_of(suites)))
    assert (estimate >= 0).all()
    assert np.allclose(estimate.sum(axis=1), 1, rtol=0, atol=1e-12)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 4)), min_size=1, max_size=9))
def test_where_nothing_comes_after_it_is_kaplan_meier(lot: list[tuple[int, int]]):
    """A job that lasts for ever after so many months of décrochage, or the end of observation still in it."""
    suites = [[D] * avant + [E] * apres for avant, apres in lot if avant + apres]
    waits = [
        Attente(avant, True, 1) if apres else Attente(avant - 1, False, 1) for avant, apres in lot if avant + apres
    ]
    estimate = aalen_johansen(from_sejours(sejours_of(suites))) if suites else np.zeros((0, len(SITUATIONS)))
    for row in rules_survie.delai(waits):
        assert estimate[row.mois, RANG[D]] == pytest.approx(row.survie, abs=1e-12)


@given(suites)
def test_counts_are_what_counting_one_by_one_gives(suites: list[list[Situation]]):
    nombres = denombrer(*columns(sejours_of(suites)))
    presents = Counter((mois, suite[mois]) for suite in suites for mois in range(len(suite)))
    passages = Counter((mois, suite[mois - 1], suite[mois]) for suite in suites for mois in range(1, len(suite)))
    assert nombres.presents.sum() == presents.total()
    assert nombres.passages.sum() == passages.total()
    assert all(nombres.presents[mois, RANG[ici]] == count for (mois, ici), count in presents.items())
    assert all(nombres.passages[mois, RANG[de], RANG[vers]] == count for (mois, de, vers), count in passages.items())
    assert nombres.observes.tolist() == [
        sum(len(suite) > mois for suite in suites) for mois in range(max(map(len, suites)))
    ]
    assert (nombres.presents.dtype, nombres.passages.dtype) == (np.int64, np.int64)


@given(suites, st.sampled_from([np.int8, np.int16, np.uint8, np.int64]), st.integers(1, 10**9))
def test_columns_of_any_integer_and_people_counted_together(suites: list[list[Situation]], kind: type, effectif: int):
    debut, fin, situation, precedente = columns(sejours_of(suites))
    narrow = [np.array(column, kind) for column in (debut, fin, situation)]
    alone = denombrer(debut, fin, situation, precedente)
    together = denombrer(*narrow, np.array(precedente, np.int8), np.full(len(debut), effectif))
    assert np.array_equal(together.presents, alone.presents * effectif)
    assert np.array_equal(together.passages, alone.passages * effectif)


@given(suites)
def test_tables_of_counted_spells_are_those_of_the_arrays(suites: list[list[Situation]]):
    """The two ways in lead to the same tables."""
    sejours = sejours_of(suites)
    grouped = Counter((row.precedente, row.situation, row.debut, row.fin) for row in sejours)
    counted = [Sejour(*row, count) for row, count in grouped.items()]
    nombres = denombrer(*columns(sejours))
    assert transitions_of(nombres) == rules.transitions(counted)
    assert durees_of(nombres) == rules.durees(counted)


def test_nobody_is_counted_as_nobody():
    nombres = denombrer([], [], [], [])
    assert (nombres.presents.shape, nombres.passages.shape) == ((0, 15), (0, 15, 15))
    assert aalen_johansen(nombres).shape == naive(nombres).shape == (0, 15)
    assert rules.repartition([], rules.Estimateur.AALEN_JOHANSEN) == []


def test_a_spell_of_no_month_is_refused():
    with pytest.raises(ValueError, match="at least a month"):
        denombrer([0, 3], [3, 3], [0, 1], [-1, 0])
