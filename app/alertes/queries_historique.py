"""What happened to the alerts of one dossier, and who may decide of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache

from sqlalchemy import Row, Select, bindparam, select
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.alertes.models import Alerte, EvenementAlerte
from app.alertes.queries_lignes import SAID, Dite
from app.alertes.vocabulaire import GenreEvenement, MotifReport
from app.db.types import Identifiant

PASSEES = 50


@dataclass(frozen=True, slots=True)
class Fait:
    """What happened; `qui`: who did it, or who was told, "" when it is nobody's."""

    quand: datetime
    genre: GenreEvenement
    qui: str
    motif: MotifReport | None
    jusqu_au: date | None


@dataclass(slots=True)
class Histoire:
    """An alert and all that happened to it, the oldest first."""

    dite: Dite
    ouverte_le: datetime
    fermee_le: datetime | None
    faits: list[Fait] = field(default_factory=list)


def histories_of(session: Session, dossier_id: int) -> tuple[list[Histoire], list[Histoire]]:
    """The open alerts, the gravest first; then the last PASSEES closed ones, the newest first. Two statements."""
    given = {"dossier_id": dossier_id}
    rows = session.execute(_alerts(), given).all()
    found = {row.alerte_id: Histoire(Dite(*row[:_DITE]), row.ouverte_le, row.fermee_le) for row in rows}
    for row in session.execute(_events(), given):
        if row.alerte_id in found:
            found[row.alerte_id].faits.append(_fact(row))
    open_ones = [one for one in found.values() if one.fermee_le is None]
    closed = sorted((one for one in found.values() if one.fermee_le), key=lambda one: one.fermee_le, reverse=True)
    return open_ones, closed[:PASSEES]


def _fact(row: Row) -> Fait:
    qui = f"{row.prenom} {row.nom}" if row.prenom else ""
    return Fait(row.quand, row.genre, qui, row.motif, row.jusqu_au)


_DITE = len(Dite._fields)


@lru_cache(maxsize=1)
def _alerts() -> Select:
    return (
        select(
            *SAID,
            Alerte.reportee_au,
            Alerte.escaladee_le,
            Alerte.inutile_le,
            Alerte.ouverte_le,
            Alerte.fermee_le,
        )
        .where(Alerte.dossier_id == bindparam("dossier_id", type_=Identifiant))
        .order_by(Alerte.gravite, Alerte.due, Alerte.id)
    )


@lru_cache(maxsize=1)
def _events() -> Select:
    event = EvenementAlerte
    return (
        select(event.alerte_id, event.quand, event.genre, event.motif, event.jusqu_au, Agent.prenom, Agent.nom)
        .join(Alerte, Alerte.id == event.alerte_id)
        .outerjoin(Agent, Agent.id == event.agent_id)
        .where(Alerte.dossier_id == bindparam("dossier_id", type_=Identifiant))
        .order_by(event.quand, event.id)
    )


def find_alerte(session: Session, dossier_id: int, alerte_id: int, *, lock: bool = False) -> Alerte | None:
    """An open alert of this dossier, as it is now; `lock` waits for whoever is writing it."""
    found = session.get(Alerte, alerte_id, populate_existing=True, with_for_update=lock or None)
    return found if found is not None and found.dossier_id == dossier_id and found.fermee_le is None else None


def reports_of(session: Session, alerte: Alerte) -> Sequence[EvenementAlerte]:
    """The reports of this opening and what lifted them, the oldest first."""
    return session.scalars(
        select(EvenementAlerte)
        .where(
            EvenementAlerte.alerte_id == alerte.id,
            EvenementAlerte.quand >= alerte.ouverte_le,
            EvenementAlerte.genre.in_([GenreEvenement.REPORTEE, GenreEvenement.REPORT_LEVE]),
        )
        .order_by(EvenementAlerte.quand, EvenementAlerte.id)
    ).all()


def coordinateurs_of(session: Session, structure_id: int) -> Sequence[str]:
    """The names of those who decide there, in their order."""
    rows = session.execute(
        select(Agent.prenom, Agent.nom)
        .where(Agent.structure_id == structure_id, Agent.coordinateur.is_(True), Agent.desactive_le.is_(None))
        .order_by(Agent.nom, Agent.prenom, Agent.id)
    )
    return [f"{row.prenom} {row.nom}" for row in rows]
