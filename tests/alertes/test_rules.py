"""Promises about all the rules at once: what a mise en attente stops, what a number moves, what a closing ends, and
what the history of an alert says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.alertes.models import Alerte, Echeance, EvenementAlerte, Reglage
from app.alertes.queries_ecarts import differing, wanted
from app.alertes.rules_ages import Intervalle
from app.alertes.rules_parametres import PARAMETRES
from app.alertes.services import Bilan, reevaluate, scan, scan_due
from app.alertes.vocabulaire import HORLOGES_LEGALES, REGLES_APRES_CLOTURE, REGLES_SUSPENDUES, GenreEvenement, Regle
from app.parcours.models import Suivi
from app.parcours.vocabulaire import GenreEtape, MotifSortie, Resultat, Situation, StatutEtape
from tests.alertes.lecture import Vie
from tests.alertes.monde import JOUR, MAINTENANT, Monde, a_midi, jours
from tests.alertes.vies import Peuple

# Numbers that no rule reads: lists, escalation and reports do.
AILLEURS = {"charge_soutenus", "charge_dossiers", "escalade", "aujourdhui", "attente"} | {
    code for code in PARAMETRES if code.startswith("report_")
}
# What a text sets: the lowest and the highest are the same.
FIXES = {code for code, parametre in PARAMETRES.items() if parametre.minimum == parametre.maximum}
LUS = sorted(set(PARAMETRES) - AILLEURS - FIXES)


def said(peuple: Peuple, today: date) -> dict[tuple[int, str, str], Intervalle]:
    """Every alert that is true that day, by dossier, rule and key."""
    found = wanted(peuple.session, list(peuple.vies), today=today, naissances=peuple.naissances)
    return {(one.dossier_id, one.regle, one.cle): one for holding, _ in found.values() for one in holding}


# Mise en attente


def sans_attente(vie: Vie) -> None:
    vie.attentes = []


def test_a_mise_en_attente_stops_its_rules_until_its_day_and_no_other(session: Session):
    peuple = Peuple(session, 3, 160, retouche=sans_attente)
    peuple.ecrit_tout()
    during, end = JOUR + jours(94), JOUR + jours(95)
    before = {today: said(peuple, today) for today in (during, end)}
    assert {key[1] for key in before[during]} == {regle.value for regle in Regle}, "every rule speaks"
    for number in peuple.vies:
        peuple.monde.attente(number, JOUR, end)
    peuple.monde.rafraichit(*peuple.vies)

    kept = {key: one for key, one in before[during].items() if key[1] not in REGLES_SUSPENDUES}
    assert said(peuple, during) == kept
    # the later of both dates: on the day itself everything that is true speaks again
    after = said(peuple, end)
    assert {key: one._replace(due=None) for key, one in after.items()} == {
        key: one._replace(due=None) for key, one in before[end].items()
    }
    for key, one in after.items():
        first = before[end][key].due
        assert one.due == (max(first, end) if key[1] in REGLES_SUSPENDUES else first), key


def test_nothing_stops_a_legal_clock():
    assert not REGLES_SUSPENDUES & HORLOGES_LEGALES
    assert not REGLES_SUSPENDUES & REGLES_APRES_CLOTURE


# The numbers of a structure


def toutes_les_situations(peuple: Peuple) -> None:
    """One more dossier in each situation, that nobody heard of; then those whose rhythm changes with time."""
    monde = peuple.monde
    since, begun = JOUR - jours(190), JOUR - jours(50)
    lived = [
        (GenreEtape(one.value), since, None) for one in Situation if one not in (Situation.SORTI, Situation.INCONNUE)
    ]
    lived += [(GenreEtape.ALTERNANCE, begun, 5), (GenreEtape.ALTERNANCE, since, 5), (GenreEtape.EMPLOI, since, 60)]
    for genre, first, heard in lived:
        dossier = monde.dossier(monde.agent(), ouvert_le=JOUR - jours(200))
        monde.etape(dossier, genre, StatutEtape.EN_COURS, first)
        if heard is not None:
            monde.suivi(dossier, JOUR - jours(heard))
        peuple.vies[dossier] = Vie(JOUR - jours(200), JOUR)
    ending = monde.dossier(monde.agent(), ouvert_le=since)
    monde.etape(ending, GenreEtape.STAGE, StatutEtape.EN_COURS, begun, fin_prevue=JOUR + jours(70))
    peuple.vies[ending] = Vie(since, JOUR)
    # a return of fifty days, with an attempt that failed
    monde.etape(dossier, GenreEtape.DECROCHAGE, StatutEtape.TERMINEE, since, fin=begun)
    monde.etape(dossier, GenreEtape.SCOLARITE, StatutEtape.EN_COURS, begun)
    monde.suivi(dossier, JOUR - jours(1), Resultat.SANS_REPONSE)
    monde.rafraichit(*peuple.vies)


def test_each_number_moves_its_rule_and_no_other(session: Session):
    """Read on several days, at its lowest and at its highest."""
    peuple = Peuple(session, 12, 40)
    peuple.ecrit_tout()
    toutes_les_situations(peuple)
    table = Reglage.__table__
    session.execute(update(table).values(dict.fromkeys(PARAMETRES)))
    monde = peuple.monde
    monde.reglage(monde.structure_id)
    days = [JOUR + jours(shift) for shift in (0, 35)]
    before = [said(peuple, day) for day in days]
    found = {}
    for code in LUS:
        moved: set[str] = set()
        parametre = PARAMETRES[code]
        for value in (parametre.minimum, parametre.maximum):
            session.execute(update(table).values({code: value}))
            for day, first in zip(days, before, strict=True):
                now = said(peuple, day)
                moved |= {key[1] for key in first.keys() | now.keys() if first.get(key) != now.get(key)}
        session.execute(update(table).values({code: None}))
        found[code] = moved
    assert found == {code: {PARAMETRES[code].regle.value} for code in LUS}
    assert [said(peuple, day) for day in days] == before


def test_what_no_rule_reads_moves_none(session: Session):
    peuple = Peuple(session, 13, 30)
    peuple.ecrit_tout()
    before = said(peuple, JOUR)
    session.execute(update(Reglage.__table__).values({code: PARAMETRES[code].minimum for code in AILLEURS}))
    assert said(peuple, JOUR) == before


def test_a_structure_moves_nothing_of_another(session: Session):
    monde = Monde(session)
    other = monde.structure()
    monde.reglage(other, silence_inconnue=10)
    here, there = (
        monde.dossier(monde.agent(), ouvert_le=JOUR - jours(10), structure_id=one)
        for one in (monde.structure_id, other)
    )
    assert [dossier for dossier in (here, there) if regles(monde, dossier, JOUR) & {"silence"}] == [there]


# Closing


def regles(monde: Monde, dossier: int, today: date) -> set[str]:
    reevaluate(monde.session, [dossier], today=today, now=a_midi(today))
    return {one[1] for one in monde.ouvertes() if one[0] == dossier}


def test_only_the_checks_after_the_exit_speak_of_a_closed_dossier(session: Session):
    peuple = Peuple(session, 14, 60)
    peuple.ecrit_tout()
    scan(session, **peuple.le(JOUR))
    still_open = [number for number, vie in peuple.vies.items() if vie.clos_le is None]
    assert {one[1] for one in peuple.monde.ouvertes() if one[0] in still_open}.isdisjoint(REGLES_APRES_CLOTURE)
    for number in still_open:
        peuple.monde.clot(number, JOUR)
    peuple.monde.rafraichit(*still_open)
    reevaluate(session, still_open, **peuple.le(JOUR))
    assert not [one for one in peuple.monde.ouvertes() if one[0] in still_open]


def test_a_reopened_dossier_is_looked_at_again(monde: Monde):
    dossier = monde.dossier(monde.agent(), ouvert_le=JOUR - jours(900))
    monde.clot(dossier, JOUR - jours(40))
    assert regles(monde, dossier, JOUR) == set()
    monde.rouvre(dossier, JOUR - jours(40), JOUR - jours(30))
    assert {"silence", "entree_immobile"} <= regles(monde, dossier, JOUR)


# What happens to an alert


def seul_silence(monde: Monde, ago: int = 40, **values: Any) -> int:
    """A dossier of which nothing but the silence speaks, since `ago` days."""
    dossier = monde.dossier(monde.agent(), ouvert_le=JOUR - jours(ago), annee_naissance=None, **values)
    monde.etape(dossier, GenreEtape.LOGEMENT, StatutEtape.EN_COURS, JOUR)
    monde.verification(dossier, "situation", JOUR, JOUR)
    monde.rafraichit(dossier)
    return dossier


def evenements(monde: Monde) -> list[tuple[str, Any, int | None]]:
    ordered = select(EvenementAlerte.genre, EvenementAlerte.quand, EvenementAlerte.agent_id)
    return [tuple(row) for row in monde.session.execute(ordered.order_by(EvenementAlerte.id))]


def test_its_history_says_who_was_told_and_why_it_closed(monde: Monde):
    agent = monde.agent()
    dossier = seul_silence(monde)
    monde.retire_referent(dossier, a_midi(JOUR))
    monde.affecte(dossier, agent, a_midi(JOUR))
    hours = [MAINTENANT + jours(n) for n in range(4)]
    at = [{"today": (JOUR + jours(n)), "now": hours[n]} for n in range(4)]
    session = monde.session

    assert scan(session, **at[0]) == Bilan(ouvertes=1)
    assert scan(session, **at[0]) == scan_due(session, **at[0]) == Bilan()
    story = [(GenreEvenement.OUVERTE, hours[0], agent)]
    assert evenements(monde) == story

    contact = monde.suivi(dossier, JOUR)
    monde.rafraichit(dossier)
    assert reevaluate(session, [dossier], **at[1]) == Bilan(fermees=1)
    assert reevaluate(session, [dossier], **at[1]) == Bilan()
    # who acted is not written: a rule is measured, never an agent
    story.append((GenreEvenement.TRAITEE, hours[1], None))
    assert evenements(monde) == story
    [alerte] = monde.alertes(dossier, Regle.SILENCE)
    assert (alerte.fermee_le, alerte.reprises) == (hours[1], 0)

    monde.change(Suivi, contact, resultat="sans_reponse")
    monde.rafraichit(dossier)
    assert reevaluate(session, [dossier], **at[2]) == Bilan(ouvertes=1)
    story.append((GenreEvenement.ROUVERTE, hours[2], agent))
    assert evenements(monde) == story
    [alerte] = monde.alertes(dossier, Regle.SILENCE)
    assert (alerte.fermee_le, alerte.reprises, alerte.ouverte_le) == (None, 1, hours[2])


@pytest.mark.parametrize("passage", [scan, scan_due])
def test_what_time_closes_is_said_to_be_closed_by_time(monde: Monde, passage: Any):
    dossier = monde.dossier(monde.agent(), ouvert_le=JOUR, annee_naissance=2008)
    today = {"today": JOUR, "now": MAINTENANT}
    # 18 within the year: the alert ends with January
    scan(monde.session, today=date(2026, 1, 31), now=MAINTENANT)
    assert [(one.regle, one.fermee_le) for one in monde.alertes(dossier, Regle.AGE)] == [(Regle.AGE, None)]
    passage(monde.session, **today)
    [alerte] = monde.alertes(dossier, Regle.AGE)
    assert alerte.fermee_le == MAINTENANT
    closed = [
        genre for genre, *_ in evenements(monde) if genre not in (GenreEvenement.OUVERTE, GenreEvenement.ROUVERTE)
    ]
    assert closed == [GenreEvenement.ETEINTE]


def test_what_was_decided_of_an_opening_does_not_outlive_it(monde: Monde):
    """The next opening is a new cause: it shows at once, goes up in its own time, and nobody has judged it yet."""
    dossier = seul_silence(monde)
    at = {"today": JOUR, "now": MAINTENANT}
    scan(monde.session, **at)
    decided = {"reportee_au": JOUR + jours(20), "escaladee_le": MAINTENANT, "inutile_le": MAINTENANT}
    monde.session.execute(update(Alerte.__table__).values(**decided))
    monde.etat(dossier, dernier_contact=JOUR)
    assert reevaluate(monde.session, [dossier], **at) == Bilan(fermees=1)
    [alerte] = monde.alertes(dossier, Regle.SILENCE)
    assert (alerte.reportee_au, alerte.escaladee_le, alerte.inutile_le) == (None, None, MAINTENANT)
    monde.etat(dossier, dernier_contact=None)
    assert reevaluate(monde.session, [dossier], **at) == Bilan(ouvertes=1)
    [alerte] = monde.alertes(dossier, Regle.SILENCE)
    assert (alerte.reportee_au, alerte.escaladee_le, alerte.inutile_le) == (None, None, None)


def test_a_dossier_that_time_no_longer_changes_is_not_looked_at_again(monde: Monde):
    dossier = monde.dossier(monde.agent(), ouvert_le=JOUR)
    monde.clot(dossier, JOUR, MotifSortie.DECES)
    reevaluate(monde.session, [dossier], today=JOUR, now=MAINTENANT)
    assert monde.session.execute(select(Echeance.dossier_id, Echeance.prochaine)).all() == [(dossier, None)]
    assert differing(monde.session, today=JOUR + jours(4000), premier=dossier, dernier=dossier) == []


def test_nobody_is_told_when_nobody_answers(monde: Monde):
    monde.dossier(None, ouvert_le=JOUR - jours(3), annee_naissance=None)
    scan(monde.session, today=JOUR, now=MAINTENANT)
    assert [(genre, told) for genre, _, told in evenements(monde)] == [(GenreEvenement.OUVERTE, None)]


def test_what_an_alert_says_follows_the_situation_without_an_event(monde: Monde):
    dossier = seul_silence(monde, 100)
    scan(monde.session, today=JOUR, now=MAINTENANT)
    monde.etat(dossier, situation=Situation.DECROCHAGE)
    assert reevaluate(monde.session, [dossier], today=JOUR, now=MAINTENANT) == Bilan(corrigees=1)
    [alerte] = monde.alertes(dossier, Regle.SILENCE)
    assert (alerte.gravite, alerte.due, alerte.faits["jours"]) == (1, JOUR - jours(86), 14)
    assert (alerte.reprises, len(evenements(monde))) == (0, 1)


def test_a_reevaluation_leaves_other_dossiers_alone(monde: Monde):
    one, other = seul_silence(monde), seul_silence(monde)
    assert reevaluate(monde.session, [one], today=JOUR, now=MAINTENANT) == Bilan(ouvertes=1)
    assert {said[0] for said in monde.ouvertes()} == {one}
    monde.etat(one, dernier_contact=JOUR)
    assert reevaluate(monde.session, [other], today=JOUR, now=MAINTENANT) == Bilan(ouvertes=1)
    assert {said[0] for said in monde.ouvertes()} == {one, other}


@pytest.mark.parametrize("people", [1, 10, 60])
def test_as_many_statements_for_one_as_for_many(session: Session, statements: list[str], people: int):
    """States, rules, birth dates and milestones, what is open: then what is written, each once."""
    peuple = Peuple(session, 3, people)
    peuple.ecrit_tout()
    opened: list[Sequence[int]] = []

    def naissances(session: Session, ids: Sequence[int]) -> dict[int, date]:
        opened.append(ids)
        return peuple.naissances(session, ids)

    at = {"today": JOUR, "now": MAINTENANT, "naissances": naissances}
    statements.clear()
    reevaluate(session, list(peuple.vies), **at)
    assert len(statements) <= 7
    statements.clear()
    reevaluate(session, list(peuple.vies), **at)
    assert len(statements) <= 4
    assert len(opened) <= 2
