"""Promise: the rules about steps become true on their day, not the day before, and end with their cause."""

from __future__ import annotations

from datetime import date

import pytest

from app.alertes.vocabulaire import Regle
from app.parcours.models_actes import Verification
from app.parcours.vocabulaire import GENRES_QUI_CLOSENT_UN_DECROCHAGE, GenreEtape, Resultat, StatutEtape
from app.parcours.vocabulaire_actes import ObjetVerification, ReponseVerification
from tests.alertes.monde import JOUR, Monde, jours
from tests.alertes.regard import cesse, commence, dit

PREVUE, EN_COURS, EN_ATTENTE = StatutEtape.PREVUE, StatutEtape.EN_COURS, StatutEtape.EN_ATTENTE
TERMINEE, ANNULEE = StatutEtape.TERMINEE, StatutEtape.ANNULEE
VIEUX = JOUR - jours(900)


@pytest.fixture
def dossier(monde: Monde) -> int:
    return monde.dossier(monde.agent(), ouvert_le=VIEUX)


# Étape en retard


@pytest.mark.parametrize("statut", [EN_COURS, EN_ATTENTE])
def test_an_open_step_is_late_fourteen_days_after_its_planned_end(monde: Monde, dossier: int, statut: StatutEtape):
    etape = monde.etape(dossier, GenreEtape.STAGE, statut, JOUR - jours(60), fin_prevue=JOUR)
    said = commence(monde, dossier, Regle.ETAPE_EN_RETARD, JOUR + jours(14))
    assert said == (etape.hex, JOUR, JOUR + jours(14), 3, {"attendu": "fin", "genre": "stage"})
    monde.change_etape(dossier, etape, fin_prevue=JOUR + jours(30))
    commence(monde, dossier, Regle.ETAPE_EN_RETARD, JOUR + jours(44))
    monde.change_etape(dossier, etape, statut=TERMINEE, fin=JOUR)
    assert dit(monde, dossier, Regle.ETAPE_EN_RETARD, JOUR + jours(44)) == []


def test_a_planned_step_is_late_fourteen_days_after_its_start(monde: Monde, dossier: int):
    etape = monde.etape(dossier, GenreEtape.FORMATION, PREVUE, JOUR, fin_prevue=JOUR + jours(1))
    said = commence(monde, dossier, Regle.ETAPE_EN_RETARD, JOUR + jours(14))
    assert said.faits == {"attendu": "debut", "genre": "formation"}
    monde.change_etape(dossier, etape, statut=ANNULEE)
    assert dit(monde, dossier, Regle.ETAPE_EN_RETARD, JOUR + jours(14)) == []


def test_one_alert_for_each_late_step_and_none_for_what_is_over(monde: Monde, dossier: int):
    late = JOUR - jours(30)
    for genre in (GenreEtape.LOGEMENT, GenreEtape.MOBILITE):
        monde.etape(dossier, genre, EN_COURS, VIEUX, fin_prevue=late)
    monde.etape(dossier, GenreEtape.EMPLOI, TERMINEE, VIEUX, fin_prevue=late, fin=JOUR)
    monde.etape(dossier, GenreEtape.STAGE, ANNULEE, VIEUX)
    monde.etape(dossier, GenreEtape.NUMERIQUE, EN_COURS, VIEUX)
    said = dit(monde, dossier, Regle.ETAPE_EN_RETARD, JOUR)
    assert {one.faits["genre"] for one in said} == {"logement", "mobilite"}


@pytest.mark.parametrize("genre", [GenreEtape.SCOLARITE, GenreEtape.FORMATION, GenreEtape.ENSEIGNEMENT_SUPERIEUR])
@pytest.mark.parametrize(
    ("end", "late"),
    [
        ("2026-05-31", "2026-06-14"),
        ("2026-06-01", "2026-09-15"),
        ("2026-07-04", "2026-09-15"),
        # 14 days later is the eve of the rentrée, and then after it
        ("2026-08-31", "2026-09-15"),
        ("2026-09-01", "2026-09-15"),
        ("2026-09-02", "2026-09-16"),
    ],
)
def test_what_ends_with_the_school_year_is_judged_at_the_rentree(
    monde: Monde, dossier: int, genre: GenreEtape, end: str, late: str
):
    monde.etape(dossier, genre, EN_COURS, date(2025, 9, 1), fin_prevue=date.fromisoformat(end))
    commence(monde, dossier, Regle.ETAPE_EN_RETARD, date.fromisoformat(late))


def test_an_employment_that_ends_in_july_is_late_in_july(monde: Monde, dossier: int):
    monde.etape(dossier, GenreEtape.EMPLOI, EN_COURS, date(2025, 9, 1), fin_prevue=date(2026, 7, 4))
    commence(monde, dossier, Regle.ETAPE_EN_RETARD, date(2026, 7, 18))


# Étape qui finit


def test_a_step_that_ends_within_thirty_days_with_nothing_after_it(monde: Monde, dossier: int):
    end = JOUR + jours(30)
    etape = monde.etape(dossier, GenreEtape.EMPLOI, EN_COURS, JOUR - jours(60), fin_prevue=end)
    said = commence(monde, dossier, Regle.ETAPE_QUI_FINIT, JOUR)
    assert said == (etape.hex, JOUR, JOUR, 4, {"genre": "emploi", "fin": end.isoformat()})
    # it gives way to the same step once late
    cesse(monde, dossier, Regle.ETAPE_QUI_FINIT, end + jours(14))
    assert len(dit(monde, dossier, Regle.ETAPE_EN_RETARD, end + jours(14))) == 1


def test_a_short_step_is_spoken_of_from_its_first_day(monde: Monde, dossier: int):
    monde.etape(dossier, GenreEtape.STAGE, EN_COURS, JOUR, fin_prevue=JOUR + jours(4))
    commence(monde, dossier, Regle.ETAPE_QUI_FINIT, JOUR)


@pytest.mark.parametrize(
    ("genre", "statut", "fin_prevue", "speaks"),
    [
        (GenreEtape.FORMATION, PREVUE, None, False),
        (GenreEtape.STAGE, EN_COURS, None, False),
        (GenreEtape.CHANTIER_EDUCATIF, EN_ATTENTE, 21, False),
        # it ends no later: nothing comes after either
        (GenreEtape.STAGE, EN_COURS, 20, True),
        (GenreEtape.FORMATION, ANNULEE, None, True),
        # these lead nowhere by themselves
        (GenreEtape.LOGEMENT, EN_COURS, None, True),
        (GenreEtape.ACCOMPAGNEMENT, PREVUE, None, True),
        (GenreEtape.DECROCHAGE, EN_COURS, None, True),
    ],
)
def test_what_comes_next_answers_it(monde: Monde, dossier: int, genre, statut, fin_prevue, speaks: bool):
    first = monde.etape(dossier, GenreEtape.EMPLOI, EN_COURS, JOUR - jours(60), fin_prevue=JOUR + jours(20))
    end = None if fin_prevue is None else JOUR + jours(fin_prevue)
    monde.etape(dossier, genre, statut, JOUR - jours(1), fin_prevue=end)
    said = {one.cle for one in dit(monde, dossier, Regle.ETAPE_QUI_FINIT, JOUR)}
    assert (first.hex in said) == speaks


def test_the_end_of_a_step_that_leads_nowhere_is_not_prepared(monde: Monde, dossier: int):
    monde.etape(dossier, GenreEtape.MOBILITE, EN_COURS, JOUR - jours(60), fin_prevue=JOUR + jours(5))
    assert dit(monde, dossier, Regle.ETAPE_QUI_FINIT, JOUR) == []


# Et à la rentrée ?


def test_the_rentree_is_asked_about_from_june_to_mid_september(monde: Monde, dossier: int):
    etape = monde.etape(dossier, GenreEtape.SCOLARITE, EN_COURS, date(2025, 9, 1), fin_prevue=date(2026, 7, 4))
    said = commence(monde, dossier, Regle.RENTREE, date(2026, 6, 1))
    assert said == (etape.hex, date(2026, 6, 1), date(2026, 6, 1), 4, {"genre": "scolarite", "fin": "2026-07-04"})
    assert dit(monde, dossier, Regle.ETAPE_QUI_FINIT, date(2026, 6, 15)) == []
    cesse(monde, dossier, Regle.RENTREE, date(2026, 9, 15))
    # ended in time, with nothing planned: still asked, then it is a rupture
    monde.change_etape(dossier, etape, statut=TERMINEE, fin=date(2026, 7, 4))
    cesse(monde, dossier, Regle.RENTREE, date(2026, 9, 15))
    commence(monde, dossier, Regle.RUPTURE_SANS_SUITE, date(2026, 9, 15))


def test_a_step_planned_for_september_answers_the_rentree(monde: Monde, dossier: int):
    monde.etape(dossier, GenreEtape.SCOLARITE, EN_COURS, date(2025, 9, 1), fin_prevue=date(2026, 7, 4))
    monde.etape(dossier, GenreEtape.ALTERNANCE, PREVUE, date(2026, 9, 1))
    for day in (date(2026, 6, 15), date(2026, 9, 1)):
        assert dit(monde, dossier, Regle.RENTREE, day) == []


def test_a_training_that_begins_in_june_is_asked_about_when_it_does(monde: Monde, dossier: int):
    monde.etape(dossier, GenreEtape.FORMATION, EN_COURS, date(2026, 6, 10), fin_prevue=date(2026, 8, 31))
    commence(monde, dossier, Regle.RENTREE, date(2026, 6, 10))


def test_nobody_asks_about_a_rentree_that_was_past_at_the_opening(monde: Monde):
    dossier = monde.dossier(monde.agent(), ouvert_le=date(2025, 10, 6))
    monde.etape(dossier, GenreEtape.SCOLARITE, TERMINEE, date(2024, 9, 1), fin=date(2025, 7, 4))
    assert dit(monde, dossier, Regle.RENTREE, date(2025, 10, 7)) == []
    commence(monde, dossier, Regle.RUPTURE_SANS_SUITE, date(2025, 11, 5))


# Rupture sans suite


@pytest.mark.parametrize("statut", [TERMINEE, StatutEtape.INTERROMPUE_STRUCTURE])
def test_a_step_that_decided_and_ended_with_nothing_after_it(monde: Monde, dossier: int, statut: StatutEtape):
    monde.etape(dossier, GenreEtape.SERVICE_CIVIQUE, TERMINEE, VIEUX, fin=JOUR - jours(400))
    # what was cancelled never was
    monde.etape(dossier, GenreEtape.ALTERNANCE, ANNULEE, JOUR - jours(3))
    etape = monde.etape(dossier, GenreEtape.EMPLOI, statut, JOUR - jours(90), fin=JOUR)
    said = commence(monde, dossier, Regle.RUPTURE_SANS_SUITE, JOUR + jours(30))
    assert said == (etape.hex, JOUR, JOUR + jours(30), 2, {"genre": "emploi", "statut": statut})

    monde.etape(dossier, GenreEtape.STAGE, PREVUE, JOUR + jours(50))
    assert dit(monde, dossier, Regle.RUPTURE_SANS_SUITE, JOUR + jours(30)) == []


def test_a_chantier_that_ends_and_a_new_situation_are_no_rupture(monde: Monde, dossier: int):
    monde.etape(dossier, GenreEtape.CHANTIER_EDUCATIF, TERMINEE, JOUR - jours(90), fin=JOUR)
    assert dit(monde, dossier, Regle.RUPTURE_SANS_SUITE, JOUR + jours(60)) == []
    monde.etape(dossier, GenreEtape.EMPLOI, TERMINEE, JOUR - jours(90), fin=JOUR)
    monde.etape(dossier, GenreEtape.SANS_SOLUTION, EN_COURS, JOUR)
    assert dit(monde, dossier, Regle.RUPTURE_SANS_SUITE, JOUR + jours(60)) == []


def test_a_rupture_of_before_the_reopening_counts_from_it(monde: Monde, dossier: int):
    monde.etape(dossier, GenreEtape.EMPLOI, TERMINEE, VIEUX, fin=JOUR - jours(300))
    monde.a_rouvert(dossier, JOUR - jours(299), JOUR)
    assert commence(monde, dossier, Regle.RUPTURE_SANS_SUITE, JOUR + jours(30)).depuis == JOUR


# Décrochage qui dure


@pytest.mark.parametrize(
    ("annee", "age", "gravite"),
    [(2011, "moins_16", 1), (2010, "16_17", 2), (2009, "16_17", 2), (2008, "majeur", 3), (None, "inconnu", 2)],
)
def test_a_decrochage_that_lasts_is_graver_for_the_young(monde: Monde, annee: int | None, age: str, gravite: int):
    dossier = monde.dossier(monde.agent(), ouvert_le=VIEUX, annee_naissance=annee)
    etape = monde.etape(dossier, GenreEtape.DECROCHAGE, EN_COURS, JOUR - jours(60))
    said = commence(monde, dossier, Regle.DECROCHAGE_QUI_DURE, JOUR)
    assert said == (etape.hex, JOUR - jours(60), JOUR, gravite, {"jours": 60, "age": age})


def test_its_gravity_follows_the_years_without_a_second_alert(monde: Monde):
    dossier = monde.dossier(monde.agent(), ouvert_le=VIEUX, annee_naissance=2011)
    monde.etape(dossier, GenreEtape.DECROCHAGE, EN_COURS, date(2026, 6, 1))
    ages = {}
    for day in (date(2026, 12, 31), date(2027, 1, 1), date(2028, 12, 31), date(2029, 1, 1), date(2035, 1, 1)):
        [said] = dit(monde, dossier, Regle.DECROCHAGE_QUI_DURE, day)
        ages[day.isoformat()] = (said.faits["age"], said.gravite)
    assert list(ages.values()) == [("moins_16", 1), ("16_17", 2), ("16_17", 2), ("majeur", 3), ("majeur", 3)]
    [alerte] = monde.alertes(dossier, Regle.DECROCHAGE_QUI_DURE)
    assert (alerte.reprises, alerte.fermee_le) == (0, None)


@pytest.mark.parametrize("genre", [GenreEtape.CHANTIER_EDUCATIF, GenreEtape.STAGE, GenreEtape.ACCOMPAGNEMENT])
@pytest.mark.parametrize("statut", [EN_COURS, TERMINEE])
def test_a_chantier_neither_ends_it_nor_sets_its_clock_back(
    monde: Monde, dossier: int, genre: GenreEtape, statut: StatutEtape
):
    monde.etape(dossier, GenreEtape.DECROCHAGE, EN_COURS, JOUR - jours(60))
    fin = JOUR - jours(1) if statut is TERMINEE else None
    monde.etape(dossier, genre, statut, JOUR - jours(20), fin=fin)
    assert commence(monde, dossier, Regle.DECROCHAGE_QUI_DURE, JOUR).depuis == JOUR - jours(60)


@pytest.mark.parametrize("genre", sorted(GENRES_QUI_CLOSENT_UN_DECROCHAGE))
def test_a_step_that_closes_it_stops_it_then_sets_its_clock(monde: Monde, dossier: int, genre: GenreEtape):
    monde.etape(dossier, GenreEtape.DECROCHAGE, EN_COURS, JOUR - jours(200))
    tried = monde.etape(dossier, genre, EN_COURS, JOUR - jours(50))
    assert dit(monde, dossier, Regle.DECROCHAGE_QUI_DURE, JOUR + jours(300)) == []
    monde.change_etape(dossier, tried, statut=StatutEtape.INTERROMPUE_JEUNE, fin=JOUR)
    assert commence(monde, dossier, Regle.DECROCHAGE_QUI_DURE, JOUR + jours(60)).depuis == JOUR
    # planned or cancelled, it is no return
    for statut in (PREVUE, ANNULEE):
        monde.change_etape(dossier, tried, statut=statut, fin=None)
        assert len(dit(monde, dossier, Regle.DECROCHAGE_QUI_DURE, JOUR)) == 1


def test_a_step_of_the_day_on_which_it_began_sets_its_clock_too(monde: Monde, dossier: int):
    monde.etape(dossier, GenreEtape.DECROCHAGE, EN_COURS, JOUR - jours(100))
    monde.etape(dossier, GenreEtape.FORMATION, TERMINEE, JOUR - jours(100), fin=JOUR - jours(40))
    assert commence(monde, dossier, Regle.DECROCHAGE_QUI_DURE, JOUR + jours(20)).depuis == JOUR - jours(40)


def test_what_was_before_the_decrochage_does_not_hold_it_back(monde: Monde, dossier: int):
    monde.etape(dossier, GenreEtape.EMPLOI, EN_COURS, JOUR - jours(400))
    monde.etape(dossier, GenreEtape.FORMATION, TERMINEE, JOUR - jours(300), fin=JOUR - jours(10))
    monde.etape(dossier, GenreEtape.DECROCHAGE, EN_COURS, JOUR - jours(60))
    commence(monde, dossier, Regle.DECROCHAGE_QUI_DURE, JOUR)


# Raccrochage


def back_since(monde: Monde, dossier: int, day: date) -> None:
    monde.etape(dossier, GenreEtape.DECROCHAGE, TERMINEE, day - jours(100), fin=day)
    monde.etape(dossier, GenreEtape.SCOLARITE, EN_COURS, day)


@pytest.mark.parametrize("resultat", [Resultat.ABSENT_NON_EXCUSE, Resultat.SANS_REPONSE])
def test_an_absence_soon_after_a_return_is_a_fragile_return(monde: Monde, dossier: int, resultat: Resultat):
    back_since(monde, dossier, JOUR - jours(30))
    assert dit(monde, dossier, Regle.RACCROCHAGE_FRAGILE, JOUR) == []
    monde.suivi(dossier, JOUR - jours(1), Resultat.EXCUSE)
    assert dit(monde, dossier, Regle.RACCROCHAGE_FRAGILE, JOUR) == []
    monde.suivi(dossier, JOUR, resultat)
    [said] = dit(monde, dossier, Regle.RACCROCHAGE_FRAGILE, JOUR)
    retour = (JOUR - jours(30)).isoformat()
    assert said == (retour, JOUR, JOUR, 2, {"retour": retour, "combien": 1})
    monde.suivi(dossier, JOUR)
    assert dit(monde, dossier, Regle.RACCROCHAGE_FRAGILE, JOUR) == []


@pytest.mark.parametrize(("missed", "speaks"), [("2026-04-29", True), ("2026-04-30", False), ("2026-01-30", False)])
def test_only_the_first_three_months_are_fragile(monde: Monde, dossier: int, missed: str, speaks: bool):
    """Back on 31 January: to 29 April included, for the months end on 30 April."""
    back_since(monde, dossier, date(2026, 1, 31))
    monde.suivi(dossier, date.fromisoformat(missed), Resultat.SANS_REPONSE)
    assert bool(dit(monde, dossier, Regle.RACCROCHAGE_FRAGILE, date(2026, 8, 1))) == speaks


def test_no_return_is_fragile_when_there_is_none(monde: Monde, dossier: int):
    monde.etape(dossier, GenreEtape.DECROCHAGE, EN_COURS, JOUR - jours(100))
    monde.suivi(dossier, JOUR, Resultat.SANS_REPONSE)
    for regle in (Regle.RACCROCHAGE_FRAGILE, Regle.RACCROCHAGE_A_VERIFIER):
        assert dit(monde, dossier, regle, JOUR + jours(300)) == []


def test_a_return_is_asked_about_after_six_months(monde: Monde, dossier: int):
    back = date(2025, 8, 31)
    back_since(monde, dossier, back)
    said = commence(monde, dossier, Regle.RACCROCHAGE_A_VERIFIER, date(2026, 2, 28))
    assert said == ("2025-08-31", back, date(2026, 2, 28), 4, {"retour": "2025-08-31", "mois": 6})
    objet, unknown = ObjetVerification.RACCROCHAGE, ReponseVerification.INCONNUE
    number = monde.verification(dossier, objet, back, JOUR, mois=6, reponse=unknown)
    assert dit(monde, dossier, Regle.RACCROCHAGE_A_VERIFIER, JOUR) == []
    monde.change(Verification, number, annulee_le=JOUR)
    assert len(dit(monde, dossier, Regle.RACCROCHAGE_A_VERIFIER, JOUR)) == 1
    # an answer about another return
    monde.verification(dossier, objet, back - jours(1), JOUR, mois=6)
    assert len(dit(monde, dossier, Regle.RACCROCHAGE_A_VERIFIER, JOUR)) == 1


@pytest.mark.parametrize(("opened", "speaks"), [("2026-02-28", True), ("2026-03-01", False)])
def test_a_return_that_was_old_at_the_opening_is_not_asked_about(monde: Monde, opened: str, speaks: bool):
    dossier = monde.dossier(monde.agent(), ouvert_le=date.fromisoformat(opened))
    back_since(monde, dossier, date(2025, 8, 31))
    assert bool(dit(monde, dossier, Regle.RACCROCHAGE_A_VERIFIER, JOUR)) == speaks


# Nothing moves


def test_an_entry_without_a_first_step_after_thirty_days(monde: Monde):
    dossier = monde.dossier(monde.agent(), ouvert_le=JOUR)
    said = commence(monde, dossier, Regle.ENTREE_IMMOBILE, JOUR + jours(30))
    assert said == (JOUR.isoformat(), JOUR, JOUR + jours(30), 3, {"jours": 30})
    cancelled = monde.etape(dossier, GenreEtape.MOBILITE, ANNULEE, JOUR)
    over = monde.etape(dossier, GenreEtape.EMPLOI, TERMINEE, VIEUX, fin=JOUR - jours(1))
    assert len(dit(monde, dossier, Regle.ENTREE_IMMOBILE, JOUR + jours(30))) == 1
    monde.change_etape(dossier, over, fin=JOUR)
    assert dit(monde, dossier, Regle.ENTREE_IMMOBILE, JOUR + jours(30)) == []
    monde.change_etape(dossier, over, fin=JOUR - jours(1))
    monde.change_etape(dossier, cancelled, statut=PREVUE)
    assert dit(monde, dossier, Regle.ENTREE_IMMOBILE, JOUR + jours(30)) == []


def test_a_reopening_waits_for_its_own_first_step(monde: Monde, dossier: int):
    monde.etape(dossier, GenreEtape.EMPLOI, TERMINEE, VIEUX, fin=JOUR - jours(1))
    monde.a_rouvert(dossier, JOUR - jours(10), JOUR)
    commence(monde, dossier, Regle.ENTREE_IMMOBILE, JOUR + jours(30))


def test_a_journey_where_nothing_moved_for_a_year(monde: Monde, dossier: int):
    assert dit(monde, dossier, Regle.PARCOURS_IMMOBILE, JOUR + jours(900)) == []
    began, ended = date(2024, 2, 29), date(2024, 8, 31)
    monde.etape(dossier, GenreEtape.SCOLARITE, EN_COURS, began)
    said = commence(monde, dossier, Regle.PARCOURS_IMMOBILE, date(2025, 2, 28))
    assert said == ("2024-02-29", began, date(2025, 2, 28), 5, {"mois": 12})
    monde.etape(dossier, GenreEtape.LOGEMENT, TERMINEE, began, fin=ended)
    # what is only planned, or never was, moved nothing
    monde.etape(dossier, GenreEtape.EMPLOI, PREVUE, date(2025, 6, 1))
    monde.etape(dossier, GenreEtape.STAGE, ANNULEE, date(2025, 6, 1))
    assert commence(monde, dossier, Regle.PARCOURS_IMMOBILE, date(2025, 8, 31)).depuis == ended
    monde.a_rouvert(dossier, JOUR, JOUR)
    commence(monde, dossier, Regle.PARCOURS_IMMOBILE, date(2027, 3, 17))
