"""The counts of the other exact tables: flux between horizons, exits, returns, first steps. One statement each."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Subquery, and_, case, exists, func, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from app.accounts.models import Structure
from app.accounts.vocabulaire import GenreStructure
from app.cohortes.filtres import Cohorte, Critere
from app.cohortes.queries import awaited, by_value, counted, observed, run_of
from app.cohortes.queries_conditions import begun, month_of, qualified
from app.cohortes.rules_definitions import (
    MOIS_EMPLOI_TENU,
    MOIS_RETOUR_SOLIDE,
    SITUATION_EMPLOI_TENU,
    SITUATIONS_DE_RETOUR,
)
from app.cohortes.rules_exactes import PASSAGES, Issue, Passage, Retour
from app.cohortes.rules_survie import Attente
from app.db.sql import number
from app.parcours.models import Dossier, Etape, Reouverture, SituationMois
from app.parcours.vocabulaire import Situation


def passages_par(session: Session, cohorte: Cohorte, par: Critere | None) -> dict[str, list[Passage]]:
    """Who is where at each horizon and at the next, among those observed at the next."""
    observes = observed(session, cohorte, par)
    entre = union_all(*(select(number(de).label("de"), number(vers).label("vers")) for de, vers in PASSAGES)).subquery()
    avant, apres = aliased(SituationMois), aliased(SituationMois)
    personnes = (
        select(
            observes.c.valeur,
            entre.c.de,
            entre.c.vers,
            avant.situation.label("situation_de"),
            apres.situation.label("situation_vers"),
        )
        .select_from(observes)
        .join(entre, observes.c.entree + entre.c.vers <= cohorte.jusqua)
        .join(avant, _at(avant, observes, entre.c.de))
        .join(apres, _at(apres, observes, entre.c.vers))
    )
    return by_value(counted(session, personnes), par, Passage)


def _at(sejour: type[SituationMois], observes: Subquery, mois: ColumnElement[int]) -> ColumnElement[bool]:
    """The spell of a dossier that holds the month so many months after entry."""
    jour = observes.c.entree + mois
    return and_(sejour.dossier_id == observes.c.id, sejour.m0 <= jour, sejour.m1 > jour)


def issues_par(session: Session, cohorte: Cohorte, par: Critere | None) -> dict[str, list[Issue]]:
    """Under which motive each file is closed on the last day of observation, and the issues of a PLIE."""
    observes = observed(session, cohorte, par)
    passe = (
        select(func.min(Reouverture.motif_sortie))
        .where(
            Reouverture.dossier_id == Dossier.id,
            Reouverture.clos_le < cohorte.lendemain,
            Reouverture.rouvert_le >= cohorte.lendemain,
        )
        .scalar_subquery()
    )
    plie = Structure.genre == GenreStructure.PLIE
    personnes = (
        select(
            observes.c.valeur,
            case((Dossier.clos_le < cohorte.lendemain, Dossier.motif_sortie), else_=passe).label("motif"),
            plie.label("plie"),
            and_(plie, or_(_held_a_job(cohorte), _qualified(cohorte))).label("positive"),
        )
        .join(observes, observes.c.id == Dossier.id)
        .join(Structure, Structure.id == Dossier.entree_structure_id)
    )
    return by_value(
        counted(session, personnes),
        par,
        lambda motif, plie, positive, effectif: Issue(motif, bool(plie), bool(positive), effectif),
    )


def _held_a_job(cohorte: Cohorte) -> ColumnElement[bool]:
    tenu = run_of(cohorte, SITUATION_EMPLOI_TENU, MOIS_EMPLOI_TENU)
    return exists().where(SituationMois.dossier_id == Dossier.id, *tenu)


def _qualified(cohorte: Cohorte) -> ColumnElement[bool]:
    """A qualification ended within observation."""
    return exists().where(Etape.dossier_id == Dossier.id, qualified(), Etape.fin < cohorte.lendemain)


def retours_par(session: Session, cohorte: Cohorte, par: Critere | None) -> dict[str, list[Retour]]:
    """As `rules_definitions.raccrochage_of`: spells follow each other, so that the first month of one is enough."""
    observes = observed(session, cohorte, par)
    dans = SituationMois.situation.in_(SITUATIONS_DE_RETOUR)
    premier = _first(cohorte, observes, SituationMois.situation == Situation.DECROCHAGE)
    decroches = select(observes.c.id, observes.c.valeur, premier.label("mois")).subquery()
    retour = _first(cohorte, decroches, SituationMois.m0 > decroches.c.mois, dans)
    retours = select(decroches, retour.label("retour")).subquery()
    rupture = _first(cohorte, retours, SituationMois.m0 > retours.c.retour, ~dans)
    ruptures = select(retours, rupture.label("rupture")).subquery()
    observe = and_(ruptures.c.retour.is_not(None), ruptures.c.retour + MOIS_RETOUR_SOLIDE <= cohorte.jusqua)
    tenu = or_(ruptures.c.rupture.is_(None), ruptures.c.rupture > ruptures.c.retour + MOIS_RETOUR_SOLIDE)
    personnes = select(
        ruptures.c.valeur,
        ruptures.c.mois.is_not(None).label("decroche"),
        ruptures.c.retour.is_not(None).label("raccroche"),
        observe.label("observe"),
        and_(observe, tenu).label("solide"),
    )
    return by_value(counted(session, personnes), par, lambda *row: Retour(*map(bool, row[:-1]), row[-1]))


def _first(cohorte: Cohorte, personnes: Subquery, *clauses: ColumnElement[bool]) -> ColumnElement[int]:
    """The month when the first spell of this kind begins for each of these people, null when none is observed."""
    return (
        select(func.min(SituationMois.m0))
        .where(SituationMois.dossier_id == personnes.c.id, SituationMois.m0 <= cohorte.jusqua, *clauses)
        .scalar_subquery()
    )


def premieres_etapes_par(session: Session, cohorte: Cohorte, par: Critere | None) -> dict[str, list[Attente]]:
    """As `rules_definitions.first_step`, in months since entry."""
    observes = observed(session, cohorte, par)
    premiere = (
        select(func.min(Etape.debut))
        .where(Etape.dossier_id == Dossier.id, begun(), Etape.debut < cohorte.lendemain)
        .scalar_subquery()
    )
    personnes = (
        select(observes.c.valeur, observes.c.entree, premiere.label("premiere"))
        .select_from(Dossier)
        .join(observes, observes.c.id == Dossier.id)
        .subquery()
    )
    return awaited(session, cohorte, par, personnes, month_of(personnes.c.premiere))
