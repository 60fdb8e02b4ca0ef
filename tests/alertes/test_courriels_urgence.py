"""The e-mail of an urgency: within a minute, once, to those who answer, with a code and no word of anybody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import uuid4

import pytest

from app.accounts.maison import Maison
from app.accounts.models import Agent
from app.accounts.vocabulaire import Role
from app.alertes.courriels_urgence import OBJET, send_urgencies
from app.audit.services import Acteur
from app.config import Settings
from app.referents.rules_urgence import COURRIEL_JUSQU_A
from app.referents.services_urgence import answer, send
from app.referents.vocabulaire_urgence import ReponseUrgence
from tests.alertes.courriers import OK, Boite, listening, with_smtp
from tests.conftest import NOW, FrozenClock
from tests.factories import TODAY, make_agent, make_dossier, make_structure

MOTS = {"rappel": "06 39 98 40 12", "texte": "chaussettes à pois"}


class Rue:
    """A house with a mail server; `ask` sends an urgency about the dossier of `referent`."""

    def __init__(self, maison: Maison, boite: Boite) -> None:
        self.maison, self.boite = maison, boite
        with maison.database.writing() as session:
            here = make_structure(session)
            self.referent = make_agent(session, here)
            self.coordinateur, self.passant = (
                make_agent(session, here, role) for role in (Role.COORDINATEUR, Role.INTERVENANT)
            )
            self.code = make_dossier(session, maison, here, referent=self.referent).code

    def ask(self, par: Agent, code: str | None = None) -> list:
        given = {"code": code or self.code, "uids": set(), "mots": MOTS, "depot": uuid4(), "now": self.maison.clock()}
        with self.maison.database.writing() as session:
            acteur = Acteur.agent(par.id, par.structure_id)
            return send(session, self.maison.vault, agent=par, acteur=acteur, **given)

    def answer(self, urgence_id) -> None:
        who = {"agent": self.referent, "acteur": Acteur.agent(self.referent.id, self.referent.structure_id)}
        with self.maison.database.writing() as session:
            answer(session, urgence_id, reponse=ReponseUrgence.JE_RAPPELLE, vers=None, now=NOW, today=TODAY, **who)


@pytest.fixture
def rue(build: Callable, settings: Settings) -> Iterator[Rue]:
    boite = Boite()
    with listening(boite) as smtp:
        yield Rue(build(with_smtp(settings, smtp)), boite)


def test_those_who_answer_are_written_to_once_with_a_code_alone(rue: Rue) -> None:
    rue.ask(rue.coordinateur)
    # what reached nobody writes to nobody
    rue.ask(rue.passant, "222-222")
    assert send_urgencies(rue.maison) == 1
    assert send_urgencies(rue.maison) == 0
    rue.ask(rue.passant)
    assert send_urgencies(rue.maison) == 2
    assert sorted(rue.boite.a) == sorted([rue.referent.courriel] * 2 + [rue.coordinateur.courriel])
    for message, texte in zip(rue.boite.lus(), rue.boite.textes().values(), strict=False):
        assert message["Subject"] == OBJET
        assert rue.code in texte
        assert "https://parcours.exemple.test/urgence\n" in texte
        assert not any(word in texte for word in (*MOTS.values(), rue.passant.nom, rue.referent.nom))


def test_what_was_answered_or_is_old_is_not_written_about(rue: Rue, clock: FrozenClock) -> None:
    (urgence_id,) = rue.ask(rue.passant)
    rue.answer(urgence_id)
    rue.ask(rue.passant)
    clock.now += COURRIEL_JUSQU_A
    assert send_urgencies(rue.maison) == 0
    clock.now -= timedelta(seconds=1)
    assert send_urgencies(rue.maison) == 2


def test_what_no_server_took_is_tried_again_and_what_one_took_is_not(rue: Rue) -> None:
    rue.ask(rue.passant)
    rue.boite.refuse = {agent.courriel: "451 4.3.0 later" for agent in (rue.referent, rue.coordinateur)}
    assert send_urgencies(rue.maison) == 0
    rue.boite.refuse.pop(rue.referent.courriel)
    assert send_urgencies(rue.maison) == 1
    rue.boite.refuse.clear()
    assert send_urgencies(rue.maison) == 0
    assert rue.boite.a == [rue.referent.courriel]


def test_without_a_mail_server_nothing_is_taken_in_charge(build: Callable, settings: Settings) -> None:
    rue = Rue(build(settings), Boite())
    rue.ask(rue.passant)
    assert send_urgencies(rue.maison) == 0
    boite = Boite(apres=lambda server: OK)
    with listening(boite) as smtp:
        assert send_urgencies(build(with_smtp(settings, smtp))) == 2
