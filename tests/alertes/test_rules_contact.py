"""Promise: the rules about being in touch become true on their day, not the day before, and end with their cause."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from app.alertes.rules_parametres import FRAICHEURS, RYTHMES
from app.alertes.vocabulaire import Regle
from app.parcours.models_actes import Verification
from app.parcours.vocabulaire import (
    CANAUX_SANS_LE_JEUNE,
    RESULTATS_ECHOUES,
    RESULTATS_REUSSIS,
    Canal,
    GenreEtape,
    Intensite,
    Resultat,
    Situation,
    StatutContactPrevu,
    StatutEtape,
)
from app.parcours.vocabulaire_actes import MoyenDemarche, ObjetVerification, ReponseVerification
from tests.alertes.monde import JOUR, Monde, a_midi, jours
from tests.alertes.regard import commence, dit

SUIVIES = [situation for situation in Situation if situation is not Situation.SORTI]
VIEUX = JOUR - jours(900)


def en_situation(monde: Monde, situation: Situation, depuis: date = VIEUX, **values) -> int:
    """A dossier whose only deciding step began that day."""
    dossier = monde.dossier(monde.agent(), ouvert_le=VIEUX, **values)
    if situation is not Situation.INCONNUE:
        monde.etape(dossier, GenreEtape(situation.value), StatutEtape.EN_COURS, depuis)
    return dossier


# Silence


def test_every_situation_of_an_open_dossier_has_a_rhythm_and_a_freshness():
    assert set(RYTHMES) == set(FRAICHEURS) == set(SUIVIES)


def test_the_rhythms_are_those_that_were_discussed():
    """By situation, in days (the issue of the engine)."""
    said = {
        14: {"decrochage", "sans_solution"},
        21: {"raccrochage", "scolarite_fragile"},
        30: {"inconnue", "accompagnement"},
        45: {"alternance", "formation"},
        60: {"emploi", "insertion_activite_economique", "service_civique", "indisponible"},
        90: {"scolarite", "enseignement_superieur"},
    }
    assert {situation.value: days for situation, days in RYTHMES.items()} == {
        code: days for days, codes in said.items() for code in codes
    }


@pytest.mark.parametrize(
    ("situation", "intensite"),
    [*((situation, Intensite.SOUTENU) for situation in SUIVIES), *((Situation.FORMATION, one) for one in Intensite)],
)
def test_silence_begins_on_the_nth_day(monde: Monde, situation: Situation, intensite: Intensite):
    dossier = en_situation(monde, situation, intensite=intensite)
    last = JOUR - jours(10)
    monde.suivi(dossier, last)
    # an old employment has another rhythm
    allowed = (90 if situation is Situation.EMPLOI else RYTHMES[situation]) * intensite.facteur

    said = commence(monde, dossier, Regle.SILENCE, last + jours(allowed))

    assert (said.cle, said.depuis, said.due) == (last.isoformat(), last, last + jours(allowed))
    assert said.gravite == (1 if situation in (Situation.DECROCHAGE, Situation.SANS_SOLUTION) else 2)
    assert said.faits == {"jours": allowed, "situation": situation, "intensite": intensite, "depart": "contact"}


def test_silence_ends_with_a_contact_and_not_with_an_attempt_or_a_third_party(monde: Monde):
    dossier = monde.dossier(monde.agent(), ouvert_le=JOUR - jours(30))
    assert commence(monde, dossier, Regle.SILENCE, JOUR).faits["depart"] == "ouverture"
    for resultat in Resultat:
        if resultat not in RESULTATS_REUSSIS:
            monde.suivi(dossier, JOUR, resultat)
    for canal in CANAUX_SANS_LE_JEUNE:
        monde.suivi(dossier, JOUR, Resultat.ECHANGE_FAIT, canal)
    assert len(dit(monde, dossier, Regle.SILENCE, JOUR)) == 1

    monde.suivi(dossier, JOUR - jours(1), Resultat.RDV_PRIS)
    assert dit(monde, dossier, Regle.SILENCE, JOUR) == []
    commence(monde, dossier, Regle.SILENCE, JOUR + jours(29))


def test_silence_counts_from_the_opening_when_they_were_met_before(monde: Monde):
    dossier = monde.dossier(monde.agent(), ouvert_le=JOUR - jours(30))
    monde.suivi(dossier, JOUR - jours(31))
    assert commence(monde, dossier, Regle.SILENCE, JOUR).faits["depart"] == "ouverture"


def test_silence_counts_from_the_last_reopening(monde: Monde):
    dossier = monde.dossier(monde.agent(), ouvert_le=JOUR - jours(800))
    monde.suivi(dossier, JOUR - jours(500))
    for ago in (400, 29, 200):
        monde.a_rouvert(dossier, JOUR - jours(ago + 30), JOUR - jours(ago))
    said = commence(monde, dossier, Regle.SILENCE, JOUR + jours(1))
    assert (said.depuis, said.faits["depart"]) == (JOUR - jours(29), "reouverture")


@pytest.mark.parametrize(
    ("contact", "due", "rhythm"),
    [
        # an alternance begun on 1 January: 21 days until 1 April, then 45
        ("2026-01-01", "2026-01-22", 21),
        ("2026-03-10", "2026-03-31", 21),
        # the 21 days would end on 1 April, when 45 are allowed
        ("2026-03-11", "2026-04-25", 45),
        ("2026-04-01", "2026-05-16", 45),
    ],
)
def test_an_alternance_is_called_often_in_its_first_three_months(monde: Monde, contact: str, due: str, rhythm: int):
    dossier = en_situation(monde, Situation.ALTERNANCE, date(2026, 1, 1))
    monde.suivi(dossier, date.fromisoformat(contact))
    said = commence(monde, dossier, Regle.SILENCE, date.fromisoformat(due))
    assert said.faits["jours"] == rhythm
    # what began is not undone by the fourth month
    assert len(dit(monde, dossier, Regle.SILENCE, date.fromisoformat(due) + jours(60))) == 1


@pytest.mark.parametrize(
    ("contact", "due", "rhythm"),
    [
        ("2026-01-01", "2026-03-02", 60),
        # begun on 1 January: settled on 1 July, which 2 May + 60 days reaches
        ("2026-05-01", "2026-06-30", 60),
        ("2026-05-02", "2026-07-31", 90),
        ("2026-08-01", "2026-10-30", 90),
    ],
)
def test_an_employment_that_lasts_is_called_less(monde: Monde, contact: str, due: str, rhythm: int):
    dossier = en_situation(monde, Situation.EMPLOI, date(2026, 1, 1))
    monde.suivi(dossier, date.fromisoformat(contact))
    assert commence(monde, dossier, Regle.SILENCE, date.fromisoformat(due)).faits["jours"] == rhythm


@pytest.mark.parametrize("situation", [Situation.EMPLOI, Situation.RACCROCHAGE, Situation.DECROCHAGE])
def test_a_chantier_under_way_shortens_the_rhythm(monde: Monde, situation: Situation):
    dossier = en_situation(monde, situation, JOUR - jours(90))
    monde.suivi(dossier, JOUR - jours(14))
    chantier = monde.etape(dossier, GenreEtape.CHANTIER_EDUCATIF, StatutEtape.EN_COURS, JOUR - jours(20))
    assert commence(monde, dossier, Regle.SILENCE, JOUR).faits["jours"] == 14

    monde.change_etape(dossier, chantier, statut=StatutEtape.EN_ATTENTE)
    assert len(dit(monde, dossier, Regle.SILENCE, JOUR)) == (RYTHMES[situation] == 14)


# Injoignable


@pytest.mark.parametrize("resultat", sorted(RESULTATS_ECHOUES))
def test_two_failed_attempts_in_thirty_days_ask_for_another_way(monde: Monde, resultat: Resultat):
    dossier = monde.dossier(monde.agent(), ouvert_le=JOUR - jours(200))
    monde.suivi(dossier, JOUR - jours(100))
    monde.suivi(dossier, JOUR - jours(30), resultat)
    assert dit(monde, dossier, Regle.INJOIGNABLE, JOUR) == []
    monde.suivi(dossier, JOUR, resultat)
    [said] = dit(monde, dossier, Regle.INJOIGNABLE, JOUR)
    assert said == ((JOUR - jours(100)).isoformat(), JOUR, JOUR, 2, {"tentatives": 2, "faites": 0, "sur": 5})


def test_what_is_too_old_apart_or_heard_since_does_not_make_somebody_unreachable(monde: Monde):
    silent = monde.dossier(monde.agent(), ouvert_le=JOUR - jours(200))
    for ago in (62, 31, 0):
        monde.suivi(silent, JOUR - jours(ago), Resultat.SANS_REPONSE)
    heard = monde.dossier(monde.agent(), ouvert_le=JOUR - jours(200))
    for ago in (5, 4):
        monde.suivi(heard, JOUR - jours(ago), Resultat.SANS_REPONSE)
    monde.suivi(heard, JOUR - jours(4))
    third = monde.dossier(monde.agent(), ouvert_le=JOUR - jours(200))
    for ago in (5, 4):
        monde.suivi(third, JOUR - jours(ago), Resultat.SANS_REPONSE, Canal.ENTRETIEN_TIERS)
        monde.suivi(third, JOUR - jours(ago), Resultat.EXCUSE)
    assert [dit(monde, dossier, Regle.INJOIGNABLE, JOUR) for dossier in (silent, heard, third)] == [[], [], []]


def test_the_protocol_is_told_on_the_alert_and_does_not_end_it(monde: Monde):
    dossier = monde.dossier(monde.agent(), ouvert_le=JOUR - jours(200))
    monde.demarche(dossier, JOUR - jours(50), MoyenDemarche.VISITE)
    monde.suivi(dossier, JOUR - jours(40))
    # what was tried on the day of the exchange led to it
    monde.demarche(dossier, JOUR - jours(40), MoyenDemarche.PARTENAIRE)
    for ago in (9, 3):
        monde.suivi(dossier, JOUR - jours(ago), Resultat.SANS_REPONSE)
    for ago, moyen in ((8, MoyenDemarche.MESSAGE), (2, MoyenDemarche.MESSAGE), (0, MoyenDemarche.FAMILLE)):
        monde.demarche(dossier, JOUR - jours(ago), moyen)
    [said] = dit(monde, dossier, Regle.INJOIGNABLE, JOUR)
    assert said.faits == {"tentatives": 2, "faites": 2, "sur": 5}
    assert said.depuis == JOUR - jours(3)
    assert len(dit(monde, dossier, Regle.INJOIGNABLE, JOUR + jours(300))) == 1
    monde.suivi(dossier, JOUR)
    assert dit(monde, dossier, Regle.INJOIGNABLE, JOUR) == []


def test_the_search_begins_again_with_a_reopening(monde: Monde):
    dossier = monde.dossier(monde.agent(), ouvert_le=JOUR - jours(200))
    monde.a_rouvert(dossier, JOUR - jours(20), JOUR - jours(5))
    for ago in (30, 6, 5):
        monde.suivi(dossier, JOUR - jours(ago), Resultat.SANS_REPONSE)
    assert dit(monde, dossier, Regle.INJOIGNABLE, JOUR) == []
    monde.suivi(dossier, JOUR - jours(5), Resultat.COORDONNEES_INCORRECTES)
    [said] = dit(monde, dossier, Regle.INJOIGNABLE, JOUR)
    assert (said.cle, said.faits["tentatives"]) == ((JOUR - jours(6)).isoformat(), 2)


# Rendez-vous


def test_an_appointment_that_nobody_wrote_about_is_asked_about_after_a_week(monde: Monde):
    dossier = monde.dossier(monde.agent(), ouvert_le=JOUR)
    monde.prevu(dossier, JOUR, StatutContactPrevu.ANNULE)
    assert dit(monde, dossier, Regle.RENDEZ_VOUS_SANS_SUITE, JOUR + jours(100)) == []
    for ahead in (12, 5):
        monde.prevu(dossier, JOUR + jours(ahead))
    said = commence(monde, dossier, Regle.RENDEZ_VOUS_SANS_SUITE, JOUR + jours(12))
    first = JOUR + jours(5)
    assert said == (first.isoformat(), first, JOUR + jours(12), 3, {})


# Situation à confirmer


@pytest.mark.parametrize("situation", SUIVIES)
def test_what_is_known_grows_old_by_its_kind(monde: Monde, situation: Situation):
    dossier = en_situation(monde, situation, JOUR)
    since = VIEUX if situation is Situation.INCONNUE else JOUR
    said = commence(monde, dossier, Regle.SITUATION_A_CONFIRMER, since + jours(FRAICHEURS[situation]))
    assert said.faits == {"situation": situation, "jours": FRAICHEURS[situation]}
    assert (said.cle, said.depuis, said.gravite) == (since.isoformat(), since, 5)


def test_confirming_starts_again_and_taking_it_back_undoes_it(monde: Monde):
    dossier = en_situation(monde, Situation.DECROCHAGE, JOUR)
    objet, said = ObjetVerification.SITUATION, JOUR + jours(50)
    monde.verification(dossier, objet, JOUR, JOUR + jours(55), reponse=ReponseVerification.INCONNUE)
    number = monde.verification(dossier, objet, JOUR, said)
    assert commence(monde, dossier, Regle.SITUATION_A_CONFIRMER, said + jours(90)).depuis == said

    monde.change(Verification, number, annulee_le=said)
    commence(monde, dossier, Regle.SITUATION_A_CONFIRMER, JOUR + jours(90))


def test_what_was_told_at_the_opening_is_not_asked_again_that_day(monde: Monde):
    dossier = monde.dossier(monde.agent(), ouvert_le=JOUR - jours(400))
    monde.etape(dossier, GenreEtape.DECROCHAGE, StatutEtape.EN_COURS, JOUR - jours(700))
    commence(monde, dossier, Regle.SITUATION_A_CONFIRMER, JOUR - jours(310))
    monde.a_rouvert(dossier, JOUR - jours(100), JOUR)
    commence(monde, dossier, Regle.SITUATION_A_CONFIRMER, JOUR + jours(90))


# Informer


def test_whoever_has_a_name_here_is_told_within_a_month(monde: Monde):
    nameless = monde.dossier(monde.agent(), ouvert_le=JOUR)
    named = monde.dossier(monde.agent(), ouvert_le=JOUR - jours(9))
    monde.identite(named, b"scelle", identifie_le=JOUR)
    # of a time when the day of the name was not written: that of the dossier, in Paris
    older = monde.dossier(monde.agent(), ouvert_le=VIEUX, cree_le=datetime(2026, 3, 9, 23, 30, tzinfo=UTC))
    monde.identite(older, b"scelle")

    said = commence(monde, named, Regle.INFORMER_JEUNE, JOUR + jours(30))
    assert said == ("information", JOUR, JOUR + jours(30), 4, {})
    commence(monde, older, Regle.INFORMER_JEUNE, date(2026, 3, 10) + jours(30))
    assert dit(monde, nameless, Regle.INFORMER_JEUNE, JOUR + jours(300)) == []

    told = monde.dossier(monde.agent(), ouvert_le=JOUR - jours(90))
    monde.identite(told, b"scelle", identifie_le=JOUR - jours(90), informe_le=JOUR, informe_forme="orale")
    contacts = monde.dossier(monde.agent(), ouvert_le=JOUR - jours(90))
    monde.identite(contacts, None)
    assert [dit(monde, dossier, Regle.INFORMER_JEUNE, JOUR) for dossier in (told, contacts)] == [[], []]


# Who answers


def test_three_days_without_a_referent(monde: Monde):
    never = monde.dossier(None, ouvert_le=JOUR)
    ended = monde.dossier(monde.agent(), ouvert_le=JOUR - jours(900))
    monde.est_parti(ended, monde.agent(), a_midi(JOUR - jours(50)))
    monde.retire_referent(ended, a_midi(JOUR))
    for dossier, motif in ((never, "jamais_affecte"), (ended, "affectation_terminee")):
        said = commence(monde, dossier, Regle.SANS_REFERENT, JOUR + jours(3))
        assert said == (JOUR.isoformat(), JOUR, JOUR + jours(3), 1, {"motif": motif})
        monde.affecte(dossier, monde.agent(), a_midi(JOUR + jours(4)))
        assert dit(monde, dossier, Regle.SANS_REFERENT, JOUR + jours(4)) == []


def test_a_referent_of_before_the_reopening_did_not_leave_it(monde: Monde):
    dossier = monde.dossier(None, ouvert_le=VIEUX)
    monde.est_parti(dossier, monde.agent(), a_midi(JOUR - jours(50)))
    monde.a_rouvert(dossier, JOUR - jours(49), JOUR)
    assert commence(monde, dossier, Regle.SANS_REFERENT, JOUR + jours(3)).faits == {"motif": "jamais_affecte"}


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 3, 10, 22, 59, 59, 999999, tzinfo=UTC), date(2026, 3, 10)),
        (datetime(2026, 3, 10, 23, 0, tzinfo=UTC), date(2026, 3, 11)),
        (datetime(2025, 7, 1, 22, 0, tzinfo=UTC), date(2025, 7, 2)),
    ],
)
def test_a_disabled_referent_is_said_the_same_day_in_paris(monde: Monde, instant: datetime, day: date):
    agent = monde.agent(desactive_le=instant)
    dossier = monde.dossier(agent, ouvert_le=date(2024, 1, 1))
    said = commence(monde, dossier, Regle.SANS_REFERENT, day)
    assert said == (f"agent:{agent}", day, day, 1, {"motif": "referent_desactive"})
    monde.desactive(agent, None)
    assert dit(monde, dossier, Regle.SANS_REFERENT, day) == []


def test_a_rule_is_silent_once_the_dossier_is_closed(monde: Monde):
    dossier = monde.dossier(monde.agent(), ouvert_le=JOUR - jours(30))
    commence(monde, dossier, Regle.SILENCE, JOUR)
    monde.clot(dossier, JOUR)
    assert dit(monde, dossier, Regle.SILENCE, JOUR) == []
