"""Promise: each rule becomes true on its day, not the day before, and says why."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from app.alertes import rules
from app.alertes.rules_parametres import RYTHMES
from app.alertes.services import Bilan, reevaluate, scan
from app.alertes.vocabulaire import Regle
from app.parcours.vocabulaire import GenreEtape, Intensite, Situation, StatutEtape
from tests.alertes.monde import JOUR, MAINTENANT, Monde, a_midi, jours

SUIVIES = [situation for situation in Situation if situation is not Situation.SORTI]


def of_today(monde: Monde, today: date = JOUR) -> dict[str, list]:
    """A scan of `today`, then the open alerts by rule."""
    scan(monde.session, today=today, now=MAINTENANT)
    found: dict[str, list] = {}
    for said in sorted(monde.ouvertes()):
        found.setdefault(said[1], []).append(said)
    return found


def test_every_situation_of_an_open_dossier_has_a_rhythm():
    assert set(RYTHMES) == set(SUIVIES)


@pytest.mark.parametrize("intensite", Intensite)
@pytest.mark.parametrize("situation", SUIVIES)
def test_silence_begins_on_the_nth_day(monde: Monde, situation: Situation, intensite: Intensite):
    allowed = RYTHMES[situation] * intensite.facteur
    referent = monde.agent()
    last = JOUR - jours(allowed)
    monde.dossier(referent, ouvert_le=JOUR - jours(900), situation=situation, dernier_contact=last, intensite=intensite)

    assert of_today(monde, JOUR - jours(1)) == {}
    [(_, _, cle, depuis, due, gravite, faits)] = of_today(monde)["silence"]

    assert (cle, depuis, due) == (last.isoformat(), last, JOUR)
    assert gravite == (1 if situation in (Situation.DECROCHAGE, Situation.SANS_SOLUTION) else 2)
    assert dict(faits) == {"jours": allowed, "situation": situation, "intensite": intensite, "depart": "contact"}


@pytest.mark.parametrize("last", [None, JOUR - jours(400)])
def test_silence_without_a_contact_since_the_opening_counts_from_it(monde: Monde, last: date | None):
    monde.dossier(monde.agent(), ouvert_le=JOUR - jours(30), dernier_contact=last)

    assert of_today(monde, JOUR - jours(1)) == {}
    [said] = of_today(monde)["silence"]
    assert said[3] == JOUR - jours(30)
    assert dict(said[6])["depart"] == "ouverture"


def test_silence_counts_from_the_last_reopening(monde: Monde):
    dossier = monde.dossier(monde.agent(), ouvert_le=JOUR - jours(800), dernier_contact=JOUR - jours(500))
    for ago in (400, 29, 200):
        monde.rouvre(dossier, JOUR - jours(ago + 30), JOUR - jours(ago))

    assert of_today(monde) == {}
    [said] = of_today(monde, JOUR + jours(1))["silence"]
    assert said[3] == JOUR - jours(29)
    assert dict(said[6])["depart"] == "reouverture"


@pytest.mark.parametrize(
    ("situation", "allowed"), [(Situation.EMPLOI, 14), (Situation.RACCROCHAGE, 14), (Situation.DECROCHAGE, 14)]
)
def test_a_chantier_under_way_shortens_the_rhythm(monde: Monde, situation: Situation, allowed: int):
    dossier = monde.dossier(
        monde.agent(), ouvert_le=JOUR - jours(90), situation=situation, dernier_contact=JOUR - jours(allowed)
    )
    chantier = monde.etape(dossier, GenreEtape.CHANTIER_EDUCATIF, StatutEtape.EN_COURS, JOUR - jours(20))
    assert of_today(monde, JOUR - jours(1)) == {}
    assert dict(of_today(monde)["silence"][0][6])["jours"] == allowed

    monde.change_etape(dossier, chantier, statut=StatutEtape.EN_ATTENTE)
    assert ("silence" in of_today(monde)) == (RYTHMES[situation] == allowed)


@pytest.mark.parametrize("statut", [StatutEtape.EN_COURS, StatutEtape.EN_ATTENTE])
def test_an_open_step_is_late_fourteen_days_after_its_planned_end(monde: Monde, statut: StatutEtape):
    dossier = monde.dossier(monde.agent(), ouvert_le=JOUR, dernier_contact=JOUR)
    etape = monde.etape(dossier, GenreEtape.STAGE, statut, JOUR - jours(60), fin_prevue=JOUR - jours(14))

    assert of_today(monde, JOUR - jours(1)) == {}
    [(_, _, cle, depuis, due, gravite, faits)] = of_today(monde)["etape_en_retard"]

    assert (cle, depuis, due, gravite) == (etape.hex, JOUR - jours(14), JOUR, 3)
    assert dict(faits) == {"attendu": "fin", "genre": "stage"}


def test_a_planned_step_is_late_fourteen_days_after_its_start(monde: Monde):
    dossier = monde.dossier(monde.agent(), ouvert_le=JOUR, dernier_contact=JOUR)
    monde.etape(dossier, GenreEtape.FORMATION, StatutEtape.PREVUE, JOUR - jours(14), fin_prevue=JOUR - jours(1))

    assert of_today(monde, JOUR - jours(1)) == {}
    [said] = of_today(monde)["etape_en_retard"]
    assert dict(said[6]) == {"attendu": "debut", "genre": "formation"}


def test_one_alert_for_each_late_step_and_none_for_what_is_over(monde: Monde):
    dossier = monde.dossier(monde.agent(), ouvert_le=JOUR, dernier_contact=JOUR)
    old = JOUR - jours(200)
    for genre in (GenreEtape.LOGEMENT, GenreEtape.MOBILITE):
        monde.etape(dossier, genre, StatutEtape.EN_COURS, old, fin_prevue=JOUR - jours(30))
    monde.etape(dossier, GenreEtape.EMPLOI, StatutEtape.TERMINEE, old, fin_prevue=JOUR - jours(30), fin=JOUR)
    monde.etape(dossier, GenreEtape.STAGE, StatutEtape.ANNULEE, old)
    monde.etape(dossier, GenreEtape.NUMERIQUE, StatutEtape.EN_COURS, old)

    assert {dict(said[6])["genre"] for said in of_today(monde)["etape_en_retard"]} == {"logement", "mobilite"}


def test_three_days_without_a_referent(monde: Monde):
    never = monde.dossier(None, ouvert_le=JOUR - jours(3), dernier_contact=JOUR)
    ended = monde.dossier(monde.agent(), ouvert_le=JOUR - jours(900), dernier_contact=JOUR)
    monde.retire_referent(ended, a_midi(JOUR - jours(3)))

    assert of_today(monde, JOUR - jours(1)) == {}
    found = {said[0]: said for said in of_today(monde)["sans_referent"]}
    assert {dossier: dict(said[6])["motif"] for dossier, said in found.items()} == {
        never: "jamais_affecte",
        ended: "affectation_terminee",
    }
    assert {(said[2], said[3], said[4], said[5]) for said in found.values()} == {
        ((JOUR - jours(3)).isoformat(), JOUR - jours(3), JOUR, 1)
    }


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 3, 10, 22, 59, 59, 999999, tzinfo=UTC), date(2026, 3, 10)),
        (datetime(2026, 3, 10, 23, 0, tzinfo=UTC), date(2026, 3, 11)),
        (datetime(2025, 7, 1, 21, 59, tzinfo=UTC), date(2025, 7, 1)),
        (datetime(2025, 7, 1, 22, 0, tzinfo=UTC), date(2025, 7, 2)),
        # the nights on which the clocks change
        (datetime(2025, 3, 29, 22, 30, tzinfo=UTC), date(2025, 3, 29)),
        (datetime(2025, 3, 30, 22, 30, tzinfo=UTC), date(2025, 3, 31)),
        (datetime(2025, 10, 25, 22, 30, tzinfo=UTC), date(2025, 10, 26)),
        (datetime(2025, 10, 26, 22, 30, tzinfo=UTC), date(2025, 10, 26)),
    ],
)
def test_the_day_of_an_instant_is_that_of_paris(monde: Monde, instant: datetime, day: date):
    agent = monde.agent(desactive_le=instant)
    monde.dossier(agent, ouvert_le=date(2024, 1, 1), dernier_contact=JOUR)

    [said] = of_today(monde)["sans_referent"]
    assert (said[2], said[3], said[4]) == (f"agent:{agent}", day, day)
    assert dict(said[6]) == {"motif": "referent_desactive"}


def test_no_rule_speaks_of_a_closed_dossier(monde: Monde):
    agent = monde.agent(desactive_le=MAINTENANT)
    dossier = monde.dossier(agent, ouvert_le=JOUR - jours(900))
    monde.etape(dossier, GenreEtape.STAGE, StatutEtape.PREVUE, JOUR - jours(90))
    assert set(of_today(monde)) == {"silence", "etape_en_retard", "sans_referent"}

    monde.clot(dossier, JOUR)
    assert reevaluate(monde.session, [dossier], today=JOUR, now=MAINTENANT) == Bilan(ouvertes=0, fermees=3)
    assert of_today(monde) == {}


def test_a_cause_that_comes_back_opens_the_same_row_again(monde: Monde):
    dossier = monde.dossier(monde.agent(), ouvert_le=JOUR - jours(900), dernier_contact=JOUR - jours(40))
    later = MAINTENANT + jours(1)
    assert scan(monde.session, today=JOUR, now=MAINTENANT) == Bilan(ouvertes=1, fermees=0)

    monde.etat(dossier, dernier_contact=JOUR)
    assert reevaluate(monde.session, [dossier], today=JOUR, now=later) == Bilan(ouvertes=0, fermees=1)
    [alerte] = monde.alertes(dossier, Regle.SILENCE)
    assert (alerte.fermee_le, alerte.reprises) == (later, 0)

    monde.etat(dossier, dernier_contact=JOUR - jours(40))
    assert reevaluate(monde.session, [dossier], today=JOUR, now=later) == Bilan(ouvertes=1, fermees=0)
    [alerte] = monde.alertes(dossier, Regle.SILENCE)
    assert (alerte.fermee_le, alerte.reprises, alerte.ouverte_le) == (None, 1, MAINTENANT)


def test_what_an_alert_says_follows_the_situation(monde: Monde):
    dossier = monde.dossier(monde.agent(), ouvert_le=JOUR - jours(900), dernier_contact=JOUR - jours(100))
    monde.etat(dossier, situation=Situation.EMPLOI)
    scan(monde.session, today=JOUR, now=MAINTENANT)

    monde.etat(dossier, situation=Situation.DECROCHAGE)
    assert reevaluate(monde.session, [dossier], today=JOUR, now=MAINTENANT) == Bilan()
    [alerte] = monde.alertes(dossier, Regle.SILENCE)
    assert (alerte.gravite, alerte.due, alerte.faits["jours"]) == (1, JOUR - jours(86), 14)
    assert alerte.reprises == 0


def test_a_reevaluation_leaves_other_dossiers_alone(monde: Monde):
    one, other = (monde.dossier(monde.agent(), ouvert_le=JOUR - jours(900)) for _ in range(2))
    assert reevaluate(monde.session, [one], today=JOUR, now=MAINTENANT) == Bilan(ouvertes=1)
    assert {said[0] for said in monde.ouvertes()} == {one}
    monde.etat(one, dernier_contact=JOUR)
    assert reevaluate(monde.session, [other], today=JOUR, now=MAINTENANT) == Bilan(ouvertes=1)
    assert {said[0] for said in monde.ouvertes()} == {one, other}


@pytest.mark.parametrize("people", [1, 10, 100])
def test_as_many_statements_for_one_as_for_many(monde: Monde, statements: list[str], people: int):
    agent = monde.agent()
    ids = [monde.dossier(agent, ouvert_le=JOUR - jours(900)) for _ in range(people)]
    statements.clear()
    reevaluate(monde.session, ids, today=JOUR, now=MAINTENANT)
    lock = monde.session.get_bind().dialect.name == "postgresql"
    assert len(statements) == 2 + lock
    statements.clear()
    reevaluate(monde.session, ids, today=JOUR, now=MAINTENANT)
    assert len(statements) == 1 + lock
