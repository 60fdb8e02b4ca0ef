"""What each rule says: one SELECT of intervals each, and the statement that brings them together.

A rule yields (dossier_id, cle, depuis, due, jusqua, gravite, faits). It is true on the day d if and only if
`due <= d AND (jusqua IS NULL OR d < jusqua)`; at most one interval of a (dossier, rule, key) holds a day. The nightly
scan, the hourly pass and the re-evaluation of one write read these SELECTs and nothing else, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, and_, bindparam, case, or_, select, union_all
from sqlalchemy.sql.selectable import CompoundSelect

from app.alertes import queries_regles_contact as contact
from app.alertes import queries_regles_droit as droit
from app.alertes import queries_regles_etapes as etapes
from app.alertes.queries_regles_base import Restriction
from app.alertes.vocabulaire import Regle
from app.db.sql import among, code, ids_parameter
from app.db.types import Identifiant
from app.parcours.models import Dossier

TODAY = bindparam("today", type_=Date())
IDS = ids_parameter("ids")
ONE = bindparam("dossier_id", type_=Identifiant)
FIRST, LAST = (bindparam(name, type_=Identifiant) for name in ("premier", "dernier"))
STRUCTURE = bindparam("structure_id", type_=Identifiant)

Selects = Select[Any] | Sequence[Select[Any]]

REGLES: tuple[tuple[Regle, Callable[[Restriction], Selects]], ...] = (
    (Regle.SILENCE, contact.silence),
    (Regle.INJOIGNABLE, contact.injoignable),
    (Regle.RENDEZ_VOUS_SANS_SUITE, contact.rendez_vous_sans_suite),
    (Regle.SITUATION_A_CONFIRMER, contact.situation_a_confirmer),
    (Regle.INFORMER_JEUNE, contact.informer_jeune),
    (Regle.ETAPE_EN_RETARD, etapes.etape_prevue_en_retard),
    (Regle.ETAPE_EN_RETARD, etapes.etape_ouverte_en_retard),
    (Regle.ETAPE_QUI_FINIT, etapes.etape_qui_finit),
    (Regle.RENTREE, etapes.rentree_ouverte),
    (Regle.RENTREE, etapes.rentree_finie),
    (Regle.RUPTURE_SANS_SUITE, etapes.rupture_sans_suite),
    (Regle.DECROCHAGE_QUI_DURE, etapes.decrochage_qui_dure),
    (Regle.RACCROCHAGE_FRAGILE, etapes.raccrochage_fragile),
    (Regle.RACCROCHAGE_A_VERIFIER, etapes.raccrochage_a_verifier),
    (Regle.ENTREE_IMMOBILE, etapes.entree_immobile),
    (Regle.PARCOURS_IMMOBILE, etapes.parcours_immobile),
    (Regle.SANS_REFERENT, droit.sans_referent),
    (Regle.SANS_REFERENT, droit.referent_desactive),
    (Regle.CHANTIER_PLAFOND, droit.chantier_plafond),
    (Regle.APRES_SORTIE, droit.apres_sortie),
    (Regle.OBLIGATION_FORMATION, droit.obligation_formation),
    (Regle.AGE, droit.age),
    (Regle.CHANTIER_MINEUR, droit.chantier_mineur),
)


def intervals(restriction: Restriction, *, affinees: bool | None) -> CompoundSelect[Any]:
    """Every interval that is not over on the parameter `today`.

    Columns: regle, dossier_id, cle, depuis, due, jusqua, gravite, faits. `affinees`: only the rules that a birth date
    narrows (True), only the others (False), all (None).
    """
    return union_all(
        *(
            not_over(regle, select_)
            for regle, build in REGLES
            if affinees is None or affinees is (regle in droit.AFFINEES)
            for select_ in _selects(build(restriction))
        )
    )


def _selects(found: Selects) -> Sequence[Select[Any]]:
    return [found] if isinstance(found, Select) else found


def not_over(regle: Regle, rule: Select[Any]) -> Select[Any]:
    """The intervals of one rule that are not over on the parameter `today`, in the columns of `intervals`."""
    said = rule.subquery().c
    return select(
        code(regle).label("regle"),
        said.dossier_id,
        said.cle,
        said.depuis,
        said.due,
        said.jusqua,
        said.gravite,
        said.faits,
    ).where(or_(said.jusqua.is_(None), and_(said.jusqua > TODAY, said.due < said.jusqua)))


def is_true(interval: Any) -> ColumnElement[bool]:
    """The rule holds on the parameter `today`, of an interval that is not over."""
    return interval.due <= TODAY


def next_change(interval: Any) -> ColumnElement[Any]:
    """The next day on which it begins or ceases to hold; null when it never does."""
    return case((interval.due > TODAY, interval.due), else_=interval.jusqua)


def is_one(column: Any) -> ColumnElement[bool]:
    """The dossier of the parameter `dossier_id`: PostgreSQL then plans once for every dossier."""
    return column == ONE


def among_ids(column: Any) -> ColumnElement[bool]:
    """The dossiers of the parameter `ids`."""
    return among(column, IDS)


def in_range(column: Any) -> ColumnElement[bool]:
    """The dossiers from the parameter `premier` to the parameter `dernier`, both included."""
    return and_(column >= FIRST, column <= LAST)


def of_structure(column: Any) -> ColumnElement[bool]:
    """The dossiers of the structure of the parameter `structure_id`."""
    return column.in_(select(Dossier.id).where(Dossier.structure_id == STRUCTURE))
