"""One read of everything that a freeze counts, into arrays: columns by lots, never entities, nothing kept twice.

All is bounded to what happened up to the last day of the vintage, but the two facts of the day of the freeze.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from sqlalchemy import Select, String, case, distinct, func, select, type_coerce
from sqlalchemy.orm import Session

from app.accounts.models import Structure
from app.accounts.vocabulaire import GenreStructure
from app.cohortes.models import Atome, EntreeCohorte
from app.cohortes.queries_conditions import begun, month_of, qualified
from app.cohortes.rules_denombrement import RANG, SANS_PRECEDENTE
from app.cohortes.rules_mesures_observations import Observations, Personnes, Sejours, within
from app.cohortes.rules_treillis import first_day_after, last_month_of, observed_months
from app.db.sql import days_between
from app.parcours.models import Dossier, Etape, Reouverture, SituationMois, Suivi, contact_reussi_sql
from app.parcours.vocabulaire import MotifSortie

# Fewer rows than the collector of cycles waits for: it would look at each of them three times.
LOT = 500
# How a column becomes numbers: their type, and what makes one of a stored value.
Colonne = tuple[DTypeLike, Callable[[Any], Any] | None]
ENTIER: Colonne = (np.int64, None)
COURT: Colonne = (np.int32, None)
OUI: Colonne = (np.bool_, None)
REEL: Colonne = (np.float64, None)
JOUR: Colonne = (np.int32, date.toordinal)
SITUATION: Colonne = (np.int8, {situation.value: rang for situation, rang in RANG.items()}.__getitem__)
_MOTIFS = {None: -1} | {motif.value: rang for rang, motif in enumerate(MotifSortie)}
MOTIF: Colonne = (np.int8, _MOTIFS.__getitem__)
SANS_ETAPE = -1


def observe(session: Session, *, millesime: int, arretes: Callable[[Session], Iterable[int]]) -> Observations:
    """`arretes` gives the dossiers that a stall rule speaks of today."""
    ids, trimestre, effectif = _read(
        session,
        select(Atome.id, Atome.trimestre, Atome.effectif).where(Atome.trimestre <= millesime).order_by(Atome.id),
        ENTIER, ENTIER, ENTIER,
    )  # fmt: skip
    dossiers, atome, entree, colonnes = _people(session, millesime, ids)
    horizon = observed_months(trimestre, millesime)[atome]
    sejours = _spells(session, millesime, dossiers, entree, horizon)
    colonnes |= _facts(session, millesime, dossiers) | {"arrete": _among(dossiers, arretes(session))}
    # whoever has no month is counted with those who are not there any more
    vus = np.bincount(sejours.personne, minlength=len(dossiers))
    ordre = np.argsort(atome, kind="stable")
    ordre = ordre[vus[ordre] > 0]
    personnes = Personnes(atome=atome[ordre], **{nom: values[ordre] for nom, values in colonnes.items()})
    return Observations(millesime, ids, trimestre, effectif, personnes, _in_order(sejours, vus, ordre))


def _read(session: Session, statement: Select[Any], *colonnes: Colonne) -> list[NDArray[Any]]:
    """An array for each column of the statement; by the connection: a session would look for entities in each row."""
    lots: list[list[NDArray[Any]]] = [[np.empty(0, dtype)] for dtype, _ in colonnes]
    result = session.connection().execute(statement, execution_options={"yield_per": LOT})
    while rows := result.fetchmany(LOT):
        for lot, values, (dtype, convert) in zip(lots, zip(*rows, strict=True), colonnes, strict=True):
            lot.append(np.fromiter(map(convert, values) if convert else values, dtype, len(values)))
    return [np.concatenate(lot) for lot in lots]


def _people(session: Session, millesime: int, ids: NDArray[Any]) -> tuple[Any, Any, Any, dict[str, NDArray[Any]]]:
    """Dossiers in order, index of their atom, month of entry, and what their own row says."""
    lendemain = first_day_after(millesime)
    clos = case((Dossier.clos_le < lendemain, Dossier.motif_sortie), else_=None)
    people = (
        select(
            Dossier.id,
            EntreeCohorte.atome_id,
            month_of(Dossier.ouvert_le),
            type_coerce(clos, String),
            Structure.genre == GenreStructure.PLIE,
            Dossier.clos_le.is_(None),
        )
        .join(EntreeCohorte, EntreeCohorte.dossier_id == Dossier.id)
        .join(Atome, Atome.id == EntreeCohorte.atome_id)
        .join(Structure, Structure.id == Dossier.entree_structure_id)
        .where(Atome.trimestre <= millesime)
        .order_by(Dossier.id)
    )
    dossiers, atome, entree, motif, plie, ouvert = _read(session, people, ENTIER, ENTIER, COURT, MOTIF, OUI, OUI)
    # a dossier opened again was closed until the day before (rules_definitions.exit_on)
    passe = select(Reouverture.dossier_id, type_coerce(Reouverture.motif_sortie, String)).where(
        Reouverture.clos_le < lendemain, Reouverture.rouvert_le >= lendemain
    )
    rouverts, motifs = _read(session, passe, ENTIER, MOTIF)
    anciens = _placed(dossiers, rouverts, motifs, missing=-1)
    motif = np.where(motif < 0, anciens, motif)
    return dossiers, np.searchsorted(ids, atome), entree, {"motif": motif, "plie": plie, "ouvert": ouvert}


def _spells(
    session: Session, millesime: int, dossiers: NDArray[Any], entree: NDArray[Any], horizon: NDArray[Any]
) -> Sejours:
    """Those of these dossiers in months since entry, cut after the last month observed.

    Spells follow each other without a gap: the end of one, and the situation before, are read off its neighbours.
    """
    moi = SituationMois
    spells = (
        select(moi.dossier_id, moi.m0, type_coerce(moi.situation, String))
        .where(moi.m0 <= last_month_of(millesime))
        .order_by(moi.dossier_id, moi.m0)
    )
    dossier, m0, situation = _read(session, spells, ENTIER, COURT, SITUATION)
    personne = np.searchsorted(dossiers, dossier).astype(np.int32)
    garde = _known(dossiers, dossier, personne)
    del dossier
    debut = np.zeros(len(m0), dtype=np.int16)
    debut[garde] = m0[garde] - entree[personne[garde]]
    garde[garde] &= debut[garde] <= horizon[personne[garde]]
    personne, debut, situation = personne[garde], debut[garde], situation[garde]
    fin = (horizon[personne] + 1).astype(np.int16)
    suite = personne[1:] == personne[:-1]
    fin[:-1][suite] = debut[1:][suite]
    precedente = np.full(len(debut), SANS_PRECEDENTE, dtype=np.int8)
    precedente[1:][suite] = situation[:-1][suite]
    return Sejours(personne, situation, precedente, debut, fin)


def _in_order(sejours: Sejours, vus: NDArray[Any], ordre: NDArray[Any]) -> Sejours:
    """The spells of people put in that order."""
    fins = np.cumsum(vus)
    rows = within((fins - vus)[ordre], fins[ordre])
    personne = np.repeat(np.arange(len(ordre), dtype=np.int32), vus[ordre])
    return Sejours(personne, sejours.situation[rows], sejours.precedente[rows], sejours.debut[rows], sejours.fin[rows])


def _facts(session: Session, millesime: int, dossiers: NDArray[Any]) -> dict[str, NDArray[Any]]:
    lendemain = first_day_after(millesime)
    (qualifies,) = _read(session, _qualified(lendemain), ENTIER)
    commences, ouverts, premieres = _read(session, _first_steps(lendemain), ENTIER, JOUR, JOUR)
    rencontres, jours, combien = _read(session, _contacts(lendemain), ENTIER, REEL, REEL)
    return {
        "qualifie": _among(dossiers, qualifies),
        "premiere": _placed(dossiers, commences, completed_months(ouverts, premieres), missing=SANS_ETAPE),
        "ecart": _placed(dossiers, rencontres, jours / (combien - 1), missing=np.nan),
    }


def _qualified(lendemain: date) -> Select[Any]:
    """Who has a qualification ended before that day."""
    return (
        select(Etape.dossier_id)
        .distinct()
        .join(Dossier, Dossier.id == Etape.dossier_id)
        .where(qualified(), Etape.fin < lendemain)
    )


def _first_steps(lendemain: date) -> Select[Any]:
    """As `rules_definitions.first_step`, begun before that day."""
    return (
        select(Dossier.id, Dossier.ouvert_le, func.min(Etape.debut))
        .join(Etape, Etape.dossier_id == Dossier.id)
        .where(begun(), Etape.debut < lendemain)
        .group_by(Dossier.id, Dossier.ouvert_le)
    )


def _contacts(lendemain: date) -> Select[Any]:
    """Days from the first contact réussi since entry to the last, and on how many days there was one; two at least."""
    combien = func.count(distinct(Suivi.jour))
    return (
        select(Suivi.dossier_id, days_between(func.min(Suivi.jour), func.max(Suivi.jour)), combien)
        .join(Dossier, Dossier.id == Suivi.dossier_id)
        .where(contact_reussi_sql(), Suivi.jour >= Dossier.ouvert_le, Suivi.jour < lendemain)
        .group_by(Suivi.dossier_id)
        .having(combien >= 2)
    )


def completed_months(debuts: NDArray[Any], fins: NDArray[Any]) -> NDArray[np.int32]:
    """Whole months from one day to a later one, both ordinals: the most that `parcours.rules.months_later` may add."""
    epoch = date(1970, 1, 1).toordinal()
    debut, fin = ((days - epoch).astype("datetime64[D]") for days in (debuts, fins))
    mois_debut, mois_fin = debut.astype("datetime64[M]"), fin.astype("datetime64[M]")
    last = ((mois_fin + 1).astype("datetime64[D]") - mois_fin.astype("datetime64[D]")).astype(int)
    jour_debut, jour_fin = (
        (day - mois.astype("datetime64[D]")).astype(int) + 1 for day, mois in ((debut, mois_debut), (fin, mois_fin))
    )
    return (mois_fin - mois_debut).astype(np.int32) - (jour_fin < np.minimum(jour_debut, last))


def _known(dossiers: NDArray[Any], these: NDArray[Any], places: NDArray[Any]) -> NDArray[np.bool_]:
    """Which of `these`, that would stand at `places`, are among the dossiers."""
    if not len(dossiers):
        return np.zeros(len(these), dtype=np.bool_)
    return dossiers[np.minimum(places, len(dossiers) - 1)] == these


def _placed(dossiers: NDArray[Any], these: NDArray[Any], values: NDArray[Any], *, missing: float) -> NDArray[Any]:
    """One value a dossier, from those of some of them."""
    found = np.full(len(dossiers), missing, dtype=values.dtype)
    places = np.searchsorted(dossiers, these)
    known = _known(dossiers, these, places)
    found[places[known]] = values[known]
    return found


def _among(dossiers: NDArray[Any], these: Iterable[int]) -> NDArray[np.bool_]:
    return np.isin(dossiers, np.fromiter(these, np.int64))
