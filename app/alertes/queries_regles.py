"""What each rule says: one SELECT of intervals each, and the predicate that all of them share.

A rule yields (dossier_id, cle, depuis, due, jusqua, gravite, faits). It is true on the day d if and only if
`due <= d AND (jusqua IS NULL OR d < jusqua)`. The scan, the re-evaluation of one write and, later, the hourly pass
read these SELECTs and nothing else, so they cannot disagree. `jusqua` is the closing of the dossier: no rule speaks
of a closed one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    func,
    or_,
    select,
    text,
    union_all,
)
from sqlalchemy.sql.selectable import CompoundSelect
from sqlalchemy.sql.util import ClauseAdapter

from app.accounts.models import Agent
from app.alertes import rules
from app.alertes.rules_parametres import RYTHMES
from app.alertes.vocabulaire import Regle
from app.db.sql import add_days, among, code, ids_parameter, iso_day, json_object, number, paris_day
from app.db.types import Identifiant
from app.parcours.models import OUVERTE, Dossier, Etape, Etat, Reouverture
from app.parcours.vocabulaire import Intensite
from app.referents.models import Affectation

TODAY = bindparam("today", type_=Date())
IDS = ids_parameter("ids")
ONE = bindparam("dossier_id", type_=Identifiant)


def _by_code(column: Any, numbers: Mapping[Any, int]) -> ColumnElement[int]:
    return case({code(value): number(days) for value, days in numbers.items()}, value=column)


def _one_row(table: Any, *order: Any, where: Sequence[Any] = ()) -> ColumnElement[bool]:
    """What joins to `etat` the first row of its dossier in `table`, in this order: one at most, read once.

    A scalar subquery used in three expressions would be planned and run three times.
    """
    alias = table.__table__.alias(f"premiere_{table.__tablename__}")
    adapt = ClauseAdapter(alias)
    first = (
        select(alias.c.id)
        .where(alias.c.dossier_id == Etat.dossier_id, *(adapt.traverse(clause) for clause in where))
        .order_by(*(adapt.traverse(column) for column in order), alias.c.id)
        .limit(number(1))
        .scalar_subquery()
    )
    return and_(table.dossier_id == Etat.dossier_id, table.id == first, *where)


def silence() -> Select[Any]:
    """No contact réussi for the rhythm of the situation, counted from the last one or from the (re)opening."""
    opened = func.coalesce(Reouverture.rouvert_le, Etat.ouvert_le)
    heard = Etat.dernier_contact >= opened
    chantier = (Etape.statut == code("en_cours"), Etape.genre == code(rules.GENRE_CHANTIER))
    rhythm = _by_code(Etat.situation, RYTHMES)
    shortened = and_(Etape.id.is_not(None), rhythm > number(rules.RYTHME_CHANTIER))
    said = (
        select(
            Etat.dossier_id,
            Etat.clos_le,
            Etat.situation,
            Dossier.intensite,
            case((heard, Etat.dernier_contact), else_=opened).label("depuis"),
            case(
                (heard, code("contact")),
                (Reouverture.rouvert_le.is_not(None), code("reouverture")),
                else_=code("ouverture"),
            ).label("depart"),
            case((shortened, number(rules.RYTHME_CHANTIER)), else_=rhythm).label("rythme"),
        )
        .join_from(Etat, Dossier, Dossier.id == Etat.dossier_id)
        .outerjoin(Reouverture, _one_row(Reouverture, Reouverture.rouvert_le.desc()))
        .outerjoin(Etape, _one_row(Etape, where=chantier))
    )
    return _silence_from(said.subquery().c)


def _silence_from(c: Any) -> Select[Any]:
    days = c.rythme * _by_code(c.intensite, {intensite: intensite.facteur for intensite in Intensite})
    grave = c.situation.in_([code(value) for value in sorted(rules.SITUATIONS_GRAVES)])
    return select(
        c.dossier_id,
        iso_day(c.depuis).label("cle"),
        c.depuis,
        add_days(c.depuis, days).label("due"),
        c.clos_le.label("jusqua"),
        case((grave, number(rules.GRAVITE_SILENCE_GRAVE)), else_=number(rules.GRAVITE[Regle.SILENCE])).label("gravite"),
        json_object(jours=days, situation=c.situation, intensite=c.intensite, depart=c.depart).label("faits"),
    )


def _late(expected: Any, which: ColumnElement[bool], attendu: str) -> Select[Any]:
    return (
        select(
            Etape.dossier_id.label("dossier_id"),
            func.replace(cast(Etape.id, String), code("-"), code("")).label("cle"),
            expected.label("depuis"),
            add_days(expected, number(rules.RETARD_ETAPE)).label("due"),
            Etat.clos_le.label("jusqua"),
            number(rules.GRAVITE[Regle.ETAPE_EN_RETARD]).label("gravite"),
            json_object(attendu=code(attendu), genre=Etape.genre).label("faits"),
        )
        .join_from(Etape, Etat, Etat.dossier_id == Etape.dossier_id)
        .where(which)
    )


def etape_prevue_en_retard() -> Select[Any]:
    """A planned step that should have begun."""
    return _late(Etape.debut, Etape.statut == code("prevue"), "debut")


def etape_ouverte_en_retard() -> Select[Any]:
    """An open step that should have ended."""
    return _late(Etape.fin_prevue, and_(text(f"etape.{OUVERTE}"), Etape.fin_prevue.is_not(None)), "fin")


def sans_referent() -> Select[Any]:
    """No open affectation, since the last one ended or since the (re)opening."""
    opened = func.coalesce(Reouverture.rouvert_le, Etat.ouvert_le)
    left = paris_day(Affectation.fin) >= opened
    since = case((left, paris_day(Affectation.fin)), else_=opened)
    ended = (Affectation.fin.is_not(None),)
    return (
        select(
            Etat.dossier_id,
            iso_day(since).label("cle"),
            since.label("depuis"),
            add_days(since, number(rules.DELAI_SANS_REFERENT)).label("due"),
            Etat.clos_le.label("jusqua"),
            number(rules.GRAVITE[Regle.SANS_REFERENT]).label("gravite"),
            json_object(motif=case((left, code("affectation_terminee")), else_=code("jamais_affecte"))).label("faits"),
        )
        .select_from(Etat)
        .outerjoin(Reouverture, _one_row(Reouverture, Reouverture.rouvert_le.desc()))
        .outerjoin(Affectation, _one_row(Affectation, Affectation.fin.desc(), where=ended))
        .where(Etat.referent_id.is_(None))
    )


def referent_desactive() -> Select[Any]:
    """The référent's account was disabled: due that very day, since nobody answers any more."""
    since = paris_day(Agent.desactive_le)
    return (
        select(
            Etat.dossier_id.label("dossier_id"),
            (code("agent:") + cast(Agent.id, String)).label("cle"),
            since.label("depuis"),
            since.label("due"),
            Etat.clos_le.label("jusqua"),
            number(rules.GRAVITE[Regle.SANS_REFERENT]).label("gravite"),
            json_object(motif=code("referent_desactive")).label("faits"),
        )
        .join_from(Etat, Agent, Agent.id == Etat.referent_id)
        .where(Agent.desactive_le.is_not(None))
    )


REGLES: tuple[tuple[Regle, Callable[[], Select[Any]]], ...] = (
    (Regle.SILENCE, silence),
    (Regle.ETAPE_EN_RETARD, etape_prevue_en_retard),
    (Regle.ETAPE_EN_RETARD, etape_ouverte_en_retard),
    (Regle.SANS_REFERENT, sans_referent),
    (Regle.SANS_REFERENT, referent_desactive),
)


def true_today(*, restriction: Callable[[Any], ColumnElement[bool]] | None = None) -> CompoundSelect[Any]:
    """What is true on the parameter `today`: (regle, dossier_id, cle, depuis, due, gravite, faits).

    `restriction` gives, from the column of dossiers, the condition on those to speak of; None is everybody.
    """
    return union_all(*(_true_today(regle, intervals(), restriction) for regle, intervals in REGLES))


def _true_today(regle: Regle, intervals: Select[Any], restriction: Any) -> Select[Any]:
    said = intervals.subquery()
    statement = select(
        code(regle).label("regle"),
        said.c.dossier_id,
        said.c.cle,
        said.c.depuis,
        said.c.due,
        said.c.gravite,
        said.c.faits,
    ).where(
        # due is never before depuis: this adds nothing but the use of the indexes on planned dates
        said.c.depuis <= TODAY,
        said.c.due <= TODAY,
        or_(said.c.jusqua.is_(None), said.c.jusqua > TODAY),
    )
    return statement if restriction is None else statement.where(restriction(said.c.dossier_id))


def is_one(column: Any) -> ColumnElement[bool]:
    """The dossier of the parameter `dossier_id`."""
    return column == ONE


def among_ids(column: Any) -> ColumnElement[bool]:
    """The dossiers of the parameter `ids`."""
    return among(column, IDS)
