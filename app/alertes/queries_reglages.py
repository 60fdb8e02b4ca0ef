"""The numbers that apply in a structure."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.alertes.models import Reglage
from app.alertes.rules_parametres import values
from app.db.types import Identifiant
from app.parcours.models import Dossier

_table = Reglage.__table__
# Built once: several screens read it at each request.
_STRUCTURE = bindparam("structure_id", type_=Identifiant)
_OF_ONE = select(_table).where(_table.c.structure_id == _STRUCTURE)
_OPEN_DOSSIERS = (
    select(Dossier.id).where(Dossier.structure_id == _STRUCTURE, Dossier.clos_le.is_(None)).order_by(Dossier.id)
)


def reglages_of(session: Session, structure_id: int) -> dict[str, int]:
    """The value of each of PARAMETRES, by code, in this structure: its own, or the default."""
    return values(stored_of(session, structure_id))


def stored_of(session: Session, structure_id: int) -> dict[str, int | None]:
    """What the structure set, by column (`version` among them), null where the default applies; empty without a row."""
    row = session.execute(_OF_ONE, {"structure_id": structure_id}).mappings().one_or_none()
    return {} if row is None else dict(row)


def open_dossiers_of(session: Session, structure_id: int) -> Sequence[int]:
    """The ids of those that its numbers apply to, in order: no rule with a number speaks of a closed one."""
    return session.scalars(_OPEN_DOSSIERS, {"structure_id": structure_id}).all()
