"""What was done to find somebody who does not answer, since the search for them began."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.parcours.models import Dossier, Reouverture, Suivi, contact_reussi_sql
from app.parcours.models_actes import Demarche
from app.parcours.rules_injoignable import remaining
from app.parcours.vocabulaire_actes import MoyenDemarche


def search_since(session: Session, dossier: Dossier) -> tuple[date, date | None]:
    """(the day of the last opening, that of the last contact réussi since, if any).

    A démarche counts from the day of the opening on; after a contact, from the next day on.
    """
    reopened = session.scalar(select(func.max(Reouverture.rouvert_le)).where(Reouverture.dossier_id == dossier.id))
    opened = max(dossier.ouvert_le, reopened or dossier.ouvert_le)
    contact = session.scalar(
        select(func.max(Suivi.jour)).where(Suivi.dossier_id == dossier.id, contact_reussi_sql(), Suivi.jour >= opened)
    )
    return opened, contact


def demarches_faites(session: Session, dossier: Dossier) -> Sequence[Row]:
    """The démarches of the present search, oldest first: id, moyen, resultat, jour, cree_le, cree_par, suivi_id, and
    the author's `prenom` and `nom` (null when nobody is known)."""
    opened, contact = search_since(session, dossier)
    counted = Demarche.jour >= opened if contact is None else Demarche.jour > contact
    columns = (Demarche.id, Demarche.moyen, Demarche.resultat, Demarche.jour, Demarche.cree_le, Demarche.cree_par)
    return session.execute(
        select(*columns, Demarche.suivi_id, Agent.prenom, Agent.nom)
        .outerjoin(Agent, Agent.id == Demarche.cree_par)
        .where(Demarche.dossier_id == dossier.id, counted)
        .order_by(Demarche.jour, Demarche.cree_le, Demarche.id)
    ).all()


def moyens_restants(session: Session, dossier: Dossier) -> tuple[MoyenDemarche, ...]:
    """The ways that the present search has not been through."""
    return remaining(row.moyen for row in demarches_faites(session, dossier))


def demarche_of_depot(session: Session, dossier_id: int, depot: UUID) -> Demarche | None:
    """The row that this deposit made: a deposit is also the id of its row."""
    return session.get(Demarche, (dossier_id, depot), populate_existing=True)


def demarche_of_suivi(session: Session, dossier_id: int, suivi_id: UUID) -> UUID | None:
    """The démarche that logged this follow-up, if one did."""
    return session.scalar(
        select(Demarche.id).where(Demarche.dossier_id == dossier_id, Demarche.suivi_id == suivi_id).limit(1)
    )
