"""The journal of a dossier, newest first, and what happened since somebody's last exchange."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Row,
    Select,
    Tuple,
    and_,
    bindparam,
    case,
    func,
    null,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.db.types import Identifiant
from app.parcours.models import ContactPrevu, Dossier, Reouverture, Suivi, contact_reussi_sql
from app.parcours.rules_journal import (
    FiltreJournal,
    NatureEvenement,
    Repere,
    closing_place,
    opening_place,
    reopening_place,
)
from app.parcours.vocabulaire import (
    RESULTATS_MANQUES,
    RESULTATS_REUSSIS,
    STATUTS_FINIS,
    MotifSortie,
    StatutContactPrevu,
    StatutEtape,
)

PAGE = 50
_MANQUES = sorted(RESULTATS_MANQUES)
_REUSSIS = sorted(RESULTATS_REUSSIS)
_SUIVI = Suivi.__table__.c
# The total order of follow-ups, and the parameters that say a place in it.
_PLACE = (Suivi.jour, Suivi.cree_le, Suivi.id)
_NAMES = ("jour", "cree_le", "suivi_id")
_NEWEST_FIRST = [column.desc() for column in _PLACE]
_OF_DOSSIER = Suivi.dossier_id == bindparam("dossier_id", type_=Identifiant)
_AGENT = bindparam("agent_id", type_=Identifiant)


@dataclass(frozen=True, slots=True)
class Evenement:
    """A line of the journal; `repere.nature` says what it is.

    suivi: with its author and sealed note. etape: a row of `queries.etapes_of`. affectation: what the caller knows of
    a change of référent, which this room does not. motif: why the dossier was closed.
    """

    repere: Repere
    suivi: Row | None = None
    etape: Row | None = None
    affectation: Any = None
    motif: MotifSortie | None = None


@dataclass(frozen=True, slots=True)
class PageJournal:
    """At most `limit` events; `suivant` is where the next page begins, None at the end."""

    evenements: Sequence[Evenement]
    suivant: Repere | None


def journal(
    session: Session,
    dossier_id: int,
    *,
    etapes: Iterable[Row],
    passages: Iterable[Evenement] = (),
    before: Repere | None = None,
    filtre: FiltreJournal = FiltreJournal.TOUT,
    limit: int = PAGE,
) -> PageJournal:
    """One page of the journal: one statement, whatever was written before it.

    `etapes` are those of `queries.etapes_of`, which every page of a dossier has read; `passages` are the few events of
    the dossier itself (`life_of` and changes of référent), in any order.
    """
    events: list[Evenement] = []
    if filtre.suivis:
        events += _suivis(session, dossier_id, before=before, filtre=filtre, limit=limit + 1)
    if filtre.etapes:
        events += (event for event in _steps(etapes) if before is None or event.repere < before)
    if filtre.relais:
        events += (event for event in passages if before is None or event.repere < before)
    events.sort(key=lambda event: event.repere, reverse=True)
    page = events[:limit]
    return PageJournal(page, page[-1].repere if len(events) > limit else None)


def _suivis(
    session: Session, dossier_id: int, *, before: Repere | None, filtre: FiltreJournal, limit: int
) -> list[Evenement]:
    given: dict[str, Any] = {"dossier_id": dossier_id, "limite": limit}
    if before is not None:
        given |= {"jour": before.jour, "cree_le": before.instant, "suivi_id": before.id}
    rows = session.execute(_page(filtre, before is not None), given)
    return [Evenement(Repere(row.jour, row.cree_le, row.id, NatureEvenement.SUIVI), suivi=row) for row in rows]


# Statements are built once: what changes is in their parameters.


@cache
def _page(filtre: FiltreJournal, following: bool) -> Select[Any]:
    wanted: list[ColumnElement[bool]] = [_OF_DOSSIER]
    if filtre is FiltreJournal.ECHANGES:
        # with the young person or with a third party: the line says which
        wanted.append(Suivi.resultat.in_(_REUSSIS))
    elif filtre is FiltreJournal.TENTATIVES:
        wanted.append(Suivi.resultat.not_in(_REUSSIS))
    if following:
        wanted.append(tuple_(*_PLACE) < _place_given())
    return (
        select(
            Suivi.id,
            Suivi.jour,
            Suivi.canal,
            Suivi.resultat,
            Suivi.themes,
            Suivi.visibilite,
            Suivi.partage,
            _SUIVI.note,
            Suivi.cree_le,
            Suivi.modifie_le,
            Suivi.agent_id,
            Agent.prenom,
            Agent.nom,
            Agent.structure_id,
        )
        .outerjoin(Agent, Agent.id == Suivi.agent_id)
        .where(*wanted)
        .order_by(*_NEWEST_FIRST)
        .limit(bindparam("limite", type_=Integer()))
    )


def _place_given() -> Tuple:
    return tuple_(*(bindparam(name, type_=column.type) for name, column in zip(_NAMES, _PLACE, strict=True)))


def _steps(etapes: Iterable[Row]) -> Iterator[Evenement]:
    for etape in etapes:
        if etape.statut in (StatutEtape.PREVUE, StatutEtape.ANNULEE):
            continue
        yield Evenement(Repere(etape.debut, etape.cree_le, etape.id, NatureEvenement.DEBUT), etape=etape)
        if etape.statut in STATUTS_FINIS:
            written = etape.modifie_le or etape.cree_le
            yield Evenement(Repere(etape.fin, written, etape.id, NatureEvenement.FIN), etape=etape)


def life_of(dossier: Dossier, reouvertures: Iterable[Reouverture] = ()) -> list[Evenement]:
    """Its opening, its closings and reopenings."""
    events = [Evenement(opening_place(dossier.ouvert_le, dossier.uid))]
    for past in reouvertures:
        events.append(Evenement(closing_place(past.clos_le, past.id), motif=past.motif_sortie))
        events.append(Evenement(reopening_place(past.rouvert_le, past.id, clos_le=past.clos_le)))
    if dossier.clos_le is not None:
        events.append(Evenement(closing_place(dossier.clos_le, dossier.uid), motif=dossier.motif_sortie))
    return events


def reouvertures_of(session: Session, dossier_id: int) -> Sequence[Reouverture]:
    """The past closings, oldest first."""
    query = select(Reouverture).where(Reouverture.dossier_id == dossier_id)
    return session.scalars(query.order_by(Reouverture.rouvert_le, Reouverture.id)).all()


def last_exchange(session: Session, dossier_id: int, *, agent_id: int) -> Row | None:
    """The last contact réussi of this agent with this young person: id, jour, cree_le."""
    return session.execute(_LAST, {"dossier_id": dossier_id, "agent_id": agent_id}).one_or_none()


def last_met(session: Session, dossier_id: int) -> Row | None:
    """The last contact réussi with this young person, whoever had it: jour, canal, prenom, nom."""
    return session.execute(_LAST_OF_ALL, {"dossier_id": dossier_id}).one_or_none()


def suivis_since(
    session: Session, dossier_id: int, *, agent_id: int, last: Row | None, ouvert_le: date
) -> Sequence[Row]:
    """Follow-ups after `last` (else since the opening) that matter to this agent, summed up.

    One row for each result of appointments that did not take place (`agent_id` is null), and one for each other agent
    who met the young person (`resultat` is null): resultat, agent_id, prenom, nom, jour of the last, combien.
    """
    given: dict[str, Any] = {"dossier_id": dossier_id, "agent_id": agent_id}
    if last is None:
        given["jour"] = ouvert_le
    else:
        given |= {"jour": last.jour, "cree_le": last.cree_le, "suivi_id": last.id}
    return session.execute(_since(last is not None), given).all()


@cache
def _since(an_exchange: bool) -> Select[Any]:
    """After the exchange of the parameters, else from the day `jour`."""
    after = tuple_(*_PLACE) > _place_given() if an_exchange else Suivi.jour >= bindparam("jour", type_=Date())
    missed = Suivi.resultat.in_(_MANQUES)
    met_by_another = and_(Suivi.agent_id != _AGENT, contact_reussi_sql())
    news = (
        select(
            case((missed, Suivi.resultat), else_=null()).label("resultat"),
            case((missed, null()), else_=Suivi.agent_id).label("agent_id"),
            Suivi.jour,
        )
        .where(_OF_DOSSIER, after, or_(missed, met_by_another))
        .subquery()
        .c
    )
    key = (news.resultat, news.agent_id, Agent.prenom, Agent.nom)
    latest = func.max(news.jour)
    return (
        select(*key, latest.label("jour"), func.count().label("combien"))
        .outerjoin(Agent, Agent.id == news.agent_id)
        .group_by(*key)
        .order_by(latest.desc(), Agent.nom, Agent.prenom, news.agent_id, news.resultat)
    )


@cache
def contacts_query(promised: bool) -> Select[Any]:
    """The contacts of `dossier_id` still to hold, soonest first; `promised`: and those, whatever became of them, that
    were promised at the follow-up `promis_par`.

    `objet` is sealed; prenom and nom are those of who was to meet them.
    """
    contact = ContactPrevu.__table__.c
    to_come = contact.statut == StatutContactPrevu.PREVU
    at_it = contact.promis_par == bindparam("promis_par", type_=contact.promis_par.type)
    return (
        select(
            contact.id,
            contact.jour,
            contact.heure,
            contact.canal,
            contact.statut,
            contact.objet,
            contact.promis_par,
            contact.tenu_par,
            contact.agent_id,
            contact.version,
            Agent.prenom,
            Agent.nom,
            Agent.structure_id,
        )
        .outerjoin(Agent, Agent.id == contact.agent_id)
        .where(
            contact.dossier_id == bindparam("dossier_id", type_=Identifiant),
            or_(to_come, at_it) if promised else to_come,
        )
        .order_by(contact.jour, contact.heure, contact.id)
    )


_LAST = (
    select(*_PLACE).where(_OF_DOSSIER, Suivi.agent_id == _AGENT, contact_reussi_sql()).order_by(*_NEWEST_FIRST).limit(1)
)
_LAST_OF_ALL = (
    select(Suivi.jour, Suivi.canal, Agent.prenom, Agent.nom)
    .outerjoin(Agent, Agent.id == Suivi.agent_id)
    .where(_OF_DOSSIER, contact_reussi_sql())
    .order_by(*_NEWEST_FIRST)
    .limit(1)
)
