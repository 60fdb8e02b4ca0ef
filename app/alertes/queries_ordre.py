"""The published order of alerts in SQL: `rules_ordre` says it in words and in Python."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from sqlalchemy import ColumnElement, and_, case, or_

from app.alertes import rules
from app.alertes.models import Alerte
from app.alertes.queries_lignes import MAJEURS, TODAY
from app.alertes.rules_ordre import (
    FINS,
    GRAVITE_DU_MANQUE,
    GRAVITE_EXTREME,
    GRAVITE_MOINDRE,
    SILENCES,
    Rang,
    allure,
)
from app.alertes.vocabulaire import HORLOGES_LEGALES, Regle
from app.db.sql import add_days, code, number, paris_day
from app.parcours.models import Dossier, Etat


def _one_of(column: ColumnElement[object], codes: Iterable[Enum]) -> ColumnElement[bool]:
    return column.in_([code(item.value) for item in sorted(codes)])


def _initial() -> ColumnElement[int]:
    missing = Alerte.gravite <= number(GRAVITE_DU_MANQUE)
    grave = and_(missing, _one_of(Etat.situation, rules.SITUATIONS_GRAVES))
    left = or_(
        grave,
        Alerte.gravite == number(GRAVITE_EXTREME),
        Alerte.regle == code(Regle.DECROCHAGE_QUI_DURE),
    )
    return case(
        (_one_of(Alerte.regle, HORLOGES_LEGALES), number(Rang.HORLOGES)),
        (and_(missing, Dossier.annee_naissance > MAJEURS), number(Rang.MINEURS)),
        (left, number(Rang.DECROCHAGES)),
        (_one_of(Alerte.regle, SILENCES), number(Rang.SILENCES)),
        (_one_of(Alerte.regle, FINS), number(Rang.FINS)),
        else_=number(Rang.RESTE),
    )


def _climbed() -> ColumnElement[int]:
    """How many ranks it climbed since it opened, as many as may change its own."""
    opened = paris_day(Alerte.ouverte_le)
    pace = case(
        {gravite: number(allure(gravite)) for gravite in range(1, GRAVITE_MOINDRE)},
        value=Alerte.gravite,
        else_=number(allure(GRAVITE_MOINDRE)),
    )
    steps = range(Rang.RESTE - Rang.MINEURS, 0, -1)
    return case(
        *((opened <= add_days(TODAY, -pace * number(step)), number(step)) for step in steps),
        else_=number(0),
    )


def _rank() -> ColumnElement[int]:
    initial, climbed = _initial(), _climbed()
    return case(
        (initial == number(Rang.HORLOGES), number(Rang.HORLOGES)),
        (initial - climbed <= number(Rang.MINEURS), number(Rang.MINEURS)),
        else_=initial - climbed,
    )


# The rank of an alert today, from Alerte, Etat and Dossier joined and the parameters `today` and `majeurs`.
# Lists then go by due date and by id, so that the order is total.
ORDRE = _rank()
