"""Promise: the list, the inbox and the review agree on who comes first, on both engines."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import product
from random import Random

import pytest

from app.accounts.models import Agent
from app.alertes.queries import alerts_of, count_open, inbox
from app.alertes.queries_lignes import Ligne
from app.alertes.queries_portefeuille import (
    Alertees,
    Filtre,
    Lien,
    caseload,
    choices,
    found,
    order_for_review,
)
from app.alertes.rules import frise
from app.alertes.services import scan
from app.alertes.vocabulaire import Regle
from app.parcours.vocabulaire import GenreEtape, Situation, StatutEtape
from tests.alertes.monde import JOUR, MAINTENANT, Monde, jours
from tests.alertes.ordre import place

SITUATIONS = [situation for situation in Situation if situation is not Situation.SORTI]


@pytest.fixture
def agent(monde: Monde) -> Agent:
    return monde.session.get_one(Agent, monde.agent())


@pytest.fixture
def peuple(monde: Monde, agent: Agent) -> list[int]:
    """Forty dossiers of every kind, some of which an alert speaks of."""
    chance, ids = Random(5), []
    for _ in range(40):
        dossier = monde.dossier(
            agent.id,
            ouvert_le=JOUR - jours(chance.choice([10, 600])),
            situation=chance.choice(SITUATIONS),
            dernier_contact=chance.choice([None, JOUR - jours(chance.randint(0, 120))]),
            prochain_contact=chance.choice([None, JOUR + jours(chance.randint(-5, 30))]),
            annee_naissance=chance.choice([None, 1999, 2008, 2011]),
        )
        if chance.random() < 0.3:
            monde.etape(dossier, GenreEtape.STAGE, StatutEtape.PREVUE, JOUR - jours(20))
        ids.append(dossier)
    scan(monde.session, today=JOUR, now=MAINTENANT)
    return ids


def page(monde: Monde, agent: Agent, filtre: Filtre | None = None, number: int = 1, par: int = 100):
    return caseload(monde.session, agent=agent, today=JOUR, filtre=filtre or Filtre(), page=number, par=par)


def rank(monde: Monde, ligne: Ligne) -> tuple:
    """The published order, said in Python."""
    worst = ligne.alertes[0] if ligne.alertes else None
    minor = ligne.annee_naissance is not None and JOUR.year - ligne.annee_naissance < 18
    return (
        worst.gravite if worst else 9,
        not minor,
        ligne.situation not in ("decrochage", "sans_solution"),
        worst.due if worst else date.max,
        ligne.prochain_contact or date.max,
        ligne.dernier_contact or date.min,
        ligne.dossier_id,
    )


def test_the_order_is_the_one_published(monde: Monde, agent: Agent, peuple: list[int]):
    lignes = page(monde, agent).lignes
    assert sorted(ligne.dossier_id for ligne in lignes) == sorted(peuple)
    assert [rank(monde, ligne) for ligne in lignes] == sorted(rank(monde, ligne) for ligne in lignes)
    assert 0 < sum(bool(ligne.alertes) for ligne in lignes) < 40


def test_the_review_follows_the_same_order(monde: Monde, agent: Agent, peuple: list[int]):
    expected = [ligne.dossier_id for ligne in page(monde, agent).lignes]
    assert order_for_review(monde.session, agent=agent, today=JOUR) == expected


def test_pages_cut_the_same_list(monde: Monde, agent: Agent, peuple: list[int]):
    whole = [ligne.dossier_id for ligne in page(monde, agent).lignes]
    pages = [page(monde, agent, number=number, par=25) for number in (1, 2, 3)]
    assert [ligne.dossier_id for one in pages for ligne in one.lignes] == whole
    assert [one.total for one in pages] == [40, 40, 0]


def test_every_mix_of_filters_is_an_intersection(monde: Monde, agent: Agent, peuple: list[int]):
    everybody = page(monde, agent).lignes
    kinds = {
        None: lambda ligne: True,
        Alertees.AVEC: lambda ligne: bool(ligne.alertes),
        Alertees.SANS: lambda ligne: not ligne.alertes,
        Regle.SILENCE: lambda ligne: any(said.regle == "silence" for said in ligne.alertes),
        Regle.ETAPE_EN_RETARD: lambda ligne: any(said.regle == "etape_en_retard" for said in ligne.alertes),
    }
    for alerte, situation, territoire in product(
        kinds, [None, Situation.DECROCHAGE, Situation.EMPLOI], [None, monde.territoire_id, 0]
    ):
        shown = page(monde, agent, Filtre(situation=situation, alerte=alerte, territoire_id=territoire)).lignes
        assert [ligne.dossier_id for ligne in shown] == [
            ligne.dossier_id
            for ligne in everybody
            if kinds[alerte](ligne)
            and situation in (None, ligne.situation)
            and territoire in (None, ligne.territoire_id)
        ]


@pytest.mark.parametrize("par", [25, 100])
def test_what_the_filters_offer_adds_up(monde: Monde, agent: Agent, peuple: list[int], par: int):
    """Counted by the database, or on the page when it shows everybody: the same."""
    monde.dossier(agent.id, territoire_id=monde.territoire("Biollay"), situation=Situation.EMPLOI)
    whole = page(monde, agent).lignes
    filtre = Filtre()
    shown = page(monde, agent, filtre, par=par)
    choix = choices(monde.session, agent=agent, today=JOUR, filtre=filtre, page=shown)
    assert choix.total == 41
    assert choix.alertes == sum(bool(ligne.alertes) for ligne in whole)
    assert choix.alertes == count_open(monde.session, agent=agent, today=JOUR)
    assert choix.situations == Counter(ligne.situation for ligne in whole)
    assert list(choix.territoires.values()) == [("Biollay", 1), ("Les Hauts", 40)]
    filtre = Filtre(situation=Situation.EMPLOI)
    narrowed = page(monde, agent, filtre, par=par)
    assert choices(monde.session, agent=agent, today=JOUR, filtre=filtre, page=narrowed) == choix


@pytest.mark.parametrize("limite", [1, 3, 50])
def test_the_inbox_shows_each_alerted_dossier_once(monde: Monde, agent: Agent, peuple: list[int], limite: int):
    seen: list[Ligne] = []
    apres = None
    while True:
        boite = inbox(monde.session, agent=agent, today=JOUR, apres=apres, limite=limite)
        assert len(boite.lignes) <= limite
        seen += boite.lignes
        if boite.suite is None:
            break
        apres = boite.suite
    ids = [ligne.dossier_id for ligne in seen]
    assert len(ids) == len(set(ids)) == count_open(monde.session, agent=agent, today=JOUR)
    order = [place(ligne, ligne.alertes[0], MAINTENANT) for ligne in seen]
    assert order == sorted(order)
    assert all(place(ligne, said, MAINTENANT) >= place(ligne, ligne.alertes[0], MAINTENANT)
               for ligne in seen for said in ligne.alertes)  # fmt: skip
    assert all(sorted(ligne.alertes) == sorted(alerts_of(monde.session, ligne.dossier_id)) for ligne in seen)


def test_found_keeps_the_order_of_the_search_and_what_may_be_seen(monde: Monde, agent: Agent, peuple: list[int]):
    hidden = monde.dossier(monde.agent())
    asked = [peuple[7], hidden, peuple[3], peuple[30]]
    lignes = found(monde.session, agent=agent, today=JOUR, ids=asked)
    assert [ligne.dossier_id for ligne in lignes] == [peuple[7], peuple[3], peuple[30]]


def test_a_member_of_the_team_finds_what_they_share_under_its_own_filter(monde: Monde, agent: Agent, peuple: list[int]):
    membre = monde.session.get_one(Agent, monde.agent(intervenant=True))
    monde.membre(peuple[0], membre.id)
    monde.membre(peuple[1], membre.id, jusqu_au=JOUR)
    monde.membre(peuple[2], agent.id)
    assert [ligne.dossier_id for ligne in page(monde, membre, Filtre(lien=Lien.EQUIPE)).lignes] == [peuple[0]]
    assert page(monde, membre).lignes == []
    # the référent is of the équipe too: the dossier is theirs, and is not shown twice
    assert page(monde, agent, Filtre(lien=Lien.EQUIPE)).lignes == []


def test_the_frise_begins_with_the_journey_and_ends_this_month():
    mois = "24322 decrochage,24310 scolarite,24340 inconnue,24342 emploi,24400 formation"
    assert [(trait.x, trait.largeur, trait.famille) for trait in frise(mois, dernier=24349)] == [
        (0.0, 30.0, "scolarite"),
        (30.0, 45.0, "decrochage"),
        (80.0, 20.0, "emploi"),
    ]
    assert frise("24310 inconnue", dernier=24349) == []
    assert frise("24350 emploi", dernier=24349) == []


def test_the_months_of_a_line_are_those_of_its_dossier(monde: Monde, agent: Agent):
    dossier = monde.dossier(agent.id)
    monde.mois(dossier, 24300, 24310, Situation.SCOLARITE)
    monde.mois(dossier, 24310, 120000, Situation.EMPLOI)
    monde.dossier(agent.id)
    lignes = {ligne.dossier_id: ligne.mois for ligne in page(monde, agent).lignes}
    assert set(lignes[dossier].split(",")) == {"24300 scolarite", "24310 emploi"}
    assert [mois for number, mois in lignes.items() if number != dossier] == [None]
