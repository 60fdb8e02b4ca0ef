"""What the e-mails of the morning say: counts, rules and codes of dossiers. No name is read here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.alertes.models import Alerte
from app.alertes.models_taches import EnvoiCourriel
from app.alertes.queries_portefeuille import Lien, followed, parameters
from app.alertes.vocabulaire import Regle, StatutEnvoi
from app.parcours.models import Dossier, Etat

# how many dossiers an e-mail names
PREMIERS = 7


@dataclass(frozen=True, slots=True)
class Premier:
    """A dossier named by an e-mail, and the alert that is said of it."""

    alerte_id: int
    code: str
    regle: Regle


@dataclass(frozen=True, slots=True)
class Matin:
    """What awaits an agent today: how many alerts, of how many young people, and the first of them."""

    alertes: int = 0
    jeunes: int = 0
    premiers: Sequence[Premier] = ()


@dataclass(frozen=True, slots=True)
class Semaine:
    """What a structure counts: `regles` are its open alerts by rule, the most numerous first."""

    sans_referent: int = 0
    escaladees: int = 0
    regles: Sequence[tuple[Regle, int]] = ()

    def __bool__(self) -> bool:
        return bool(self.sans_referent or self.escaladees or self.regles)


def to_tell(session: Session, creneau: str) -> Sequence[int]:
    """The active agents who see dossiers and want the e-mail, but those whose e-mail of this slot left or may have."""
    gone = select(EnvoiCourriel.agent_id).where(
        EnvoiCourriel.creneau == creneau, EnvoiCourriel.statut != StatutEnvoi.ECHOUE
    )
    wanted = (*wants_email(), Agent.id.not_in(gone))
    return session.scalars(select(Agent.id).where(*wanted).order_by(Agent.id)).all()


def agent_to_tell(session: Session, agent_id: int) -> Agent | None:
    """None when, since the list was made, the account was disabled or the agent no longer wants it."""
    return session.scalar(select(Agent).where(Agent.id == agent_id, *wants_email()))


def wants_email() -> tuple[ColumnElement[bool], ...]:
    sees = or_(Agent.referent, Agent.intervenant, Agent.coordinateur)
    return Agent.desactive_le.is_(None), Agent.courriel_matin, sees


def matin(session: Session, *, agent: Agent, today: date) -> Matin:
    """The open alerts that `agent` answers for, but those put off."""
    liens = (Lien.REFERENT,) if agent.referent else (Lien.REFERENT, Lien.EQUIPE)
    rows = session.execute(
        select(Alerte.id, Dossier.code, Alerte.regle)
        .join(Etat, Etat.dossier_id == Alerte.dossier_id)
        .join(Dossier, Dossier.id == Alerte.dossier_id)
        .where(*_speaking(today), or_(*(and_(*followed(lien)) for lien in liens)))
        .order_by(Alerte.gravite, Alerte.due, Alerte.id),
        parameters(agent, today),
    ).all()
    first: dict[str, Premier] = {}
    for row in rows:
        first.setdefault(row.code, Premier(row.id, row.code, row.regle))
    return Matin(alertes=len(rows), jeunes=len(first), premiers=list(first.values())[:PREMIERS])


def semaine(session: Session, *, structure_id: int, today: date) -> Semaine:
    """What a coordinateur reads of the structure."""
    here = (Dossier.structure_id == structure_id,)
    nobody = or_(Etat.referent_id.is_(None), Agent.desactive_le.is_not(None))
    alone = (
        select(func.count())
        .select_from(Dossier)
        .join(Etat, Etat.dossier_id == Dossier.id)
        .outerjoin(Agent, Agent.id == Etat.referent_id)
        .where(*here, Dossier.clos_le.is_(None), nobody)
    )
    told = select(func.count()).select_from(Alerte).join(Dossier, Dossier.id == Alerte.dossier_id).where(*here)
    raised = told.where(Alerte.fermee_le.is_(None), Alerte.escaladee_le.is_not(None))
    number = func.count().label("nombre")
    by_rule = (
        select(Alerte.regle, number)
        .join(Dossier, Dossier.id == Alerte.dossier_id)
        .where(*here, *_speaking(today))
        .group_by(Alerte.regle)
        .order_by(number.desc(), Alerte.regle)
    )
    return Semaine(
        sans_referent=session.scalar(alone) or 0,
        escaladees=session.scalar(raised) or 0,
        regles=[(row.regle, row.nombre) for row in session.execute(by_rule)],
    )


def _speaking(today: date) -> tuple[ColumnElement[bool], Any]:
    return Alerte.fermee_le.is_(None), or_(Alerte.reportee_au.is_(None), Alerte.reportee_au <= today)
