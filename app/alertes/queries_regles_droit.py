"""Rules that come from a text, from an age, from who answers, and from what follows an exit.

Those of `AFFINEES` count birthdays: their SELECT gives the widest interval that the birth year allows, and
`rules_ages` narrows it with the birth date (DESIGN §4.4).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Subquery,
    and_,
    case,
    cast,
    exists,
    func,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import aliased

from app.accounts.models import Agent
from app.alertes import rules
from app.alertes.queries_regles_base import (
    OPENED,
    Restriction,
    among_codes,
    first_row,
    is_genre,
    of_closed,
    of_open,
    parametre,
    step_key,
    with_opening,
)
from app.alertes.queries_regles_contact import NEVER
from app.alertes.vocabulaire import Regle
from app.db.sql import (
    add_days,
    add_months,
    code,
    day_in_year,
    iso_day,
    json_object,
    later_of,
    month_start,
    number,
    paris_day,
)
from app.parcours.models import Dossier, Etape, Etat
from app.parcours.models_actes import ConditionsChantier, Verification
from app.parcours.rules import MAJORITE
from app.parcours.rules_obligation import AGE_DEBUT, AGE_FIN
from app.parcours.rules_verifications import ATTENTE_DERNIERE_VERIFICATION, MOIS, MOTIFS_SANS_VERIFICATION
from app.parcours.vocabulaire import (
    GENRES_QUI_CLOSENT_UN_DECROCHAGE,
    STATUTS_FINIS,
    STATUTS_OUVERTS,
    GenreEtape,
    StatutEtape,
)
from app.parcours.vocabulaire_actes import ObjetVerification
from app.referents.models import Affectation

AFFINEES = frozenset({Regle.OBLIGATION_FORMATION, Regle.TRANSMISSION_DEPARTEMENT, Regle.AGE, Regle.CHANTIER_MINEUR})


def _first_january(years: Any) -> ColumnElement[Any]:
    return day_in_year(Dossier.annee_naissance + years, number(1), number(1))


def _table(name: str, rows: Iterable[tuple[int, ...]], *columns: str) -> Subquery:
    """A few constant rows: SQLite does not name the columns of VALUES."""
    lines = (select(*(number(value).label(column) for column, value in zip(columns, row, strict=True))) for row in rows)
    return union_all(*lines).subquery(name)


def sans_referent(restriction: Restriction) -> Select[Any]:
    """No open affectation, since the last one ended or since the (re)opening."""
    left = paris_day(Affectation.fin) >= OPENED
    since = case((left, paris_day(Affectation.fin)), else_=OPENED)
    ended = (Affectation.fin.is_not(None),)
    return (
        with_opening(
            of_open(
                restriction,
                iso_day(since).label("cle"),
                since.label("depuis"),
                add_days(since, parametre("sans_referent")).label("due"),
                NEVER.label("jusqua"),
                number(rules.GRAVITE[Regle.SANS_REFERENT]).label("gravite"),
                json_object(motif=case((left, code("affectation_terminee")), else_=code("jamais_affecte"))).label(
                    "faits"
                ),
            )
        )
        .outerjoin(Affectation, first_row(Affectation, Affectation.fin.desc(), where=ended))
        .where(Etat.referent_id.is_(None))
    )


def referent_desactive(restriction: Restriction) -> Select[Any]:
    """The référent's account was disabled: due that very day, since nobody answers any more."""
    since = paris_day(Agent.desactive_le)
    return (
        of_open(
            restriction,
            (code("agent:") + cast(Agent.id, String)).label("cle"),
            since.label("depuis"),
            since.label("due"),
            NEVER.label("jusqua"),
            number(rules.GRAVITE[Regle.SANS_REFERENT]).label("gravite"),
            json_object(motif=code("referent_desactive")).label("faits"),
        )
        .join(Agent, Agent.id == Etat.referent_id)
        .where(Agent.desactive_le.is_not(None))
    )


def obligation_formation(restriction: Restriction) -> Select[Any]:
    """Candidates: nothing since a day, in the years when one may be 16 or 17 (code de l'éducation, L. 114-1).

    `solution`: the last day of what they had before, "" if nothing; milestones count from the day after.
    """
    step = aliased(Etape, name="avant")
    before = (
        select(func.max(step.fin))
        .where(
            step.dossier_id == Etat.dossier_id,
            among_codes(step.genre, GENRES_QUI_CLOSENT_UN_DECROCHAGE),
            among_codes(step.statut, STATUTS_FINIS),
        )
        .correlate(Etat)
        .scalar_subquery()
    )
    return of_open(
        restriction,
        iso_day(Etat.situation_depuis).label("cle"),
        Etat.situation_depuis.label("depuis"),
        later_of(Etat.situation_depuis, _first_january(number(AGE_DEBUT))).label("due"),
        _first_january(number(AGE_FIN + 1)).label("jusqua"),
        number(rules.GRAVITE[Regle.OBLIGATION_FORMATION]).label("gravite"),
        json_object(
            situation=Etat.situation,
            annee=Dossier.annee_naissance,
            solution=func.coalesce(iso_day(before), code("")),
        ).label("faits"),
    ).where(
        among_codes(Etat.situation, rules.SITUATIONS_GRAVES),
        Dossier.annee_naissance.is_not(None),
    )


def age(restriction: Restriction) -> Select[Any]:
    """Candidates: from the first of the month in which the birthday may come near, to the end of its year."""
    ages = _table("seuil", ((years,) for years in rules.AGES), "age")
    before = parametre("age")
    begins = month_start(add_days(_first_january(ages.c.age), -before))
    return (
        of_open(
            restriction,
            cast(ages.c.age, String).label("cle"),
            begins.label("depuis"),
            begins.label("due"),
            _first_january(ages.c.age + number(1)).label("jusqua"),
            number(rules.GRAVITE[Regle.AGE]).label("gravite"),
            json_object(age=ages.c.age, avant=before, annee=Dossier.annee_naissance).label("faits"),
        )
        .join(ages, true())
        .where(Dossier.annee_naissance.is_not(None))
    )


def chantier_mineur(restriction: Restriction) -> Select[Any]:
    """Candidates: a chantier planned or under way of somebody who may be a minor on its first day."""
    written = paris_day(Etape.cree_le)
    dates = {
        name: func.coalesce(iso_day(column), code(""))
        for name, column in (
            ("fin", Etape.fin_prevue),
            ("accord", ConditionsChantier.accord_le),
            ("inspection", ConditionsChantier.inspection_le),
            ("du", ConditionsChantier.vacances_du),
            ("au", ConditionsChantier.vacances_au),
        )
    }
    under_way = STATUTS_OUVERTS | {StatutEtape.PREVUE}
    return (
        of_open(
            restriction,
            step_key().label("cle"),
            written.label("depuis"),
            written.label("due"),
            NEVER.label("jusqua"),
            number(rules.GRAVITE[Regle.CHANTIER_MINEUR]).label("gravite"),
            json_object(debut=iso_day(Etape.debut), annee=Dossier.annee_naissance, **dates).label("faits"),
        )
        .join(Etape, Etape.dossier_id == Etat.dossier_id)
        .outerjoin(
            ConditionsChantier,
            and_(ConditionsChantier.dossier_id == Etape.dossier_id, ConditionsChantier.etape_id == Etape.id),
        )
        .where(
            is_genre(GenreEtape.CHANTIER_EDUCATIF),
            among_codes(Etape.statut, under_way),
            _first_january(number(MAJORITE + 1)) > Etape.debut,
        )
    )


def chantier_plafond(restriction: Restriction) -> Select[Any]:
    """Hours of chantier over the last months reach the warning, until enough of them are old.

    Steps from the last to end to the first: each tells the sum while it is the oldest that still counts.
    """
    order = (case((Etape.fin.is_(None), number(0)), else_=number(1)), Etape.fin.desc(), Etape.id)
    around = {"partition_by": Etape.dossier_id, "order_by": order}
    said = (
        of_open(
            restriction,
            Etape.fin,
            parametre("chantier_heures").label("seuil"),
            parametre("chantier_mois").label("mois"),
            func.sum(Etape.heures).over(**around).label("cumul"),
            func.lead(Etape.fin).over(**around).label("avant"),
            func.lead(Etape.debut).over(**around).label("suivie"),
            func.max(Etape.debut).over(partition_by=Etape.dossier_id).label("dernier"),
        )
        .join(Etape, Etape.dossier_id == Etat.dossier_id)
        .where(
            is_genre(GenreEtape.CHANTIER_EDUCATIF),
            Etape.heures > number(0),
            among_codes(Etape.statut, STATUTS_OUVERTS | STATUTS_FINIS),
        )
        .subquery()
        .c
    )
    # the one before must have left the window, unless there is none
    left = later_of(said.dernier, add_months(func.coalesce(said.avant, said.dernier), said.mois))
    return select(
        said.dossier_id,
        code("plafond").label("cle"),
        said.dernier.label("depuis"),
        case((said.suivie.is_(None), said.dernier), else_=left).label("due"),
        add_months(said.fin, said.mois).label("jusqua"),
        number(rules.GRAVITE[Regle.CHANTIER_PLAFOND]).label("gravite"),
        json_object(heures=said.cumul).label("faits"),
    ).where(said.cumul >= said.seuil, or_(said.avant.is_not(None), said.suivie.is_(None)))


def apres_sortie(restriction: Restriction) -> Select[Any]:
    """Some months after the exit, until it is answered or the next check comes. The only rule of a closed dossier."""
    sorties = MOIS[ObjetVerification.SORTIE]
    ends = (*sorties[1:], sorties[-1] + ATTENTE_DERNIERE_VERIFICATION)
    checks = _table("verification_due", zip(sorties, ends, strict=True), "mois", "suivant")
    answered = exists().where(
        Verification.dossier_id == Etat.dossier_id,
        Verification.objet == code(ObjetVerification.SORTIE),
        Verification.mois == checks.c.mois,
        Verification.repere == Etat.clos_le,
        Verification.annulee_le.is_(None),
    )
    return (
        of_closed(
            restriction,
            (iso_day(Etat.clos_le) + code(":") + cast(checks.c.mois, String)).label("cle"),
            Etat.clos_le.label("depuis"),
            add_months(Etat.clos_le, checks.c.mois).label("due"),
            add_months(Etat.clos_le, checks.c.suivant).label("jusqua"),
            number(rules.GRAVITE[Regle.APRES_SORTIE]).label("gravite"),
            json_object(mois=checks.c.mois, motif=Dossier.motif_sortie).label("faits"),
        )
        .join(checks, true())
        .where(
            Dossier.motif_sortie.not_in([code(motif) for motif in sorted(MOTIFS_SANS_VERIFICATION)]),
            # one that was imported already closed was never followed here: nobody is asked about it
            Etat.clos_le >= paris_day(Dossier.cree_le),
            ~answered,
        )
    )
