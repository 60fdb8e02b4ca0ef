"""What each person of the observations lived, one value a person, from their spells: the definitions of
`rules_definitions` for all at once. Every function takes everybody and gives arrays in the order of people. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.cohortes.rules_definitions import (
    MOIS_EMPLOI_TENU,
    MOIS_RETOUR_SOLIDE,
    SITUATION_EMPLOI_TENU,
    SITUATIONS_DE_RETOUR,
)
from app.cohortes.rules_denombrement import RANG, SITUATIONS
from app.cohortes.rules_mesures_observations import Ints, Mask, Observations
from app.cohortes.vocabulaire import BANDES, Bande
from app.parcours.vocabulaire import Situation

BANDES_EN_ORDRE = tuple(Bande)
RANG_BANDE = {bande: rang for rang, bande in enumerate(BANDES_EN_ORDRE)}
NOMBRE_BANDES = len(BANDES_EN_ORDRE)
# The rank of the band of each situation, in the order of SITUATIONS.
BANDE_DE = np.array([RANG_BANDE[BANDES[situation]] for situation in SITUATIONS], dtype=np.int8)
JAMAIS = -1
NON_OBSERVE = -1


@dataclass(frozen=True, slots=True, eq=False)
class Attentes:
    """`mois`: of the event where it was `atteint`, else the first month that is not observed any more."""

    mois: Ints
    atteint: Mask


@dataclass(frozen=True, slots=True, eq=False)
class Passages:
    """The changes of band of each person, each kind once: of `personne`, `paire` = de * NOMBRE_BANDES + vers.

    `bornes` [P + 1]: where those of each person begin.
    """

    bornes: Ints
    paire: Ints
    nombre: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Retours:
    """As `rules_definitions.Raccrochage`."""

    decroche: Mask
    raccroche: Mask
    observe: Mask
    solide: Mask


def horizon_of(obs: Observations) -> Ints:
    """The last month observed of each person."""
    return obs.horizon[obs.personnes.atome]


def band_at(obs: Observations, mois: int) -> NDArray[np.int8]:
    """The rank of the band in which each person is that month, NON_OBSERVE when it is not observed."""
    found = np.full(len(obs.personnes.atome), NON_OBSERVE, dtype=np.int8)
    ici = np.flatnonzero((obs.sejours.debut <= mois) & (obs.sejours.fin > mois))
    found[obs.sejours.personne[ici]] = BANDE_DE[obs.sejours.situation[ici]]
    return found


def months_by_band(obs: Observations, mois: int) -> NDArray[np.int16]:
    """[P, bands]: how many of their first `mois` months each person spent in each band."""
    ici = np.flatnonzero(obs.sejours.debut < mois)
    return _per_band(obs, ici, np.minimum(obs.sejours.fin[ici], mois) - obs.sejours.debut[ici])


def departures(obs: Observations) -> NDArray[np.int16]:
    """[P, bands]: of each person, the months in each band after which one more month is observed."""
    horizon = obs.once(horizon_of).astype(np.int16)
    every = np.arange(len(obs.sejours.debut))
    return _per_band(obs, every, np.minimum(obs.sejours.fin, horizon[obs.sejours.personne]) - obs.sejours.debut)


def _per_band(obs: Observations, rows: NDArray[np.intp], mois: Ints) -> NDArray[np.int16]:
    personnes = len(obs.personnes.atome)
    places = obs.sejours.personne[rows] * np.intp(NOMBRE_BANDES)
    places += BANDE_DE[obs.sejours.situation[rows]]
    sums = np.bincount(places, weights=mois, minlength=personnes * NOMBRE_BANDES)
    return sums.astype(np.int16).reshape(personnes, NOMBRE_BANDES)


def passages(obs: Observations) -> Passages:
    """From one band to another: a change of situation inside a band is none."""
    change = np.flatnonzero(obs.sejours.precedente >= 0)
    de, vers = BANDE_DE[obs.sejours.precedente[change]], BANDE_DE[obs.sejours.situation[change]]
    moves = de != vers
    places = obs.sejours.personne[change[moves]] * np.intp(NOMBRE_BANDES**2)
    places += de[moves] * np.intp(NOMBRE_BANDES) + vers[moves]
    # nearly in order already: the sort that merges runs is four times faster
    places.sort(kind="stable")
    firsts = np.flatnonzero(np.diff(places, prepend=-1))
    personne, paire = np.divmod(places[firsts], NOMBRE_BANDES**2)
    bornes = np.searchsorted(personne, np.arange(len(obs.personnes.atome) + 1))
    return Passages(bornes, paire.astype(np.int8), np.diff(firsts, append=len(places)).astype(np.int16))


def waits(obs: Observations, vers: Situation, duree_min: int) -> Attentes:
    """The first unbroken run of `duree_min` observed months in `vers`, as `queries.attentes` reads it.

    Whoever did not reach it leaves after the last month at which a run could still have been seen whole.
    """
    sejours = obs.sejours
    longs = (sejours.situation == RANG[vers]) & (sejours.fin - sejours.debut >= duree_min)
    premier = _first(obs, longs)
    return Attentes(np.where(premier >= 0, premier, last_start(obs.once(horizon_of), duree_min)), premier >= 0)


def last_start(horizon: Ints, duree_min: int) -> Ints:
    """The last month at which a run of `duree_min` months may begin and be seen whole; 0 when there is none.

    At risk any longer, people would be waited for where nothing can be seen, and waiting times come out too long.
    """
    return np.maximum(horizon + 1 - duree_min, 0)


def held_a_job(obs: Observations) -> Mask:
    """As `rules_definitions.held_a_job`."""
    return obs.once(waits, SITUATION_EMPLOI_TENU, MOIS_EMPLOI_TENU).atteint


def returns(obs: Observations) -> Retours:
    """As `rules_definitions.raccrochage_of`: spells follow each other, so that the first month of one is enough."""
    sejours = obs.sejours
    dans = np.isin(sejours.situation, [RANG[situation] for situation in SITUATIONS_DE_RETOUR])
    premier = _first(obs, sejours.situation == RANG[Situation.DECROCHAGE])
    retour = _first(obs, dans & _after(obs, premier))
    rupture = _first(obs, ~dans & _after(obs, retour))
    observe = (retour >= 0) & (retour + MOIS_RETOUR_SOLIDE <= obs.once(horizon_of))
    tenu = (rupture < 0) | (rupture > retour + MOIS_RETOUR_SOLIDE)
    return Retours(premier >= 0, retour >= 0, observe, observe & tenu)


def _after(obs: Observations, mois: Ints) -> Mask:
    """The spells begun after that month of their person; none when there is no such month."""
    leurs = mois[obs.sejours.personne]
    return (leurs >= 0) & (obs.sejours.debut > leurs)


def _first(obs: Observations, spells: Mask) -> NDArray[np.int32]:
    """The month when the first of these spells of each person begins, JAMAIS without one."""
    found = np.full(len(obs.personnes.atome), JAMAIS, dtype=np.int32)
    rows = np.flatnonzero(spells)
    personne = obs.sejours.personne[rows]
    premiers = np.diff(personne, prepend=-1) > 0
    found[personne[premiers]] = obs.sejours.debut[rows[premiers]]
    return found
