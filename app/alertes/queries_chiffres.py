"""Counts of one structure for its coordinateur: eight statements whatever its size, no name, no agent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, case, func, null, select, union_all
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.alertes.queries_reglages import reglages_of
from app.alertes.queries_regles_contact import situation_a_confirmer
from app.alertes.queries_structure import Compte, counts_of
from app.alertes.rules_chiffres import SEUILS_CONTACT, Fraicheur, LigneSituation, Mouvements, ages, first_month
from app.alertes.rules_parametres import fraicheur_code
from app.alertes.vocabulaire import Regle
from app.db.sql import code, month_start
from app.parcours.models import Dossier, Etat, Suivi, contact_reussi_sql
from app.parcours.vocabulaire import MotifSortie, Situation, TrancheAge
from app.programme.models import Territoire
from app.referents.queries_continuite import count_unanswered


@dataclass(frozen=True, slots=True)
class Chiffres:
    """What a structure did and has open, as exact numbers of dossiers (of contacts, of alerts where it says so)."""

    situations: list[LigneSituation]
    ages: dict[TrancheAge | None, int]
    territoires: list[tuple[str, int]]
    mouvements: Mouvements
    alertes: list[tuple[Regle, Compte, Compte]]
    sans_reponse: int
    fraicheur: list[Fraicheur]

    @property
    def ouverts(self) -> int:
        return sum(ligne.dossiers for ligne in self.situations)

    def sans_contact(self) -> list[tuple[int, int]]:
        """(days, open dossiers without a contact réussi for as long)."""
        sums = [sum(ligne.sans_contact[rang] for ligne in self.situations) for rang in range(len(SEUILS_CONTACT))]
        return list(zip(SEUILS_CONTACT, sums, strict=True))


def chiffres_of(session: Session, agent: Agent, *, today: date) -> Chiffres:
    """Those of the structure that `agent` coordinates."""
    structure_id = agent.structure_id
    return Chiffres(
        situations=_situations(session, structure_id, today),
        ages=ages(session.execute(_open(structure_id, Dossier.annee_naissance)), today=today),
        territoires=_territoires(session, structure_id),
        mouvements=_mouvements(session, structure_id, today),
        alertes=counts_of(session, structure_id),
        sans_reponse=count_unanswered(session, agent=agent, today=today),
        fraicheur=_fraicheur(session, structure_id, today),
    )


def _open(structure_id: int, column: Any) -> Select[Any]:
    """(value of `column`, open dossiers of the structure)."""
    return (
        select(column, func.count())
        .select_from(Dossier)
        .where(Dossier.structure_id == structure_id, Dossier.clos_le.is_(None))
        .group_by(column)
    )


def _situations(session: Session, structure_id: int, today: date) -> list[LigneSituation]:
    """In the order of the code list. Without any contact, days are counted from the opening of the dossier."""
    seen = func.coalesce(Etat.dernier_contact, Etat.ouvert_le)
    late = [func.sum(case((seen <= today - timedelta(days=days), 1), else_=0)) for days in SEUILS_CONTACT]
    query = _open(structure_id, Etat.situation).join(Etat, Etat.dossier_id == Dossier.id).add_columns(*late)
    found = {
        situation: LigneSituation(situation, count, tuple(map(int, rest)))
        for situation, count, *rest in session.execute(query)
    }
    return [found[situation] for situation in Situation if situation in found]


def _territoires(session: Session, structure_id: int) -> list[tuple[str, int]]:
    """The most numerous first."""
    rows = session.execute(_open(structure_id, Territoire.nom).join(Territoire, Territoire.id == Dossier.territoire_id))
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def _mouvements(session: Session, structure_id: int, today: date) -> Mouvements:
    """What stands today: a dossier closed then opened again is not counted as closed."""
    since = first_month(today)

    def by_month(what: str, day: Any, motif: Any = None) -> Select[Any]:
        columns = [month_start(day), *([] if motif is None else [motif])]
        return (
            select(
                code(what).label("quoi"),
                month_start(day).label("mois"),
                (null() if motif is None else motif).label("motif"),
                func.count(),
            )
            .where(Dossier.structure_id == structure_id, day >= since, day <= today)
            .group_by(*columns)
        )

    contacts = by_month("contacts", Suivi.jour).join_from(Dossier, Suivi, Suivi.dossier_id == Dossier.id)
    rows = session.execute(
        union_all(
            by_month("ouverts", Dossier.ouvert_le),
            by_month("clos", Dossier.clos_le, Dossier.motif_sortie),
            contacts.where(contact_reussi_sql()),
        )
    ).all()
    return Mouvements(
        ouverts={mois: count for quoi, mois, _, count in rows if quoi == "ouverts"},
        clos={(mois, MotifSortie(motif)): count for quoi, mois, motif, count in rows if quoi == "clos"},
        contacts={mois: count for quoi, mois, _, count in rows if quoi == "contacts"},
    )


def _fraicheur(session: Session, structure_id: int, today: date) -> list[Fraicheur]:
    """By the rule that asks for a confirmation, in the order of the code list: a situation is fresh until its due.

    One that nobody knows is neither: it has to be written.
    """
    ours = select(Dossier.id).where(Dossier.structure_id == structure_id, Dossier.clos_le.is_(None))
    known = situation_a_confirmer(lambda dossier_id: dossier_id.in_(ours)).where(Etat.situation != Situation.INCONNUE)
    asked = known.add_columns(Etat.situation).subquery().c
    fresh = func.sum(case((asked.due > today, 1), else_=0))
    rows = session.execute(select(asked.situation, func.count(), fresh).group_by(asked.situation))
    found = {situation: (count, int(up_to_date)) for situation, count, up_to_date in rows}
    applied = reglages_of(session, structure_id)
    return [
        Fraicheur(situation, applied[fraicheur_code(situation)], *found[situation])
        for situation in Situation
        if situation in found
    ]
