"""What was written of each young person, in Python: the simulation's own log, which the observer reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from app.parcours.vocabulaire import Canal, Contrat, GenreEtape, Intensite, MotifSortie, Resultat, StatutEtape
from app.parcours.vocabulaire_actes import GenreJalon, MoyenDemarche, ObjetVerification, ReponseVerification

OUVERTS = frozenset({StatutEtape.EN_COURS, StatutEtape.EN_ATTENTE})
SUITES = OUVERTS | {StatutEtape.PREVUE}


def jours(n: int) -> timedelta:
    return timedelta(days=n)


@dataclass(eq=False, slots=True)
class Pas:
    """A step as it is written today."""

    id: UUID
    genre: GenreEtape
    statut: StatutEtape
    debut: date
    fin_prevue: date | None = None
    fin: date | None = None
    heures: int | None = None
    contrat: Contrat | None = None


@dataclass(eq=False, slots=True)
class RendezVous:
    id: UUID
    jour: date
    prevu: bool = True


@dataclass(eq=False, slots=True)
class Attente:
    depuis: date
    jusqu_au: date


@dataclass(eq=False, slots=True)
class Charge:
    """Who answers, from an instant to another (None: still)."""

    id: UUID
    agent: int
    debut: datetime
    fin: datetime | None = None


@dataclass(eq=False, slots=True)
class Fiche:
    """One young person. `version` grows at each write."""

    id: int
    structure: int
    annee: int
    naissance: date | None
    ouvert_le: date
    intensite: Intensite = Intensite.SOUTENU
    clos_le: date | None = None
    motif: MotifSortie | None = None
    retours: list[tuple[date, date]] = field(default_factory=list)
    contacts: list[tuple[date, Canal, Resultat]] = field(default_factory=list)
    pas: list[Pas] = field(default_factory=list)
    rendez_vous: list[RendezVous] = field(default_factory=list)
    attentes: list[Attente] = field(default_factory=list)
    charges: list[Charge] = field(default_factory=list)
    jalons: list[tuple[GenreJalon, date, date | None]] = field(default_factory=list)
    verifications: list[tuple[ObjetVerification, date, int | None, ReponseVerification, date]] = field(
        default_factory=list
    )
    demarches: list[tuple[MoyenDemarche, date]] = field(default_factory=list)
    equipe: set[tuple[int, date]] = field(default_factory=set)
    conditions: set[UUID] = field(default_factory=set)
    informe_le: date | None = None
    version: int = 0

    @property
    def referent(self) -> int | None:
        return self.charges[-1].agent if self.charges and self.charges[-1].fin is None else None

    def ouverts(self) -> list[Pas]:
        return [pas for pas in self.pas if pas.statut in OUVERTS]

    def prevus(self) -> list[Pas]:
        return [pas for pas in self.pas if pas.statut is StatutEtape.PREVUE]

    def age(self, jour: date) -> int:
        return jour.year - self.annee
