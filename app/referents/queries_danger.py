"""What was transmitted about a danger: read by those who answer for the dossier, and by nothing that counts."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Row, or_, select
from sqlalchemy.orm import Session, undefer

from app.accounts.models import Agent
from app.referents.models_urgence import TransmissionDanger


def transmissions_of(session: Session, dossier_id: int, *, par: int | None = None) -> Sequence[Row]:
    """The latest first; those that the agent `par` wrote, when given.

    Rows: id, jour, genre, destinataire, parents, texte (sealed), annulee_le, cree_par, prenom, nom.
    """
    query = (
        select(
            TransmissionDanger.id,
            TransmissionDanger.jour,
            TransmissionDanger.genre,
            TransmissionDanger.destinataire,
            TransmissionDanger.parents,
            TransmissionDanger.__table__.c.texte,
            TransmissionDanger.annulee_le,
            TransmissionDanger.cree_par,
            Agent.prenom,
            Agent.nom,
        )
        .outerjoin(Agent, Agent.id == TransmissionDanger.cree_par)
        .where(TransmissionDanger.dossier_id == dossier_id)
        .order_by(TransmissionDanger.jour.desc(), TransmissionDanger.cree_le.desc(), TransmissionDanger.id)
    )
    return session.execute(query if par is None else query.where(TransmissionDanger.cree_par == par)).all()


def find_transmission(session: Session, dossier_id: int, transmission_id: UUID) -> TransmissionDanger | None:
    return session.get(TransmissionDanger, (dossier_id, transmission_id), populate_existing=True)


def transmission_of_depot(session: Session, dossier_id: int, depot: UUID) -> TransmissionDanger | None:
    """With its words, sealed."""
    same = or_(TransmissionDanger.depot == depot, TransmissionDanger.id == depot)
    query = select(TransmissionDanger).where(TransmissionDanger.dossier_id == dossier_id, same)
    return session.scalar(query.options(undefer(TransmissionDanger.texte)))
