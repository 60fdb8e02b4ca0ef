"""Who may see which dossier, and who answers for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Date,
    Row,
    Select,
    and_,
    bindparam,
    exists,
    false,
    func,
    or_,
    select,
    union,
)
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.base import ExecutableOption

from app.accounts.models import Agent, Structure
from app.accounts.policies import Permission, permissions_of
from app.db.sql import among, texts_parameter
from app.db.types import Identifiant, Instant
from app.parcours.models import Dossier, Etat
from app.parcours.vocabulaire import GenreEtape
from app.referents.models import Affectation, MembreEquipe
from app.referents.models_continuite import Absence, Opposition
from app.referents.models_fusion import Fusion
from app.referents.rules import genres_shown, reads_since, sees_situations, shows_situation
from app.referents.vocabulaire import Relation


@dataclass(frozen=True, slots=True)
class DossierVisible:
    """A dossier that this agent may see, its state row, and what the agent is to it.

    `genres`: the kinds of step that they may see, None for all. `equipes`: the structures whose “mon équipe” notes they
    read. `sorti_le`: when they stopped being its référent, for an ANCIEN.
    """

    dossier: Dossier
    etat: Etat
    relation: Relation
    genres: frozenset[GenreEtape] | None = None
    equipes: frozenset[int] = field(default_factory=frozenset)
    sorti_le: datetime | None = None

    def shows(self, genre: GenreEtape | None) -> bool:
        """Whether this agent may see that there is a step of this kind."""
        return self.genres is None or genre is None or genre in self.genres

    def shown(self, etapes: Iterable[Any]) -> list[Any]:
        """Of these steps, those that this agent may see."""
        return [etape for etape in etapes if self.shows(etape.genre)]

    @property
    def situation_montree(self) -> bool:
        """Whether this agent may be told of the situation of today."""
        return shows_situation(self.genres, self.etat.situation)

    @property
    def tout_montre(self) -> bool:
        """Whether they may be told of any situation, and so of why the dossier was closed."""
        return sees_situations(self.genres)


def visible_clause(agent: Agent, today: date) -> ColumnElement[bool]:
    """What `agent` may see, as a predicate over Dossier joined to Etat: for a query that starts from a dossier.

    Référent, who covers them today, who was it less than 30 days ago, member of the équipe today, or coordinateur of
    the dossier's structure (DESIGN §1). A list starts from `visible_ids`, which costs what the agent may see.
    """
    if not opens_dossiers(agent):
        return false()
    return _visible(_Regard(agent.id, agent.structure_id, today, reads_since(today)), agent.coordinateur)


@dataclass(frozen=True, slots=True)
class _Regard:
    """Who looks, and when: values, or the parameters of a statement built once."""

    agent_id: Any
    structure_id: Any
    today: Any
    since: Any


def _visible(regard: _Regard, coordinateur: bool) -> ColumnElement[bool]:
    of_structure = [Dossier.structure_id == regard.structure_id] if coordinateur else []
    lent = or_(_is_member(regard), _is_cover(regard), _was_referent(regard))
    theirs = or_(Etat.referent_id == regard.agent_id, and_(lent, ~opposed(regard.structure_id)), *of_structure)
    return and_(~merged(Dossier.id), theirs)


def visible_ids(agent: Agent, today: date) -> Select[tuple[int]] | CompoundSelect[tuple[int]]:
    """The ids of the dossiers that `visible_clause` accepts, each found by an index; to use in `id.in_(…)`."""
    if not opens_dossiers(agent):
        return select(Dossier.id).where(false())
    branches = [_followed(agent), *_lent(agent, today)]
    if agent.coordinateur:
        branches.append(select(Dossier.id).where(Dossier.structure_id == agent.structure_id))
    return _kept(*branches)


def answered_ids(agent: Agent, today: date) -> Select[tuple[int]] | CompoundSelect[tuple[int]]:
    """The ids of the dossiers that `agent` answers for today, covers included; to use in `id.in_(…)`."""
    if not opens_dossiers(agent):
        return select(Dossier.id).where(false())
    return union(_followed(agent), _covered(agent, today))


def loggable_ids(agent: Agent, today: date) -> Select[tuple[int]] | CompoundSelect[tuple[int]]:
    """The ids of the dossiers where `policies.may_log` lets `agent` write today; to use in `id.in_(…)`."""
    if not opens_dossiers(agent):
        return select(Dossier.id).where(false())
    return _kept(_followed(agent), _covered(agent, today), _shared(agent, today))


def _kept(*branches: Select[tuple[int]]) -> CompoundSelect[tuple[int]]:
    """Of those that these find, the dossiers that were not merged into another."""
    return union(*(branch.where(~merged(branch.selected_columns[0])) for branch in branches))


_PARAMETERS = _Regard(
    bindparam("agent_id", type_=Identifiant),
    bindparam("structure_id", type_=Identifiant),
    bindparam("today", type_=Date()),
    bindparam("since", type_=Instant()),
)


@lru_cache(maxsize=4)
def _visible_by_code(coordinateur: bool, *, several: bool = False) -> Select[Any]:
    """Built once: nearly every page begins with it. By one `code`, or by `several` of them."""
    regard = _PARAMETERS
    asked = Dossier.id == named(bindparam("code"))
    if several:
        # a page lists those that were kept
        asked = and_(among(Dossier.code, texts_parameter("codes")), ~merged(Dossier.id))
    is_member = and_(MembreEquipe.dossier_id == Dossier.id, MembreEquipe.agent_id == regard.agent_id)
    left = select(func.max(Affectation.fin)).where(*_ended(regard)).correlate(Dossier).scalar_subquery()
    of_referent = select(Agent.structure_id).where(Agent.id == Etat.referent_id).correlate(Etat).scalar_subquery()
    return (
        select(
            Dossier,
            Etat,
            MembreEquipe.agent_id.label("membre"),
            MembreEquipe.finalite,
            MembreEquipe.sensibles,
            _is_cover(regard).label("supplee"),
            left.label("sorti_le"),
            of_referent.label("structure_du_referent"),
            opposed(regard.structure_id).label("oppose"),
        )
        .join(Etat, Etat.dossier_id == Dossier.id)
        .outerjoin(MembreEquipe, and_(is_member, *member_today(regard.today)))
        .where(asked, _visible(regard, coordinateur))
    )


_NOMME = aliased(Dossier)


def named(code: Any) -> ColumnElement[int]:
    """The id of the dossier of this code; of the one that was kept, when it was merged: both codes answer."""
    kept = select(Fusion.garde_id).join(_NOMME, _NOMME.id == Fusion.absorbe_id)
    kept = kept.where(_NOMME.code == code, Fusion.annulee_le.is_(None)).scalar_subquery()
    return func.coalesce(kept, select(_NOMME.id).where(_NOMME.code == code).scalar_subquery())


def merged(dossier_id: Any) -> ColumnElement[bool]:
    """Whether this dossier was merged into another: no list shows it, its code leads to the other."""
    return exists().where(Fusion.absorbe_id == dossier_id, Fusion.annulee_le.is_(None))


def load_visible(
    session: Session, code: str, *, agent: Agent, today: date, options: Sequence[ExecutableOption] = ()
) -> DossierVisible | None:
    """The one way to reach a dossier, in one statement; None when it does not exist or is not theirs to see."""
    if not opens_dossiers(agent):
        return None
    given = {"code": code, "agent_id": agent.id, "structure_id": agent.structure_id}
    given |= {"today": today, "since": reads_since(today)}
    query = _visible_by_code(agent.coordinateur)
    row = session.execute(query.options(*options) if options else query, given).one_or_none()
    return None if row is None else _seen(row, agent)


def load_several(session: Session, codes: Sequence[str], *, agent: Agent, today: date) -> Sequence[DossierVisible]:
    """As `load_visible`, of those among `codes` that are theirs to see, in the order of ids. One statement."""
    if not opens_dossiers(agent):
        return []
    given = {"codes": codes, "agent_id": agent.id, "structure_id": agent.structure_id, "today": today}
    query = _visible_by_code(agent.coordinateur, several=True).order_by(Dossier.id)
    rows = session.execute(query, given | {"since": reads_since(today)})
    return [_seen(row, agent) for row in rows]


def _seen(row: Row, agent: Agent) -> DossierVisible:
    dossier, relation = row.Dossier, Relation(0)
    if row.Etat.referent_id == agent.id:
        relation |= Relation.REFERENT
    if agent.coordinateur and dossier.structure_id == agent.structure_id:
        relation |= Relation.COORDINATEUR
    if not row.oppose:
        relation |= Relation.MEMBRE if row.membre is not None else Relation(0)
        relation |= Relation.SUPPLEANT if row.supplee else Relation(0)
        if row.sorti_le is not None and not relation & Relation.REFERENT:
            relation |= Relation.ANCIEN
    partner = relation is Relation.MEMBRE and is_partner(dossier, agent)
    equipes = {agent.structure_id}
    if relation & Relation.SUPPLEANT:
        # the rights of whom they cover: the notes of that team are read too
        equipes.add(row.structure_du_referent)
    return DossierVisible(
        dossier,
        row.Etat,
        relation,
        genres=genres_shown(row.finalite, row.sensibles) if partner else None,
        equipes=frozenset(equipes),
        sorti_le=row.sorti_le if relation & Relation.ANCIEN else None,
    )


def open_affectation(session: Session, dossier_id: int) -> Affectation | None:
    """The current one; its note stays sealed and unloaded."""
    return session.scalar(select(Affectation).where(Affectation.dossier_id == dossier_id, Affectation.fin.is_(None)))


_PAR = aliased(Agent)
_AFFECTATIONS = (
    select(
        Affectation.id,
        Affectation.debut,
        Affectation.fin,
        Affectation.motif,
        Affectation.agent_id,
        Agent.prenom,
        Agent.nom,
        Agent.desactive_le,
        Structure.nom.label("structure"),
        Affectation.par_id,
        _PAR.prenom.label("par_prenom"),
        _PAR.nom.label("par_nom"),
        Affectation.accusee_le,
        Affectation.refusee_le,
        Affectation.jeune_informe_le,
        Affectation.__table__.c.note,
        Affectation.__table__.c.refus,
    )
    .join(Agent, Agent.id == Affectation.agent_id)
    .join(Structure, Structure.id == Agent.structure_id)
    .outerjoin(_PAR, _PAR.id == Affectation.par_id)
    .where(Affectation.dossier_id == bindparam("dossier_id"))
    .order_by(Affectation.debut.desc())
)


def affectations_of(session: Session, dossier_id: int) -> Sequence[Row]:
    """Every référent this dossier had, newest first: who, from where, when, why, by whom; whether they acknowledged it
    or gave it back, and the young person was told; the sealed note and refusal."""
    return session.execute(_AFFECTATIONS, {"dossier_id": dossier_id}).all()


def handed_over_already(session: Session, code: str, *, affectation_id: UUID, agent: Agent) -> bool:
    """Whether `agent` made this affectation: a form sent twice, whose author no longer sees the dossier."""
    return session.scalar(
        select(
            exists().where(
                Affectation.id == affectation_id,
                Affectation.par_id == agent.id,
                Affectation.dossier_id == Dossier.id,
                Dossier.code == code,
            )
        )
    )


def opens_dossiers(agent: Agent) -> bool:
    """Whether this account is open and its roles see dossiers; in SQL, `queries_reponse.sees_dossiers`."""
    return agent.desactive_le is None and Permission.VOIR_SES_DOSSIERS in permissions_of(agent.roles)


def _followed(agent: Agent) -> Select[tuple[int]]:
    return select(Etat.dossier_id).where(Etat.referent_id == agent.id)


def _lent(agent: Agent, today: date) -> list[Select[tuple[int]]]:
    """What they see beside what they answer for, unless the young person opposed their structure."""
    left = select(Affectation.dossier_id).where(
        Affectation.agent_id == agent.id, Affectation.refusee_le.is_(None), Affectation.fin >= reads_since(today)
    )
    return [_covered(agent, today), _shared(agent, today), _welcome(agent, left)]


def _shared(agent: Agent, today: date) -> Select[tuple[int]]:
    members = select(MembreEquipe.dossier_id).where(MembreEquipe.agent_id == agent.id, *member_today(today))
    return _welcome(agent, members)


def _covered(agent: Agent, today: date) -> Select[tuple[int]]:
    return _welcome(agent, select(Etat.dossier_id).where(Etat.referent_id.in_(covered_by(agent.id, today))))


def _welcome(agent: Agent, dossiers: Select[tuple[int]]) -> Select[tuple[int]]:
    return dossiers.where(~has_opposed(dossiers.selected_columns[0], agent.structure_id))


def member_today(today: Any, member: Any = MembreEquipe) -> tuple[ColumnElement[bool], ...]:
    """Rows of `membre_equipe` that make a member today: begun, not ended, whose agreed end has not come."""
    # an end is written on the day it takes effect, so a member is one without an end: the partial index says so
    still = or_(member.echeance.is_(None), member.echeance > today)
    return member.jusqu_au.is_(None), member.depuis <= today, still


def covered_by(agent_id: Any, today: Any) -> Select[tuple[int]]:
    """The agents whom this one covers today; to use in `referent_id.in_(…)`."""
    return select(Absence.agent_id).where(Absence.suppleant_id == agent_id, *absent_today(today))


def absent_today(today: Any, absence: Any = Absence) -> tuple[ColumnElement[bool], ...]:
    """Rows of `absence` that hold today."""
    return absence.annulee_le.is_(None), absence.depuis <= today, absence.jusqu_au > today


def opposed(structure_id: Any) -> ColumnElement[bool]:
    """Whether the young person of Dossier opposed this structure, and still does."""
    return has_opposed(Dossier.id, structure_id)


def has_opposed(dossier_id: Any, structure_id: Any) -> ColumnElement[bool]:
    """The same, for the dossier of any column, however deep in a statement."""
    still = (Opposition.structure_id == structure_id, Opposition.levee_le.is_(None))
    return exists().where(Opposition.dossier_id == dossier_id, *still).correlate_except(Opposition)


def is_opposed(session: Session, dossier_id: int, structure_id: int) -> bool:
    """Whether the young person opposed this structure, and still does."""
    return bool(session.scalar(select(has_opposed(dossier_id, structure_id))))


def is_partner(dossier: Dossier, agent: Agent) -> bool:
    """Whether `agent` works in another structure than the one that keeps the dossier."""
    return agent.structure_id != dossier.structure_id


def _is_member(regard: _Regard) -> ColumnElement[bool]:
    is_one = (MembreEquipe.dossier_id == Dossier.id, MembreEquipe.agent_id == regard.agent_id)
    return exists().where(*is_one, *member_today(regard.today)).correlate(Dossier)


def _is_cover(regard: _Regard) -> ColumnElement[bool]:
    covers = (Absence.agent_id == Etat.referent_id, Absence.suppleant_id == regard.agent_id)
    return exists().where(*covers, *absent_today(regard.today))


def _was_referent(regard: _Regard) -> ColumnElement[bool]:
    return exists().where(*_ended(regard))


def _ended(regard: _Regard) -> tuple[ColumnElement[bool], ...]:
    """The affectations of this agent to Dossier that ended lately, those that they had refused apart."""
    theirs = (Affectation.dossier_id == Dossier.id, Affectation.agent_id == regard.agent_id)
    return *theirs, Affectation.refusee_le.is_(None), Affectation.fin >= regard.since
