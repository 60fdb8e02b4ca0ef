"""Territories, for lists and for imports."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Row, case, func, select
from sqlalchemy.orm import Session, aliased

from app.programme.models import Territoire
from app.programme.vocabulaire import GenreTerritoire

# Neighbourhoods first: that is what is chosen nine times in ten.
_ORDER = case({genre.value: number for number, genre in enumerate(GenreTerritoire)}, value=Territoire.genre)


def territoires_ouverts(session: Session) -> Sequence[Row]:
    """What a form offers: id, code, nom, genre, generation, by genre, then newest generation, then name."""
    return session.execute(
        select(Territoire.id, Territoire.code, Territoire.nom, Territoire.genre, Territoire.generation)
        .where(Territoire.ferme.is_(False))
        .order_by(_ORDER, Territoire.generation.desc(), func.lower(Territoire.nom), Territoire.id)
    ).all()


def territoires(session: Session) -> Sequence[Row]:
    """All of them for the administration: as above, with ferme, version and the name of their commune."""
    commune = aliased(Territoire)
    return session.execute(
        select(
            Territoire.id,
            Territoire.code,
            Territoire.nom,
            Territoire.genre,
            Territoire.generation,
            Territoire.commune_id,
            Territoire.ferme,
            Territoire.version,
            commune.nom.label("commune"),
        )
        .outerjoin(commune, commune.id == Territoire.commune_id)
        .order_by(_ORDER, Territoire.generation.desc(), func.lower(Territoire.nom), Territoire.id)
    ).all()


def load(session: Session, territoire_id: int) -> Territoire | None:
    return session.get(Territoire, territoire_id)
