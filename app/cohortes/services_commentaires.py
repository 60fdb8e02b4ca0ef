"""The comments of a yearly report: one for each part of a year, written, corrected, taken away by a manager."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.audit import services as audit
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.cohortes.models import Commentaire
from app.cohortes.queries_commentaires import locked_comment
from app.cohortes.rules_rapport import check_comment
from app.db.errors import StaleVersion

# the version of what is not written yet
AUCUNE = 0


def write_comment(
    session: Session, *, annee: int, partie: str, texte: str, version: int, agent: Agent, acteur: Acteur, now: datetime
) -> Commentaire:
    """Write or correct the comment of a part, as it was read at `version` (AUCUNE: there was none).

    Raises StaleVersion when somebody else did meanwhile, DomainError as `check_comment`.
    """
    said = check_comment(texte)
    found = locked_comment(session, annee, partie)
    _check_version(found, version)
    if found is None:
        found = Commentaire(annee=annee, partie=partie, version=AUCUNE)
    found.texte, found.ecrit_par, found.ecrit_le, found.version = said, agent.id, now, found.version + 1
    try:
        with session.begin_nested():
            session.add(found)
    except IntegrityError:
        # somebody wrote the first one between our reading and our writing
        raise StaleVersion(locked_comment(session, annee, partie)) from None
    _record(session, annee, partie, "ecrit", acteur=acteur, now=now)
    return found


def delete_comment(session: Session, *, annee: int, partie: str, version: int, acteur: Acteur, now: datetime) -> None:
    """Take a comment away; nothing when there is none. Raises StaleVersion when it is not the one that was read."""
    found = locked_comment(session, annee, partie)
    if found is None:
        return
    _check_version(found, version)
    session.delete(found)
    _record(session, annee, partie, "retire", acteur=acteur, now=now)


def _check_version(found: Commentaire | None, version: int) -> None:
    if (AUCUNE if found is None else found.version) != version:
        raise StaleVersion(found)


def _record(session: Session, annee: int, partie: str, quoi: str, *, acteur: Acteur, now: datetime) -> None:
    audit.record(session, Action.RAPPORT_COMMENTE, acteur=acteur, now=now, precision=f"{annee}.{partie}.{quoi}")
