"""The frise: nothing overlaps, nothing leaves the frame, what is not known looks different."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.parcours.rules_frise import ANNEES_AU_PLUS, MINIMUM, draw
from app.parcours.vocabulaire import STATUTS_FINIS, Famille, GenreEtape, StatutEtape

TODAY = date(2026, 3, 17)
OUVERT = date(2022, 9, 1)
ROUNDING = 1e-9


@dataclass(frozen=True)
class Pas:
    id: UUID
    genre: GenreEtape
    statut: StatutEtape
    debut: date
    fin: date | None = None
    fin_prevue: date | None = None


def pas(number: int, statut: StatutEtape, debut: date, **values) -> Pas:
    genre = values.pop("genre", GenreEtape.FORMATION)
    return Pas(UUID(int=number), genre, statut, debut, **values)


@st.composite
def steps(draw_value) -> Pas:
    """Any step that the database accepts, on any side of today."""
    statut = draw_value(st.sampled_from(list(StatutEtape)))
    debut = draw_value(st.dates(date(2010, 1, 1), date(2030, 1, 1)))
    end = st.integers(0, 3000).map(lambda days: debut + timedelta(days=days))
    return Pas(
        draw_value(st.uuids()),
        draw_value(st.sampled_from(list(GenreEtape))),
        statut,
        debut,
        draw_value(end) if statut in STATUTS_FINIS else None,
        draw_value(st.none() | end),
    )


DOSSIERS = {
    "etapes": st.lists(steps(), max_size=40),
    "ouvert_le": st.dates(date(2012, 1, 1), TODAY),
    "closed_after": st.none() | st.integers(0, 2000),
}


def drawn(etapes, ouvert_le, closed_after):
    clos_le = None if closed_after is None else min(TODAY, ouvert_le + timedelta(days=closed_after))
    return draw(etapes, ouvert_le=ouvert_le, clos_le=clos_le, today=TODAY)


@given(**DOSSIERS)
def test_rectangles_of_a_line_stay_in_the_frame_in_order_and_apart(etapes, ouvert_le, closed_after) -> None:
    for bande in drawn(etapes, ouvert_le, closed_after).bandes:
        for line in bande.rangs:
            assert line
            reached = 0.0
            for rect in line:
                assert rect.largeur > 0
                assert rect.x >= reached - ROUNDING
                reached = rect.x + rect.largeur
            assert reached <= 100 + ROUNDING


@given(**DOSSIERS)
def test_every_step_that_took_place_is_in_the_band_of_its_famille_and_wide_enough(
    etapes, ouvert_le, closed_after
) -> None:
    frise = drawn(etapes, ouvert_le, closed_after)
    hidden = {StatutEtape.ANNULEE} | ({StatutEtape.PREVUE} if closed_after is not None else set())
    shown = [etape for bande in frise.bandes for etape in bande.etapes]
    assert sorted(e.id for e in shown) == sorted(e.id for e in etapes if e.statut not in hidden)
    for bande in frise.bandes:
        assert {etape.genre.famille for etape in bande.etapes} == {bande.famille}
        assert [e.debut for e in bande.etapes] == sorted(e.debut for e in bande.etapes)
        total = sum(rect.largeur for line in bande.rangs for rect in line)
        assert total >= len(bande.etapes) * MINIMUM / 100 - ROUNDING
    assert [bande.famille for bande in frise.bandes] == [f for f in Famille if f in {b.famille for b in frise.bandes}]


@given(**DOSSIERS)
def test_years_are_in_the_frame_in_order_and_few_enough_to_be_read(etapes, ouvert_le, closed_after) -> None:
    frise = drawn(etapes, ouvert_le, closed_after)
    assert len(frise.annees) <= ANNEES_AU_PLUS
    assert [annee.annee for annee in frise.annees] == sorted({annee.annee for annee in frise.annees})
    positions = [annee.x for annee in frise.annees]
    assert positions == sorted(positions)
    assert all(0 < x <= 100 for x in positions)
    assert 0 <= frise.arret <= 100


def only(frise):
    (bande,) = frise.bandes
    (line,) = bande.rangs
    return line


def test_an_open_step_goes_on_to_today_with_an_open_end() -> None:
    (rect,) = only(draw([pas(1, StatutEtape.EN_COURS, OUVERT)], ouvert_le=OUVERT, clos_le=None, today=TODAY))
    assert (rect.x, rect.largeur, rect.ouverte) == (0, 100, True)


def test_a_step_that_should_be_over_is_uncertain_from_the_day_it_should_have_ended() -> None:
    late = pas(1, StatutEtape.EN_COURS, OUVERT, fin_prevue=TODAY - timedelta(days=400))
    sure, doubt = only(draw([late], ouvert_le=OUVERT, clos_le=None, today=TODAY))
    assert (sure.incertaine, doubt.incertaine) == (False, True)
    assert sure.x + sure.largeur == doubt.x
    assert doubt.x + doubt.largeur == 100


def test_what_is_to_come_is_dashed_after_today() -> None:
    going_on = pas(1, StatutEtape.EN_COURS, OUVERT, fin_prevue=TODAY + timedelta(days=200))
    frise = draw([going_on], ouvert_le=OUVERT, clos_le=None, today=TODAY)
    lived, planned = only(frise)
    assert (lived.prevue, planned.prevue) == (False, True)
    assert planned.x == frise.arret < 100


def test_a_planned_step_without_an_end_is_seen_inside_the_frame() -> None:
    planned = pas(1, StatutEtape.PREVUE, TODAY + timedelta(days=90))
    (rect,) = only(draw([planned], ouvert_le=OUVERT, clos_le=None, today=TODAY))
    assert rect.prevue
    assert rect.x + rect.largeur == 100
    assert rect.largeur >= 3


def test_a_planned_step_that_did_not_begin_stretches_to_today() -> None:
    planned = pas(1, StatutEtape.PREVUE, TODAY - timedelta(days=90))
    (rect,) = only(draw([planned], ouvert_le=OUVERT, clos_le=None, today=TODAY))
    assert rect.x + rect.largeur == 100
    assert rect.largeur > 6


def test_steps_that_follow_each_other_share_a_line_and_those_that_overlap_do_not() -> None:
    first = pas(1, StatutEtape.TERMINEE, date(2023, 1, 1), fin=date(2023, 7, 1))
    second = pas(2, StatutEtape.TERMINEE, date(2023, 7, 1), fin=date(2024, 7, 1))
    during = pas(3, StatutEtape.TERMINEE, date(2024, 1, 1), fin=date(2024, 3, 1))
    (bande,) = draw([during, second, first], ouvert_le=OUVERT, clos_le=None, today=TODAY).bandes
    assert [len(line) for line in bande.rangs] == [2, 1]
    assert bande.etapes == [first, second, during]


@pytest.mark.parametrize(("opened", "years"), [(date(2026, 2, 1), []), (date(2025, 2, 1), [2026])])
def test_a_new_dossier_has_an_axis(opened: date, years: list[int]) -> None:
    frise = draw([], ouvert_le=opened, clos_le=None, today=TODAY)
    assert frise.bandes == []
    assert [annee.annee for annee in frise.annees] == years
    assert frise.arret == 100


def test_a_dossier_opened_today_can_be_drawn() -> None:
    frise = draw([pas(1, StatutEtape.EN_COURS, TODAY)], ouvert_le=TODAY, clos_le=None, today=TODAY)
    (rect,) = only(frise)
    assert rect.x + rect.largeur == 100


def test_a_closed_dossier_ends_with_its_closing() -> None:
    going_on = pas(1, StatutEtape.EN_COURS, OUVERT)
    planned = pas(2, StatutEtape.PREVUE, date(2025, 9, 1))
    frise = draw([going_on, planned], ouvert_le=OUVERT, clos_le=date(2025, 6, 30), today=TODAY)
    (rect,) = only(frise)
    assert (rect.largeur, rect.ouverte, frise.arret) == (100, True, 100)
