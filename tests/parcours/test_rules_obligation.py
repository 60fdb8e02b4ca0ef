"""The duty of training: its period, where it stands, its two months, the order of its acts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.db.errors import DomainError
from app.parcours.rules import age_at
from app.parcours.rules_obligation import (
    Etape,
    check_annulation,
    check_jalon,
    duty_period,
    expected_act,
    stage,
    transmission_due,
)
from app.parcours.vocabulaire_actes import GenreJalon

TODAY = date(2026, 3, 17)
ENTRETIEN, ABSENCE = GenreJalon.ENTRETIEN_PROPOSE, GenreJalon.ABSENCE_NON_JUSTIFIEE
CONVOCATION, TRANSMISSION = GenreJalon.CONVOCATION, GenreJalon.TRANSMISSION_DEPARTEMENT
EXEMPTION = GenreJalon.EXEMPTION_MEDICALE


@dataclass
class Fait:
    genre: GenreJalon
    jour: date
    jusqu_au: date | None = None
    annule_le: date | None = None


def of(month: int, day: int, genre: GenreJalon, **more: date) -> Fait:
    return Fait(genre, date(2026, month, day), **more)


@pytest.mark.parametrize(
    ("convocation", "due"),
    [
        (date(2026, 1, 15), date(2026, 3, 15)),
        (date(2026, 12, 31), date(2027, 2, 28)),
        (date(2027, 12, 30), date(2028, 2, 29)),
        (date(2026, 7, 31), date(2026, 9, 30)),
        (date(2026, 11, 10), date(2027, 1, 10)),
    ],
)
def test_two_months_to_the_day_or_the_last_of_the_month(convocation: date, due: date):
    assert transmission_due(convocation) == due


@given(st.dates(date(1996, 1, 1), date(2030, 12, 31)))
def test_the_period_is_the_days_at_which_one_is_16_or_17(naissance: date):
    begin, end = duty_period(naissance)
    assert (age_at(naissance, begin), age_at(naissance, begin - timedelta(days=1))) == (16, 15)
    assert (age_at(naissance, end), age_at(naissance, end - timedelta(days=1))) == (18, 17)


def test_born_on_29_february():
    assert duty_period(date(2008, 2, 29)) == (date(2024, 2, 29), date(2026, 3, 1))


@pytest.mark.parametrize(
    ("jalons", "etape", "jalon"),
    [
        ([], Etape.ENTRETIEN, None),
        ([of(1, 5, ENTRETIEN)], Etape.PROPOSE, date(2026, 1, 5)),
        ([of(1, 5, ENTRETIEN), of(1, 5, ABSENCE)], Etape.CONVOCATION, date(2026, 1, 5)),
        ([of(1, 20, ABSENCE), of(1, 5, ENTRETIEN)], Etape.CONVOCATION, date(2026, 1, 20)),
        ([of(1, 5, ENTRETIEN), of(1, 20, ABSENCE), of(2, 1, ENTRETIEN)], Etape.PROPOSE, date(2026, 2, 1)),
        ([of(2, 3, CONVOCATION), of(2, 20, ENTRETIEN), of(3, 1, CONVOCATION)], Etape.ATTENTE, date(2026, 2, 3)),
        ([of(1, 3, CONVOCATION), of(3, 2, TRANSMISSION)], Etape.TRANSMISE, date(2026, 3, 2)),
        ([of(1, 3, CONVOCATION), of(3, 2, TRANSMISSION), of(3, 9, ABSENCE)], Etape.CONVOCATION, date(2026, 3, 9)),
        ([of(2, 3, CONVOCATION, annule_le=TODAY)], Etape.ENTRETIEN, None),
        ([of(3, 18, CONVOCATION)], Etape.ENTRETIEN, None),
        ([of(2, 3, CONVOCATION), of(2, 10, EXEMPTION)], Etape.EXEMPTION, date(2026, 2, 10)),
        ([of(2, 10, EXEMPTION, jusqu_au=TODAY)], Etape.EXEMPTION, date(2026, 2, 10)),
        (
            [of(2, 3, CONVOCATION), of(2, 10, EXEMPTION, jusqu_au=date(2026, 3, 16))],
            Etape.ATTENTE,
            date(2026, 2, 3),
        ),
    ],
)
def test_where_it_stands(jalons: list[Fait], etape: Etape, jalon: date | None):
    found = stage(jalons, TODAY)
    assert (found.etape, found.jalon) == (etape, jalon)
    assert found.transmission_le == (transmission_due(jalon) if etape is Etape.ATTENTE and jalon else None)


@pytest.mark.parametrize(
    ("jalons", "act"),
    [
        ([], ENTRETIEN),
        ([of(2, 3, ENTRETIEN)], None),
        ([of(2, 3, ENTRETIEN), of(2, 10, ABSENCE)], CONVOCATION),
        ([of(1, 18, CONVOCATION)], None),
        ([of(1, 17, CONVOCATION)], TRANSMISSION),
        ([of(1, 17, CONVOCATION), of(3, 17, TRANSMISSION)], None),
    ],
)
def test_the_act_that_is_owed_next(jalons: list[Fait], act: GenreJalon | None):
    assert expected_act(stage(jalons, TODAY), TODAY) is act


def test_what_is_older_than_the_situation_does_not_count_but_an_exemption_does():
    old = [of(1, 5, ENTRETIEN), of(1, 9, ABSENCE)]
    assert stage(old, TODAY, since=date(2026, 1, 9)).etape is Etape.CONVOCATION
    assert stage(old, TODAY, since=date(2026, 1, 10)).etape is Etape.ENTRETIEN
    assert stage([*old, of(1, 5, EXEMPTION)], TODAY, since=date(2026, 3, 1)).etape is Etape.EXEMPTION


def refusal(genre: GenreJalon, jour: date, *, jusqu_au=None, jalons=(), naissance=date(2009, 3, 1)) -> str:
    try:
        check_jalon(genre, jour, jusqu_au, jalons=jalons, naissance=naissance, today=TODAY)
    except DomainError as error:
        return error.code
    return ""


@pytest.mark.parametrize(
    ("jour", "naissance", "code"),
    [
        (TODAY, date(2010, 3, 17), ""),
        (TODAY, date(2010, 3, 18), "jalon_avant_16"),
        (TODAY, 2010, ""),
        (TODAY, 2011, "jalon_avant_16"),
        (TODAY, date(2008, 3, 18), ""),
        (TODAY, date(2008, 3, 17), "jalon_apres_18"),
        (TODAY, 2008, ""),
        (TODAY, 2007, "jalon_apres_18"),
        (TODAY, None, ""),
        (TODAY + timedelta(days=1), None, "jalon_futur"),
    ],
)
def test_only_while_the_duty_lasts_and_not_in_the_future(jour: date, naissance: date | int | None, code: str):
    assert refusal(ENTRETIEN, jour, naissance=naissance) == code


@pytest.mark.parametrize(
    ("genre", "jalons", "code"),
    [
        (ABSENCE, [], "absence_sans_entretien"),
        (ABSENCE, [of(3, 18, ENTRETIEN)], "absence_sans_entretien"),
        (ABSENCE, [of(3, 1, ENTRETIEN, annule_le=TODAY)], "absence_sans_entretien"),
        (ABSENCE, [of(3, 17, ENTRETIEN)], ""),
        (CONVOCATION, [], ""),
        (TRANSMISSION, [of(3, 1, ENTRETIEN)], "transmission_sans_convocation"),
        (TRANSMISSION, [of(3, 1, CONVOCATION)], ""),
        (ENTRETIEN, [of(3, 17, ENTRETIEN)], "jalon_en_double"),
        (ENTRETIEN, [of(3, 17, ENTRETIEN, annule_le=TODAY)], ""),
    ],
)
def test_a_plausible_order(genre: GenreJalon, jalons: list[Fait], code: str):
    assert refusal(genre, TODAY, jalons=jalons) == code


def test_an_exemption_alone_has_a_last_day():
    assert refusal(ENTRETIEN, TODAY, jusqu_au=TODAY) == "exemption_seulement"
    assert refusal(EXEMPTION, TODAY, jusqu_au=TODAY) == ""
    assert refusal(EXEMPTION, TODAY, jusqu_au=date(2026, 3, 16)) == "exemption_a_l_envers"
    assert refusal(EXEMPTION, TODAY, jusqu_au=date(2028, 3, 17)) == ""
    assert refusal(EXEMPTION, TODAY, jusqu_au=date(2028, 3, 18)) == "exemption_trop_longue"


def test_what_something_rests_on_is_not_cancelled_first():
    first, second, absence = of(1, 5, ENTRETIEN), of(1, 8, ENTRETIEN), of(1, 9, ABSENCE)
    check_annulation([second, absence])
    check_annulation([first])
    with pytest.raises(DomainError, match="jalon_suivi"):
        check_annulation([absence])
