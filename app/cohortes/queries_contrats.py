"""The contrat de ville, its parts, the territories that its report goes through, and who answers for the data."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.cohortes.filtres import Critere
from app.cohortes.models import Refus
from app.cohortes.rules_treillis import Cle
from app.cohortes.vocabulaire import Mesure, Raison
from app.programme.models import Axe, Contrat, Territoire
from app.programme.vocabulaire import GenreTerritoire


@dataclass(frozen=True, slots=True)
class Lieu:
    """A territory, and the cohort of those who came in there."""

    id: int
    nom: str
    genre: GenreTerritoire

    @property
    def cle(self) -> Cle:
        return Cle(((Critere.TERRITOIRE, str(self.id)),))


def contrats(session: Session) -> list[Contrat]:
    """The newest first."""
    return list(session.scalars(select(Contrat).order_by(Contrat.debut.desc(), Contrat.id.desc())))


def axes(session: Session) -> list[Axe]:
    """Those of every contract."""
    return list(session.scalars(select(Axe).order_by(Axe.contrat_id, Axe.rang, Axe.id)))


def lieux(session: Session) -> list[Lieu]:
    """Every territory, the neighbourhoods before the communes, then by name."""
    places = case({genre.value: rang for rang, genre in enumerate(GenreTerritoire)}, value=Territoire.genre)
    columns = select(Territoire.id, Territoire.nom, Territoire.genre)
    return [Lieu(*row) for row in session.execute(columns.order_by(places, func.lower(Territoire.nom), Territoire.id))]


def refused_at(session: Session, millesime: int) -> dict[Cle, Raison]:
    """The cohorts of one criterion, and the whole, that a vintage did not publish."""
    rows = session.execute(
        select(Refus.cle, Refus.raison).where(
            Refus.millesime == millesime, Refus.mesure == Mesure.SITUATIONS, Refus.cle.not_like("%,%")
        )
    )
    return {Cle.read(code): raison for code, raison in rows}


def data_officer(session: Session) -> str | None:
    """The address of the délégué à la protection des données, when one has an account."""
    return session.scalar(
        select(Agent.courriel).where(Agent.dpo, Agent.desactive_le.is_(None)).order_by(Agent.id).limit(1)
    )
