"""What a cohort's published cells let one say first: at most five facts, in a fixed order of subjects. Pure.

A fact holds rounded numbers alone; `forms_phrases` has its words. A subject whose cells are all masked gives way to the
next; it comes back, saying “< 11”, only when five cannot be told otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.cohortes.rules_cellules import DENOMINATEUR_MIN, Cellule, almost_all, percent
from app.cohortes.rules_delai import mediane
from app.cohortes.rules_lecture import Lu, curve, met_twice, people
from app.cohortes.vocabulaire import Bande, Marque, Mesure

COMBIEN = 5
# what is compared with the entry: a year later, or the nearest that is published
RECUL = 12
ACTIVES = (Bande.EMPLOI, Bande.ALTERNANCE, Bande.FORMATION)


class Sujet(StrEnum):
    """What a fact is about, in the order of the page."""

    SUIVIS = "suivis"
    ACTIVITE = "activite"
    DECROCHAGE = "decrochage"
    RETOURS_SOLIDES = "retours_solides"
    SORTIES_DYNAMIQUES = "sorties_dynamiques"
    DELAI_EMPLOI = "delai_emploi"
    PREMIERE_ETAPE = "premiere_etape"
    RETOURS = "retours"
    CONTACTS = "contacts"
    SCOLARITE = "scolarite"


@dataclass(frozen=True, slots=True)
class Part:
    """Shown people among a shown headcount `sur`.

    `nombre` None with a `pourcent`: that many per cent at least. Both None: “< 11”.
    """

    nombre: int | None
    sur: int
    pourcent: int | None

    @property
    def masquee(self) -> bool:
        return self.nombre is None and self.pourcent is None


@dataclass(frozen=True, slots=True)
class Fait:
    """One thing to say. `parts` by name, the one of the figure first; `mois`: the month since entry it speaks of.

    `mediane` in months; None when half are not there by `mois`.
    """

    sujet: Sujet
    mesure: Mesure
    effectif: int
    trimestre: int
    parts: Mapping[str, Part] = field(default_factory=dict)
    mois: int = 0
    mediane: int | None = None

    @property
    def muet(self) -> bool:
        """Whether its figure is “< 11”."""
        return bool(self.parts) and self.mediane is None and next(iter(self.parts.values())).masquee


def part(cellules: Iterable[Cellule | None], sur: int) -> Part:
    """The cells put together, after rounding; those that are masked add nothing. `sur` is at least 20.

    When they are nearly everybody, only that is said.
    """
    shown = [cell for cell in cellules if cell is not None]
    floors = [cell.valeur for cell in shown if cell.marque is Marque.PRESQUE_TOUS]
    total = sum(cell.valeur for cell in shown)
    if floors or total >= sur:
        return Part(None, sur, max([*floors, almost_all(sur)]))
    return Part(total, sur, percent(total / sur)) if shown else Part(None, sur, None)


def faits(releves: Mapping[Mesure, Lu]) -> list[Fait]:
    """At most five, in the order of `Sujet`; one alone when only the headcount is published."""
    found = all_faits(releves)
    spoken = [fait for fait in found if not fait.muet]
    kept = spoken[:COMBIEN] + [fait for fait in found if fait.muet][: max(0, COMBIEN - len(spoken))]
    return [fait for fait in found if fait in kept]


def all_faits(releves: Mapping[Mesure, Lu]) -> list[Fait]:
    """Whatever may be said, in the order of `Sujet`, those that say “< 11” included."""
    return [fait for tell in _TELLERS if (fait := tell(releves)) is not None]


def recul(mois: Iterable[int]) -> int | None:
    """The published month that is compared with the entry: a year, else the last before; None when there is none."""
    return max((one for one in mois if 0 < one <= RECUL), default=None)


def _situations(releves: Mapping[Mesure, Lu]) -> Lu | None:
    found = releves.get(Mesure.SITUATIONS)
    return found if found is not None and found.mois else None


def _suivis(releves: Mapping[Mesure, Lu]) -> Fait | None:
    found = releves.get(Mesure.SITUATIONS)
    return None if found is None else Fait(Sujet.SUIVIS, found.mesure, found.effectif, found.trimestre)


def _since_entry(sujet: Sujet, bandes: tuple[Bande, ...]) -> Callable[[Mapping[Mesure, Lu]], Fait | None]:
    """Those bands a year after entry, and at entry; at entry alone when nothing later is published."""

    def tell(releves: Mapping[Mesure, Lu]) -> Fait | None:
        found = _situations(releves)
        if found is None or found.effectif < DENOMINATEUR_MIN:
            return None
        after = recul(found.mois)
        when = {"apres": after, "entree": found.mois[0]}
        parts = {
            name: part([found.cellule(mois, bande) for bande in bandes], found.effectif)
            for name, mois in when.items()
            if mois is not None
        }
        return Fait(sujet, found.mesure, found.effectif, found.trimestre, parts, after or 0)

    return tell


def _counted(
    sujet: Sujet, mesure: Mesure, *, numerateur: str, denominateur: str | None = None, mois: int = 0
) -> Callable[[Mapping[Mesure, Lu]], Fait | None]:
    """A count among another of the same measure, or among everybody; None when there are too few for a rate."""

    def tell(releves: Mapping[Mesure, Lu]) -> Fait | None:
        found = releves.get(mesure)
        if found is None:
            return None
        sur = found.effectif
        if denominateur is not None:
            sur = people(found, mois, denominateur)
        if sur < DENOMINATEUR_MIN:
            return None
        parts = {"part": part([found.cellule(mois, numerateur)], sur)}
        return Fait(sujet, mesure, found.effectif, found.trimestre, parts, mois)

    return tell


def _contacts(releves: Mapping[Mesure, Lu]) -> Fait | None:
    """Among those who had two contacts at least: of the others, no time between two is known."""
    found = releves.get(Mesure.CONTACTS)
    sur = met_twice(found) if found is not None else 0
    if found is None or not sur:
        return None
    parts = {"part": part([found.cellule(0, "30")], sur)}
    return Fait(Sujet.CONTACTS, found.mesure, found.effectif, found.trimestre, parts)


def _delai_emploi(releves: Mapping[Mesure, Lu]) -> Fait | None:
    found = releves.get(Mesure.DELAI_EMPLOI)
    if found is None or not found.mois:
        return None
    courbe = curve(found, "").paliers
    milieu = mediane(courbe).mois if courbe else None
    fin = found.mois[-1] if milieu is None else milieu
    parts = {"part": part([found.cellule(fin, "atteint")], found.effectif)}
    return Fait(Sujet.DELAI_EMPLOI, found.mesure, found.effectif, found.trimestre, parts, fin, milieu)


_TELLERS: tuple[Callable[[Mapping[Mesure, Lu]], Fait | None], ...] = (
    _suivis,
    _since_entry(Sujet.ACTIVITE, ACTIVES),
    _since_entry(Sujet.DECROCHAGE, (Bande.DECROCHAGE,)),
    _counted(Sujet.RETOURS_SOLIDES, Mesure.RACCROCHAGES, numerateur="solides", denominateur="observes_6"),
    _counted(Sujet.SORTIES_DYNAMIQUES, Mesure.SORTIES, numerateur="dynamiques", denominateur="sortis"),
    _delai_emploi,
    _counted(Sujet.PREMIERE_ETAPE, Mesure.PREMIERE_ETAPE, numerateur="commencee", mois=3),
    _counted(Sujet.RETOURS, Mesure.RACCROCHAGES, numerateur="raccroches", denominateur="decroches"),
    _contacts,
    _since_entry(Sujet.SCOLARITE, (Bande.SCOLARITE,)),
)
