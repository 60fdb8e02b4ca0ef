"""The true numbers of every measure, for any set of people. Never shown: `rules_protection` says what may be. Pure.

A set is a mask over the atoms, cut by the caller at the quarter that its measure needs. The erased (the headcount of
an atom less those who are there) are among those observed and in “autres”, and nothing ever happens to them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.cohortes.rules_definitions import MOIS_EMPLOI_TENU, MOTIFS_DYNAMIQUES
from app.cohortes.rules_denombrement import aalen_johansen, denombrer
from app.cohortes.rules_mesures_faits import (
    BANDE_DE,
    BANDES_EN_ORDRE,
    NOMBRE_BANDES,
    RANG_BANDE,
    band_at,
    departures,
    held_a_job,
    horizon_of,
    last_start,
    months_by_band,
    passages,
    returns,
    waits,
)
from app.cohortes.rules_mesures_observations import Ints, Mask, Observations, within
from app.cohortes.rules_survie import Attente, delai
from app.cohortes.vocabulaire import Bande, Mesure
from app.parcours.vocabulaire import FamilleSortie, MotifSortie, Situation

# How many of the set are observed at a month, erased included: what the protection of an estimate needs. Not a cell.
OBSERVES = "observes"
# Of a band of DUREES, the months spent elsewhere: what its protection needs. Not a cell either.
HORS = "hors>"
ATTEINT, ATTENDENT = "atteint", "attendent"
# (earlier month, later month)
FLUX = {Mesure.FLUX_6: (0, 6), Mesure.FLUX_12: (6, 12), Mesure.FLUX_24: (12, 24)}
DUREES = {Mesure.DUREES_12: 12, Mesure.DUREES_24: 24}
DELAIS = {
    Mesure.DELAI_EMPLOI: (Situation.EMPLOI, 1),
    Mesure.DELAI_EMPLOI_6: (Situation.EMPLOI, MOIS_EMPLOI_TENU),
    Mesure.DELAI_RACCROCHAGE: (Situation.RACCROCHAGE, 1),
}
MOIS_PREMIERE_ETAPE = (1, 3, 6)
JOURS_ENTRE_CONTACTS = (15, 30, 60)
PLUS = "plus"
_DANS_BANDE = np.eye(NOMBRE_BANDES)[BANDE_DE]
_MOTIFS = tuple(MotifSortie)
# -1, for an open file, reads the last place
_DYNAMIQUE = np.array([*(motif in MOTIFS_DYNAMIQUES for motif in _MOTIFS), False])
_FAMILLE = {famille: np.array([*(motif.famille is famille for motif in _MOTIFS), False]) for famille in FamilleSortie}


@dataclass(frozen=True, slots=True)
class Compte:
    """`jeunes` different people make up `valeur`, the most of it from one person being `plus_grand`.

    People of an estimate are those observed that month; the erased have no number of their own but in OBSERVES and
    in what waits or is in “autres”.
    """

    valeur: float
    jeunes: int
    plus_grand: float


Comptes = dict[tuple[int, str], Compte]


def compter(obs: Observations, mesure: Mesure, atomes: Mask, mois: Sequence[int]) -> Comptes:
    """By (month since entry, category). `mois` is read by the measures that have a value a month; the others have
    their own (see the table of measures). A set of nobody gives nothing."""
    return _COMPTES[mesure](obs, mesure, atomes, mois) if atomes.any() else {}


def observes(obs: Observations, atomes: Mask, mois: int) -> int:
    """How many people of the set are observed at that month: membership alone says it."""
    return int(obs.effectif[atomes & (obs.horizon >= mois)].sum())


def _people(nombre: int) -> Compte:
    return Compte(float(nombre), nombre, 1.0 if nombre else 0.0)


def _counted(faits: Mapping[str, Mask], mois: int = 0) -> Comptes:
    return {(mois, categorie): _people(int(np.count_nonzero(fait))) for categorie, fait in faits.items()}


def _situations(obs: Observations, mesure: Mesure, atomes: Mask, mois: Sequence[int]) -> Comptes:
    """Aalen-Johansen times everybody. Nobody passes between the erased and the others: theirs is a part of its own."""
    rows, sejours = obs.sejours_de(atomes), obs.sejours
    nombres = denombrer(sejours.debut[rows], sejours.fin[rows], sejours.situation[rows], sejours.precedente[rows])
    effaces = int(obs.effaces(atomes).sum())
    presents = nombres.presents @ _DANS_BANDE
    parts = aalen_johansen(nombres) @ _DANS_BANDE * (observes(obs, atomes, 0) - effaces)
    found: Comptes = {}
    for t in mois:
        n = observes(obs, atomes, t)
        # after the last month of the last person who is there, all stays as it was
        part = parts[min(t, len(parts) - 1)].copy() if len(parts) else np.zeros(NOMBRE_BANDES)
        vus = presents[t].astype(int) if t < len(presents) else np.zeros(NOMBRE_BANDES, dtype=int)
        vus[RANG_BANDE[Bande.AUTRES]] += n - vus.sum()
        part[RANG_BANDE[Bande.AUTRES]] += effaces
        for rang, bande in enumerate(BANDES_EN_ORDRE):
            found[t, bande.value] = Compte(float(part[rang]), int(vus[rang]), float(vus[rang] > 0))
        found[t, OBSERVES] = _people(n)
    return found


def _delai(obs: Observations, mesure: Mesure, atomes: Mask, mois: Sequence[int]) -> Comptes:
    """(1 - Kaplan-Meier) times everybody; the erased wait to the end of their months."""
    rows, attentes = obs.personnes_de(atomes), obs.once(waits, *DELAIS[mesure])
    atteint = attentes.atteint[rows]
    quand, horizon = attentes.mois[rows], obs.once(horizon_of)[rows]
    evenements = np.bincount(quand[atteint])
    censures = np.bincount(
        np.concatenate([quand[~atteint], last_start(obs.horizon[atomes], DELAIS[mesure][1])]),
        weights=_censored(obs, atomes, atteint),
    )
    groupes = [Attente(m, True, int(n)) for m, n in enumerate(evenements) if n]
    groupes += [Attente(m, False, int(n)) for m, n in enumerate(censures) if n]
    survie = [row.survie for row in delai(groupes)]
    total = observes(obs, atomes, 0)
    # those who reached it and whose months are over are not observed any more
    reached, left = np.cumsum(evenements), np.cumsum(np.bincount(horizon[atteint] + 1))
    found: Comptes = {}
    for t in mois:
        n = observes(obs, atomes, t)
        jeunes = _last(reached, t) - _last(left, t)
        found[t, ATTEINT] = Compte((1 - survie[min(t, len(survie) - 1)]) * total, jeunes, float(jeunes > 0))
        found[t, ATTENDENT] = _people(n - jeunes)
        found[t, OBSERVES] = _people(n)
    return found


def _censored(obs: Observations, atomes: Mask, atteint: Mask) -> Ints:
    """One for each person who still waits, then the erased of each atom."""
    return np.concatenate([np.ones(np.count_nonzero(~atteint), dtype=np.int64), obs.effaces(atomes)])


def _last(cumul: Ints, t: int) -> int:
    return int(cumul[min(t, len(cumul) - 1)]) if len(cumul) else 0


def _flux(obs: Observations, mesure: Mesure, atomes: Mask, mois: Sequence[int]) -> Comptes:
    """Who is where at the earlier and at the later month, among those whose later month is observed."""
    avant, apres = FLUX[mesure]
    rows = obs.personnes_de(atomes)
    de, vers = obs.once(band_at, avant)[rows], obs.once(band_at, apres)[rows]
    vus = vers >= 0
    paires = np.bincount(de[vus] * np.intp(NOMBRE_BANDES) + vers[vus], minlength=NOMBRE_BANDES**2)
    autres = RANG_BANDE[Bande.AUTRES]
    paires[autres * NOMBRE_BANDES + autres] += observes(obs, atomes, apres) - int(paires.sum())
    return {(apres, _pair(paire)): _people(int(n)) for paire, n in enumerate(paires) if n}


def _pair(paire: int) -> str:
    de, vers = divmod(paire, NOMBRE_BANDES)
    return f"{BANDES_EN_ORDRE[de].value}>{BANDES_EN_ORDRE[vers].value}"


def _transitions(obs: Observations, mesure: Mesure, atomes: Mask, mois: Sequence[int]) -> Comptes:
    """From each month to the next. Staying is no passage: it is what is left of the months of departure."""
    rows = obs.personnes_de(atomes)
    found = _sums(obs.once(departures)[rows], 0)
    tous = obs.once(passages)
    index = np.arange(len(obs.personnes.atome))[rows]
    ici = within(tous.bornes[index], tous.bornes[index + 1])
    paire, nombre = tous.paire[ici], tous.nombre[ici]
    jeunes = np.bincount(paire, minlength=NOMBRE_BANDES**2)
    sommes = np.bincount(paire, weights=nombre, minlength=NOMBRE_BANDES**2)
    grands = np.zeros(NOMBRE_BANDES**2)
    np.maximum.at(grands, paire, nombre)
    for rang in np.flatnonzero(jeunes).tolist():
        found[0, _pair(rang)] = Compte(float(sommes[rang]), int(jeunes[rang]), float(grands[rang]))
    return found


def _durees(obs: Observations, mesure: Mesure, atomes: Mask, mois: Sequence[int]) -> Comptes:
    """Months of each band, and with the prefix HORS all the other months of the same people."""
    h = DUREES[mesure]
    table = obs.once(months_by_band, h)[obs.personnes_de(atomes)]
    effaces = int(obs.effaces(atomes).sum())
    hors = {
        (h, HORS + bande): Compte(ailleurs.valeur + h * effaces, ailleurs.jeunes + effaces, ailleurs.plus_grand)
        for (_, bande), ailleurs in _sums(h - table, h).items()
    }
    return _sums(table, h) | hors


def _sums(table: Ints, mois: int) -> Comptes:
    """Of each band, from one row a person."""
    if not len(table):
        return {}
    sommes, jeunes, grands = table.sum(axis=0, dtype=np.int64), np.count_nonzero(table, axis=0), table.max(axis=0)
    return {
        (mois, bande.value): Compte(float(sommes[rang]), int(jeunes[rang]), float(grands[rang]))
        for rang, bande in enumerate(BANDES_EN_ORDRE)
        if jeunes[rang]
    }


def _sorties(obs: Observations, mesure: Mesure, atomes: Mask, mois: Sequence[int]) -> Comptes:
    rows = obs.personnes_de(atomes)
    motif, plie = obs.personnes.motif[rows], obs.personnes.plie[rows]
    positive = obs.personnes.qualifie[rows] | obs.once(held_a_job)[rows]
    familles = {famille.value: parmi[motif] for famille, parmi in _FAMILLE.items()}
    return _counted(
        {"sortis": motif >= 0, **familles, "dynamiques": _DYNAMIQUE[motif], "plie": plie}
        | {"plie_positives": plie & positive}
    )


def _raccrochages(obs: Observations, mesure: Mesure, atomes: Mask, mois: Sequence[int]) -> Comptes:
    rows, retours = obs.personnes_de(atomes), obs.once(returns)
    return _counted(
        {
            "decroches": retours.decroche[rows],
            "raccroches": retours.raccroche[rows],
            "observes_6": retours.observe[rows],
            "solides": retours.solide[rows],
        }
    )


def _premiere_etape(obs: Observations, mesure: Mesure, atomes: Mask, mois: Sequence[int]) -> Comptes:
    """Begun before so many months were completed."""
    premiere = obs.personnes.premiere[obs.personnes_de(atomes)]
    found: Comptes = {}
    for h in MOIS_PREMIERE_ETAPE:
        found |= _counted({"commencee": (premiere >= 0) & (premiere < h)}, h)
    return found


def _contacts(obs: Observations, mesure: Mesure, atomes: Mask, mois: Sequence[int]) -> Comptes:
    """Cumulated: who is within 15 days is within 30. Nobody with fewer than two contacts is in any of them."""
    ecart = obs.personnes.ecart[obs.personnes_de(atomes)]
    within_days = {str(jours): ecart <= jours for jours in JOURS_ENTRE_CONTACTS}
    return _counted(within_days | {PLUS: ecart > JOURS_ENTRE_CONTACTS[-1]})


def _immobiles(obs: Observations, mesure: Mesure, atomes: Mask, mois: Sequence[int]) -> Comptes:
    rows = obs.personnes_de(atomes)
    ouvert = obs.personnes.ouvert[rows]
    return _counted({"ouverts": ouvert, "immobiles": ouvert & obs.personnes.arrete[rows]})


_COMPTES: dict[Mesure, Callable[[Observations, Mesure, Mask, Sequence[int]], Comptes]] = {
    Mesure.SITUATIONS: _situations,
    Mesure.TRANSITIONS: _transitions,
    Mesure.SORTIES: _sorties,
    Mesure.RACCROCHAGES: _raccrochages,
    Mesure.CONTACTS: _contacts,
    Mesure.IMMOBILES: _immobiles,
    Mesure.PREMIERE_ETAPE: _premiere_etape,
    **dict.fromkeys(DELAIS, _delai),
    **dict.fromkeys(FLUX, _flux),
    **dict.fromkeys(DUREES, _durees),
}
