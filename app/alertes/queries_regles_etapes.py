"""Rules about steps: late, ending, broken off without a sequel, a décrochage that lasts, a return that is fragile."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, extract, func, or_, select
from sqlalchemy.orm import aliased

from app.alertes import rules
from app.alertes.models import Reglage
from app.alertes.queries_regles_base import (
    OPENED,
    OUVERTES,
    Restriction,
    after_summer,
    among_codes,
    first_row,
    goes_on,
    is_genre,
    is_summer_school,
    late_end,
    of_open,
    parametre,
    rentree_of,
    step_key,
    suspended,
    with_opening,
)
from app.alertes.queries_regles_contact import NEVER, failed
from app.alertes.vocabulaire import Regle
from app.db.sql import add_days, add_months, code, day_in_year, iso_day, json_object, later_of, number
from app.parcours.models import Dossier, Etape, Etat, Suivi
from app.parcours.models_actes import Verification
from app.parcours.rules import FIN_INSTRUCTION, MAJORITE
from app.parcours.vocabulaire import (
    GENRES_QUI_CLOSENT_UN_DECROCHAGE,
    STATUTS_FINIS,
    STATUTS_OUVERTS,
    GenreEtape,
    Situation,
)
from app.parcours.vocabulaire_actes import ObjetVerification

DECIDENT = frozenset(genre for genre in GenreEtape if genre.rang is not None)
LIVED = STATUTS_OUVERTS | STATUTS_FINIS


def _of_steps(restriction: Restriction, *columns: Any) -> Select[Any]:
    return of_open(restriction, *columns).join(Etape, Etape.dossier_id == Etat.dossier_id)


def etape_prevue_en_retard(restriction: Restriction) -> Select[Any]:
    """A planned step that should have begun."""
    due = add_days(Etape.debut, parametre("retard"))
    return _late(restriction, Etape.debut, due, "debut").where(Etape.statut == code("prevue"))


def etape_ouverte_en_retard(restriction: Restriction) -> Select[Any]:
    """An open step that should have ended."""
    return _late(restriction, Etape.fin_prevue, late_end(), "fin").where(OUVERTES, Etape.fin_prevue.is_not(None))


def _late(restriction: Restriction, expected: Any, due: ColumnElement[Any], attendu: str) -> Select[Any]:
    return _of_steps(
        restriction,
        step_key().label("cle"),
        expected.label("depuis"),
        suspended(due).label("due"),
        NEVER.label("jusqua"),
        number(rules.GRAVITE[Regle.ETAPE_EN_RETARD]).label("gravite"),
        json_object(attendu=code(attendu), genre=Etape.genre).label("faits"),
    )


def etape_qui_finit(restriction: Restriction) -> Select[Any]:
    """An open step will end soon and nothing is planned after it. It gives way to the same step when that is late.

    What ends with the school year is asked about by `rentree`.
    """
    begins = later_of(add_days(Etape.fin_prevue, -parametre("fin_proche")), Etape.debut)
    return _of_steps(
        restriction,
        step_key().label("cle"),
        begins.label("depuis"),
        suspended(begins).label("due"),
        late_end().label("jusqua"),
        number(rules.GRAVITE[Regle.ETAPE_QUI_FINIT]).label("gravite"),
        json_object(genre=Etape.genre, fin=iso_day(Etape.fin_prevue)).label("faits"),
    ).where(
        OUVERTES,
        Etape.fin_prevue.is_not(None),
        among_codes(Etape.genre, rules.GENRES_A_SUITE),
        ~is_summer_school(Etape.genre, Etape.fin_prevue),
        ~goes_on(Etape.fin_prevue, but=Etape.id),
    )


def rentree_ouverte(restriction: Restriction) -> Select[Any]:
    """“Et à la rentrée ?”: from June, of what ends with the school year with nothing planned after it."""
    return _of_steps(restriction, *_rentree_columns(Etape.fin_prevue, rentree_of(Etape.fin_prevue))).where(
        OUVERTES,
        Etape.fin_prevue.is_not(None),
        is_summer_school(Etape.genre, Etape.fin_prevue),
        ~goes_on(Etape.fin_prevue, but=Etape.id),
    )


def rentree_finie(restriction: Restriction) -> Select[Any]:
    """The same, of what has already ended, until the rentrée judges it. Not of a school year that was over at the
    (re)opening."""
    return _last_ended(restriction, *_rentree_columns(Etape.fin, _broken_off())).where(
        is_summer_school(Etape.genre, Etape.fin), rentree_of(Etape.fin) > OPENED
    )


def _rentree_columns(fin: Any, judged: Any) -> tuple[Any, ...]:
    asked = later_of(day_in_year(extract("year", fin), *(number(part) for part in rules.QUESTION_RENTREE)), Etape.debut)
    return (
        step_key().label("cle"),
        asked.label("depuis"),
        suspended(asked).label("due"),
        judged.label("jusqua"),
        number(rules.GRAVITE[Regle.RENTREE]).label("gravite"),
        json_object(genre=Etape.genre, fin=iso_day(fin)).label("faits"),
    )


def _last_ended(restriction: Restriction, *columns: Any) -> Select[Any]:
    """Dossiers in no known situation, with the deciding step that ended last; nothing after it is planned or open."""
    # not FINIES: a text is not brought to the inner table, whose planned steps would come first
    ended = (among_codes(Etape.statut, STATUTS_FINIS), among_codes(Etape.genre, DECIDENT))
    return (
        with_opening(of_open(restriction, *columns))
        .join(Etape, first_row(Etape, Etape.fin.desc(), where=ended))
        .where(Etat.situation == code(Situation.INCONNUE), ~goes_on(None))
    )


def _broken_off() -> ColumnElement[Any]:
    """The first day on which the end of a step without a sequel is judged."""
    since = later_of(Etape.fin, OPENED)
    return after_summer(Etape.genre, Etape.fin, add_days(since, parametre("rupture")))


def rupture_sans_suite(restriction: Restriction) -> Select[Any]:
    """A deciding step ended or was broken off, and nothing came after it."""
    since = later_of(Etape.fin, OPENED)
    return _last_ended(
        restriction,
        step_key().label("cle"),
        since.label("depuis"),
        suspended(_broken_off()).label("due"),
        NEVER.label("jusqua"),
        number(rules.GRAVITE[Regle.RUPTURE_SANS_SUITE]).label("gravite"),
        json_object(genre=Etape.genre, statut=Etape.statut).label("faits"),
    )


def decrochage_qui_dure(restriction: Restriction) -> list[Select[Any]]:
    """A décrochage is open and no step that would close it is, nor was for so long.

    Gravest under 16 (instruction obligatoire), then at 16 and 17: one interval for each, by the year of birth.
    """
    said = _lasting(restriction).subquery().c
    seize, dix_huit = (
        day_in_year(said.annee_naissance + number(age), number(1), number(1)) for age in (FIN_INSTRUCTION, MAJORITE)
    )
    bands = (
        ("moins_16", said.due, seize, said.due < seize),
        ("16_17", later_of(said.due, seize), dix_huit, said.due < dix_huit),
        ("majeur", later_of(said.due, dix_huit), NEVER, said.annee_naissance.is_not(None)),
        ("inconnu", said.due, NEVER, said.annee_naissance.is_(None)),
    )
    return [
        select(
            said.dossier_id,
            said.cle,
            said.depuis,
            due.label("due"),
            jusqua.label("jusqua"),
            number(rules.GRAVITE_DECROCHAGE[age]).label("gravite"),
            json_object(jours=said.jours, age=code(age)).label("faits"),
        ).where(condition)
        for age, due, jusqua, condition in bands
    ]


def _lasting(restriction: Restriction) -> Select[Any]:
    """The open décrochages without an open step that would close them, since they began or since the last one ended."""
    tried = aliased(Etape, name="retour")
    closing = and_(
        tried.dossier_id == Etape.dossier_id,
        tried.debut >= Etape.debut,
        among_codes(tried.genre, GENRES_QUI_CLOSENT_UN_DECROCHAGE),
    )
    ended = select(func.max(tried.fin)).where(closing, among_codes(tried.statut, STATUTS_FINIS)).correlate(Etape)
    since = func.coalesce(ended.scalar_subquery(), Etape.debut)
    days = parametre("decrochage")
    return _of_steps(
        restriction,
        step_key().label("cle"),
        since.label("depuis"),
        suspended(add_days(since, days)).label("due"),
        days.label("jours"),
        Dossier.annee_naissance,
    ).where(
        OUVERTES,
        is_genre(GenreEtape.DECROCHAGE),
        ~exists().where(closing, among_codes(tried.statut, STATUTS_OUVERTS)),
    )


def raccrochage_fragile(restriction: Restriction) -> Select[Any]:
    """In the first months of a return, a contact failed and none succeeded since."""
    attempt = aliased(Suivi, name="manque")
    heard = case(
        (Etat.dernier_contact >= Etat.retour_le, Etat.dernier_contact), else_=add_days(Etat.retour_le, number(-1))
    )
    fragile = and_(
        failed(attempt, since=heard), attempt.jour < add_months(Etat.retour_le, parametre("raccrochage_fragile"))
    )
    around = (Etat, Reglage)
    said = (
        of_open(
            restriction,
            Etat.retour_le,
            Etat.attente_jusqu_au,
            select(func.min(attempt.jour)).where(fragile).correlate(*around).scalar_subquery().label("depuis"),
            select(func.count())
            .select_from(attempt)
            .where(fragile)
            .correlate(*around)
            .scalar_subquery()
            .label("combien"),
        )
        .where(Etat.retour_le.is_not(None), Etat.derniere_tentative > heard)
        .subquery()
        .c
    )
    return select(
        said.dossier_id,
        iso_day(said.retour_le).label("cle"),
        said.depuis,
        suspended(said.depuis, said.attente_jusqu_au).label("due"),
        NEVER.label("jusqua"),
        number(rules.GRAVITE[Regle.RACCROCHAGE_FRAGILE]).label("gravite"),
        json_object(retour=iso_day(said.retour_le), combien=said.combien).label("faits"),
    ).where(said.depuis.is_not(None))


def raccrochage_a_verifier(restriction: Restriction) -> Select[Any]:
    """Some months after a return: does it hold? Until it is answered. Not of what was already old at the opening."""
    months = parametre("raccrochage_solide")
    due = add_months(Etat.retour_le, months)
    answered = exists().where(
        Verification.dossier_id == Etat.dossier_id,
        Verification.objet == code(ObjetVerification.RACCROCHAGE),
        Verification.repere == Etat.retour_le,
        Verification.annulee_le.is_(None),
    )
    return of_open(
        restriction,
        iso_day(Etat.retour_le).label("cle"),
        Etat.retour_le.label("depuis"),
        suspended(due).label("due"),
        NEVER.label("jusqua"),
        number(rules.GRAVITE[Regle.RACCROCHAGE_A_VERIFIER]).label("gravite"),
        json_object(retour=iso_day(Etat.retour_le), mois=months).label("faits"),
    ).where(Etat.retour_le.is_not(None), due >= Etat.ouvert_le, ~answered)


def entree_immobile(restriction: Restriction) -> Select[Any]:
    """Since the (re)opening no step is planned, open or lived."""
    step = aliased(Etape, name="pas")
    begun = exists().where(
        step.dossier_id == Etat.dossier_id,
        step.statut != code("annulee"),
        or_(step.fin.is_(None), step.fin >= OPENED),
    )
    days = parametre("entree")
    return with_opening(
        of_open(
            restriction,
            iso_day(OPENED).label("cle"),
            OPENED.label("depuis"),
            suspended(add_days(OPENED, days)).label("due"),
            NEVER.label("jusqua"),
            number(rules.GRAVITE[Regle.ENTREE_IMMOBILE]).label("gravite"),
            json_object(jours=days).label("faits"),
        )
    ).where(~begun)


def parcours_immobile(restriction: Restriction) -> Select[Any]:
    """No step began or ended for so many months. One whose planned end is still ahead goes as it was meant to."""
    step = aliased(Etape, name="pas")
    said = (
        with_opening(
            of_open(
                restriction,
                Etat.attente_jusqu_au,
                OPENED.label("ouvert"),
                _last_of(step, func.coalesce(step.fin, step.debut), LIVED).label("dernier"),
                _last_of(step, step.fin_prevue, STATUTS_OUVERTS).label("prevue"),
                parametre("immobile").label("mois"),
            )
        )
        .subquery()
        .c
    )
    since = later_of(said.dernier, said.ouvert)
    still = add_months(since, said.mois)
    due = case((said.prevue > still, said.prevue), else_=still)
    return select(
        said.dossier_id,
        iso_day(since).label("cle"),
        since.label("depuis"),
        suspended(due, said.attente_jusqu_au).label("due"),
        NEVER.label("jusqua"),
        number(rules.GRAVITE[Regle.PARCOURS_IMMOBILE]).label("gravite"),
        json_object(mois=said.mois).label("faits"),
    ).where(said.dernier.is_not(None))


def _last_of(step: Any, day: Any, statuts: Collection[str]) -> ColumnElement[Any]:
    """The last `day` of the steps of a dossier in these states, null without any."""
    among = (step.dossier_id == Etat.dossier_id, among_codes(step.statut, statuts))
    return select(func.max(day)).where(*among).correlate(Etat).scalar_subquery()
