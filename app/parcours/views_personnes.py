"""Choosing somebody: the people of an agent's days, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from app.accounts import requete
from app.accounts.maison import maison
from app.accounts.navigation import count_menu
from app.audit.vocabulaire import Action
from app.jeunes.queries import NomAffiche, open_identites, search
from app.jeunes.queries_recents import Personne, people_found
from app.web.filters import heure, il_y_a

TROUVES = 12


class Choix(NamedTuple):
    """Somebody on a tile. `initiale` stands for `famille` on a discreet screen; `pourquoi` says why they are there."""

    code: str
    premier: str
    famille: str
    initiale: str
    pourquoi: str


def choix_de(people: Sequence[Personne]) -> list[Choix]:
    """The names of these people, opened; their reading is journalled."""
    names = open_identites(requete.vault().keys(one.uid for one in people), people)
    if people:
        requete.journal_read(Action.LISTE_CONSULTEE, nombre=len(people))
    return [_choix(one, names[one.uid], requete.today()) for one in people]


def chercher(texte: str) -> Sequence[Personne]:
    """Those that answer to these words, where this agent may write; read without the lock of a write."""
    agent, today, now = requete.agent(), requete.today(), requete.now()
    with maison().database.reading() as session:
        ids = search(session, requete.vault(), agent=agent, texte=texte, today=today)
        found = people_found(session, agent=agent, today=today, now=now, ids=ids)[:TROUVES]
        count_menu(session)
    requete.journal_read(Action.RECHERCHE, nombre=len(found))
    return found


def _choix(one: Personne, nom: NomAffiche, today: date) -> Choix:
    famille = "" if nom.famille == nom.premier else nom.famille
    return Choix(one.code, nom.premier, famille, f"{famille[0]}." if famille else "", _why(one, today))


def _why(one: Personne, today: date) -> str:
    if one.clos_le is not None:
        return "dossier clos"
    if one.attendu:
        return f"attendu à {heure(one.heure)}" if one.heure else "attendu aujourd’hui"
    if one.note_le is not None:
        return f"noté {il_y_a(one.note_le, today)}"
    return f"échange {il_y_a(one.dernier_contact, today)}" if one.dernier_contact else "pas encore d’échange"
