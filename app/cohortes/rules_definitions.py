"""What an exit, a return and a first step are, each in one place, with where it comes from (vocabulaires.md, "Sortie").

*Sorties dynamiques*, *issues positives du PLIE* and *issues favorables* are three measures with three denominators:
they are never added up, compared or put in one rate. The functions below read one journey at a time, slowly: they are
what the counts of many must agree with.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Protocol

from app.parcours.rules import STATUTS_VECUS, Interruption
from app.parcours.vocabulaire import (
    GENRES_QUI_CLOSENT_UN_DECROCHAGE,
    GenreEtape,
    IssueEtape,
    MotifSortie,
    NiveauVise,
    Situation,
    StatutEtape,
)

# The definition of the insertion par l'activité économique: emploi durable, emploi de transition, and the exits that
# it calls positive. A service civique is a favourable end and not one of these.
MOTIFS_DYNAMIQUES = frozenset(
    {
        MotifSortie.EMPLOI_DURABLE,
        MotifSortie.EMPLOI_TRANSITION,
        MotifSortie.FORMATION_PRE_QUALIFIANTE,
        MotifSortie.FORMATION_QUALIFIANTE,
        MotifSortie.ALTERNANCE,
        MotifSortie.IAE,
    }
)
# What closes a décrochage on the timeline is what brings back from it here: never a chantier, a stage, an
# accompagnement.
SITUATIONS_DE_RETOUR = frozenset(Situation(genre.value) for genre in GENRES_QUI_CLOSENT_UN_DECROCHAGE)
# "A raccrochage is solide only if it still holds at 6 months."
MOIS_RETOUR_SOLIDE = 6
# "A duration is called emploi tenu 6 mois, never durable." Insertion par l'activité économique is a step inside the
# journey of a PLIE, not its outcome: months of it are not months of emploi.
SITUATION_EMPLOI_TENU = Situation.EMPLOI
MOIS_EMPLOI_TENU = 6
NIVEAUX_QUALIFIANTS = frozenset({NiveauVise.QUALIFIANTE, NiveauVise.DIPLOMANTE})
# To drop out, to have nothing or to be unavailable is written down like a step; it is not a first step taken.
GENRES_PREMIERE_ETAPE = frozenset(GenreEtape) - {
    GenreEtape.DECROCHAGE,
    GenreEtape.SANS_SOLUTION,
    GenreEtape.INDISPONIBLE,
}


class Sortie(Interruption, Protocol):
    """A past closing, and why."""

    motif_sortie: MotifSortie


class Qualification(Protocol):
    """What a step says of a qualification."""

    genre: GenreEtape
    statut: StatutEtape
    fin: date | None
    issue: IssueEtape | None
    niveau_vise: NiveauVise | None


class Commencee(Protocol):
    """What a step says of its beginning."""

    genre: GenreEtape
    statut: StatutEtape
    debut: date


@dataclass(frozen=True, slots=True)
class Raccrochage:
    """Of one journey: did they drop out, the month of their first return, and whether it held.

    `observe`: the sixth month after the return is over and known. `solide` needs it.
    """

    decroche: bool
    retour: int | None
    observe: bool
    solide: bool


def raccrochage_of(suite: Sequence[Situation]) -> Raccrochage:
    """From the situations of the months observed since entry.

    The return is the first month in SITUATIONS_DE_RETOUR after the first month of décrochage, whatever lies between.
    It is *solide* when every month up to the sixth after it is in that set too: passing from one to another keeps it.
    Only the first return counts, so that what was solid stays so.
    """
    if Situation.DECROCHAGE not in suite:
        return Raccrochage(decroche=False, retour=None, observe=False, solide=False)
    premier = suite.index(Situation.DECROCHAGE)
    retour = next((mois for mois in range(premier, len(suite)) if suite[mois] in SITUATIONS_DE_RETOUR), None)
    if retour is None:
        return Raccrochage(decroche=True, retour=None, observe=False, solide=False)
    observe = len(suite) > retour + MOIS_RETOUR_SOLIDE
    tenus = suite[retour : retour + MOIS_RETOUR_SOLIDE + 1]
    return Raccrochage(True, retour, observe, observe and SITUATIONS_DE_RETOUR.issuperset(tenus))


def held_a_job(suite: Iterable[Situation]) -> bool:
    """Whether the observed months hold an unbroken run of MOIS_EMPLOI_TENU months of emploi."""
    return any(
        situation is SITUATION_EMPLOI_TENU and len(list(mois)) >= MOIS_EMPLOI_TENU for situation, mois in groupby(suite)
    )


def is_qualification(etape: Qualification) -> bool:
    """A qualification validated: an alternance, or a formation that qualifies, over with its aim reached."""
    qualifiante = etape.genre is GenreEtape.FORMATION and etape.niveau_vise in NIVEAUX_QUALIFIANTS
    return (
        (qualifiante or etape.genre is GenreEtape.ALTERNANCE)
        and etape.statut is StatutEtape.TERMINEE
        and etape.issue is IssueEtape.OBJECTIF_ATTEINT
    )


def plie_positive(
    suite: Iterable[Situation], etapes: Iterable[Qualification], *, ouvert_le: date, dernier_jour: date
) -> bool:
    """Of somebody whose structure at entry is a PLIE, their file closed or not: a job held, or a qualification.

    `suite` are the months observed since entry; the qualification ends from entry to the last day of observation.
    """
    return held_a_job(suite) or any(
        is_qualification(etape) and etape.fin is not None and ouvert_le <= etape.fin <= dernier_jour for etape in etapes
    )


def exit_on(
    jour: date, *, clos_le: date | None, motif: MotifSortie | None, reouvertures: Iterable[Sortie]
) -> MotifSortie | None:
    """The motive of the closing under which a dossier is on that day; None when it is open.

    A dossier opened again on the day of its closing or later was closed until the day before.
    """
    if clos_le is not None and clos_le <= jour:
        return motif
    return next((pause.motif_sortie for pause in reouvertures if pause.clos_le <= jour < pause.rouvert_le), None)


def first_step(etapes: Iterable[Commencee], *, ouvert_le: date) -> date | None:
    """The day when the first step taken since entry began: lived, and begun on the day of entry or later."""
    return min(
        (
            etape.debut
            for etape in etapes
            if etape.genre in GENRES_PREMIERE_ETAPE and etape.statut in STATUTS_VECUS and etape.debut >= ouvert_le
        ),
        default=None,
    )
