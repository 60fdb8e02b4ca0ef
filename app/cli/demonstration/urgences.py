"""What nobody hopes for: somebody asks for a référent, a note is opened for a reason, a danger is transmitted.

The numbers are of the ranges that no subscriber can have (Arcep, numbers for works of fiction).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.maison import Maison, jour_de
from app.accounts.models import Agent, Structure
from app.cli.demonstration.gestes import acteur_of
from app.parcours import services_suivis
from app.parcours.models import Dossier, Etat
from app.parcours.vocabulaire import Canal, Resultat
from app.referents.queries_ouvertures import note_to_open
from app.referents.services_danger import note_transmission
from app.referents.services_ouvertures import open_note
from app.referents.services_urgence import answer, send
from app.referents.vocabulaire_urgence import (
    Destinataire,
    GenreTransmission,
    MotifOuverture,
    Parents,
    ReponseUrgence,
)
from app.vault.places import Place

CRIP = {"crip_nom": "CRIP du Val d’Orne", "crip_telephone": "0199001234", "crip_courriel": "crip@demo.example.org"}
NOTE = "Vu avec son grand frère devant la gare, tard. Dit dormir chez un ami depuis trois nuits."
MOTS = {"rappel": "06 39 98 40 12", "texte": "Je suis avec lui à la gare routière. Il ne veut pas rentrer chez lui."}
TRANSMIS = "« Il ferme la porte à clé et je reste dehors la nuit. » Dit ce jour en entretien ; deux fois cette semaine."


def play(maison: Maison, *, now: datetime) -> None:
    """A number for the CRIP, two requests (one still waits for Nadia), an opening to review, a transmission."""
    with maison.database.writing() as session:
        for structure in session.scalars(select(Structure)):
            for name, value in CRIP.items():
                setattr(structure, name, value)
        people = {agent.prenom: agent for agent in session.scalars(select(Agent))}
        _asked(session, maison, people, now)
        _opened(session, maison, people, now)
        _transmitted(session, maison, people["Awa"], now)


def dossier_of(session: Session, agent: Agent, rank: int) -> tuple[Dossier, Etat]:
    """The one of that rank among those that `agent` answers for; the last one in a town too small to have it."""
    mine = select(Dossier, Etat).join(Etat, Etat.dossier_id == Dossier.id).where(Etat.referent_id == agent.id)
    return session.execute(mine.order_by(Dossier.id).limit(rank + 1)).all()[-1]


def _asked(session: Session, maison: Maison, people: dict[str, Agent], now: datetime) -> None:
    asks, nadia = people["Moussa"], people["Nadia"]
    for ago, rank in ((timedelta(days=1), 3), (timedelta(minutes=20), 5)):
        dossier, _ = dossier_of(session, nadia, rank)
        given = {"code": dossier.code, "uids": set(), "mots": MOTS, "depot": uuid4(), "now": now - ago}
        sent = send(session, maison.vault, agent=asks, acteur=acteur_of(asks), **given)
        if ago >= timedelta(days=1):
            _answered(session, sent, nadia, now - ago + timedelta(minutes=12))


def _answered(session: Session, sent: list[UUID], agent: Agent, now: datetime) -> None:
    who = {"agent": agent, "acteur": acteur_of(agent), "now": now, "today": jour_de(now)}
    for urgence_id in sent:
        answer(session, urgence_id, reponse=ReponseUrgence.JE_RAPPELLE, vers=None, **who)


def _opened(session: Session, maison: Maison, people: dict[str, Agent], now: datetime) -> None:
    """A note of the club in a dossier of the mission locale, opened there by its coordinatrice."""
    dossier, etat = dossier_of(session, people["Thomas"], 2)
    writer, opener, row = people["Karim"], people["Hélène"], uuid4()
    sealed = maison.vault.keys([dossier.uid]).seal(dossier.uid, {"texte": NOTE}, place=Place.NOTE, row=row)
    written = now - timedelta(days=2)
    services_suivis.log_suivi(
        session, dossier, agent=writer, acteur=acteur_of(writer), jour=jour_de(written), canal=Canal.PRESENCE_RUE,
        resultat=Resultat.ECHANGE_FAIT, suivi_id=row, depot=row, note=sealed, now=written, today=jour_de(now),
    )  # fmt: skip
    note = note_to_open(session, dossier.id, row)
    who = {"agent": opener, "acteur": acteur_of(opener), "now": now - timedelta(hours=3)}
    open_note(session, dossier, etat, note, motif=MotifOuverture.FUGUE_DISPARITION, depot=uuid4(), **who)


def _transmitted(session: Session, maison: Maison, agent: Agent, now: datetime) -> None:
    dossier, _ = dossier_of(session, agent, 1)
    row, when = uuid4(), now - timedelta(days=6)
    sealed = maison.vault.keys([dossier.uid]).seal(dossier.uid, {"texte": TRANSMIS}, place=Place.TRANSMISSION, row=row)
    note_transmission(
        session, dossier, jour=jour_de(when), genre=GenreTransmission.INFORMATION_PREOCCUPANTE,
        destinataire=Destinataire.CRIP, parents=Parents.CONTRAIRE_INTERET, texte=sealed,
        same_texte=lambda stored: stored == sealed, depot=row, acteur=acteur_of(agent), now=when, today=jour_de(now),
    )  # fmt: skip
