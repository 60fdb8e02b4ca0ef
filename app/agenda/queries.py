"""What is planned in the dossiers of an agent, from a day to another, in one statement.

Of the dossiers that they answer for, everything; of the others that they may see, the contacts that are theirs to
hold. Nothing is kept: who no longer sees a dossier no longer reads its days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import CompoundSelect, Select, Time, and_, case, cast, select, union
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.agenda.vocabulaire import Nature
from app.db.sql import code, number
from app.jeunes.models import Identite
from app.parcours.models import ContactPrevu, Dossier, Etape, Etat
from app.parcours.vocabulaire import STATUTS_OUVERTS, Canal, GenreEtape, StatutContactPrevu, StatutEtape
from app.referents.queries import answered_ids, visible_ids

_CONTACT, _ETAPE, _IDENTITE = ContactPrevu.__table__.c, Etape.__table__.c, Identite.__table__.c
_MONTRES = (StatutContactPrevu.PREVU, StatutContactPrevu.TENU)


class Echeance(NamedTuple):
    """A day of a calendar. `ligne` is the row that it comes from, `version` counts its changes.

    canal, statut: of a contact. genre: of a step. `identite` is sealed, and read for a page alone.
    """

    nature: str
    dossier_id: int
    ligne: UUID
    version: int
    jour: date
    heure: time | None
    canal: Canal | None
    statut: StatutContactPrevu | None
    genre: GenreEtape | None
    uid: UUID
    code: str
    identite: bytes | None


@dataclass(frozen=True, slots=True)
class Periode:
    """From `du` to `au`, both included, as they are seen on `today`; no more than `limit` days of dossiers."""

    du: date
    au: date
    today: date
    limit: int


def echeances(session: Session, agent: Agent, periode: Periode, *, noms: bool) -> list[Echeance]:
    """The soonest first; on a day, what has no hour first. One more than the limit when there are others.

    `noms`: with the sealed identity of each, for who shows them.
    """
    said = union(*_branches(agent, periode)).subquery().c
    identite = _IDENTITE.identite if noms else cast(None, _IDENTITE.identite.type)
    query = select(*said, Dossier.uid, Dossier.code, identite.label("identite")).join(
        Dossier, Dossier.id == said.dossier_id
    )
    if noms:
        query = query.outerjoin(Identite.__table__, _IDENTITE.dossier_id == said.dossier_id)
    without_hour = case((said.heure.is_(None), number(0)), else_=number(1))
    query = query.order_by(said.jour, without_hour, said.heure, Dossier.code, said.nature, said.ligne)
    return [Echeance(*row) for row in session.execute(query.limit(periode.limit + 1))]


def _branches(agent: Agent, periode: Periode) -> Sequence[Select[Any]]:
    answered = answered_ids(agent, periode.today)
    return (
        _contacts(periode).where(_CONTACT.dossier_id.in_(answered)),
        _contacts(periode).where(
            _CONTACT.agent_id == agent.id, _CONTACT.dossier_id.in_(visible_ids(agent, periode.today))
        ),
        _steps(Nature.DEBUT, _ETAPE.debut, periode, answered, statuts=[StatutEtape.PREVUE]),
        _steps(Nature.FIN, _ETAPE.fin_prevue, periode, answered, statuts=sorted(STATUTS_OUVERTS)),
    )


def _contacts(periode: Periode) -> Select[Any]:
    """Those to hold and those that were held: what was cancelled is no longer on any calendar."""
    return select(
        code(Nature.RENDEZ_VOUS).label("nature"),
        _CONTACT.dossier_id,
        _CONTACT.id.label("ligne"),
        _CONTACT.version,
        _CONTACT.jour,
        _CONTACT.heure,
        _CONTACT.canal,
        _CONTACT.statut,
        cast(None, _ETAPE.genre.type).label("genre"),
    ).where(_CONTACT.jour.between(periode.du, periode.au), _CONTACT.statut.in_(_MONTRES))


def _steps(
    nature: Nature,
    jour: Any,
    periode: Periode,
    answered: Select[Any] | CompoundSelect[Any],
    *,
    statuts: Sequence[StatutEtape],
) -> Select[Any]:
    """The planned begins, or the expected ends, of open dossiers."""
    return (
        select(
            code(nature).label("nature"),
            _ETAPE.dossier_id,
            _ETAPE.id.label("ligne"),
            _ETAPE.version,
            jour.label("jour"),
            cast(None, Time()).label("heure"),
            cast(None, _CONTACT.canal.type).label("canal"),
            cast(None, _CONTACT.statut.type).label("statut"),
            _ETAPE.genre,
        )
        .join(Etat, and_(Etat.dossier_id == _ETAPE.dossier_id, Etat.clos_le.is_(None)))
        .where(
            _ETAPE.statut.in_([code(statut) for statut in statuts]),
            jour.between(periode.du, periode.au),
            _ETAPE.dossier_id.in_(answered),
        )
    )
