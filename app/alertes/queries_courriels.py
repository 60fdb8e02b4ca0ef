"""What the e-mails of the morning say: counts, rules and codes of dossiers. No name is read here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.alertes.models import Alerte
from app.alertes.models_taches import EnvoiCourriel
from app.alertes.queries_aujourdhui import today_lines
from app.alertes.queries_lignes import shown
from app.alertes.queries_reglages import reglages_of
from app.alertes.vocabulaire import Regle, StatutEnvoi
from app.parcours.models import Dossier
from app.referents.queries_continuite import count_unanswered
from app.referents.queries_reponse import absent_ids, sees_dossiers


@dataclass(frozen=True, slots=True)
class Premier:
    """A dossier that an e-mail names by its code alone, and the alert that brought it there."""

    alerte_id: int
    code: str


@dataclass(frozen=True, slots=True)
class Matin:
    """What awaits an agent today: how many young people, and the first of them."""

    jeunes: int = 0
    premiers: Sequence[Premier] = ()


@dataclass(frozen=True, slots=True)
class Semaine:
    """What a structure counts: `regles` are its open alerts by rule, the most numerous first."""

    sans_reponse: int = 0
    escaladees: int = 0
    regles: Sequence[tuple[Regle, int]] = ()

    def __bool__(self) -> bool:
        return bool(self.sans_reponse or self.escaladees or self.regles)


def to_tell(session: Session, creneau: str) -> Sequence[int]:
    """Whom `wants_email` names on the day of this slot, but those whose e-mail of that day left or may have."""
    gone = select(EnvoiCourriel.agent_id).where(
        EnvoiCourriel.creneau == creneau, EnvoiCourriel.statut != StatutEnvoi.ECHOUE
    )
    wanted = (*wants_email(date.fromisoformat(creneau)), Agent.id.not_in(gone))
    return session.scalars(select(Agent.id).where(*wanted).order_by(Agent.id)).all()


def agent_to_tell(session: Session, agent_id: int, *, jour: date) -> Agent | None:
    """None when, since the list was made, the account was disabled, the agent left or no longer wants it."""
    return session.scalar(select(Agent).where(Agent.id == agent_id, *wants_email(jour)))


def wants_email(jour: date) -> tuple[ColumnElement[bool], ...]:
    """Open accounts that see dossiers and said nothing against it, but those who are away on that day: whoever covers
    them reads it in their own, and the absent are left alone (code du travail, art. L. 2242-17, 7°)."""
    return sees_dossiers(), Agent.courriel_matin, Agent.id.not_in(absent_ids(jour))


def matin(session: Session, *, agent: Agent, today: date) -> Matin:
    """What *Ma journée* opens on: the same first lines, each by the reason that brought it there."""
    limite = reglages_of(session, agent.structure_id)["aujourdhui"]
    found = today_lines(session, agent, today, limite)
    said = [(ligne.code, ligne.alertes[0]) for ligne in found.lignes]
    return Matin(found.total, [Premier(dite.alerte_id, code) for code, dite in said])


def semaine(session: Session, *, agent: Agent, today: date) -> Semaine:
    """What is counted in the structure that `agent` coordinates."""
    number = func.count().label("nombre")
    by_rule = (
        select(Alerte.regle, number, func.count(Alerte.escaladee_le).label("escaladees"))
        .join(Dossier, Dossier.id == Alerte.dossier_id)
        .where(Dossier.structure_id == agent.structure_id, shown(Alerte))
        .group_by(Alerte.regle)
        .order_by(number.desc(), Alerte.regle)
    )
    rows = session.execute(by_rule, {"today": today}).all()
    return Semaine(
        sans_reponse=count_unanswered(session, agent=agent, today=today),
        escaladees=sum(row.escaladees for row in rows),
        regles=[(row.regle, row.nombre) for row in rows],
    )
