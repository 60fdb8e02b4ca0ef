"""The journal of a dossier, newest first, and what happened since somebody's last exchange."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select, tuple_
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.parcours.models import ContactPrevu, Suivi
from app.parcours.queries import contact_reussi_sql
from app.parcours.rules_journal import FiltreJournal, NatureEvenement, Repere
from app.parcours.vocabulaire import (
    RESULTATS_MANQUES,
    STATUTS_FINIS,
    StatutContactPrevu,
    StatutEtape,
)

PAGE = 50
_MANQUES = sorted(RESULTATS_MANQUES)


@dataclass(frozen=True, slots=True)
class Evenement:
    """A line of the journal. `suivi` (with its author and sealed note) or `etape`, as `repere.nature` says."""

    repere: Repere
    suivi: Row | None = None
    etape: Row | None = None


@dataclass(frozen=True, slots=True)
class PageJournal:
    """At most `limit` events; `suivant` is where the next page begins, None at the end."""

    evenements: Sequence[Evenement]
    suivant: Repere | None


@dataclass(frozen=True, slots=True)
class DepuisEchange:
    """What happened since the last contact réussi of one agent with this young person (`jour`; None: never yet).

    commencees, terminees: steps begun or ended since. manques: (jour, resultat) of appointments that did not take
    place. autres: (prenom, nom, jour) of the last exchange of each other agent. promis: (jour, heure, canal) planned
    and still to come or to hold.
    """

    jour: date | None
    commencees: Sequence[Row]
    terminees: Sequence[Row]
    manques: Sequence[Row]
    autres: Sequence[Row]
    promis: Sequence[Row]


def journal(
    session: Session,
    dossier_id: int,
    *,
    etapes: Iterable[Row],
    before: Repere | None = None,
    filtre: FiltreJournal = FiltreJournal.TOUT,
    limit: int = PAGE,
) -> PageJournal:
    """One page of the journal. `etapes` are those of `queries.etapes_of`, which every page of a dossier has read."""
    events: list[Evenement] = []
    if filtre is not FiltreJournal.ETAPES:
        events += _suivis(session, dossier_id, before=before, filtre=filtre, limit=limit + 1)
    if filtre in (FiltreJournal.TOUT, FiltreJournal.ETAPES):
        events += (event for event in _steps(etapes) if before is None or event.repere < before)
    events.sort(key=lambda event: event.repere, reverse=True)
    page = events[:limit]
    return PageJournal(page, page[-1].repere if len(events) > limit else None)


def _suivis(
    session: Session, dossier_id: int, *, before: Repere | None, filtre: FiltreJournal, limit: int
) -> list[Evenement]:
    wanted: list[ColumnElement[bool]] = [Suivi.dossier_id == dossier_id]
    if filtre is FiltreJournal.ECHANGES:
        wanted.append(contact_reussi_sql())
    elif filtre is FiltreJournal.TENTATIVES:
        wanted.append(~contact_reussi_sql())
    if before is not None:
        wanted.append(tuple_(Suivi.jour, Suivi.cree_le, Suivi.id) < (before.jour, before.instant, before.id))
    rows = session.execute(
        select(
            Suivi.id,
            Suivi.jour,
            Suivi.canal,
            Suivi.resultat,
            Suivi.themes,
            Suivi.visibilite,
            Suivi.__table__.c.note,
            Suivi.cree_le,
            Suivi.modifie_le,
            Suivi.agent_id,
            Agent.prenom,
            Agent.nom,
            Agent.structure_id,
        )
        .outerjoin(Agent, Agent.id == Suivi.agent_id)
        .where(*wanted)
        .order_by(Suivi.jour.desc(), Suivi.cree_le.desc(), Suivi.id.desc())
        .limit(limit)
    )
    return [Evenement(Repere(row.jour, row.cree_le, row.id, NatureEvenement.SUIVI), suivi=row) for row in rows]


def _steps(etapes: Iterable[Row]) -> Iterator[Evenement]:
    for etape in etapes:
        if etape.statut in (StatutEtape.PREVUE, StatutEtape.ANNULEE):
            continue
        yield Evenement(Repere(etape.debut, etape.cree_le, etape.id, NatureEvenement.DEBUT), etape=etape)
        if etape.statut in STATUTS_FINIS:
            written = etape.modifie_le or etape.cree_le
            yield Evenement(Repere(etape.fin, written, etape.id, NatureEvenement.FIN), etape=etape)


def since_last_exchange(
    session: Session, dossier_id: int, *, agent_id: int, etapes: Sequence[Row], ouvert_le: date
) -> DepuisEchange:
    """See `DepuisEchange`. Without any exchange of theirs, it is since the opening of the dossier."""
    last = session.execute(
        select(Suivi.jour, Suivi.cree_le)
        .where(Suivi.dossier_id == dossier_id, Suivi.agent_id == agent_id, contact_reussi_sql())
        .order_by(Suivi.jour.desc(), Suivi.cree_le.desc())
        .limit(1)
    ).one_or_none()
    since = ouvert_le if last is None else last.jour
    after = _after(last, since)
    lived = [etape for etape in etapes if etape.statut not in (StatutEtape.PREVUE, StatutEtape.ANNULEE)]
    return DepuisEchange(
        jour=None if last is None else last.jour,
        commencees=[etape for etape in lived if etape.debut > since],
        terminees=[etape for etape in lived if etape.fin is not None and etape.fin > since],
        manques=_missed(session, dossier_id, after),
        autres=_others(session, dossier_id, after, agent_id=agent_id),
        promis=_promised(session, dossier_id),
    )


def _after(last: Row[tuple[date, datetime]] | None, since: date) -> ColumnElement[bool]:
    if last is None:
        return Suivi.jour >= since
    return tuple_(Suivi.jour, Suivi.cree_le) > (last.jour, last.cree_le)


def _missed(session: Session, dossier_id: int, after: ColumnElement[bool]) -> Sequence[Row[Any]]:
    return session.execute(
        select(Suivi.jour, Suivi.resultat)
        .where(Suivi.dossier_id == dossier_id, after, Suivi.resultat.in_(_MANQUES))
        .order_by(Suivi.jour.desc(), Suivi.cree_le.desc())
    ).all()


def _others(session: Session, dossier_id: int, after: ColumnElement[bool], *, agent_id: int) -> Sequence[Row[Any]]:
    return session.execute(
        select(Agent.prenom, Agent.nom, func.max(Suivi.jour).label("jour"))
        .join(Agent, Agent.id == Suivi.agent_id)
        .where(Suivi.dossier_id == dossier_id, after, Suivi.agent_id != agent_id, contact_reussi_sql())
        .group_by(Agent.id, Agent.prenom, Agent.nom)
        .order_by(func.max(Suivi.jour).desc(), Agent.id)
    ).all()


def _promised(session: Session, dossier_id: int) -> Sequence[Row[Any]]:
    return session.execute(
        select(ContactPrevu.jour, ContactPrevu.heure, ContactPrevu.canal)
        .where(
            ContactPrevu.dossier_id == dossier_id,
            ContactPrevu.statut == StatutContactPrevu.PREVU,
            ContactPrevu.promis_par.is_not(None),
        )
        .order_by(ContactPrevu.jour, ContactPrevu.heure, ContactPrevu.id)
    ).all()
