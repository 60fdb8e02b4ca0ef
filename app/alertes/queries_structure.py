"""How many alerts a structure has: counts only, no dossier."""

from __future__ import annotations

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from app.alertes.models import Alerte
from app.alertes.vocabulaire import Regle
from app.db.sql import number
from app.parcours.models import Dossier


def counts_of(session: Session, structure_id: int) -> list[tuple[Regle, int, int]]:
    """(rule, open alerts, of which brought to the coordinateur), in the order of the rules."""
    raised = func.sum(case((Alerte.escaladee_le.is_not(None), number(1)), else_=number(0)))
    rows = session.execute(
        select(Alerte.regle, func.count(), raised)
        .join(Dossier, Dossier.id == Alerte.dossier_id)
        .where(Dossier.structure_id == structure_id, Alerte.fermee_le.is_(None))
        .group_by(Alerte.regle)
    )
    found = {regle: (regle, ouvertes, portees) for regle, ouvertes, portees in rows}
    return [found[regle] for regle in Regle if regle in found]
