"""Contacts, ages, codes, and the exact situation of a month."""

from __future__ import annotations

import itertools
import random
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.db.errors import DomainError
from app.parcours import rules
from app.parcours.rules import MOIS_OUVERT, current_situation, month_index, spells
from app.parcours.vocabulaire import (
    STATUTS_FINIS,
    STATUTS_OUVERTS,
    Canal,
    Contrat,
    GenreEtape,
    Intensite,
    Resultat,
    Situation,
    StatutEtape,
    TrancheAge,
)

# vocabulaires.md, written again: the order in which kinds decide
ORDRE = (
    "emploi insertion_activite_economique alternance formation enseignement_superieur scolarite_fragile scolarite "
    "service_civique raccrochage decrochage sans_solution indisponible accompagnement"
).split()


@dataclass(frozen=True)
class Pas:
    id: UUID
    genre: GenreEtape
    statut: StatutEtape
    debut: date
    fin: date | None = None
    contrat: Contrat | None = None


@dataclass(frozen=True)
class Pause:
    clos_le: date
    rouvert_le: date


def pas(genre: str, debut: str, fin: str | None = None, contrat: Contrat | None = None, statut=None) -> Pas:
    end = None if fin is None else date.fromisoformat(fin)
    given_statut = statut or (StatutEtape.EN_COURS if end is None else StatutEtape.TERMINEE)
    return Pas(UUID(int=1), GenreEtape(genre), given_statut, date.fromisoformat(debut), end, contrat)


days = st.dates(date(2019, 11, 1), date(2022, 2, 28))


@st.composite
def steps(draw: st.DrawFn) -> Pas:
    genre = draw(st.sampled_from([*map(GenreEtape, ORDRE), GenreEtape.CHANTIER_EDUCATIF, GenreEtape.STAGE]))
    statut = draw(st.sampled_from(StatutEtape))
    debut = draw(days)
    fin = debut + timedelta(days=draw(st.integers(0, 200))) if statut in STATUTS_FINIS else None
    contrat = draw(st.sampled_from([None, *Contrat])) if genre is GenreEtape.EMPLOI else None
    return Pas(draw(st.uuids()), genre, statut, debut, fin, contrat)


@st.composite
def histories(draw: st.DrawFn) -> tuple[date, date | None, list[Pause]]:
    """An opening, then closings and reopenings in order, the last closing perhaps without a reopening."""
    marks = sorted(draw(st.lists(days, min_size=1, max_size=6)))
    opened, rest = marks[0], marks[1:]
    pauses = [Pause(*pair) for pair in zip(rest[::2], rest[1::2], strict=False)]
    return opened, rest[-1] if len(rest) % 2 else None, pauses


def month_by_month(etapes: list[Pas], month: int, clos_le: date | None, pauses: list[Pause]) -> Situation:
    """The definition, word for word, for one month."""
    year, number = divmod(month, 12)
    last = date(year, number + 1, monthrange(year, number + 1)[1])
    if clos_le is not None and month > month_index(clos_le):
        return Situation.SORTI
    if any(month_index(pause.clos_le) < month < month_index(pause.rouvert_le) for pause in pauses):
        return Situation.SORTI
    lived = [e for e in etapes if e.statut not in (StatutEtape.PREVUE, StatutEtape.ANNULEE)]
    opened = [e for e in lived if e.debut <= last and (e.fin is None or e.fin >= last)]
    at_school = {e.genre.value for e in opened} & {"scolarite", "scolarite_fragile", "enseignement_superieur"}
    deciding = [
        e.genre.value
        for e in opened
        if e.genre.value in ORDRE and not (e.contrat is Contrat.SAISONNIER_ETUDIANT and at_school)
    ]
    return Situation(min(deciding, key=ORDRE.index)) if deciding else Situation.INCONNUE


@given(st.lists(steps(), max_size=7), histories())
def test_spells_say_what_the_definition_says_month_by_month(etapes: list[Pas], history) -> None:
    opened, closed, pauses = history
    found = spells(etapes, opened, closed, pauses)
    assert found[0].m0 == month_index(opened)
    assert found[-1].m1 == MOIS_OUVERT
    assert found[0].precedente is None
    for before, after in itertools.pairwise(found):
        assert before.m1 == after.m0
        assert before.situation is after.precedente
        assert before.situation is not after.situation
    for month in range(month_index(opened), month_index(date(2023, 1, 1))):
        said = next(spell.situation for spell in found if spell.m0 <= month < spell.m1)
        assert said is month_by_month(etapes, month, closed, pauses), month


@given(st.lists(steps(), max_size=7), days)
def test_the_present_is_what_the_open_steps_say_for_ever(etapes: list[Pas], opened: date) -> None:
    now = current_situation(etapes, ouvert_le=opened, clos_le=None)
    still = [etape for etape in etapes if etape.statut in STATUTS_OUVERTS]
    assert now.situation is month_by_month(still, month_index(date(2040, 1, 1)), None, [])
    assert spells(etapes, opened)[-1].situation is now.situation
    if now.etape_id is not None:
        decider = next(etape for etape in etapes if etape.id == now.etape_id)
        assert decider.genre.value == now.situation.value
        assert now.depuis <= max(decider.debut, *(e.fin or e.debut for e in etapes))


@pytest.mark.parametrize(
    ("etapes", "march"),
    [
        ([pas("emploi", "2021-03-31")], "emploi"),
        ([pas("emploi", "2021-04-01")], "inconnue"),
        ([pas("emploi", "2021-01-01", "2021-03-31")], "emploi"),
        ([pas("emploi", "2021-01-01", "2021-03-30")], "inconnue"),
        ([pas("emploi", "2021-03-02", "2021-03-30")], "inconnue"),
        ([pas("emploi", "2021-01-01", statut=StatutEtape.PREVUE)], "inconnue"),
        ([pas("emploi", "2021-01-01", statut=StatutEtape.ANNULEE)], "inconnue"),
        ([pas("formation", "2021-01-01", statut=StatutEtape.EN_ATTENTE)], "formation"),
        ([pas("decrochage", "2021-01-01"), pas("chantier_educatif", "2021-03-01")], "decrochage"),
        ([pas("accompagnement", "2021-01-01"), pas("sans_solution", "2021-02-01")], "sans_solution"),
        ([pas("scolarite", "2021-01-01"), pas("emploi", "2021-02-01")], "emploi"),
        *(
            ([pas(school, "2021-01-01"), pas("emploi", "2021-02-01", None, Contrat.SAISONNIER_ETUDIANT)], school)
            for school in ("scolarite", "scolarite_fragile", "enseignement_superieur")
        ),
        ([pas("emploi", "2021-02-01", None, Contrat.SAISONNIER_ETUDIANT)], "emploi"),
    ],
)
def test_the_situation_of_march(etapes: list[Pas], march: str) -> None:
    found = spells(etapes, date(2021, 1, 1))
    month = month_index(date(2021, 3, 1))
    assert next(spell.situation for spell in found if spell.m0 <= month < spell.m1) == march


def test_sorti_begins_the_month_after_the_closing_and_ends_the_month_of_the_reopening() -> None:
    found = spells([], date(2021, 1, 10), date(2021, 9, 1), [Pause(date(2021, 2, 28), date(2021, 5, 31))])
    assert [(spell.m0 - 2021 * 12 + 1, spell.situation.value) for spell in found] == [
        (1, "inconnue"),
        (3, "sorti"),
        (5, "inconnue"),
        (10, "sorti"),
    ]


def test_a_day_shared_by_two_steps_belongs_to_the_one_that_begins() -> None:
    etapes = [pas("scolarite", "2020-09-01", "2021-03-10"), pas("decrochage", "2021-03-10")]
    now = current_situation(etapes, ouvert_le=date(2020, 10, 1), clos_le=None)
    assert (now.situation, now.depuis) == (Situation.DECROCHAGE, date(2021, 3, 10))


def test_the_present_does_not_depend_on_the_day_it_is_asked() -> None:
    """Time alone changes no state row: nothing but dates is stored."""
    ended = [pas("emploi", "2021-01-01", "2021-03-10")]
    assert current_situation(ended, ouvert_le=date(2021, 1, 1), clos_le=None).depuis == date(2021, 3, 10)
    closed = current_situation([pas("emploi", "2021-01-01")], ouvert_le=date(2021, 1, 1), clos_le=date(2021, 6, 1))
    assert (closed.situation, closed.depuis, closed.etape_id) == (Situation.SORTI, date(2021, 6, 1), None)


def test_ranks_are_those_of_the_vocabulary() -> None:
    ranked = sorted((genre for genre in GenreEtape if genre.rang), key=lambda genre: genre.rang)
    assert [genre.value for genre in ranked] == ORDRE


@pytest.mark.parametrize("canal", Canal)
@pytest.mark.parametrize("resultat", Resultat)
def test_a_contact_reussi_needs_the_young_person(canal: Canal, resultat: Resultat) -> None:
    expected = resultat.value in ("echange_fait", "rdv_pris") and canal.value != "entretien_tiers"
    assert rules.is_contact_reussi(canal, resultat) is expected


def test_ages_and_bands_change_on_the_day() -> None:
    assert rules.age_at(date(2008, 3, 18), date(2026, 3, 17)) == 17
    assert rules.age_at(date(2008, 3, 17), date(2026, 3, 17)) == 18
    assert rules.age_at(date(2008, 2, 29), date(2026, 2, 28)) == 17
    assert rules.age_at(2008, date(2026, 1, 1)) == 18
    bands = {10: None, 11: "11-15", 15: "11-15", 16: "16-17", 18: "18-21", 22: "22-25", 25: "22-25", 26: "26_plus"}
    for age, band in bands.items():
        assert rules.tranche_age(2026 - age, date(2026, 6, 1)) == (band and TrancheAge(band))
    assert rules.tranche_age(None, date(2026, 6, 1)) is None


def test_a_code_is_said_without_doubt() -> None:
    chance = random.Random(7)
    for code in (rules.new_code(chance) for _ in range(300)):
        assert len(code) == 7
        assert code[3] == "-"
        assert not set(code) & set("01OIL")


def test_a_watch_is_never_put_over_a_minors_decrochage() -> None:
    given = {"annee_naissance": 2010, "today": date(2026, 3, 17)}
    rules.check_intensite(Intensite.SUIVI, genres={GenreEtape.DECROCHAGE}, **given)
    rules.check_intensite(Intensite.VEILLE, genres={GenreEtape.EMPLOI}, **given)
    rules.check_intensite(
        Intensite.VEILLE, genres={GenreEtape.DECROCHAGE}, annee_naissance=2008, today=date(2026, 3, 17)
    )
    with pytest.raises(DomainError, match="veille_decrochage_mineur"):
        rules.check_intensite(Intensite.VEILLE, genres={GenreEtape.DECROCHAGE}, **given)
