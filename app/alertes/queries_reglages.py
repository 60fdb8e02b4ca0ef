"""The numbers that apply in a structure."""

from __future__ import annotations

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.alertes.models import Reglage
from app.alertes.rules_parametres import values
from app.db.types import Identifiant

_table = Reglage.__table__
# Built once: several screens read it at each request.
_OF_ONE = select(_table).where(_table.c.structure_id == bindparam("structure_id", type_=Identifiant))


def reglages_of(session: Session, structure_id: int) -> dict[str, int]:
    """The value of each of PARAMETRES, by code, in this structure: its own, or the default."""
    return values(stored_of(session, structure_id))


def stored_of(session: Session, structure_id: int) -> dict[str, int | None]:
    """What the structure set, by column (`version` among them), null where the default applies; empty without a row."""
    row = session.execute(_OF_ONE, {"structure_id": structure_id}).mappings().one_or_none()
    return {} if row is None else dict(row)
