"""The portfolio review of one référent: the run under way, the one before, and its files in their frozen order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.parcours.models import Dossier, Etat
from app.referents.models import Revue, RevueDossier
from app.referents.vocabulaire import ActeRevue


@dataclass(frozen=True, slots=True)
class LigneRevue:
    """A file of a run. `present` is false once the agent no longer answers for it, or once it is closed."""

    rang: int
    dossier_id: int
    code: str
    vu_le: datetime | None
    acte: ActeRevue | None
    present: bool


@dataclass(frozen=True, slots=True)
class RevueEnCours:
    """A run with its files, in their order."""

    revue_id: UUID
    commencee_le: datetime
    lignes: Sequence[LigneRevue]

    @property
    def total(self) -> int:
        return len(self.lignes)

    @property
    def vus(self) -> int:
        return sum(ligne.vu_le is not None for ligne in self.lignes)

    @property
    def prochaine(self) -> LigneRevue | None:
        """The first file still to be seen after the one seen last; those that were passed come back at the end."""
        left = [ligne for ligne in self.lignes if ligne.present and ligne.vu_le is None]
        seen = max((ligne for ligne in self.lignes if ligne.vu_le), key=lambda ligne: ligne.vu_le, default=None)
        return next((ligne for ligne in left if seen and ligne.rang > seen.rang), left[0] if left else None)

    def du_dossier(self, code: str) -> LigneRevue | None:
        return next((ligne for ligne in self.lignes if ligne.code == code and ligne.present), None)

    def au_rang(self, rang: int) -> LigneRevue | None:
        return next((ligne for ligne in self.lignes if ligne.rang == rang and ligne.present), None)

    def avant(self, rang: int) -> LigneRevue | None:
        return next((ligne for ligne in reversed(self.lignes) if ligne.rang < rang and ligne.present), None)

    def apres(self, rang: int) -> LigneRevue | None:
        return next((ligne for ligne in self.lignes if ligne.rang > rang and ligne.present), None)


def current_review(session: Session, agent: Agent) -> RevueEnCours | None:
    """The run under way, in one statement; a run has at least one file."""
    rows = session.execute(
        select(
            Revue.id,
            Revue.commencee_le,
            RevueDossier.rang,
            RevueDossier.dossier_id,
            Dossier.code,
            RevueDossier.vu_le,
            RevueDossier.acte,
            and_(Etat.referent_id == agent.id, Etat.clos_le.is_(None)).label("present"),
        )
        .join(RevueDossier, RevueDossier.revue_id == Revue.id)
        .join(Dossier, Dossier.id == RevueDossier.dossier_id)
        .join(Etat, Etat.dossier_id == RevueDossier.dossier_id)
        .where(Revue.agent_id == agent.id, Revue.terminee_le.is_(None))
        .order_by(RevueDossier.rang)
    ).all()
    if not rows:
        return None
    lignes = [LigneRevue(row.rang, row.dossier_id, row.code, row.vu_le, row.acte, bool(row.present)) for row in rows]
    return RevueEnCours(rows[0].id, rows[0].commencee_le, lignes)


def last_review(session: Session, agent: Agent) -> datetime | None:
    """When this agent ended their last run. Shown to them alone."""
    return session.scalar(select(func.max(Revue.terminee_le)).where(Revue.agent_id == agent.id))


def last_seen(session: Session, agent: Agent, *, dossier_id: int, before: UUID) -> datetime | None:
    """When this agent last saw this dossier in a run other than `before`."""
    return session.scalar(
        select(func.max(RevueDossier.vu_le))
        .join(Revue, Revue.id == RevueDossier.revue_id)
        .where(RevueDossier.dossier_id == dossier_id, Revue.agent_id == agent.id, Revue.id != before)
    )
