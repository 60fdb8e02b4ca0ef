"""Is this young person already followed? What one may see is compared name by name, the rest by blind index only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Row, exists, or_, select
from sqlalchemy.orm import Session, aliased

from app.accounts.models import Agent, Structure
from app.jeunes.models import DemandeDoublon, Identite
from app.jeunes.queries import NomAffiche, open_nom, visible_rows
from app.jeunes.rules_identite import Portrait, looks_like
from app.jeunes.vocabulaire import REPONSES_DITES, StatutDemande
from app.parcours.models import Dossier, Etat
from app.referents.models_fusion import Fusion
from app.referents.queries import merged, opposed, visible_ids
from app.referents.queries_demandes import Regard, answers_requests
from app.vault.places import IndexKind
from app.vault.service import Vault

JUMEAUX_AU_PLUS = 5
DEMANDES_AU_PLUS = 50


@dataclass(frozen=True, slots=True)
class Jumeau:
    """A dossier that the agent may see, and that may be the same person."""

    dossier_id: int
    nom: NomAffiche
    annee_naissance: int | None
    ouvert_le: date
    clos_le: date | None


def matching_uids(vault: Vault, indexes: Mapping[IndexKind, Sequence[str]]) -> set[UUID]:
    """The dossiers, everywhere, that share one of these texts. One statement on the key store."""
    return set().union(*vault.find_by_index(indexes).values())


def visible_twins(
    session: Session, vault: Vault, *, agent: Agent, portrait: Portrait, uids: Set[UUID], today: date
) -> list[Jumeau]:
    """Among what `agent` may see: those that an index gave, and those that look like it once opened."""
    rows = visible_rows(session, agent=agent, today=today)
    keys = vault.keys(row.uid for row in rows)
    found = []
    for row in rows:
        name = open_nom(keys, row.uid, row.code, row.identite)
        other = Portrait(name.prenom, name.nom, name.pseudonyme, name.date_naissance, row.annee_naissance)
        if row.uid in uids or looks_like(portrait, other):
            found.append(Jumeau(row.id, name, row.annee_naissance, row.ouvert_le, row.clos_le))
    return found[:JUMEAUX_AU_PLUS]


def hidden_twins(session: Session, *, agent: Agent, uids: Set[UUID], today: date) -> Sequence[Row]:
    """Among what `agent` may not see: id and code of those whose référent may be asked.

    Left out: a young person who asked for anonymity, in this dossier or in one that was merged into it, or who opposed
    the structure of the agent; and a dossier whose référent already told this agent that it is somebody else. The same
    statement runs whether or not an index gave anything, so that no time betrays it.
    """
    told_no = exists().where(
        DemandeDoublon.dossier_id == Dossier.id,
        DemandeDoublon.demandeur_id == agent.id,
        DemandeDoublon.statut == StatutDemande.PAS_LA_MEME_PERSONNE,
    )
    other = aliased(Dossier)
    merged_into = (
        select(Fusion.garde_id)
        .join(other, other.id == Fusion.absorbe_id)
        .where(other.uid.in_(list(uids)), Fusion.annulee_le.is_(None))
    )
    merged_one = aliased(Dossier)
    asked_there = (
        select(Fusion.id)
        .join(merged_one, merged_one.id == Fusion.absorbe_id)
        .where(Fusion.garde_id == Dossier.id, Fusion.annulee_le.is_(None), merged_one.anonymat_demande)
        .correlate(Dossier)
        .exists()
    )
    return session.execute(
        select(Dossier.id, Dossier.code)
        .where(
            or_(Dossier.uid.in_(list(uids)), Dossier.id.in_(merged_into)),
            ~merged(Dossier.id),
            Dossier.id.not_in(visible_ids(agent, today)),
            Dossier.anonymat_demande.is_(False),
            ~asked_there,
            ~opposed(agent.structure_id),
            ~told_no,
        )
        .order_by(Dossier.id)
    ).all()


def standing_request(session: Session, *, dossier_id: int, agent: Agent) -> DemandeDoublon | None:
    """The latest request of `agent` about a dossier that did not end in "somebody else"."""
    return session.scalar(
        select(DemandeDoublon)
        .where(
            DemandeDoublon.dossier_id == dossier_id,
            DemandeDoublon.demandeur_id == agent.id,
            DemandeDoublon.statut != StatutDemande.PAS_LA_MEME_PERSONNE,
        )
        .order_by(DemandeDoublon.cree_le.desc())
        .limit(1)
    )


def load_received(
    session: Session, demande_id: UUID, *, agent: Agent, today: date, now: datetime
) -> tuple[DemandeDoublon, str] | None:
    """A request that `agent` may answer, locked, and the code of its dossier; None for anybody else's."""
    query = (
        select(DemandeDoublon, Dossier.code)
        .join(Dossier, Dossier.id == DemandeDoublon.dossier_id)
        .join(Etat, Etat.dossier_id == Dossier.id)
        .where(
            DemandeDoublon.id == demande_id,
            _answered_by(agent, today, now),
        )
        .with_for_update(of=DemandeDoublon)
        .execution_options(populate_existing=True)
    )
    row = session.execute(query).one_or_none()
    return None if row is None else (row[0], row[1])


@dataclass(frozen=True, slots=True)
class DemandeRecue:
    """What a référent sees of a request: who asks, about which of their young people."""

    id: UUID
    cree_le: datetime
    statut: StatutDemande
    repondu_le: datetime | None
    nom: NomAffiche
    demandeur_id: int
    demandeur: str
    courriel: str
    structure: str


def received_requests(
    session: Session, vault: Vault, *, agent: Agent, today: date, now: datetime
) -> list[DemandeRecue]:
    """Those waiting first, then the latest."""
    rows = session.execute(
        select(
            DemandeDoublon.id,
            DemandeDoublon.cree_le,
            DemandeDoublon.statut,
            DemandeDoublon.repondu_le,
            Dossier.uid,
            Dossier.code,
            Identite.__table__.c.identite,
            Agent.id.label("demandeur_id"),
            Agent.prenom,
            Agent.nom,
            Agent.courriel,
            Structure.nom.label("structure"),
        )
        .join(Dossier, Dossier.id == DemandeDoublon.dossier_id)
        .join(Etat, Etat.dossier_id == Dossier.id)
        .outerjoin(Identite.__table__, Identite.__table__.c.dossier_id == Dossier.id)
        .join(Agent, Agent.id == DemandeDoublon.demandeur_id)
        .join(Structure, Structure.id == Agent.structure_id)
        .where(_answered_by(agent, today, now))
        .order_by(DemandeDoublon.repondu_le.is_not(None), DemandeDoublon.cree_le.desc(), DemandeDoublon.id)
        .limit(DEMANDES_AU_PLUS)
    ).all()
    keys = vault.keys(row.uid for row in rows)
    return [_received(row, open_nom(keys, row.uid, row.code, row.identite)) for row in rows]


def _received(row: Row, nom: NomAffiche) -> DemandeRecue:
    who = f"{row.prenom} {row.nom}"
    said = (row.id, row.cree_le, row.statut, row.repondu_le)
    return DemandeRecue(*said, nom, row.demandeur_id, who, row.courriel, row.structure)


@dataclass(frozen=True, slots=True)
class DemandeFaite:
    """What its author sees: a day and an answer; never which dossier, nor how many were asked about.

    `reponse` is None while nobody answered and when the référent chose silence: both look alike. `par` is who will
    get in touch.
    """

    cree_le: datetime
    reponse: StatutDemande | None
    par: str
    structure: str


def own_requests(session: Session, *, agent: Agent) -> list[DemandeFaite]:
    """One per attempt, latest first; an offer to get in touch outweighs a refusal."""
    rows = session.execute(
        select(DemandeDoublon.cree_le, DemandeDoublon.statut, Agent.prenom, Agent.nom, Structure.nom.label("structure"))
        .outerjoin(Agent, Agent.id == DemandeDoublon.repondu_par)
        .outerjoin(Structure, Structure.id == Agent.structure_id)
        .where(DemandeDoublon.demandeur_id == agent.id)
        .order_by(DemandeDoublon.cree_le.desc(), DemandeDoublon.id)
        .limit(DEMANDES_AU_PLUS)
    ).all()
    attempts: dict[datetime, DemandeFaite] = {}
    for row in rows:
        faite = attempts.setdefault(row.cree_le, DemandeFaite(row.cree_le, None, "", ""))
        if row.statut is StatutDemande.JE_VOUS_CONTACTE:
            attempts[row.cree_le] = DemandeFaite(row.cree_le, row.statut, f"{row.prenom} {row.nom}", row.structure)
        elif row.statut in REPONSES_DITES and faite.reponse is None:
            attempts[row.cree_le] = DemandeFaite(row.cree_le, row.statut, "", "")
    return list(attempts.values())


def _answered_by(agent: Agent, today: date, now: datetime) -> ColumnElement[bool]:
    waits = DemandeDoublon.statut == StatutDemande.EN_ATTENTE
    return answers_requests(Regard.of(agent, today, now), cree_le=DemandeDoublon.cree_le, waits=waits)
