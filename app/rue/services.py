"""Noting an outing, correcting it, removing it with a reason; keeping the list of places."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.accounts.queries import agent_to_change
from app.audit import services as audit
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.db.errors import DepotConflict, DomainError, StaleVersion
from app.db.sql import insert_or
from app.programme.models import Territoire
from app.rue.models import LieuRue, Rencontre, SortieAgent, SortieRue
from app.rue.queries import colleagues, faits_of, find_place, find_sortie
from app.rue.rules import Faits, NouveauLieu, check_jour, check_rencontres, minutes_between, place_name
from app.rue.vocabulaire import RaisonSuppression


def add_sortie(
    session: Session, faits: Faits, *, agent: Agent, depot: UUID, acteur: Acteur, now: datetime, today: date
) -> SortieRue:
    """Note an outing of the structure of `agent`. The same deposit gives the same row; with other facts, DepotConflict.

    DomainErrors: depot_inconnu, and those of `_write`.
    """
    # the account's lock: a form sent twice at once is written once
    agent_to_change(session, agent.id)
    faits = _at_known_place(session, faits, structure_id=agent.structure_id)
    if (earlier := find_sortie(session, depot)) is not None:
        if earlier.cree_par != agent.id:
            raise DomainError("depot_inconnu")
        if earlier.supprimee_le is not None or faits_of(session, earlier) != faits:
            raise DepotConflict(earlier)
        return earlier
    sortie = SortieRue(id=depot, structure_id=agent.structure_id, cree_le=now, cree_par=agent.id)
    _write(session, sortie, faits, before=frozenset(), today=today)
    audit.record(session, Action.SORTIE_NOTEE, acteur=acteur, now=now, nombre=faits.total)
    return sortie


def edit_sortie(
    session: Session, sortie: SortieRue, faits: Faits, *, version: int, acteur: Acteur, now: datetime, today: date
) -> SortieRue:
    """Correct an outing read at `version`. StaleVersion carries it as it is now. DomainErrors: those of `_write`."""
    current = _to_change(session, sortie, version)
    faits = _at_known_place(session, faits, structure_id=current.structure_id, avec=current.lieu_id)
    _write(session, current, faits, before=faits_of(session, current).agents, today=today)
    current.modifie_le, current.version = now, version + 1
    audit.record(session, Action.SORTIE_MODIFIEE, acteur=acteur, now=now, nombre=faits.total)
    return current


def delete_sortie(
    session: Session, sortie: SortieRue, *, version: int, raison: RaisonSuppression, acteur: Acteur, now: datetime
) -> None:
    """It counts no more and is listed no more; one that was removed stays so. StaleVersion as for an edit."""
    if sortie.supprimee_le is not None:
        return
    current = _to_change(session, sortie, version)
    current.supprimee_le, current.raison, current.version = now, raison, version + 1
    audit.record(session, Action.SORTIE_SUPPRIMEE, acteur=acteur, now=now, precision=raison.value)


def restore_sortie(session: Session, sortie: SortieRue, *, acteur: Acteur, now: datetime) -> None:
    """Undo `delete_sortie`; one that stands stays so."""
    current = find_sortie(session, sortie.id, lock=True)
    if current.supprimee_le is None:
        return
    current.supprimee_le, current.raison, current.version = None, None, current.version + 1
    audit.record(session, Action.SORTIE_MODIFIEE, acteur=acteur, now=now, precision="retablie")


def _to_change(session: Session, sortie: SortieRue, version: int) -> SortieRue:
    current = find_sortie(session, sortie.id, lock=True)
    if current.version != version or current.supprimee_le is not None:
        raise StaleVersion(current)
    return current


def _write(session: Session, sortie: SortieRue, faits: Faits, *, before: frozenset[int], today: date) -> None:
    """`before`: who went, as it was written until now: they may have left since.

    DomainErrors: agents_requis, agent_inconnu, and those of the rules.
    """
    check_jour(faits.jour, today=today)
    minutes = minutes_between(faits.debut, faits.fin)
    check_rencontres(faits.rencontres, premieres=faits.premieres, refus=faits.refus)
    if not faits.agents:
        raise DomainError("agents_requis", field="agents")
    if not faits.agents <= {row.id for row in colleagues(session, sortie.structure_id, avec=before)}:
        raise DomainError("agent_inconnu", field="agents")
    sortie.lieu_id, sortie.jour, sortie.debut, sortie.minutes = faits.lieu, faits.jour, faits.debut, minutes
    sortie.actions, sortie.premieres, sortie.refus = faits.actions, faits.premieres, faits.refus
    session.add(sortie)
    session.flush()
    for table in (SortieAgent, Rencontre):
        session.execute(delete(table).where(table.sortie_id == sortie.id))
    session.add_all(SortieAgent(sortie_id=sortie.id, agent_id=agent_id) for agent_id in sorted(faits.agents))
    session.add_all(
        Rencontre(sortie_id=sortie.id, age=age, sexe=sexe, nombre=nombre)
        for (age, sexe), nombre in faits.rencontres.items()
        if nombre
    )
    session.flush()


def _at_known_place(session: Session, faits: Faits, *, structure_id: int, avec: UUID | None = None) -> Faits:
    """The same facts, at a place that is a row. DomainErrors: lieu_inconnu, territoire_inconnu; as `place_name`."""
    if isinstance(faits.lieu, NouveauLieu):
        return replace(faits, lieu=_place(session, faits.lieu, structure_id))
    place = session.get(LieuRue, faits.lieu)
    if place is None or place.structure_id != structure_id or (place.ferme and place.id != avec):
        raise DomainError("lieu_inconnu", field="lieu")
    return faits


def _place(session: Session, wanted: NouveauLieu, structure_id: int) -> UUID:
    """The place of this name in this territory, made when there is none; one that was closed is opened again."""
    nom = place_name(wanted.nom)
    territoire = session.get(Territoire, wanted.territoire_id)
    if territoire is None or territoire.ferme:
        raise DomainError("territoire_inconnu", field="territoire_id")
    found = _place_named(session, structure_id, territoire.id, nom)
    if found is None:
        row = {"id": uuid4(), "structure_id": structure_id, "territoire_id": territoire.id, "nom": nom}
        # two who note the same new place at once make one
        session.execute(insert_or(session, LieuRue).values(**row).on_conflict_do_nothing())
        found = _place_named(session, structure_id, territoire.id, nom)
    found.ferme = False
    return found.id


def _place_named(session: Session, structure_id: int, territoire_id: int, nom: str) -> LieuRue | None:
    same = (LieuRue.structure_id == structure_id, LieuRue.territoire_id == territoire_id)
    places = session.scalars(select(LieuRue).where(*same).order_by(LieuRue.id)).all()
    return next((place for place in places if place.nom.casefold() == nom.casefold()), None)


def rename_place(
    session: Session, place: LieuRue, *, nom: str, ferme: bool, version: int, acteur: Acteur, now: datetime
) -> LieuRue:
    """Name a place otherwise, or no longer offer it; its outings keep it.

    StaleVersion. DomainErrors: lieu_pris, those of `place_name`.
    """
    current = find_place(session, place.id, lock=True)
    if current.version != version:
        raise StaleVersion(current)
    nom = place_name(nom)
    other = _place_named(session, current.structure_id, current.territoire_id, nom)
    if other is not None and other.id != current.id:
        raise DomainError("lieu_pris", field="nom")
    current.nom, current.ferme, current.version = nom, ferme, version + 1
    audit.record(session, Action.SORTIE_MODIFIEE, acteur=acteur, now=now, precision="lieu")
    return current
