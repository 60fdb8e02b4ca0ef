"""Notes that a coordinateur opened though they were not written for them: who must know, what waits to be reviewed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, literal, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from app.accounts.models import Agent
from app.parcours.models import Dossier, Etat, Suivi
from app.referents.models_urgence import NoteOuverte

PAR_PAGE = 30
_PAR, _RELUE_PAR, _AUTEUR = aliased(Agent), aliased(Agent), aliased(Agent)


@dataclass(frozen=True, slots=True)
class Curseur:
    """The last line of a page: the next one begins after it."""

    cree_le: datetime
    ouverture_id: UUID


def note_to_open(session: Session, dossier_id: int, suivi_id: UUID) -> Row | None:
    """A follow-up that has words, and who wrote them: id, jour, canal, visibilite, note (sealed), cree_le, agent_id,
    prenom, nom, structure_id."""
    return session.execute(
        select(
            Suivi.id,
            Suivi.jour,
            Suivi.canal,
            Suivi.visibilite,
            Suivi.__table__.c.note,
            Suivi.cree_le,
            Suivi.agent_id,
            Agent.prenom,
            Agent.nom,
            Agent.structure_id,
        )
        .outerjoin(Agent, Agent.id == Suivi.agent_id)
        .where(Suivi.dossier_id == dossier_id, Suivi.id == suivi_id, Suivi.__table__.c.note.is_not(None))
    ).one_or_none()


def find_ouverture(session: Session, ouverture_id: UUID) -> NoteOuverte | None:
    return session.get(NoteOuverte, ouverture_id, populate_existing=True)


def told_to(session: Session, *, agent: Agent) -> Sequence[Row]:
    """The openings that `agent` was told of and has not said that they know, the last first.

    Rows: id, cree_le, motif, code, prenom and nom of who opened it, `auteur`: whether the note is theirs.
    """
    return session.execute(
        select(
            NoteOuverte.id,
            NoteOuverte.cree_le,
            NoteOuverte.motif,
            Dossier.code,
            Agent.prenom,
            Agent.nom,
            (NoteOuverte.auteur_id == agent.id).label("auteur"),
        )
        .join(Dossier, Dossier.id == NoteOuverte.dossier_id)
        .join(Agent, Agent.id == NoteOuverte.par_id)
        .where(not_seen(agent.id))
        .order_by(NoteOuverte.cree_le.desc(), NoteOuverte.id)
        .limit(PAR_PAGE)
    ).all()


def not_seen(agent_id: Any) -> ColumnElement[bool]:
    """Those that this agent was told of, as the author or the référent of then, and has not acknowledged."""
    return or_(
        and_(NoteOuverte.auteur_id == agent_id, NoteOuverte.auteur_vu_le.is_(None)),
        and_(NoteOuverte.referent_id == agent_id, NoteOuverte.referent_vu_le.is_(None)),
    )


def to_review(session: Session, *, agent: Agent, limit: int, after: Curseur | None = None) -> Sequence[Row]:
    """Those that `agent` may read of and that nobody reviewed yet, the oldest first; rows as `_shown` has them."""
    place = (NoteOuverte.cree_le, NoteOuverte.id)
    query = _shown(agent).where(NoteOuverte.relue_le.is_(None)).order_by(*place).limit(limit)
    if after is not None:
        given = zip((after.cree_le, after.ouverture_id), place, strict=True)
        query = query.where(tuple_(*place) > tuple_(*(literal(value, column.type) for value, column in given)))
    return session.execute(query).all()


def reviewed(session: Session, *, agent: Agent, limit: int) -> Sequence[Row]:
    """The last ones that were reviewed."""
    query = _shown(agent).where(NoteOuverte.relue_le.is_not(None))
    return session.execute(query.order_by(NoteOuverte.relue_le.desc(), NoteOuverte.id).limit(limit)).all()


def _shown(agent: Agent) -> Select:
    """Codes and names of agents; of the young person and of the note, nothing.

    Rows: id, cree_le, motif, relue_le, conclusion, code, par_prenom, par_nom, auteur_prenom, auteur_nom, relue_prenom,
    relue_nom, and `sienne`: `agent` opened it, and so does not review it.
    """
    return (
        select(
            NoteOuverte.id,
            NoteOuverte.cree_le,
            NoteOuverte.motif,
            NoteOuverte.relue_le,
            NoteOuverte.conclusion,
            Dossier.code,
            _PAR.prenom.label("par_prenom"),
            _PAR.nom.label("par_nom"),
            _AUTEUR.prenom.label("auteur_prenom"),
            _AUTEUR.nom.label("auteur_nom"),
            _RELUE_PAR.prenom.label("relue_prenom"),
            _RELUE_PAR.nom.label("relue_nom"),
            (NoteOuverte.par_id == agent.id).label("sienne"),
        )
        .join(Dossier, Dossier.id == NoteOuverte.dossier_id)
        .join(Etat, Etat.dossier_id == Dossier.id)
        .join(_PAR, _PAR.id == NoteOuverte.par_id)
        .outerjoin(_AUTEUR, _AUTEUR.id == NoteOuverte.auteur_id)
        .outerjoin(_RELUE_PAR, _RELUE_PAR.id == NoteOuverte.relue_par)
        .where(reviewed_by(agent))
    )


def reviewed_by(agent: Agent) -> ColumnElement[bool]:
    """The openings of their structure for a coordinateur or a DPO; those of their dossiers for a référent."""
    if agent.coordinateur or agent.dpo:
        return or_(Dossier.structure_id == agent.structure_id, Etat.referent_id == agent.id)
    return Etat.referent_id == agent.id


def load_to_review(session: Session, ouverture_id: UUID, *, agent: Agent) -> tuple[NoteOuverte, str] | None:
    """One that `agent` may review, locked, and the code of its dossier; None for their own and for anybody else's."""
    query = (
        select(NoteOuverte, Dossier.code)
        .join(Dossier, Dossier.id == NoteOuverte.dossier_id)
        .join(Etat, Etat.dossier_id == Dossier.id)
        .where(NoteOuverte.id == ouverture_id, reviewed_by(agent), NoteOuverte.par_id != agent.id)
        .with_for_update(of=NoteOuverte)
        .execution_options(populate_existing=True)
    )
    row = session.execute(query).one_or_none()
    return None if row is None else (row[0], row[1])


def load_told(session: Session, ouverture_id: UUID, *, agent: Agent) -> NoteOuverte | None:
    """One that `agent` was told of, seen or not, locked."""
    mine = or_(NoteOuverte.auteur_id == agent.id, NoteOuverte.referent_id == agent.id)
    query = select(NoteOuverte).where(NoteOuverte.id == ouverture_id, mine).with_for_update()
    return session.scalar(query.execution_options(populate_existing=True))
