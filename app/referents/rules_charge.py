"""How much a caseload weighs: each dossier by its rhythm. Pure. It helps to share work out, never to rank people.

A dossier followed at the full rhythm weighs 1; at twice the interval half as much, at four times a quarter, as the
interval between two exchanges is multiplied (vocabulaires.md, intensité). Counted in quarters, so that sums are exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.parcours.vocabulaire import Intensite

PARTS = 4
# without a contact réussi for as many days, counted from the opening when there was none
SANS_CONTACT = 30
# steps whose end is planned within as many days, today included
FIN_PROCHE = 30


def quarts(intensite: Intensite) -> int:
    """What a dossier of this rhythm weighs, in quarters."""
    return PARTS // intensite.facteur


@dataclass(frozen=True, slots=True)
class Charge:
    """The caseload of one référent today: whose référent they are. What they cover for others is apart.

    `quarts`: weighted, in quarters of a dossier at the full rhythm. `absent_jusqu_au`: away today, until that day
    excluded.
    """

    agent_id: int
    prenom: str
    nom: str
    dossiers: int = 0
    soutenus: int = 0
    quarts: int = 0
    sans_contact: int = 0
    etapes: int = 0
    supplees: int = 0
    supplees_quarts: int = 0
    absent_jusqu_au: date | None = None

    @property
    def nom_complet(self) -> str:
        return f"{self.prenom} {self.nom}"

    @property
    def poids(self) -> float:
        """In dossiers at the full rhythm."""
        return self.quarts / PARTS

    @property
    def supplees_poids(self) -> float:
        return self.supplees_quarts / PARTS
