"""The counts that exact statistics are made of: one GROUP BY each, the same on both engines."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import ColumnElement, Integer, Subquery, case, cast, extract, func, or_, select
from sqlalchemy.orm import Session

from app.accounts.models import Structure
from app.cohortes.filtres import Cohorte, Critere
from app.cohortes.rules_denombrement import Sejour
from app.cohortes.rules_survie import Attente
from app.db.errors import DomainError
from app.parcours.models import Dossier, SituationMois
from app.parcours.vocabulaire import Situation
from app.programme.models import Territoire


def sejours(session: Session, cohorte: Cohorte) -> list[Sejour]:
    """The observed part of every spell of the cohort, counted by months since entry."""
    observes = _observed(session, cohorte)
    fin = case((SituationMois.m1 > cohorte.jusqua + 1, cohorte.jusqua + 1), else_=SituationMois.m1)
    # computed below and grouped above: PostgreSQL would not recognise an expression that holds a parameter
    mois = (
        select(
            SituationMois.precedente,
            SituationMois.situation,
            (SituationMois.m0 - observes.c.entree).label("debut"),
            (fin - observes.c.entree).label("fin"),
        )
        .join(observes, observes.c.id == SituationMois.dossier_id)
        .where(SituationMois.m0 <= cohorte.jusqua)
        .subquery()
    )
    rows = session.execute(select(*mois.c, func.count()).group_by(*mois.c))
    return [Sejour(*row) for row in rows]


def attentes(session: Session, cohorte: Cohorte, *, vers: Situation, duree_min: int) -> list[Attente]:
    """When each person of the cohort began their first unbroken run of `duree_min` observed months in `vers`.

    Spells are unbroken by construction; one that the end of observation cuts short of `duree_min` does not count.
    """
    observes = _observed(session, cohorte)
    fin = case((SituationMois.m1 > cohorte.jusqua + 1, cohorte.jusqua + 1), else_=SituationMois.m1)
    premier = (
        select(func.min(SituationMois.m0))
        .where(
            SituationMois.dossier_id == observes.c.id,
            SituationMois.situation == vers,
            SituationMois.m0 <= cohorte.jusqua,
            fin - SituationMois.m0 >= duree_min,
        )
        .scalar_subquery()
    )
    personnes = select(observes.c.entree, premier.label("premier")).subquery()
    groupes = select(
        func.coalesce(personnes.c.premier, cohorte.jusqua + 1) - personnes.c.entree,
        personnes.c.premier.is_not(None),
    ).subquery()
    rows = session.execute(select(*groupes.c, func.count()).group_by(*groupes.c))
    return [Attente(mois, bool(atteinte), effectif) for mois, atteinte, effectif in rows]


def _observed(session: Session, cohorte: Cohorte) -> Subquery:
    """The dossiers of the cohort with their month of entry: those that came in before the end of observation."""
    annee, mois = divmod(cohorte.jusqua + 1, 12)
    entree = cast(extract("year", Dossier.ouvert_le), Integer) * 12
    entree += cast(extract("month", Dossier.ouvert_le), Integer) - 1
    clauses = [
        _clause(session, critere, valeurs) for critere, valeurs in sorted(cohorte.filtres.items(), key=lambda f: f[0])
    ]
    query = select(Dossier.id, entree.label("entree")).where(Dossier.ouvert_le < date(annee, mois + 1, 1), *clauses)
    return query.subquery()


def _clause(session: Session, critere: Critere, valeurs: frozenset[str]) -> ColumnElement[bool]:
    match critere:
        case Critere.SEXE:
            return Dossier.entree_sexe.in_(valeurs)
        case Critere.AGE:
            return Dossier.entree_age.in_(valeurs)
        case Critere.ENTREE:
            return or_(*(_within_year(int(annee)) for annee in sorted(valeurs)))
        case Critere.STRUCTURE:
            return Dossier.entree_structure_id.in_(_structures(session, valeurs))
        case Critere.TERRITOIRE:
            return Dossier.entree_territoire_id.in_(_territoires(session, valeurs))


def _within_year(annee: int) -> ColumnElement[bool]:
    return Dossier.ouvert_le.between(date(annee, 1, 1), date(annee, 12, 31))


def _structures(session: Session, codes: frozenset[str]) -> list[int]:
    found = dict(session.execute(select(Structure.code, Structure.id).where(Structure.code.in_(codes))).all())
    _refuse_unknown(Critere.STRUCTURE, codes, found)
    return list(found.values())


def _territoires(session: Session, codes: frozenset[str]) -> list[int]:
    """A commune holds its quarters."""
    found = dict(session.execute(select(Territoire.code, Territoire.id).where(Territoire.code.in_(codes))).all())
    _refuse_unknown(Critere.TERRITOIRE, codes, found)
    inside = session.scalars(select(Territoire.id).where(Territoire.commune_id.in_(found.values())))
    return [*found.values(), *inside]


def _refuse_unknown(critere: Critere, codes: frozenset[str], found: Iterable[str]) -> None:
    for code in sorted(codes - set(found)):
        raise DomainError("valeur_absente", field=critere, valeur=code)
