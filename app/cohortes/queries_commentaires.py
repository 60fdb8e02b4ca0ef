"""Reading what managers wrote beside the parts of a yearly report."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cohortes.models import Commentaire


def comments_of(session: Session, annee: int) -> dict[str, Commentaire]:
    """By part."""
    rows = session.scalars(select(Commentaire).where(Commentaire.annee == annee))
    return {row.partie: row for row in rows}


def locked_comment(session: Session, annee: int, partie: str) -> Commentaire | None:
    """The comment of a part, held until the commit of who is about to write it."""
    row = select(Commentaire).where(Commentaire.annee == annee, Commentaire.partie == partie)
    return session.scalar(row.with_for_update())
