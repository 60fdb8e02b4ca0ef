"""Promise: *Ma journée* shows a few lines in the published order, nothing put off, nobody twice, nobody else's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from app.accounts.models import Agent
from app.alertes.models import Alerte
from app.alertes.queries import Vue, count_open, inbox
from app.alertes.queries_aujourdhui import today_lines
from app.alertes.rules_ordre import LIBELLES, Rang, rang, rang_initial
from app.alertes.vocabulaire import Regle
from app.parcours.vocabulaire import Situation
from tests.alertes.monde import JOUR, MAINTENANT, Monde, jours
from tests.alertes.ordre import place

FIN = datetime(2026, 2, 10, 9, tzinfo=MAINTENANT.tzinfo)


@pytest.fixture
def alerte(monde: Monde) -> Callable[..., int]:
    """An open alert of a dossier, as the engine writes it; its id."""

    def write(dossier_id: int, regle: Regle = Regle.SILENCE, **values: Any) -> int:
        given = {
            "cle": f"{regle.value}-{next(monde.numeros)}",
            "depuis": JOUR - jours(40),
            "due": JOUR - jours(10),
            "gravite": 2,
            "faits": {},
            "ouverte_le": MAINTENANT - jours(1),
            "reprises": 0,
        }
        row = insert(Alerte.__table__).values(dossier_id=dossier_id, regle=regle, **(given | values))
        return monde.session.execute(row).inserted_primary_key[0]

    return write


@pytest.fixture
def agent(monde: Monde) -> Agent:
    return monde.session.get_one(Agent, monde.agent())


def reasons(monde: Monde, agent: Agent, limite: int = 7) -> list[int]:
    """The alert that each line gives first."""
    return [ligne.alertes[0].alerte_id for ligne in today_lines(monde.session, agent, JOUR, limite).lignes]


def test_the_order_is_the_one_published(monde: Monde, agent: Agent, alerte: Callable[..., int]) -> None:
    chance, opened = Random(11), {}
    for _ in range(60):
        dossier = monde.dossier(
            agent.id,
            situation=chance.choice([Situation.DECROCHAGE, Situation.SANS_SOLUTION, Situation.SCOLARITE]),
            annee_naissance=chance.choice([None, 2000, 2008, 2009, 2012]),
        )  # fmt: skip
        for _ in range(chance.randint(1, 3)):
            quand = MAINTENANT - timedelta(hours=chance.randint(0, 24 * 90))
            said = {"gravite": chance.randint(1, 6), "due": JOUR - jours(chance.randint(0, 90)), "ouverte_le": quand}
            opened[alerte(dossier, chance.choice(list(Regle)), depuis=JOUR - jours(100), **said)] = quand
    found = today_lines(monde.session, agent, JOUR, 100)
    assert (len(found.lignes), found.total) == (60, 60)
    order = [[place(ligne, said, opened[said.alerte_id]) for said in ligne.alertes] for ligne in found.lignes]
    assert all(min(those) == those[0] for those in order)
    assert [those[0] for those in order] == sorted(those[0] for those in order)
    assert len({those[0][0] for those in order}) > 2
    assert [ligne.alertes[0].alerte_id for ligne in inbox(
        monde.session, agent=agent, today=JOUR, apres=None, limite=100).lignes] == [
        ligne.alertes[0].alerte_id for ligne in found.lignes]  # fmt: skip


@pytest.mark.parametrize(
    ("regle", "gravite", "situation", "mineur", "attendu"),
    [
        (Regle.TRANSMISSION_DEPARTEMENT, 1, Situation.DECROCHAGE, True, Rang.HORLOGES),
        (Regle.CHANTIER_MINEUR, 2, Situation.SCOLARITE, True, Rang.HORLOGES),
        (Regle.ETAPE_EN_RETARD, 3, Situation.SCOLARITE, True, Rang.MINEURS),
        (Regle.AGE, 4, Situation.SCOLARITE, True, Rang.RESTE),
        (Regle.SILENCE, 1, Situation.DECROCHAGE, False, Rang.DECROCHAGES),
        (Regle.SANS_REFERENT, 1, Situation.EMPLOI, False, Rang.DECROCHAGES),
        (Regle.SILENCE, 2, Situation.EMPLOI, False, Rang.SILENCES),
        (Regle.ETAPE_QUI_FINIT, 4, Situation.FORMATION, True, Rang.FINS),
        (Regle.SITUATION_A_CONFIRMER, 5, Situation.DECROCHAGE, False, Rang.RESTE),
    ],
)
def test_what_each_rank_holds(regle: Regle, gravite: int, situation: Situation, mineur: bool, attendu: Rang) -> None:
    assert rang_initial(regle, gravite, situation=situation, mineur=mineur) is attendu
    assert attendu in LIBELLES


@pytest.mark.parametrize(
    ("initial", "gravite", "days", "attendu"),
    [
        (Rang.RESTE, 2, 13, Rang.RESTE),
        (Rang.RESTE, 1, 14, Rang.FINS),
        (Rang.RESTE, 2, 14, Rang.FINS),
        (Rang.RESTE, 2, 28, Rang.SILENCES),
        (Rang.RESTE, 3, 27, Rang.RESTE),
        (Rang.RESTE, 3, 28, Rang.FINS),
        (Rang.FINS, 4, 41, Rang.FINS),
        (Rang.FINS, 4, 42, Rang.SILENCES),
        (Rang.RESTE, 6, 69, Rang.RESTE),
        (Rang.RESTE, 6, 280, Rang.MINEURS),
        (Rang.RESTE, 6, 700, Rang.MINEURS),
        (Rang.MINEURS, 2, 700, Rang.MINEURS),
        (Rang.HORLOGES, 2, 0, Rang.HORLOGES),
    ],
)
def test_what_is_not_treated_climbs_a_rank_a_fortnight_below_the_legal_clocks(
    initial: Rang, gravite: int, days: int, attendu: Rang
) -> None:
    assert rang(initial, gravite, ouverte_le=JOUR - jours(days), today=JOUR) is attendu


def test_one_line_each_no_more_than_asked_and_how_many_there_are(
    monde: Monde, agent: Agent, alerte: Callable[..., int]
) -> None:
    dossiers = [monde.dossier(agent.id) for _ in range(9)]
    for dossier in dossiers:
        alerte(dossier)
        alerte(dossier, Regle.ETAPE_EN_RETARD, gravite=3)
    found = today_lines(monde.session, agent, JOUR, 7)
    assert (len(found.lignes), found.total) == (7, 9)
    assert [len(ligne.alertes) for ligne in found.lignes] == [2] * 7
    assert count_open(monde.session, agent=agent, today=JOUR) == 9


def test_what_is_put_off_waits_in_its_own_view_until_its_day(
    monde: Monde, agent: Agent, alerte: Callable[..., int]
) -> None:
    dossier = monde.dossier(agent.id)
    later = alerte(dossier, reportee_au=JOUR + jours(1))
    assert reasons(monde, agent) == []
    assert count_open(monde.session, agent=agent, today=JOUR) == 0
    common = {"agent": agent, "apres": None}
    put_off = inbox(monde.session, today=JOUR, vue=Vue.REPORTEES, **common).lignes
    assert [said.alerte_id for ligne in put_off for said in ligne.alertes] == [later]
    other = alerte(dossier, Regle.ETAPE_EN_RETARD, gravite=3)
    assert reasons(monde, agent) == [other]
    shown = inbox(monde.session, today=JOUR + jours(1), **common).lignes
    assert [said.alerte_id for ligne in shown for said in ligne.alertes] == [later, other]
    assert inbox(monde.session, today=JOUR + jours(1), vue=Vue.REPORTEES, **common).lignes == []


def _after_exit(monde: Monde, alerte: Callable[..., int], referent: int | None, *, member: bool = True) -> int:
    dossier = monde.dossier(referent, ouvert_le=JOUR - jours(90))
    if referent is not None and member:
        monde.membre(dossier, referent)
    monde.clot(dossier, date(2026, 2, 10))
    if referent is not None:
        monde.retire_referent(dossier, FIN)
    return alerte(dossier, Regle.APRES_SORTIE, gravite=6)


def test_after_an_exit_the_last_referent_is_asked_else_the_coordinateur(
    monde: Monde, agent: Agent, alerte: Callable[..., int]
) -> None:
    chef = monde.session.get_one(Agent, monde.agent(coordinateur=True))
    ailleurs = monde.session.get_one(Agent, monde.agent(coordinateur=True, structure_id=monde.structure()))
    parti = monde.agent(desactive_le=MAINTENANT - jours(3))
    mine = _after_exit(monde, alerte, agent.id)
    theirs = [
        _after_exit(monde, alerte, parti),
        _after_exit(monde, alerte, None),
        _after_exit(monde, alerte, monde.agent(), member=False),
    ]
    assert reasons(monde, agent) == [mine]
    assert sorted(reasons(monde, chef)) == sorted(theirs)
    assert reasons(monde, ailleurs) == []
    assert count_open(monde.session, agent=chef, today=JOUR) == 3


def test_a_coordinateur_sees_besides_what_was_brought_to_them(
    monde: Monde, agent: Agent, alerte: Callable[..., int]
) -> None:
    chef = monde.session.get_one(Agent, monde.agent(coordinateur=True))
    ailleurs = monde.session.get_one(Agent, monde.agent(coordinateur=True, structure_id=monde.structure()))
    dossier = monde.dossier(agent.id)
    brought = alerte(dossier, escaladee_le=MAINTENANT)
    alerte(dossier, Regle.ETAPE_EN_RETARD, gravite=3)
    alerte(monde.dossier(agent.id))
    waiting = alerte(monde.dossier(agent.id), escaladee_le=MAINTENANT)
    monde.session.execute(update(Alerte).where(Alerte.id == waiting).values(reportee_au=JOUR + jours(3)))
    assert reasons(monde, chef) == [brought]
    assert count_open(monde.session, agent=chef, today=JOUR) == 1
    common = {"today": JOUR, "apres": None}
    assert inbox(monde.session, agent=chef, **common).lignes == []
    carried = inbox(monde.session, agent=chef, vue=Vue.PORTEES, **common).lignes
    assert [ligne.alertes[0].alerte_id for ligne in carried] == [brought]
    assert not carried[0].noter
    assert inbox(monde.session, agent=ailleurs, vue=Vue.PORTEES, **common).lignes == []
    assert today_lines(monde.session, agent, JOUR, 7).lignes[0].noter


def test_a_closed_alert_is_nowhere(monde: Monde, agent: Agent, alerte: Callable[..., int]) -> None:
    alerte(monde.dossier(agent.id), fermee_le=MAINTENANT)
    assert reasons(monde, agent) == []
    assert monde.session.scalar(select(Alerte.id)) is not None
