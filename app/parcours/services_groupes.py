"""Noting several young people at once: one follow-up each, all or none."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid5

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.audit import services as audit
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.db.errors import DomainError
from app.parcours.models import Dossier, Suivi
from app.parcours.queries import lock_dossiers
from app.parcours.services_suivis import MemeTexte, log_suivi
from app.parcours.vocabulaire import Canal, Resultat, Theme, Visibilite


@dataclass(frozen=True, slots=True)
class Ligne:
    """What is noted of one of them; `note` is sealed for the row `depot_of` in their dossier."""

    dossier: Dossier
    resultat: Resultat
    note: bytes | None
    same_note: MemeTexte


def depot_of(groupe: UUID, dossier: Dossier) -> UUID:
    """The deposit, and the row, of one young person in the deposit of a group."""
    return uuid5(groupe, dossier.uid.hex)


def log_group(
    session: Session,
    lignes: Collection[Ligne],
    *,
    groupe: UUID,
    agent: Agent,
    acteur: Acteur,
    jour: date,
    canal: Canal,
    now: datetime,
    today: date,
    themes: Collection[Theme] = (),
    visibilite: Visibilite = Visibilite.MON_EQUIPE,
) -> Sequence[Suivi]:
    """Note the same day of each of these, as `log_suivi` does.

    Sent twice, each is written once; with somebody more, they alone are added. DomainError `lignes_refusees`, whose
    `refus` says by dossier id what was refused of each: the caller then commits nothing.
    """
    # all of them before the journal, whose head stays locked, and always in the same order
    in_order = sorted(lignes, key=lambda ligne: ligne.dossier.id)
    lock_dossiers(session, [ligne.dossier.id for ligne in in_order])
    before = _already_there(session, in_order, groupe)
    common = {"agent": agent, "acteur": acteur, "jour": jour, "canal": canal, "now": now, "today": today}
    noted, refus = [], {}
    for ligne in in_order:
        key = depot_of(groupe, ligne.dossier)
        said = {"resultat": ligne.resultat, "note": ligne.note, "same_note": ligne.same_note, "themes": themes}
        try:
            noted.append(
                log_suivi(session, ligne.dossier, suivi_id=key, depot=key, visibilite=visibilite, **said, **common)
            )
        except DomainError as error:
            refus[ligne.dossier.id] = error
    if refus:
        raise DomainError("lignes_refusees", refus=refus)
    if added := len(noted) - before:
        audit.record(session, Action.SUIVIS_GROUPES, acteur=acteur, nombre=added, now=now)
    return noted


def _already_there(session: Session, lignes: Sequence[Ligne], groupe: UUID) -> int:
    ids = [ligne.dossier.id for ligne in lignes]
    keys = [depot_of(groupe, ligne.dossier) for ligne in lignes]
    found = select(func.count()).select_from(Suivi).where(Suivi.dossier_id.in_(ids), Suivi.id.in_(keys))
    return session.scalar(found) or 0
