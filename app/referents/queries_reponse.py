"""Who answers for a dossier today: its référent, who covers them, the coordinateurs of its structure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import literal, select, union_all
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.parcours.models import Dossier, Etat
from app.referents.models_continuite import Absence
from app.referents.queries import absent_today, has_opposed
from app.referents.vocabulaire import Relation


@dataclass(frozen=True, slots=True)
class Repondant:
    """An active agent who answers for a dossier, and as what."""

    agent_id: int
    prenom: str
    nom: str
    courriel: str
    relation: Relation

    @property
    def nom_complet(self) -> str:
        return f"{self.prenom} {self.nom}"


def answering(session: Session, dossier: Dossier, *, today: date) -> Sequence[Repondant]:
    """Those who answer for `dossier` today, active accounts only: référent first, then suppléant, then coordinateurs.

    An absent référent is among them: being away is no reason not to know. Nobody comes twice.
    """
    rank = {Relation.REFERENT: 0, Relation.SUPPLEANT: 1, Relation.COORDINATEUR: 2}
    state = Etat.dossier_id == dossier.id
    parts = [
        select(Etat.referent_id.label("agent_id"), literal(0).label("rang")).where(state),
        select(Absence.suppleant_id, literal(1))
        .join(Etat, Etat.referent_id == Absence.agent_id)
        .where(state, *absent_today(today)),
        select(Agent.id, literal(2)).where(Agent.coordinateur, Agent.structure_id == dossier.structure_id),
    ]
    who = union_all(*parts).subquery()
    columns = (Agent.id, Agent.prenom, Agent.nom, Agent.courriel, who.c.rang)
    rows = session.execute(
        select(*columns)
        .join(who, who.c.agent_id == Agent.id)
        .where(Agent.desactive_le.is_(None), ~has_opposed(dossier.id, Agent.structure_id))
        .order_by(who.c.rang, Agent.nom, Agent.prenom, Agent.id)
    ).all()
    relations = {place: relation for relation, place in rank.items()}
    found: dict[int, Repondant] = {}
    for row in rows:
        found.setdefault(row.id, Repondant(row.id, row.prenom, row.nom, row.courriel, relations[row.rang]))
    return list(found.values())
