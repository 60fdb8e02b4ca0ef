"""Promise: a calendar holds what its agent answers for or is to hold, and nothing of what they may not see today."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from sqlalchemy import update

from app.accounts.models import Agent
from app.accounts.vocabulaire import Role
from app.agenda.queries import Periode, echeances
from app.agenda.vocabulaire import Nature
from app.parcours import services_suivis
from app.parcours.vocabulaire import Canal, GenreEtape, Resultat, StatutContactPrevu, StatutEtape
from app.referents import services
from app.referents.models import MembreEquipe
from app.referents.vocabulaire import MotifAffectation
from tests.agenda.conftest import DEMAIN, MERCREDI, Equipe, plan, step
from tests.conftest import NOW
from tests.factories import TODAY, make_agent, make_dossier

PERIODE = Periode(TODAY - timedelta(days=30), TODAY + timedelta(days=365), TODAY, 100)


def seen(equipe: Equipe, agent: Agent, periode: Periode = PERIODE) -> list[tuple[str, date]]:
    equipe.follow()
    return [(one.nature, one.jour) for one in echeances(equipe.session, agent, periode, noms=False)]


def test_the_referent_has_every_day_of_their_dossiers(equipe: Equipe) -> None:
    plan(equipe, equipe.nadia, MERCREDI, heure=None)
    plan(equipe, equipe.omar, DEMAIN)
    gone = plan(equipe, equipe.nadia, DEMAIN)
    services_suivis.cancel_contact(
        equipe.session, equipe.dossier, gone, version=1, acteur=equipe.acteur(equipe.nadia), now=NOW
    )
    step(equipe, GenreEtape.FORMATION, StatutEtape.PREVUE, date(2026, 4, 7), date(2026, 6, 30))
    step(equipe, GenreEtape.STAGE, StatutEtape.EN_COURS, date(2026, 3, 2), MERCREDI)
    assert seen(equipe, equipe.nadia) == [
        (Nature.RENDEZ_VOUS, DEMAIN),
        (Nature.FIN, MERCREDI),
        (Nature.RENDEZ_VOUS, MERCREDI),
        (Nature.DEBUT, date(2026, 4, 7)),
    ]
    first = echeances(equipe.session, equipe.nadia, PERIODE, noms=True)[0]
    assert (first.code, first.heure, first.canal) == (equipe.dossier.code, time(10, 30), Canal.TELEPHONE)
    assert (first.statut, first.genre, first.uid) == (StatutContactPrevu.PREVU, None, equipe.dossier.uid)
    assert seen(equipe, equipe.nadia, Periode(DEMAIN, DEMAIN, TODAY, 100)) == [(Nature.RENDEZ_VOUS, DEMAIN)]
    # one more than asked says that there are others
    assert len(seen(equipe, equipe.nadia, Periode(PERIODE.du, PERIODE.au, TODAY, 2))) == 3


def test_what_was_held_stays(equipe: Equipe) -> None:
    plan(equipe, equipe.nadia, TODAY)
    plan(equipe, equipe.nadia, MERCREDI)
    step(equipe, GenreEtape.STAGE, StatutEtape.EN_COURS, date(2026, 3, 2), MERCREDI)
    qui = {"acteur": equipe.acteur(equipe.nadia), "now": NOW, "today": TODAY}
    services_suivis.log_suivi(
        equipe.session, equipe.dossier, agent=equipe.nadia, jour=TODAY, canal=Canal.TELEPHONE,
        resultat=Resultat.ECHANGE_FAIT, suivi_id=equipe.dossier.uid, depot=equipe.dossier.uid, **qui,
    )  # fmt: skip
    assert seen(equipe, equipe.nadia) == [
        (Nature.RENDEZ_VOUS, TODAY), (Nature.FIN, MERCREDI), (Nature.RENDEZ_VOUS, MERCREDI),
    ]  # fmt: skip
    held = echeances(equipe.session, equipe.nadia, PERIODE, noms=False)[0]
    assert held.statut is StatutContactPrevu.TENU


def test_a_member_has_their_own_appointments_while_they_are_one(equipe: Equipe) -> None:
    qui = {"acteur": equipe.acteur(equipe.nadia), "now": NOW, "today": TODAY}
    plan(equipe, equipe.omar, DEMAIN)
    plan(equipe, equipe.nadia, MERCREDI)
    step(equipe, GenreEtape.STAGE, StatutEtape.EN_COURS, date(2026, 3, 2), MERCREDI)
    assert seen(equipe, equipe.omar) == [], "what bears their name in a dossier that they do not see"
    services.join_team(equipe.session, equipe.dossier, agent=equipe.omar, **qui)
    assert seen(equipe, equipe.omar) == [(Nature.RENDEZ_VOUS, DEMAIN)]
    equipe.session.execute(update(MembreEquipe).where(MembreEquipe.agent_id == equipe.omar.id).values(jusqu_au=TODAY))
    assert seen(equipe, equipe.omar) == []


@pytest.mark.parametrize("name", ["coordinatrice", "lea"])
def test_who_answers_for_nobody_and_holds_nothing_has_an_empty_calendar(equipe: Equipe, name: str) -> None:
    plan(equipe, equipe.nadia, DEMAIN)
    step(equipe, GenreEtape.STAGE, StatutEtape.EN_COURS, date(2026, 3, 2), MERCREDI)
    assert seen(equipe, getattr(equipe, name)) == []


def test_a_dossier_handed_over_goes_to_the_other_calendar(equipe: Equipe) -> None:
    plan(equipe, equipe.omar, MERCREDI)
    equipe.hand_over(equipe.omar, motif=MotifAffectation.CHARGE)
    assert seen(equipe, equipe.omar) == [(Nature.RENDEZ_VOUS, MERCREDI)]
    assert seen(equipe, equipe.nadia) == []


@pytest.mark.parametrize("lost", ["desactive_le", "referent"])
def test_a_closed_account_and_a_lost_role_read_nothing(equipe: Equipe, lost: str) -> None:
    alone = make_agent(equipe.session, equipe.ici, Role.REFERENT)
    dossier = make_dossier(equipe.session, equipe.maison, equipe.ici, referent=alone)
    plan(equipe, alone, DEMAIN, dossier=dossier)
    assert len(seen(equipe, alone)) == 1
    setattr(alone, lost, NOW if lost == "desactive_le" else False)
    assert seen(equipe, alone) == []
