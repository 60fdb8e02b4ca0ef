"""Promise: a calendar holds what its agent answers for or is to hold, and nothing of what they may not see today."""

from __future__ import annotations

from datetime import date, time, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import update

from app.accounts.models import Agent
from app.accounts.vocabulaire import Role
from app.agenda.queries import Periode, lines_of_agenda
from app.agenda.vocabulaire import Nature
from app.parcours import services_suivis
from app.parcours.services_jalons import note_jalon
from app.parcours.services_objectifs import Dit, write_objectif
from app.parcours.vocabulaire import Canal, GenreEtape, Resultat, StatutContactPrevu, StatutEtape, Theme
from app.parcours.vocabulaire_actes import GenreJalon
from app.parcours.vocabulaire_objectifs import StatutObjectif
from app.referents import services
from app.referents.models import MembreEquipe
from app.referents.models_continuite import Absence
from app.referents.vocabulaire import MotifAffectation
from tests.agenda.conftest import DEMAIN, MERCREDI, Equipe, plan, step
from tests.conftest import NOW
from tests.factories import TODAY, make_agent, make_dossier

PERIODE = Periode(TODAY - timedelta(days=30), TODAY + timedelta(days=365), TODAY, 100)


def seen(equipe: Equipe, agent: Agent, periode: Periode = PERIODE) -> list[tuple[str, date]]:
    equipe.follow()
    return [(one.quand.nature, one.quand.jour) for one in lines_of_agenda(equipe.session, agent, periode, noms=False)]


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
    first = lines_of_agenda(equipe.session, equipe.nadia, PERIODE, noms=True)[0]
    assert (first.code, first.uid) == (equipe.dossier.code, equipe.dossier.uid)
    assert first.quand[5:] == (time(10, 30), Canal.TELEPHONE, StatutContactPrevu.PREVU, None)
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
    held = lines_of_agenda(equipe.session, equipe.nadia, PERIODE, noms=False)[0]
    assert held.quand.statut is StatutContactPrevu.TENU


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
    """Whoever was its référent still reads the dossier for some days; its appointments are no longer theirs to hold."""
    plan(equipe, equipe.nadia, MERCREDI)
    equipe.hand_over(equipe.omar, motif=MotifAffectation.CHARGE)
    assert seen(equipe, equipe.omar) == [(Nature.RENDEZ_VOUS, MERCREDI)]
    assert seen(equipe, equipe.nadia) == []


def test_a_cover_has_the_days_of_whom_they_cover_while_it_lasts(equipe: Equipe) -> None:
    plan(equipe, equipe.nadia, MERCREDI)
    step(equipe, GenreEtape.STAGE, StatutEtape.EN_COURS, date(2026, 3, 2), MERCREDI)
    absence = Absence(
        id=uuid4(), agent_id=equipe.nadia.id, suppleant_id=equipe.omar.id, depuis=TODAY, jusqu_au=DEMAIN, cree_le=NOW
    )
    equipe.session.add(absence)
    assert len(seen(equipe, equipe.omar)) == 2
    assert seen(equipe, equipe.omar, Periode(PERIODE.du, PERIODE.au, DEMAIN, 10)) == []


@pytest.mark.parametrize("lost", ["desactive_le", "referent"])
def test_a_closed_account_and_a_lost_role_read_nothing(equipe: Equipe, lost: str) -> None:
    alone = make_agent(equipe.session, equipe.ici, Role.REFERENT)
    dossier = make_dossier(equipe.session, equipe.maison, equipe.ici, referent=alone)
    plan(equipe, alone, DEMAIN, dossier=dossier)
    assert len(seen(equipe, alone)) == 1
    setattr(alone, lost, NOW if lost == "desactive_le" else False)
    assert seen(equipe, alone) == []


def test_the_two_months_of_a_convocation_end_on_a_day_of_the_calendar(equipe: Equipe) -> None:
    """The same day as the alert will say, before it says it; nothing once it was transmitted."""
    qui = {"acteur": equipe.acteur(equipe.nadia), "now": NOW, "today": TODAY}
    jeune = {"agent": equipe.nadia, "naissance": date(2009, 3, 1)}
    dossier = equipe.dossier = make_dossier(
        equipe.session, equipe.maison, equipe.ici, referent=equipe.nadia, annee_naissance=2009
    )
    step(equipe, GenreEtape.DECROCHAGE, StatutEtape.EN_COURS, date(2026, 1, 12))
    missed = (GenreJalon.ENTRETIEN_PROPOSE, GenreJalon.ABSENCE_NON_JUSTIFIEE, GenreJalon.CONVOCATION)
    for number, genre in enumerate(missed):
        note_jalon(equipe.session, dossier, genre=genre, jour=date(2026, 3, 10 + number), depot=uuid4(), **jeune, **qui)
    assert seen(equipe, equipe.nadia) == [(Nature.TRANSMISSION, date(2026, 5, 12))]
    assert seen(equipe, equipe.nadia, Periode(TODAY, date(2026, 5, 11), TODAY, 10)) == []
    assert seen(equipe, equipe.omar) == []
    note_jalon(
        equipe.session, dossier, genre=GenreJalon.TRANSMISSION_DEPARTEMENT, jour=TODAY, depot=uuid4(), **jeune, **qui
    )
    assert seen(equipe, equipe.nadia) == []


def test_a_goal_is_there_on_its_day_while_it_is_expected(equipe: Equipe) -> None:
    qui = {"acteur": equipe.acteur(equipe.nadia), "now": NOW, "today": TODAY}
    number = uuid4()
    goal = write_objectif(
        equipe.session, equipe.dossier, agent=equipe.nadia, objectif_id=number, depot=number,
        dit=Dit(Theme.SCOLARITE, b"scelle", None, MERCREDI), pas=[],
        same_words=lambda stored: True, same_steps=lambda stored: True, **qui,
    )  # fmt: skip
    assert seen(equipe, equipe.nadia) == [(Nature.OBJECTIF, MERCREDI)]
    assert seen(equipe, equipe.omar) == []
    goal.statut = StatutObjectif.ATTEINT
    assert seen(equipe, equipe.nadia) == []
