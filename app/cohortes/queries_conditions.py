"""Conditions and columns that exact and published counts share. Nothing is counted here."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, Integer, SQLColumnExpression, and_, cast, extract, or_

from app.cohortes.rules_definitions import GENRES_PREMIERE_ETAPE, NIVEAUX_QUALIFIANTS
from app.parcours.models import Dossier, Etape
from app.parcours.rules import STATUTS_VECUS
from app.parcours.vocabulaire import GenreEtape, IssueEtape, StatutEtape


def month_of(day: SQLColumnExpression[date]) -> ColumnElement[int]:
    """`annee * 12 + mois - 1`."""
    return cast(extract("year", day), Integer) * 12 + cast(extract("month", day), Integer) - 1


def qualified() -> ColumnElement[bool]:
    """`rules_definitions.is_qualification` over `Etape`, ended since entry."""
    qualifiante = and_(Etape.genre == GenreEtape.FORMATION, Etape.niveau_vise.in_(sorted(NIVEAUX_QUALIFIANTS)))
    return and_(
        or_(qualifiante, Etape.genre == GenreEtape.ALTERNANCE),
        Etape.statut == StatutEtape.TERMINEE,
        Etape.issue == IssueEtape.OBJECTIF_ATTEINT,
        Etape.fin >= Dossier.ouvert_le,
    )


def begun() -> ColumnElement[bool]:
    """The steps among which `rules_definitions.first_step` takes the first."""
    return and_(
        Etape.genre.in_(sorted(GENRES_PREMIERE_ETAPE)),
        Etape.statut.in_(sorted(STATUTS_VECUS)),
        Etape.debut >= Dossier.ouvert_le,
    )
