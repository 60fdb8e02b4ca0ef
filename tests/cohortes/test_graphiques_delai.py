"""The median and the band of the page, from rounded numbers, beside the exact ones."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cohortes.rules_delai import Mediane, Palier, mediane, paliers
from app.cohortes.rules_survie import Attente
from app.cohortes.rules_survie import delai as exact

nombres = st.none() | st.integers(3, 100).map(lambda n: 5 * n)


def test_with_every_month_and_exact_counts_without_censoring_the_band_is_greenwoods() -> None:
    """Nothing rounded, nobody lost: the formula of the page is the formula itself."""
    evenements = [0, 30, 50, 20, 40, 10]
    attentes = [Attente(mois, True, nombre) for mois, nombre in enumerate(evenements) if nombre]
    attentes.append(Attente(5, False, 50))
    attendu = exact(attentes)
    atteint = [sum(evenements[: mois + 1]) for mois in range(6)]
    courbe = paliers(200, range(6), atteint, [200 - nombre for nombre in atteint])
    for point, survie in zip(courbe, attendu, strict=True):
        assert point.part == pytest.approx(1 - survie.survie, abs=1e-12)
        assert (point.bas, point.haut) == (
            pytest.approx(1 - survie.haut, abs=1e-12),
            pytest.approx(1 - survie.bas, abs=1e-12),
        )


@pytest.mark.parametrize("graine", range(5))
def test_with_large_counts_the_published_band_is_close_to_the_exact_one(graine: int) -> None:
    """2,000 people, a third censored, one point a quarter, all rounded to 5."""
    hasard = random.Random(graine)
    attentes: list[Attente] = []
    for _ in range(2000):
        quand, censure = int(hasard.expovariate(0.05)), hasard.randrange(18, 49)
        attentes.append(Attente(min(quand, censure), quand <= censure, 1))
    table = {survie.mois: survie for survie in exact(attentes)}
    mois = range(0, 37, 3)
    atteint = [5 * round((1 - table[m].survie) * 2000 / 5) for m in mois]
    attendent = [5 * round((table[m].a_risque - table[m].evenements) / 5) for m in mois]
    for point in paliers(2000, mois, atteint, attendent):
        survie = table[point.mois]
        assert point.part == pytest.approx(1 - survie.survie, abs=0.0013)
        assert point.bas == pytest.approx(1 - survie.haut, abs=0.004)
        assert point.haut == pytest.approx(1 - survie.bas, abs=0.004)


@given(st.integers(10, 100).map(lambda n: 5 * n), st.lists(st.tuples(nombres, nombres), max_size=20))
def test_a_curve_never_falls_and_its_band_holds_it(effectif: int, lignes: list[tuple[int | None, int | None]]) -> None:
    courbe = paliers(effectif, range(len(lignes)), [a for a, _ in lignes], [b for _, b in lignes])
    assert [p.mois for p in courbe] == [rang for rang, (a, _) in enumerate(lignes) if a is not None]
    avant = 0.0
    for point in courbe:
        assert avant <= point.part <= 1
        avant = point.part
        if point.bas is not None and point.haut is not None:
            assert 0 <= point.bas <= point.part + 1e-12
            assert point.part - 1e-12 <= point.haut <= 1
            assert math.isfinite(point.bas + point.haut)


def test_where_too_few_still_wait_there_is_no_band_from_there_on() -> None:
    courbe = paliers(60, (0, 3, 6, 9), (20, 40, 45, 50), (40, 20, None, None))
    assert [point.bas is None for point in courbe] == [False, False, False, True]
    assert paliers(20, (0,), (20,), (None,)) == [Palier(0, 1.0, None, None)]


def test_first_months_that_are_not_shown_have_no_point() -> None:
    courbe = paliers(100, (0, 3, 6), (None, None, 20), (95, 90, 75))
    assert [point.mois for point in courbe] == [6]
    assert courbe[0].part == pytest.approx(0.2)


def test_the_median_is_the_first_month_where_half_have_reached() -> None:
    courbe = [Palier(0, 0.2, 0.1, 0.3), Palier(3, 0.45, 0.35, 0.55), Palier(6, 0.5, 0.4, 0.6), Palier(9, 0.7, 0.6, 0.8)]
    assert mediane(courbe) == Mediane(6, 3, 9)
    assert mediane(courbe[:2]) == Mediane(None, 3, None)
    assert mediane([]) == Mediane(None, None, None)


def test_nobody_has_no_curve() -> None:
    with pytest.raises(ValueError, match="nobody"):
        paliers(0, (0,), (None,), (None,))
