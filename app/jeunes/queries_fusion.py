"""Probable duplicates among what an agent sees, and what a merge left on its page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from uuid import UUID

from sqlalchemy import Row, or_, select
from sqlalchemy.orm import Session, undefer

from app.accounts.models import Agent, Structure
from app.db.errors import DomainError
from app.jeunes.queries import NomAffiche, open_nom, visible_rows
from app.jeunes.rules import fold, phonetic, sound
from app.jeunes.rules_identite import Portrait, compact, looks_like
from app.parcours.models import Dossier
from app.referents.models import MembreEquipe
from app.referents.models_fusion import DoublonEcarte, Fusion
from app.referents.queries import has_opposed, is_partner, member_today
from app.referents.queries_reponse import sees_dossiers
from app.referents.rules_equipe import Partage, agreed, check_partage
from app.vault.service import Vault


@dataclass(frozen=True, slots=True)
class Candidat:
    """One of two dossiers that may be of one person."""

    dossier_id: int
    nom: NomAffiche
    annee_naissance: int | None
    ouvert_le: date
    clos_le: date | None


@dataclass(frozen=True, slots=True)
class Paire:
    """Two dossiers that may be of one person, the older first; `telephone`: they share a number and a first name."""

    un: Candidat
    autre: Candidat
    telephone: bool


def pairs(session: Session, vault: Vault, *, agent: Agent, today: date) -> list[Paire]:
    """The probable duplicates among what `agent` may see, those that were judged to be of two people left out.

    Two statements here, two on the key store, whatever is found. The oldest pair first.
    """
    rows = visible_rows(session, agent=agent, today=today)
    names = vault.keys(row.uid for row in rows)
    people = {row.uid: (row, open_nom(names, row.uid, row.code, row.identite)) for row in rows}
    numbers = {pair for group in vault.shared(list(people)) for pair in combinations(sorted(group), 2)}
    alike = {pair for pair in _met(people) if _alike(people, pair)}
    judged = set(map(tuple, session.execute(select(DoublonEcarte.un_id, DoublonEcarte.autre_id))))
    found = []
    for pair in alike | numbers:
        one, other = sorted((people[uid] for uid in pair), key=lambda person: (person[0].ouvert_le, person[0].id))
        if tuple(sorted((one[0].id, other[0].id))) not in judged:
            found.append(Paire(_candidate(*one), _candidate(*other), pair not in alike))
    return sorted(found, key=lambda pair: (pair.un.ouvert_le, pair.un.dossier_id, pair.autre.dossier_id))


People = Mapping[UUID, tuple[Row, NomAffiche]]


def _met(people: People) -> Iterator[tuple[UUID, UUID]]:
    """Those worth comparing: two by two among those who have a sound or a pseudonym in common."""
    blocks: dict[object, list[UUID]] = defaultdict(list)
    for uid, (_, name) in people.items():
        for key in _sounds(name):
            blocks[key].append(uid)
    for block in blocks.values():
        yield from combinations(sorted(block), 2)


def _sounds(name: NomAffiche) -> Iterator[tuple[str, ...]]:
    if name.pseudonyme:
        yield ("pseudonyme", fold(name.pseudonyme))
    if name.prenom and name.nom:
        for listen in (sound, phonetic):
            yield (listen.__name__, *sorted(listen(compact(part)) for part in (name.prenom, name.nom)))


def _alike(people: People, pair: Iterable[UUID]) -> bool:
    one, other = (_portrait(*people[uid]) for uid in pair)
    return looks_like(one, other)


def _portrait(row: Row, name: NomAffiche) -> Portrait:
    return Portrait(name.prenom, name.nom, name.pseudonyme, name.date_naissance, row.annee_naissance)


def _candidate(row: Row, name: NomAffiche) -> Candidat:
    return Candidat(row.id, name, row.annee_naissance, row.ouvert_le, row.clos_le)


def merges_of(session: Session, dossier_id: int) -> Sequence[Row]:
    """What was merged into this dossier and still is, latest first: `Fusion`, its code, and who did it."""
    return session.execute(
        select(Fusion, Dossier.code, Dossier.ouvert_le, Agent.prenom, Agent.nom)
        .join(Dossier, Dossier.id == Fusion.absorbe_id)
        .outerjoin(Agent, Agent.id == Fusion.par_id)
        .where(Fusion.garde_id == dossier_id, Fusion.annulee_le.is_(None))
        .order_by(Fusion.le.desc(), Fusion.id)
    ).all()


def find_merge(session: Session, fusion_id: UUID, *, garde_id: int) -> Fusion | None:
    """A merge into this dossier, what it replaced ready to be opened."""
    query = select(Fusion).where(Fusion.id == fusion_id, Fusion.garde_id == garde_id)
    return session.scalar(query.options(undefer(Fusion.avant)).execution_options(populate_existing=True))


def standing_merges(session: Session, ids: Sequence[int]) -> Sequence[Fusion]:
    """The merges, not undone, that one of these dossiers has a part in."""
    of_these = or_(Fusion.garde_id.in_(ids), Fusion.absorbe_id.in_(ids))
    return session.scalars(select(Fusion).where(of_these, Fusion.annulee_le.is_(None))).all()


@dataclass(frozen=True, slots=True)
class Suivant:
    """A member of the équipe of a dossier that is merged into another. `partage`: with what they are of the équipe of
    the other; None when they are not."""

    agent_id: int
    nom_complet: str
    structure: str
    partage: Partage | None


def followers(session: Session, *, garde: Dossier, absorbe: Dossier, today: date) -> list[Suivant]:
    """The équipe of `absorbe` that is not in that of `garde` today, by name. One statement.

    A colleague of the structure that keeps `garde` follows; somebody of another one as far as all that a partner must
    have agreed with was agreed in `absorbe`; nobody of a structure that was opposed in either.
    """
    there = select(MembreEquipe.agent_id).where(MembreEquipe.dossier_id == garde.id, *member_today(today))
    oppose = or_(*(has_opposed(one.id, Agent.structure_id) for one in (garde, absorbe)))
    query = (
        select(MembreEquipe, Agent, Structure.nom.label("structure"), oppose.label("oppose"))
        .join(Agent, Agent.id == MembreEquipe.agent_id)
        .join(Structure, Structure.id == Agent.structure_id)
        .where(MembreEquipe.dossier_id == absorbe.id, *member_today(today), sees_dossiers())
        .where(Agent.id.not_in(there.correlate(None)))
        .order_by(Agent.nom, Agent.prenom, Agent.id)
    )
    rows = session.execute(query).all()
    return [
        Suivant(
            row.Agent.id,
            row.Agent.nom_complet,
            row.structure,
            None if row.oppose else _followed_with(row.MembreEquipe, partner=is_partner(garde, row.Agent), today=today),
        )
        for row in rows
    ]


def _followed_with(member: MembreEquipe, *, partner: bool, today: date) -> Partage | None:
    partage = agreed(member, partner=partner)
    try:
        check_partage(partage, partner=partner, today=today)
    except DomainError:
        return None
    return partage
