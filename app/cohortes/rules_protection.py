"""From true numbers to what may be shown of them (cohortes.md, R6 and R7). A cell that may not be is left out. Pure.

R6 is `rules_cellules.cellule`; what is decided here is of whom a number is a part, since “nearly all” counts as much
as “nearly none”:

- a count is a part of the people of its own denominator (DENOMINATEURS), and is not shown without it;
- an estimate (Aalen-Johansen, Kaplan-Meier) rests on those observed that month, who may be a few among many: it is
  brought to their number, masked or rounded there, then brought back. One person weighs one person, never the twelve
  that they stand for;
- months and passages are sums: enough people make them up, none of them most of it, and enough are in what is left.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from app.cohortes.rules_cellules import (
    DENOMINATEUR_MIN,
    PART_MAX_D_UN_SEUL,
    PAS,
    PLANCHER,
    SEUIL,
    Cellule,
    almost_all,
    cellule,
    half_months,
    rounded,
)
from app.cohortes.rules_mesures import ATTEINT, ATTENDENT, DELAIS, DUREES, FLUX, HORS, OBSERVES, Compte
from app.cohortes.vocabulaire import BANDES_PUBLIEES, Marque, Mesure

# Of whom each count is a part; of everybody when it is not here.
DENOMINATEURS = {
    "positive": "sortis",
    "relais": "sortis",
    "autre": "sortis",
    "dynamiques": "sortis",
    "plie_positives": "plie",
    "raccroches": "decroches",
    "observes_6": "raccroches",
    "solides": "observes_6",
    "immobiles": "ouverts",
}
_PUBLIEES = frozenset(bande.value for bande in BANDES_PUBLIEES)
PersonnesEtMois = Mapping[tuple[int, str], Compte]
Cellules = dict[tuple[int, str], Cellule]


def proteger(mesure: Mesure, comptes: PersonnesEtMois, *, effectif: int) -> Cellules:
    """`comptes` as `rules_mesures.compter` gives them, of a set of `effectif` people, the true headcount.

    Raises KeyError when the number of those observed, or a denominator, is missing.
    """
    if mesure is Mesure.SITUATIONS or mesure in DELAIS:
        found = _estimates(comptes, effectif)
    elif mesure in FLUX:
        found = {cle: cellule(compte.valeur, effectif=effectif) for cle, compte in comptes.items() if _said(cle[1])}
    elif mesure in DUREES:
        found = _means(comptes, effectif, mois=DUREES[mesure])
    elif mesure is Mesure.TRANSITIONS:
        found = _passages(comptes)
    else:
        found = {cle: _count(comptes, cle, effectif) for cle in comptes}
    return {cle: cell for cle, cell in found.items() if cell is not None}


def _said(categorie: str) -> bool:
    """Whether every band of “de>vers” has cells: “autres” never has."""
    return _PUBLIEES.issuperset(categorie.split(">"))


def _estimates(comptes: PersonnesEtMois, effectif: int) -> dict[tuple[int, str], Cellule | None]:
    found: dict[tuple[int, str], Cellule | None] = {}
    for (mois, categorie), compte in comptes.items():
        observes = comptes[mois, OBSERVES].jeunes
        if categorie == ATTENDENT:
            found[mois, categorie] = _waiting(compte, observes, effectif)
        elif categorie == ATTEINT or categorie in _PUBLIEES:
            found[mois, categorie] = _estimate(compte, observes, effectif)
    return _never_less(found)


def _never_less(found: dict[tuple[int, str], Cellule | None]) -> dict[tuple[int, str], Cellule | None]:
    """Those who arrived do not leave: what was shown of them at a month is shown at the next ones at least.

    The scale of those observed changes from month to month, and rounding with it.
    """
    last: Cellule | None = None
    for place in sorted(place for place in found if place[1] == ATTEINT):
        cell = found[place]
        smaller = cell is None or (last is not None and cell.marque is Marque.NOMBRE and cell.valeur < last.valeur)
        if last is not None and (smaller or last.marque is Marque.PRESQUE_TOUS):
            found[place] = last
        last = found[place]
    return found


def _estimate(compte: Compte, observes: int, effectif: int) -> Cellule | None:
    """Both the estimate and those who were seen must be enough, and leave enough."""
    part = compte.valeur / effectif
    ramene = compte.valeur if observes == effectif else part * observes
    estime, vus = cellule(ramene, effectif=observes), cellule(compte.jeunes, effectif=observes)
    if estime is None or vus is None:
        return None
    if Marque.PRESQUE_TOUS in (estime.marque, vus.marque):
        # of everybody, so no more than the estimate says of them
        return Cellule(Marque.PRESQUE_TOUS, min(almost_all(rounded(observes)), _step(math.floor(100 * part))))
    return Cellule(Marque.NOMBRE, _scaled(estime.valeur, effectif, observes))


def _scaled(nombre: int, effectif: int, observes: int) -> int:
    """A rounded number of those observed, as one of everybody: the nearest multiple of 5, never below 15."""
    return max(PLANCHER, _step(math.floor(nombre * effectif / observes + PAS / 2)))


def _step(nombre: int) -> int:
    """The multiple of 5 just under."""
    return nombre // PAS * PAS


def _waiting(compte: Compte, observes: int, effectif: int) -> Cellule | None:
    """Those who wait, a part of those observed; “≥ x %” is of everybody, as every other of this measure."""
    cell = cellule(compte.valeur, effectif=observes)
    if cell is None or cell.marque is Marque.NOMBRE or observes == effectif:
        return cell
    return Cellule(Marque.PRESQUE_TOUS, max(0, _step(100 * (rounded(observes) - PLANCHER) // rounded(effectif))))


def _count(comptes: PersonnesEtMois, cle: tuple[int, str], effectif: int) -> Cellule | None:
    mois, categorie = cle
    tous = DENOMINATEURS.get(categorie)
    if tous is None:
        return cellule(comptes[cle].valeur, effectif=effectif)
    if _count(comptes, (mois, tous), effectif) is None:
        return None
    return cellule(comptes[cle].valeur, effectif=comptes[mois, tous].jeunes)


def _means(comptes: PersonnesEtMois, effectif: int, *, mois: int) -> dict[tuple[int, str], Cellule | None]:
    """R7, on both sides: those who were elsewhere at least a month are enough too. Never all the months."""
    found: dict[tuple[int, str], Cellule | None] = {}
    for (h, categorie), compte in comptes.items():
        if categorie not in _PUBLIEES or comptes.get((h, HORS + categorie), _PERSONNE).jeunes < SEUIL:
            continue
        half = half_months(compte.valeur, effectif=effectif, contributeurs=compte.jeunes, plus_grand=compte.plus_grand)
        found[h, categorie] = None if half is None else Cellule(Marque.NOMBRE, min(half, 2 * mois - 1))
    return found


_PERSONNE = Compte(0.0, 0, 0.0)


def _passages(comptes: PersonnesEtMois) -> dict[tuple[int, str], Cellule | None]:
    """Months of departure from a band where 20 people were; out of those, passages that 11 people made."""
    departs = {
        cle: compte
        for cle, compte in comptes.items()
        if cle[1] in _PUBLIEES and compte.jeunes >= DENOMINATEUR_MIN and not _one_persons(compte)
    }
    found: dict[tuple[int, str], Cellule | None] = {
        cle: Cellule(Marque.NOMBRE, rounded(compte.valeur)) for cle, compte in departs.items()
    }
    for (mois, categorie), compte in comptes.items():
        depuis = departs.get((mois, categorie.split(">")[0]))
        enough = compte.jeunes >= SEUIL and not _one_persons(compte)
        if ">" in categorie and _said(categorie) and depuis is not None and enough:
            found[mois, categorie] = cellule(compte.valeur, effectif=int(depuis.valeur))
    return found


def _one_persons(compte: Compte) -> bool:
    return compte.plus_grand > PART_MAX_D_UN_SEUL * compte.valeur
