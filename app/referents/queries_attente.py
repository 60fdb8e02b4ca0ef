"""The dossiers for which nobody answers: no référent, or one whose account was disabled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Row, Select, case, func, or_, select, tuple_
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.db.sql import paris_day
from app.parcours.models import Dossier, Etat, Reouverture
from app.programme.models import Territoire
from app.referents.models import Affectation


@dataclass(frozen=True, slots=True, order=True)
class Curseur:
    """The last line of a page: the next one begins after it."""

    depuis: date
    dossier_id: int


def sans_referent(session: Session, *, agent: Agent, limit: int, after: Curseur | None = None) -> Sequence[Row]:
    """The open dossiers of the structure that `agent` coordinates for which nobody answers, the oldest first.

    `depuis` is the day of it: the last affectation ended, the dossier was opened (again), or the account of the
    référent was disabled. In that last case `ancien_prenom` and `ancien_nom` say whose it was.
    Rows: id, uid, code, annee_naissance, territoire, situation, situation_depuis, depuis, ancien_prenom, ancien_nom.
    """
    waiting = _waiting(agent).subquery()
    query = (
        select(waiting, Territoire.nom.label("territoire"))
        .join(Territoire, Territoire.id == waiting.c.territoire_id)
        .order_by(waiting.c.depuis, waiting.c.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(waiting.c.depuis, waiting.c.id) > tuple_(after.depuis, after.dossier_id))
    return session.execute(query).all()


def count_sans_referent(session: Session, *, agent: Agent) -> int:
    """How many `sans_referent` lists."""
    return session.scalar(select(func.count()).select_from(_waiting(agent).subquery())) or 0


def _waiting(agent: Agent) -> Select:
    return (
        select(
            Dossier.id,
            Dossier.uid,
            Dossier.code,
            Dossier.annee_naissance,
            Dossier.territoire_id,
            Etat.situation,
            Etat.situation_depuis,
            case((Etat.referent_id.is_(None), _alone_since()), else_=paris_day(Agent.desactive_le)).label("depuis"),
            Agent.prenom.label("ancien_prenom"),
            Agent.nom.label("ancien_nom"),
        )
        .join(Etat, Etat.dossier_id == Dossier.id)
        .outerjoin(Agent, Agent.id == Etat.referent_id)
        .where(
            Dossier.structure_id == agent.structure_id,
            Dossier.clos_le.is_(None),
            or_(Etat.referent_id.is_(None), Agent.desactive_le.is_not(None)),
        )
    )


def _alone_since() -> ColumnElement[date]:
    ended = _of_dossier(select(paris_day(func.max(Affectation.fin))), Affectation.dossier_id)
    reopened = _of_dossier(select(func.max(Reouverture.rouvert_le)), Reouverture.dossier_id)
    opened = func.coalesce(reopened, Dossier.ouvert_le)
    return case((ended >= opened, ended), else_=opened)


def _of_dossier(query: Select, column: ColumnElement[int]) -> ColumnElement[date]:
    return query.where(column == Dossier.id).correlate(Dossier).scalar_subquery()
