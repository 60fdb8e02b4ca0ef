"""What an exit, a return and a first step are, on journeys written by hand."""

from __future__ import annotations

from datetime import date

import pytest

from app.cohortes.rules_definitions import (
    MOTIFS_DYNAMIQUES,
    SITUATIONS_DE_RETOUR,
    Raccrochage,
    exit_on,
    first_step,
    held_a_job,
    is_qualification,
    plie_positive,
    raccrochage_of,
)
from app.parcours.rules_etapes import Faits
from app.parcours.vocabulaire import (
    MOTIFS_POSITIFS,
    GenreEtape,
    IssueEtape,
    MotifSortie,
    NiveauVise,
    Situation,
    StatutEtape,
)
from tests.cohortes.population import Pause

E, F, D, S = Situation.EMPLOI, Situation.FORMATION, Situation.DECROCHAGE, Situation.SORTI
N, X, G = Situation.INCONNUE, Situation.SCOLARITE_FRAGILE, Situation.SANS_SOLUTION
TERMINEE, ATTEINT = StatutEtape.TERMINEE, IssueEtape.OBJECTIF_ATTEINT
ENTREE, FIN = date(2024, 1, 10), date(2024, 12, 31)


def test_what_brings_back_is_what_closes_a_decrochage():
    """vocabulaires.md: scolarité, formation, alternance, emploi, IAE, service civique, raccrochage; nothing else."""
    assert {situation.value for situation in SITUATIONS_DE_RETOUR} == {
        "scolarite", "formation", "alternance", "emploi", "insertion_activite_economique", "service_civique",
        "raccrochage",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("suite", "found"),
    [
        ([E, E], (False, None, False, False)),
        ([], (False, None, False, False)),
        ([D, N, G, X], (True, None, False, False)),
        # what came before the décrochage is no return
        ([E, D], (True, None, False, False)),
        ([D, F], (True, 1, False, False)),
        ([D, D, N, F, F, F, F, F, F], (True, 3, False, False)),
        ([D, D, N, F, F, F, F, F, F, F], (True, 3, True, True)),
        # from training to work is to hold; a month of nothing is not
        ([D, F, F, F, E, E, E, E], (True, 1, True, True)),
        ([D, F, F, F, N, E, E, E], (True, 1, True, False)),
        ([D, F, F, F, F, F, F, S], (True, 1, True, False)),
        ([D, F, F, F, F, F, F, F, D], (True, 1, True, True)),
        # the first return is the one that counts
        ([D, F, D, E, E, E, E, E, E, E], (True, 1, True, False)),
    ],
)
def test_returns_by_hand(suite: list[Situation], found: tuple):
    assert raccrochage_of(suite) == Raccrochage(*found)


def test_a_job_is_held_without_a_gap():
    assert held_a_job([D, *[E] * 6])
    assert not held_a_job([*[E] * 5, D, *[E] * 5])
    assert not held_a_job([*[E] * 3, *[Situation.IAE] * 3])
    assert not held_a_job([])


@pytest.mark.parametrize(
    ("genre", "niveau", "statut", "issue", "yes"),
    [
        (GenreEtape.FORMATION, NiveauVise.QUALIFIANTE, TERMINEE, ATTEINT, True),
        (GenreEtape.FORMATION, NiveauVise.DIPLOMANTE, TERMINEE, ATTEINT, True),
        (GenreEtape.ALTERNANCE, None, TERMINEE, ATTEINT, True),
        (GenreEtape.FORMATION, NiveauVise.PRE_QUALIFIANTE, TERMINEE, ATTEINT, False),
        (GenreEtape.FORMATION, None, TERMINEE, ATTEINT, False),
        (GenreEtape.EMPLOI, None, TERMINEE, ATTEINT, False),
        (GenreEtape.ALTERNANCE, None, TERMINEE, IssueEtape.RUPTURE, False),
        (GenreEtape.ALTERNANCE, None, TERMINEE, None, False),
        (GenreEtape.ALTERNANCE, None, StatutEtape.INTERROMPUE_JEUNE, ATTEINT, False),
    ],
)
def test_what_is_a_qualification(genre, niveau, statut, issue, yes: bool):
    etape = Faits(genre, statut, ENTREE, FIN, issue=issue, niveau_vise=niveau)
    assert is_qualification(etape) is yes


@pytest.mark.parametrize(
    ("fin", "yes"),
    [(date(2024, 1, 9), False), (ENTREE, True), (FIN, True), (date(2025, 1, 1), False)],
)
def test_a_qualification_of_before_or_of_later_is_not_of_the_journey(fin: date, yes: bool):
    etape = Faits(GenreEtape.ALTERNANCE, TERMINEE, date(2023, 9, 1), fin, issue=ATTEINT)
    assert plie_positive([N] * 12, [etape], ouvert_le=ENTREE, dernier_jour=FIN) is yes
    assert plie_positive([E] * 6, [], ouvert_le=ENTREE, dernier_jour=FIN)


def test_under_which_motive_a_file_is_on_a_day():
    first = Pause(date(2024, 3, 1), date(2024, 6, 1), MotifSortie.MISSION_LOCALE)
    closed = {"clos_le": date(2024, 9, 1), "motif": MotifSortie.EMPLOI_DURABLE, "reouvertures": [first]}
    days = {
        date(2024, 2, 29): None, date(2024, 3, 1): MotifSortie.MISSION_LOCALE,
        date(2024, 5, 31): MotifSortie.MISSION_LOCALE, date(2024, 6, 1): None, date(2024, 8, 31): None,
        date(2024, 9, 1): MotifSortie.EMPLOI_DURABLE, date(2025, 9, 1): MotifSortie.EMPLOI_DURABLE,
    }  # fmt: skip
    assert {day: exit_on(day, **closed) for day in days} == days
    assert exit_on(FIN, clos_le=None, motif=None, reouvertures=[first]) is None


def test_the_three_measures_are_three():
    """A dynamic exit is favourable, a favourable one is not always dynamic."""
    assert len(MOTIFS_DYNAMIQUES) == 6
    assert MOTIFS_DYNAMIQUES < MOTIFS_POSITIFS
    assert MotifSortie.SERVICE_CIVIQUE in MOTIFS_POSITIFS - MOTIFS_DYNAMIQUES
    assert MotifSortie.SCOLARITE_REPRISE in MOTIFS_POSITIFS - MOTIFS_DYNAMIQUES


def test_the_first_step_taken():
    def step(genre: str, debut: str, statut: StatutEtape = StatutEtape.EN_COURS) -> Faits:
        return Faits(GenreEtape(genre), statut, date.fromisoformat(debut))

    before, dropout = step("emploi", "2024-01-09"), step("decrochage", "2024-01-10")
    planned, cancelled = (
        step("stage", f"2024-02-0{day}", statut) for day, statut in ((1, StatutEtape.PREVUE), (2, StatutEtape.ANNULEE))
    )
    taken = step("chantier_educatif", "2024-04-02")
    assert first_step([before, dropout, planned, cancelled], ouvert_le=ENTREE) is None
    assert first_step([taken, step("stage", "2024-05-01"), before], ouvert_le=ENTREE) == date(2024, 4, 2)
    assert first_step([step("stage", "2024-01-10"), taken], ouvert_le=ENTREE) == ENTREE
