"""The days of those who are outside: who is expected today, an outing of yesterday."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time, timedelta
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.cli.demonstration.chargement import Personne, Scene
from app.cli.demonstration.gestes import SOIR, Fiche, acteur_of, instant
from app.parcours.services_groupes import Ligne, depot_of, log_group
from app.parcours.services_suivis import plan_contact
from app.parcours.vocabulaire import Canal, Resultat
from app.referents.models import MembreEquipe
from app.vault.places import Place

HEURES = ((time(9, 30), Canal.ENTRETIEN), (time(14, 0), Canal.VISITE_DOMICILE), (time(17, 15), Canal.TELEPHONE))
OBJETS = ("Le CV", "La carte de transport", "Le dossier d’inscription")
SORTIE = (Resultat.ECHANGE_FAIT, Resultat.ECHANGE_FAIT, Resultat.EXCUSE, Resultat.ABSENT_NON_EXCUSE)
MOTS = "Journée au lac avec le centre social. Retour à 18 h."


def plan_days(session: Session, scene: Scene, written: Sequence[tuple[Personne, Fiche]], *, today: date) -> None:
    """Of the young people whose journey is told elsewhere, nothing more is said."""
    free = {fiche.dossier.id: fiche for person, fiche in written if person.suivi and person.cas is None}
    for structure, agents in sorted(scene.colleagues.items()):
        for agent in agents:
            theirs = _followed_by(session, agent, free)
            _appointments(session, agent, theirs[: len(HEURES)], today=today)
            if structure == "CLUB":
                _outing(session, agent, theirs[len(HEURES) :][: len(SORTIE)], yesterday=today - timedelta(days=1))


def _followed_by(session: Session, agent: Agent, free: dict[int, Fiche]) -> list[Fiche]:
    member = select(MembreEquipe.dossier_id).where(MembreEquipe.agent_id == agent.id, MembreEquipe.jusqu_au.is_(None))
    found = session.scalars(member.order_by(MembreEquipe.dossier_id))
    chosen = [number for number in found if number in free][: len(HEURES) + len(SORTIE)]
    return [free.pop(number) for number in chosen]


def _appointments(session: Session, agent: Agent, theirs: Sequence[Fiche], *, today: date) -> None:
    eve = today - timedelta(days=1)
    for fiche, (heure, canal), objet in zip(theirs, HEURES, OBJETS, strict=False):
        contact_id, uid = uuid4(), fiche.dossier.uid
        plan_contact(
            session, fiche.dossier, agent=agent, acteur=acteur_of(agent), jour=today, heure=heure, canal=canal,
            objet=fiche.keys.seal(uid, {"texte": objet}, place=Place.PREVU, row=contact_id), contact_id=contact_id,
            depot=uuid4(), now=instant(eve, heure=SOIR), today=eve,
        )  # fmt: skip


def _outing(session: Session, agent: Agent, theirs: Sequence[Fiche], *, yesterday: date) -> None:
    groupe = uuid4()
    lines = []
    for fiche, resultat in zip(theirs, SORTIE, strict=False):
        uid, row = fiche.dossier.uid, depot_of(groupe, fiche.dossier)
        note = fiche.keys.seal(uid, {"texte": MOTS}, place=Place.NOTE, row=row)
        lines.append(Ligne(fiche.dossier, resultat, note, note.__eq__))
    if lines:
        log_group(
            session, lines, groupe=groupe, agent=agent, acteur=acteur_of(agent), jour=yesterday,
            canal=Canal.CHANTIER_SORTIE, now=instant(yesterday, heure=SOIR), today=yesterday,
        )  # fmt: skip
