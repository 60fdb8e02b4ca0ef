"""The counts that exact statistics are made of: one GROUP BY each, the same on both engines.

Each answers for a whole cohort, or for every value of a criterion at once (`par`), in one statement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Row,
    Select,
    SQLColumnExpression,
    Subquery,
    case,
    cast,
    extract,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session

from app.accounts.models import Structure
from app.cohortes.filtres import Cohorte, Critere
from app.cohortes.queries_conditions import month_of
from app.cohortes.rules_denombrement import Sejour
from app.cohortes.rules_survie import Attente
from app.db.errors import DomainError
from app.db.sql import code
from app.parcours.models import Dossier, SituationMois
from app.parcours.vocabulaire import Sexe, Situation, TrancheAge
from app.programme.models import Territoire

T = TypeVar("T")
# The value of everybody together, and of those whose value nobody knows.
SANS_VALEUR = ""
_ORDRE = {Critere.SEXE: [item.value for item in Sexe], Critere.AGE: [*(item.value for item in TrancheAge), SANS_VALEUR]}


def sejours(session: Session, cohorte: Cohorte) -> list[Sejour]:
    """The observed part of every spell of the cohort, counted by months since entry."""
    return sejours_par(session, cohorte, None).get(SANS_VALEUR, [])


def sejours_par(session: Session, cohorte: Cohorte, par: Critere | None) -> dict[str, list[Sejour]]:
    """The same for each value of `par`."""
    observes = observed(session, cohorte, par)
    # computed below and grouped above: PostgreSQL would not recognise an expression that holds a parameter
    mois = (
        select(
            observes.c.valeur,
            SituationMois.precedente,
            SituationMois.situation,
            (SituationMois.m0 - observes.c.entree).label("debut"),
            (_end(cohorte) - observes.c.entree).label("fin"),
        )
        .join(observes, observes.c.id == SituationMois.dossier_id)
        .where(SituationMois.m0 <= cohorte.jusqua)
    )
    return by_value(counted(session, mois), par, Sejour)


def attentes(session: Session, cohorte: Cohorte, *, vers: Situation, duree_min: int) -> list[Attente]:
    """When each person of the cohort began their first unbroken run of `duree_min` observed months in `vers`.

    Spells are unbroken by construction; one that the end of observation cuts short of `duree_min` does not count.
    Who has none waits to the end of their months, the last of which could not have shown one of `duree_min`: where
    people come in one after another the estimate leans towards waiting, the more so the longer the run.
    """
    return attentes_par(session, cohorte, None, vers=vers, duree_min=duree_min).get(SANS_VALEUR, [])


def attentes_par(
    session: Session, cohorte: Cohorte, par: Critere | None, *, vers: Situation, duree_min: int
) -> dict[str, list[Attente]]:
    """The same for each value of `par`."""
    observes = observed(session, cohorte, par)
    premier = (
        select(func.min(SituationMois.m0))
        .where(SituationMois.dossier_id == observes.c.id, *run_of(cohorte, vers, duree_min))
        .scalar_subquery()
    )
    personnes = select(observes.c.valeur, observes.c.entree, premier.label("premier")).subquery()
    return awaited(session, cohorte, par, personnes, personnes.c.premier)


def run_of(cohorte: Cohorte, situation: Situation, duree_min: int) -> list[ColumnElement[bool]]:
    """The spells in which `situation` was observed for `duree_min` months in a row."""
    return [
        SituationMois.situation == situation,
        SituationMois.m0 <= cohorte.jusqua,
        _end(cohorte) - SituationMois.m0 >= duree_min,
    ]


def awaited(
    session: Session, cohorte: Cohorte, par: Critere | None, personnes: FromClause, premier: ColumnElement[Any]
) -> dict[str, list[Attente]]:
    """From people (`valeur`, `entree`) and the month when each reached what is awaited, null when not yet."""
    groupes = select(
        personnes.c.valeur,
        func.coalesce(premier, cohorte.jusqua + 1) - personnes.c.entree,
        premier.is_not(None),
    )
    return by_value(
        counted(session, groupes), par, lambda mois, atteinte, effectif: Attente(mois, bool(atteinte), effectif)
    )


def observed(session: Session, cohorte: Cohorte, par: Critere | None) -> Subquery:
    """The dossiers of the cohort: `id`, month of entry `entree`, and the `valeur` of `par` that they had then.

    Those that came in before the end of observation. A territory is that of entry itself, never the commune that
    holds it: everybody is counted once.
    """
    clauses = [
        _clause(session, critere, valeurs) for critere, valeurs in sorted(cohorte.filtres.items(), key=lambda f: f[0])
    ]
    query = select(Dossier.id, month_of(Dossier.ouvert_le).label("entree"), _value(par).label("valeur"))
    if par is Critere.STRUCTURE:
        query = query.join(Structure, Structure.id == Dossier.entree_structure_id)
    if par is Critere.TERRITOIRE:
        query = query.join(Territoire, Territoire.id == Dossier.entree_territoire_id)
    return query.where(Dossier.ouvert_le < cohorte.lendemain, *clauses).subquery()


def counted(session: Session, personnes: Select[Any]) -> Iterable[Row[Any]]:
    """The rows of `personnes`, each once, with how many times as the last column."""
    groupes = personnes.subquery()
    return session.execute(select(*groupes.c, func.count()).group_by(*groupes.c))


def by_value(rows: Iterable[Row[Any]], par: Critere | None, build: Callable[..., T]) -> dict[str, list[T]]:
    """What `build` makes of each row but its first column, gathered by that one, in the order of the vocabulary."""
    found: dict[str, list[T]] = {}
    for valeur, *values in rows:
        found.setdefault(SANS_VALEUR if valeur is None else str(valeur), []).append(build(*values))
    ordre = _ORDRE.get(par, []) if par else []
    return dict(sorted(found.items(), key=lambda item: (ordre.index(item[0]) if ordre else 0, item[0])))


def _end(cohorte: Cohorte) -> ColumnElement[int]:
    """The end, excluded, of the observed part of a spell."""
    return case((SituationMois.m1 > cohorte.jusqua + 1, cohorte.jusqua + 1), else_=SituationMois.m1)


def _value(par: Critere | None) -> SQLColumnExpression[Any]:
    match par:
        case None:
            return code(SANS_VALEUR)
        case Critere.SEXE:
            return Dossier.entree_sexe
        case Critere.AGE:
            return Dossier.entree_age
        case Critere.ENTREE:
            return cast(extract("year", Dossier.ouvert_le), Integer)
        case Critere.STRUCTURE:
            return Structure.code
        case Critere.TERRITOIRE:
            return Territoire.code


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
    for code_inconnu in sorted(codes - set(found)):
        raise DomainError("valeur_absente", field=critere, valeur=code_inconnu)
