"""The waits of a journey."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import Row, bindparam, func, or_, select
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.db.types import Identifiant
from app.parcours.models import Suivi, contact_reussi_sql
from app.parcours.models_actes import MiseEnAttente

_OF_DOSSIER = MiseEnAttente.dossier_id == bindparam("dossier_id", type_=Identifiant)
# The end excluded: one lifted on the day it was set waited for nothing, and never was.
_WAITED = MiseEnAttente.jusqu_au > MiseEnAttente.depuis
_SHOWN = (
    select(
        MiseEnAttente.id,
        MiseEnAttente.motif,
        MiseEnAttente.depuis,
        MiseEnAttente.jusqu_au,
        MiseEnAttente.levee_le,
        Agent.prenom,
        Agent.nom,
    )
    .outerjoin(Agent, Agent.id == MiseEnAttente.cree_par)
    .where(_OF_DOSSIER, _WAITED)
    .order_by(MiseEnAttente.jusqu_au.desc(), MiseEnAttente.cree_le.desc())
    .limit(1)
)


def last_attente(session: Session, dossier_id: int) -> Row | None:
    """The latest wait, running or over, and who set it: id, motif, depuis, jusqu_au, levee_le, prenom, nom."""
    return session.execute(_SHOWN, {"dossier_id": dossier_id}).one_or_none()


def find_attente(session: Session, dossier_id: int, attente_id: UUID) -> MiseEnAttente | None:
    return session.get(MiseEnAttente, (dossier_id, attente_id), populate_existing=True)


def attente_of_depot(session: Session, dossier_id: int, depot: UUID) -> MiseEnAttente | None:
    same = or_(MiseEnAttente.depot == depot, MiseEnAttente.id == depot)
    return session.scalar(select(MiseEnAttente).where(MiseEnAttente.dossier_id == dossier_id, same))


def last_contact_reussi(session: Session, dossier_id: int) -> date | None:
    """From the follow-ups themselves: the state row may not have been refreshed yet."""
    reussis = select(func.max(Suivi.jour)).where(Suivi.dossier_id == dossier_id, contact_reussi_sql())
    return session.scalar(reussis)
