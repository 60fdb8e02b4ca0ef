"""Promise: a partner sees the steps that their purpose needs, and no page tells them that there is another."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from html import unescape
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from app.accounts.models import Agent
from app.accounts.vocabulaire import Role
from app.audit.services import Acteur
from app.parcours import services_etapes, services_suivis
from app.parcours.models import Dossier
from app.parcours.rules_etapes import Faits
from app.parcours.vocabulaire import Canal, GenreEtape, Resultat, Situation, StatutEtape, Theme
from app.parcours.vocabulaire_actes import Accord, FormeInformation
from app.referents.rules import genres_shown, sees_situations, shows_situation
from app.referents.rules_equipe import Partage
from app.referents.services_equipe import invite
from app.referents.vocabulaire import SENSIBLES, Finalite
from app.web.filters import date_courte, date_longue, date_numerique, jour_semaine
from tests.conftest import NOW
from tests.factories import TODAY, make_agent, make_dossier, make_structure
from tests.http.conftest import Monde
from tests.http.test_matrix import LAST, NOTHING_THERE

OUVERT, PREMIER = date(2018, 12, 20), date(2019, 1, 3)
DEPUIS = date(2026, 1, 12)
NOM = "Quatremaille"
CAS = [
    *((finalite, ()) for finalite in Finalite),
    (Finalite.LOGEMENT, (GenreEtape.LOGEMENT,)),
    (Finalite.SUIVI_GLOBAL, SENSIBLES),
]
# What a page says of Parcours, not of somebody.
GENERALES = {"explications.regles", "aide.aide", "connexion.connexion"}


@pytest.fixture
def parcours(house, monde: Monde) -> dict[GenreEtape, tuple[date, date, object]]:
    """One dossier with a step of every kind, each on days of its own, and an open décrochage: its steps by kind."""
    referent = monde.agents["referent"]
    common = {"acteur": Acteur.agent(referent.id, referent.structure_id), "now": NOW, "today": TODAY}
    steps = {}
    with house.database.writing() as session:
        here = referent.structure
        dossier = make_dossier(session, house, here, referent=referent, annee_naissance=2005, ouvert_le=OUVERT)
        for rank, genre in enumerate(GenreEtape):
            debut = PREMIER + timedelta(days=41 * rank)
            fin, key = debut + timedelta(days=9), uuid4()
            faits = Faits(genre, StatutEtape.TERMINEE, debut, fin=fin)
            services_etapes.add_etape(session, dossier, faits=faits, etape_id=key, depot=key, **common)
            steps[genre] = (debut, fin, key)
        faits = Faits(GenreEtape.DECROCHAGE, StatutEtape.EN_COURS, DEPUIS)
        services_etapes.add_etape(session, dossier, faits=faits, etape_id=uuid4(), depot=uuid4(), **common)
        services_suivis.log_suivi(
            session, dossier, agent=referent, jour=TODAY - timedelta(days=40), canal=Canal.ENTRETIEN,
            resultat=Resultat.ECHANGE_FAIT, suivi_id=uuid4(), depot=uuid4(), themes=list(Theme), **common,
        )  # fmt: skip
        monde.code = dossier.code
    return steps


def partner(house, monde: Monde, finalite: Finalite, sensibles: tuple[GenreEtape, ...]) -> Agent:
    referent = monde.agents["referent"]
    with house.database.writing() as session:
        protege = session.get(Agent, referent.id).mot_de_passe
        agent = make_agent(session, make_structure(session), Role.INTERVENANT, mot_de_passe=protege)
        dossier = session.query(Dossier).filter_by(code=monde.code).one()
        agreed = (TODAY + timedelta(days=90), TODAY, FormeInformation.ORALE, Accord.ACCORD)
        who = {"par": referent, "acteur": Acteur.commande(), "now": NOW, "today": TODAY}
        invite(session, dossier, agent=agent, partage=Partage(finalite, sensibles, *agreed), **who)
    return agent


def pages(app: Flask, monde: Monde) -> Iterator[str]:
    """Every page of the dossier, and every list."""
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and rule.endpoint not in LAST | NOTHING_THERE | GENERALES | {"static"}:
            yield monde.url(rule, app)
    yield "/mes-jeunes?lien=equipe&par=100"
    for filtre in ("tout", "echanges", "tentatives", "etapes", "relais"):
        yield f"/dossiers/{monde.code}?journal={filtre}"


def said(page: str) -> str:
    """What a page tells: the lists from which one chooses are Parcours's own, and a purpose is theirs to know."""
    main = page.split("<main", 1)[-1]
    main = main.replace(f"<dt>Pour quoi</dt><dd>{Finalite.SOINS_DROITS.label}</dd>", "")
    main = re.sub(r"<(form|details)\b.*?</\1>", " ", main, flags=re.S)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main)))


def days(day: date) -> set[str]:
    return {date_longue(day), date_courte(day, TODAY), date_numerique(day), jour_semaine(day), day.isoformat()}


def test_no_page_tells_of_a_step_that_is_not_theirs(
    app: Flask, house, monde: Monde, connect: Callable, parcours: dict
) -> None:
    faults = []
    for finalite, sensibles in CAS:
        client = connect(partner(house, monde, finalite, sensibles))
        found = told(app, monde, client, parcours, genres_shown(finalite, sensibles))
        faults += [f"{finalite.value} {len(sensibles)} {fault}" for fault in found]
    assert not faults, "\n".join(faults)


def told(app: Flask, monde: Monde, client: FlaskClient, parcours: dict, genres: frozenset[GenreEtape]) -> Iterator[str]:
    """What is wrong in what this partner reads, who may see these kinds of step."""
    hidden, read = [genre for genre in GenreEtape if genre not in genres], ""
    secret = set().union(*(days(day) for genre in hidden for day in parcours[genre][:2]))
    if GenreEtape.DECROCHAGE in hidden:
        secret |= days(DEPUIS)
    for url in pages(app, monde):
        answer = client.get(url)
        if answer.status_code == 200 and answer.mimetype.startswith("text/html"):
            text = said(answer.text)
            read += text
            labels = (genre.label for genre in hidden)
            yield from (f"{url}: {label}" for label in labels if re.search(rf"\b{re.escape(label)}\b", text))
            yield from (f"{url}: {day}" for day in secret if day in answer.text)
    yield from (f"{genre} is not shown" for genre in genres if genre.label not in read)
    if ("Situation non partagée" in read) != (GenreEtape.DECROCHAGE in hidden):
        yield "the situation"
    yield from _reached(monde, client, parcours, genres)


def _reached(monde: Monde, client: FlaskClient, parcours: dict, genres: frozenset[GenreEtape]) -> Iterator[str]:
    """The page of a step answers, and one more may be written, for these kinds and for no other."""
    base = f"/dossiers/{monde.code}/etapes"
    for genre, (_, _, key) in parcours.items():
        if (client.get(f"{base}/{key}").status_code == 200) != (genre in genres):
            yield f"the page of {genre}"
        chosen = client.get(f"{base}/nouvelle?genre={genre.value}").text
        if (f'name="genre" value="{genre.value}"' in chosen) != (genre in genres):
            yield f"a new {genre}"


def test_a_partner_does_not_find_by_a_filter_what_the_list_hides(
    house, monde: Monde, connect: Callable, parcours: dict
) -> None:
    code, carte = monde.code, "/mes-jeunes?lien=equipe"
    hides = connect(partner(house, monde, Finalite.VIE_SOCIALE, ()))
    shows = connect(partner(house, monde, Finalite.SCOLARITE, ()))
    for client, found in ((hides, False), (shows, True)):
        assert code in client.get(carte).text
        assert (code in client.get(f"{carte}&situation=decrochage").text) is found
        assert code not in client.get(f"{carte}&alerte=decrochage_qui_dure").text
        assert ("Décrochage (1)" in client.get(carte).text) is found
        assert code in client.get(f"{carte}&alerte=silence").text
        # with only what they are told of is it with an alert
        assert code in client.get(f"{carte}&alerte=avec").text


def test_a_partner_is_not_told_why_a_dossier_was_closed(house, monde: Monde, connect: Callable, parcours: dict) -> None:
    hides = connect(partner(house, monde, Finalite.VIE_SOCIALE, ()))
    shows = connect(partner(house, monde, Finalite.SUIVI_GLOBAL, ()))
    with house.database.writing() as session:
        closed = {"clos_le": TODAY, "motif_sortie": "service_civique"}
        session.execute(update(Dossier).where(Dossier.code == monde.code).values(**closed))
    words = "Motif"
    assert words not in said(hides.get(f"/dossiers/{monde.code}").text)
    assert words in said(shows.get(f"/dossiers/{monde.code}").text)


def test_a_situation_is_shown_when_its_kind_is() -> None:
    for finalite in Finalite:
        genres = genres_shown(finalite, ())
        for situation in set(Situation) - {Situation.INCONNUE, Situation.SORTI}:
            assert shows_situation(genres, situation) == (GenreEtape(situation.value) in genres)
        # to be told that nothing is known, one must be told of everything
        everything = finalite in {Finalite.SUIVI_GLOBAL, Finalite.INSERTION}
        assert shows_situation(genres, Situation.INCONNUE) == sees_situations(genres) == everything
