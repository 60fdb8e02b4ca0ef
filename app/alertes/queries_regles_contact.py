"""Rules about being in touch: silence, unreachable, appointments, what is known, what the young person was told."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Date, Select, and_, case, cast, exists, func, null, or_, select
from sqlalchemy.orm import aliased

from app.alertes import rules
from app.alertes.models import Reglage
from app.alertes.queries_regles_base import (
    OPENED,
    Restriction,
    among_codes,
    by_code,
    of_open,
    parametre,
    suspended,
    with_opening,
)
from app.alertes.rules_parametres import FRAICHEURS, RYTHMES, fraicheur_code, rythme_code
from app.alertes.vocabulaire import Regle
from app.db.sql import add_days, add_months, code, iso_day, json_object, later_of, number, paris_day
from app.jeunes.models import Identite
from app.parcours.models import Dossier, Etape, Etat, Reouverture, Suivi
from app.parcours.models_actes import Demarche
from app.parcours.vocabulaire import CANAUX_SANS_LE_JEUNE, RESULTATS_ECHOUES, Intensite, Situation
from app.parcours.vocabulaire_actes import MoyenDemarche

# The last contact réussi belongs to what is followed now, not to what came before a closing.
HEARD = Etat.dernier_contact >= OPENED
FACTEURS = {intensite: number(intensite.facteur) for intensite in Intensite}
NEVER = cast(null(), Date)


def silence(restriction: Restriction) -> Select[Any]:
    """No contact réussi for the rhythm of the situation, counted from the last one or from the (re)opening.

    The rhythm of an alternance is shorter at first, that of an employment longer after some months: the one that
    holds on the day when it would be missed decides, so that a silence that began never ends by itself.
    """
    since = case((HEARD, Etat.dernier_contact), else_=OPENED).label("depuis")
    first, then, change = _rhythms()
    facteur = by_code(Dossier.intensite, FACTEURS)
    said = with_opening(
        of_open(
            restriction,
            Etat.situation,
            Dossier.intensite,
            Etat.attente_jusqu_au,
            since,
            case(
                (HEARD, code("contact")),
                (Reouverture.rouvert_le.is_not(None), code("reouverture")),
                else_=code("ouverture"),
            ).label("depart"),
            (_shortened(first) * facteur).label("premier"),
            (_shortened(then) * facteur).label("ensuite"),
            change.label("change"),
        )
    )
    return _silence_from(said.subquery().c)


def _rhythms() -> tuple[ColumnElement[Any], ColumnElement[Any], ColumnElement[Any]]:
    """(days at first, days afterwards, the day of the change or null)."""
    first = {situation: parametre(rythme_code(situation)) for situation in RYTHMES}
    first[Situation.ALTERNANCE] = parametre("silence_alternance_debut")
    then = {
        Situation.ALTERNANCE: parametre(rythme_code(Situation.ALTERNANCE)),
        Situation.EMPLOI: parametre("silence_emploi_installe"),
    }
    months = {Situation.ALTERNANCE: parametre("alternance_debut"), Situation.EMPLOI: parametre("emploi_installe")}
    change = add_months(Etat.situation_depuis, by_code(Etat.situation, months))
    return by_code(Etat.situation, first), by_code(Etat.situation, then), change


def _shortened(days: ColumnElement[Any]) -> ColumnElement[Any]:
    """A chantier under way asks for its own rhythm when it is shorter."""
    chantier = parametre("silence_chantier")
    # by an index of their own: a join to open steps would go through those of everybody
    under_way = exists().where(
        Etape.dossier_id == Etat.dossier_id, Etape.statut == code("en_cours"), Etape.genre == code(rules.GENRE_CHANTIER)
    )
    return case((and_(days > chantier, under_way), chantier), else_=days)


def _silence_from(c: Any) -> Select[Any]:
    soon = add_days(c.depuis, c.premier)
    at_first = or_(c.change.is_(None), soon < c.change)
    days = case((at_first, c.premier), else_=c.ensuite)
    due = case((at_first, soon), else_=later_of(add_days(c.depuis, c.ensuite), c.change))
    grave = among_codes(c.situation, rules.SITUATIONS_GRAVES)
    return select(
        c.dossier_id,
        iso_day(c.depuis).label("cle"),
        c.depuis,
        suspended(due, c.attente_jusqu_au).label("due"),
        NEVER.label("jusqua"),
        case((grave, number(rules.GRAVITE_SILENCE_GRAVE)), else_=number(rules.GRAVITE[Regle.SILENCE])).label("gravite"),
        json_object(jours=days, situation=c.situation, intensite=c.intensite, depart=c.depart).label("faits"),
    )


def failed(suivi: Any, *, since: ColumnElement[Any]) -> ColumnElement[bool]:
    """The attempts of a dossier to reach the young person that failed, from the day after `since`."""
    return and_(
        suivi.dossier_id == Etat.dossier_id,
        suivi.jour > since,
        among_codes(suivi.resultat, RESULTATS_ECHOUES),
        suivi.canal.not_in([code(canal) for canal in sorted(CANAUX_SANS_LE_JEUNE)]),
    )


def injoignable(restriction: Restriction) -> Select[Any]:
    """So many failed attempts in so many days since the last contact réussi: true until the next one.

    Once every way of the protocol has been tried it still is, for there is something to decide.
    """
    eve = case((HEARD, Etat.dernier_contact), else_=add_days(OPENED, number(-1)))
    attempt, before = aliased(Suivi, name="tentative"), aliased(Suivi, name="avant")
    window = before.jour.between(add_days(attempt.jour, -parametre("injoignable_jours")), attempt.jour)
    enough = (
        select(func.count())
        .select_from(before)
        .where(failed(before, since=eve), window)
        .correlate(attempt, Etat, Dossier, Reouverture, Reglage)
        .scalar_subquery()
    ) >= parametre("injoignable_tentatives")
    since = (
        select(func.min(attempt.jour))
        .where(failed(attempt, since=eve), enough)
        .correlate(Etat, Dossier, Reouverture, Reglage)
        .scalar_subquery()
    )
    said = (
        with_opening(
            of_open(restriction, Etat.attente_jusqu_au, eve.label("veille"), since.label("depuis"), *_tried(eve))
        )
        # most are spared the reading of their follow-ups
        .where(Etat.derniere_tentative > eve)
        .subquery()
        .c
    )
    return select(
        said.dossier_id,
        iso_day(said.veille).label("cle"),
        said.depuis,
        suspended(said.depuis, said.attente_jusqu_au).label("due"),
        NEVER.label("jusqua"),
        number(rules.GRAVITE[Regle.INJOIGNABLE]).label("gravite"),
        json_object(tentatives=said.tentatives, faites=said.faites, sur=number(len(MoyenDemarche))).label("faits"),
    ).where(said.depuis.is_not(None))


def _tried(eve: ColumnElement[Any]) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """(how many attempts failed, how many ways of the protocol were tried or are not possible), after `eve`."""
    other = aliased(Suivi, name="essai")
    attempts = select(func.count()).select_from(other).where(failed(other, since=eve))
    ways = select(func.count(Demarche.moyen.distinct())).where(
        Demarche.dossier_id == Etat.dossier_id, Demarche.jour > eve
    )
    around = (Etat, Dossier, Reouverture, Reglage)
    return (
        attempts.correlate(*around).scalar_subquery().label("tentatives"),
        ways.correlate(*around).scalar_subquery().label("faites"),
    )


def rendez_vous_sans_suite(restriction: Restriction) -> Select[Any]:
    """A planned contact is past and nobody said whether it took place."""
    day = Etat.prochain_contact
    return of_open(
        restriction,
        iso_day(day).label("cle"),
        day.label("depuis"),
        suspended(add_days(day, parametre("rendez_vous"))).label("due"),
        NEVER.label("jusqua"),
        number(rules.GRAVITE[Regle.RENDEZ_VOUS_SANS_SUITE]).label("gravite"),
        json_object().label("faits"),
    ).where(day.is_not(None))


def situation_a_confirmer(restriction: Restriction) -> Select[Any]:
    """What is known of a situation was last said longer ago than its kind stays true: it began, it was confirmed, or
    the dossier was (re)opened, when they were asked."""
    said = later_of(Etat.situation_depuis, func.coalesce(Etat.confirmee_le, Etat.situation_depuis))
    known = later_of(said, OPENED)
    days = by_code(Etat.situation, {situation: parametre(fraicheur_code(situation)) for situation in FRAICHEURS})
    return with_opening(
        of_open(
            restriction,
            iso_day(known).label("cle"),
            known.label("depuis"),
            suspended(add_days(known, days)).label("due"),
            NEVER.label("jusqua"),
            number(rules.GRAVITE[Regle.SITUATION_A_CONFIRMER]).label("gravite"),
            json_object(situation=Etat.situation, jours=days).label("faits"),
        )
    )


def informer_jeune(restriction: Restriction) -> Select[Any]:
    """A name is kept and its bearer was not told (RGPD, art. 14.3: within a month)."""
    kept = func.coalesce(Identite.identifie_le, paris_day(Dossier.cree_le))
    return (
        of_open(
            restriction,
            code("information").label("cle"),
            kept.label("depuis"),
            add_days(kept, parametre("informer")).label("due"),
            NEVER.label("jusqua"),
            number(rules.GRAVITE[Regle.INFORMER_JEUNE]).label("gravite"),
            json_object().label("faits"),
        )
        .join(Identite, Identite.dossier_id == Etat.dossier_id)
        .where(Identite.__table__.c.identite.is_not(None), Identite.informe_le.is_(None))
    )
