"""Territories: created by the administration or by an import, renamed, closed. Never removed: dossiers name them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import services as audit
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.db.errors import DomainError, StaleVersion
from app.programme.models import Territoire
from app.programme.rules import check_territoire, code_libre, normalise
from app.programme.vocabulaire import GenreTerritoire


def create_territoire(
    session: Session,
    *,
    code: str,
    nom: str,
    genre: GenreTerritoire,
    generation: int | None,
    commune_id: int | None,
    acteur: Acteur,
    now: datetime,
) -> Territoire:
    """A new territory. DomainError: code_requis, nom_requis, code_pris, generation_impossible, commune_impossible."""
    territoire = Territoire(ferme=False, version=1)
    _write(session, territoire, code, nom, genre, generation, commune_id)
    session.add(territoire)
    session.flush()
    audit.record(session, Action.TERRITOIRE_MODIFIE, acteur=acteur, now=now, precision="cree")
    return territoire


def create_commune(session: Session, *, nom: str, acteur: Acteur, now: datetime) -> Territoire:
    """A commune known by its name alone, as an import meets it: the name is its code."""
    name = normalise(nom)
    return create_territoire(
        session,
        code=code_libre(name),
        nom=name,
        genre=GenreTerritoire.COMMUNE,
        generation=None,
        commune_id=None,
        acteur=acteur,
        now=now,
    )


def edit_territoire(
    session: Session,
    territoire: Territoire,
    *,
    version: int,
    code: str,
    nom: str,
    genre: GenreTerritoire,
    generation: int | None,
    commune_id: int | None,
    acteur: Acteur,
    now: datetime,
) -> Territoire:
    """Correct a territory as it was read at `version`. Raises StaleVersion, or as `create_territoire`."""
    _check_version(territoire, version)
    _write(session, territoire, code, nom, genre, generation, commune_id)
    audit.record(session, Action.TERRITOIRE_MODIFIE, acteur=acteur, now=now)
    return territoire


def close_territoire(
    session: Session, territoire: Territoire, *, version: int, acteur: Acteur, now: datetime
) -> Territoire:
    """No form offers it any more; dossiers keep it."""
    return _set_closed(session, territoire, "ferme", version, acteur, now)


def reopen_territoire(
    session: Session, territoire: Territoire, *, version: int, acteur: Acteur, now: datetime
) -> Territoire:
    return _set_closed(session, territoire, "rouvert", version, acteur, now)


def _set_closed(
    session: Session, territoire: Territoire, what: str, version: int, acteur: Acteur, now: datetime
) -> Territoire:
    _check_version(territoire, version)
    territoire.ferme = what == "ferme"
    territoire.version += 1
    audit.record(session, Action.TERRITOIRE_MODIFIE, acteur=acteur, now=now, precision=what)
    return territoire


def _check_version(territoire: Territoire, version: int) -> None:
    if territoire.version != version:
        raise StaleVersion(territoire)


def _write(
    session: Session,
    territoire: Territoire,
    code: str,
    nom: str,
    genre: GenreTerritoire,
    generation: int | None,
    commune_id: int | None,
) -> None:
    code, nom = normalise(code), normalise(nom)
    check_territoire(code=code, nom=nom, genre=genre, generation=generation, commune_id=commune_id)
    with session.no_autoflush:
        taken = session.scalar(select(Territoire.id).where(Territoire.code == code, Territoire.id != territoire.id))
        commune = None if commune_id is None else session.get(Territoire, commune_id)
    if taken is not None:
        raise DomainError("code_pris", field="code")
    if commune_id is not None and (commune is None or commune.genre is not GenreTerritoire.COMMUNE):
        raise DomainError("commune_impossible", field="commune_id")
    if territoire.id is not None:
        territoire.version += 1
    territoire.code, territoire.nom, territoire.genre = code, nom, genre
    territoire.generation, territoire.commune_id = generation, commune_id
