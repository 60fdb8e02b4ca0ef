"""What is planned in the dossiers of an agent, from a day to another.

Of the dossiers that they answer for, covers included, everything; of those of their équipes, the contacts that are
theirs to hold. Nothing is kept: who no longer sees a dossier no longer reads its days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import CompoundSelect, Select, Time, and_, cast, select, union
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.agenda.vocabulaire import Nature
from app.alertes.queries_ecarts import transmissions
from app.db.sql import among, code, ids_parameter
from app.jeunes.models import Identite
from app.parcours.models import ContactPrevu, Dossier, Etape, Etat
from app.parcours.models_actes import Jalon
from app.parcours.models_objectifs import Objectif
from app.parcours.vocabulaire import STATUTS_OUVERTS, Canal, GenreEtape, StatutContactPrevu, StatutEtape
from app.parcours.vocabulaire_actes import GenreJalon
from app.parcours.vocabulaire_objectifs import STATUTS_SUIVIS
from app.referents.queries import answered_ids, loggable_ids

_CONTACT, _ETAPE, _IDENTITE = ContactPrevu.__table__.c, Etape.__table__.c, Identite.__table__.c
_OBJECTIF = Objectif.__table__.c
# what a contact alone has
_NO_CONTACT = (
    cast(None, Time()).label("heure"),
    cast(None, _CONTACT.canal.type).label("canal"),
    cast(None, _CONTACT.statut.type).label("statut"),
)
_MONTRES = (StatutContactPrevu.PREVU, StatutContactPrevu.TENU)


class Jour(NamedTuple):
    """A day of a dossier. `ligne` names what it comes from, `version` counts its changes.

    canal, statut: of a contact. genre: of a step.
    """

    nature: str
    dossier_id: int
    ligne: object
    version: int
    jour: date
    heure: time | None = None
    canal: Canal | None = None
    statut: StatutContactPrevu | None = None
    genre: GenreEtape | None = None


class LigneAgenda(NamedTuple):
    """A line of a calendar. `identite` is sealed, and read for a page alone."""

    quand: Jour
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


def lines_of_agenda(session: Session, agent: Agent, periode: Periode, *, noms: bool) -> list[LigneAgenda]:
    """The soonest first; on a day, what has no hour first. One more than the limit when there are others.

    `noms`: with the sealed identity of each, for who shows them.
    """
    planned = union(*_branches(agent, periode)).order_by("jour").limit(periode.limit + 1)
    days = [Jour(*row) for row in session.execute(planned)] + _transmissions(session, agent, periode)
    days = sorted(days, key=_place)[: periode.limit + 1]
    identite = _IDENTITE.identite if noms else cast(None, _IDENTITE.identite.type)
    dossiers = (
        select(Dossier.id, Dossier.uid, Dossier.code, identite.label("identite"))
        .outerjoin(Identite.__table__, _IDENTITE.dossier_id == Dossier.id)
        .where(among(Dossier.id, ids_parameter("ids")))
    )
    rows = session.execute(dossiers, {"ids": sorted({day.dossier_id for day in days})})
    known = {row[0]: row[1:] for row in rows}
    return [LigneAgenda(day, *known[day.dossier_id]) for day in days]


def _place(day: Jour) -> tuple[object, ...]:
    return day.jour, day.heure is not None, day.heure or time.min, day.dossier_id, day.nature, str(day.ligne)


def _transmissions(session: Session, agent: Agent, periode: Periode) -> list[Jour]:
    """What the law dates and nobody plans (code de l'éducation, art. R. 114-7), as the alert will say it."""
    convoked = select(Jalon.dossier_id).where(
        Jalon.genre == GenreJalon.CONVOCATION,
        Jalon.annule_le.is_(None),
        Jalon.dossier_id.in_(answered_ids(agent, periode.today)),
    )
    found = transmissions(session, lambda column: column.in_(convoked), today=periode.today)
    due = (one for one in found if periode.du <= one.due <= periode.au)
    return [Jour(Nature.TRANSMISSION, one.dossier_id, f"{one.dossier_id}:{one.cle}", 1, one.due) for one in due]


def _branches(agent: Agent, periode: Periode) -> Sequence[Select[Any]]:
    answered = answered_ids(agent, periode.today)
    return (
        _contacts(periode).where(_CONTACT.dossier_id.in_(answered)),
        _contacts(periode).where(
            _CONTACT.agent_id == agent.id, _CONTACT.dossier_id.in_(loggable_ids(agent, periode.today))
        ),
        _steps(Nature.DEBUT, _ETAPE.debut, periode, answered, statuts=[StatutEtape.PREVUE]),
        _steps(Nature.FIN, _ETAPE.fin_prevue, periode, answered, statuts=sorted(STATUTS_OUVERTS)),
        _goals(periode).where(_OBJECTIF.dossier_id.in_(answered)),
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


def _goals(periode: Periode) -> Select[Any]:
    """The due dates of the goals still expected, of open dossiers; their words stay where they are sealed."""
    return (
        select(
            code(Nature.OBJECTIF).label("nature"),
            _OBJECTIF.dossier_id,
            _OBJECTIF.id.label("ligne"),
            _OBJECTIF.version,
            _OBJECTIF.echeance.label("jour"),
            *_NO_CONTACT,
            cast(None, _ETAPE.genre.type).label("genre"),
        )
        .join(Etat, and_(Etat.dossier_id == _OBJECTIF.dossier_id, Etat.clos_le.is_(None)))
        .where(_OBJECTIF.echeance.between(periode.du, periode.au), _OBJECTIF.statut.in_(sorted(STATUTS_SUIVIS)))
    )


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
            *_NO_CONTACT,
            _ETAPE.genre,
        )
        .join(Etat, and_(Etat.dossier_id == _ETAPE.dossier_id, Etat.clos_le.is_(None)))
        .where(
            _ETAPE.statut.in_([code(statut) for statut in statuts]),
            jour.between(periode.du, periode.au),
            _ETAPE.dossier_id.in_(answered),
        )
    )
