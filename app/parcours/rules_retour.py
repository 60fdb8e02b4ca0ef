"""The day of the return after a décrochage that still holds: a pure function."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from app.parcours.rules import STATUTS_VECUS, EtapeVecue
from app.parcours.vocabulaire import GENRES_QUI_CLOSENT_UN_DECROCHAGE, STATUTS_OUVERTS, GenreEtape, Situation

# No return holds in these: nothing decides, or what decides is no schooling, training, job or engagement.
SITUATIONS_SANS_RETOUR = frozenset(
    {
        Situation.INCONNUE,
        Situation.SORTI,
        Situation.DECROCHAGE,
        Situation.SANS_SOLUTION,
        Situation.INDISPONIBLE,
        Situation.ACCOMPAGNEMENT,
    }
)


def return_day(etapes: Iterable[EtapeVecue], situation: Situation) -> date | None:
    """The day since when somebody is back, given the present `situation`; None when no return holds.

    It is the beginning of the first step after the last décrochage, or after the last time without a solution since,
    or the last day of that when the two overlap. Somebody received while a raccrochage is open is back since it
    began, their décrochage known or not.
    """
    if situation in SITUATIONS_SANS_RETOUR:
        return None
    lived = [etape for etape in etapes if etape.statut in STATUTS_VECUS]
    dropouts = [etape for etape in lived if etape.genre is GenreEtape.DECROCHAGE]
    if not dropouts:
        opened = (etape for etape in lived if etape.statut in STATUTS_OUVERTS)
        return min((etape.debut for etape in opened if etape.genre is GenreEtape.RACCROCHAGE), default=None)
    if any(etape.fin is None for etape in dropouts):
        return None
    # nothing to do for a while breaks a return like the décrochage before it: what comes after is another return
    without = [etape for etape in lived if etape.genre is GenreEtape.SANS_SOLUTION and etape.fin is not None]
    last = max([*dropouts, *without], key=lambda etape: (etape.fin, etape.debut))
    begun = (
        etape.debut
        for etape in lived
        if etape.genre in GENRES_QUI_CLOSENT_UN_DECROCHAGE
        and etape.debut > last.debut
        and (etape.fin is None or etape.fin > last.fin)
    )
    first = min(begun, default=None)
    return None if first is None else max(first, last.fin)
