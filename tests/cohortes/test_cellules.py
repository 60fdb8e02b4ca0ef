"""What a number may look like once published, at its edges."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cohortes.rules_cellules import (
    PAS,
    PLANCHER,
    SEUIL,
    Cellule,
    almost_all,
    cellule,
    drawn,
    half_months,
    least_observed,
    months_shown,
    niveau,
    rounded,
    share,
)
from app.cohortes.vocabulaire import Marque, Niveau

GENS = st.integers(11, 50_000)


@pytest.mark.parametrize(
    ("compte", "montre"), [(11, 15), (17, 15), (18, 20), (22, 20), (23, 25), (1_432, 1_430), (10.6, 15)]
)
def test_the_nearest_multiple_of_five_and_never_below_fifteen(compte: float, montre: int) -> None:
    assert rounded(compte) == montre


@pytest.mark.parametrize("compte", [0, 1, 10, 10.4])
def test_nothing_is_said_of_ten_people_or_of_nobody(compte: float) -> None:
    assert cellule(compte, effectif=500) is None
    with pytest.raises(ValueError, match="too small"):
        rounded(compte)


@given(effectif=GENS, data=st.data())
def test_a_cell_tells_neither_ten_people_nor_all_but_ten(effectif: int, data: st.DataObject) -> None:
    compte = data.draw(st.integers(0, effectif))
    cell = cellule(compte, effectif=effectif)
    if compte < SEUIL:
        assert cell is None
    elif effectif - compte < SEUIL:
        assert cell.marque is Marque.PRESQUE_TOUS
        # true, whatever the headcount that rounds to the one shown
        assert 100 * compte >= cell.valeur * effectif
        assert cell.valeur % PAS == 0
        assert cell.valeur < 100
    else:
        assert cell == Cellule(Marque.NOMBRE, rounded(compte))
        assert cell.valeur >= PLANCHER
        assert abs(cell.valeur - compte) <= max(PAS // 2, PLANCHER - SEUIL)


@given(effectif=GENS)
def test_nearly_all_never_says_all(effectif: int) -> None:
    assert 0 <= almost_all(rounded(effectif)) <= 95 + 4


@given(effectif=GENS, data=st.data())
def test_what_is_drawn_never_exceeds_the_headcount(effectif: int, data: st.DataObject) -> None:
    shown = rounded(effectif)
    assert 0 <= drawn(cellule(data.draw(st.integers(0, effectif)), effectif=effectif), shown) <= shown


@given(effectif=GENS, data=st.data())
def test_no_share_is_nought_or_a_hundred(effectif: int, data: st.DataObject) -> None:
    cell = cellule(data.draw(st.integers(0, effectif)), effectif=effectif)
    found = share(cell, rounded(effectif))
    if rounded(effectif) < 20 or cell is None or cell.marque is not Marque.NOMBRE:
        assert found is None
    else:
        assert 1 <= found <= 99


@pytest.mark.parametrize(
    ("effectif", "level"),
    [
        (10, None),
        (11, Niveau.EFFECTIF),
        (19, Niveau.EFFECTIF),
        (20, Niveau.HORIZONS),
        (49, Niveau.HORIZONS),
        (50, Niveau.COURBES),
        (199, Niveau.COURBES),
        (200, Niveau.MENSUEL),
    ],
)
def test_how_much_is_said_of_how_many(effectif: int, level: Niveau | None) -> None:
    assert niveau(effectif) is level


def test_the_months_of_each_level() -> None:
    assert months_shown(Niveau.EFFECTIF, dernier=24) == []
    assert months_shown(Niveau.HORIZONS, dernier=18) == [0, 6, 12]
    assert months_shown(Niveau.COURBES, dernier=7) == [0, 3, 6]
    assert months_shown(Niveau.MENSUEL, dernier=3) == [0, 1, 2, 3]


@pytest.mark.parametrize(("effectif", "least"), [(20, 20), (79, 20), (100, 25), (160, 40), (200, 50), (5_000, 50)])
def test_a_month_is_shown_while_enough_have_lived_it(effectif: int, least: int) -> None:
    assert least_observed(effectif) == least


def test_mean_months_are_of_enough_people_and_not_of_one() -> None:
    assert half_months(60, effectif=40, contributeurs=11, plus_grand=12) == 3
    assert half_months(60, effectif=40, contributeurs=10, plus_grand=12) is None
    assert half_months(60, effectif=40, contributeurs=11, plus_grand=51.1) is None
    assert half_months(5, effectif=400, contributeurs=11, plus_grand=1) is None
