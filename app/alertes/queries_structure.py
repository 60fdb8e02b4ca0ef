"""How many alerts a structure has: counts only, no dossier."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from app.alertes.models import Alerte
from app.alertes.vocabulaire import Regle
from app.parcours.models import Dossier


class Compte(NamedTuple):
    """How many alerts, and how many young people they speak of."""

    alertes: int
    jeunes: int


AUCUNE = Compte(0, 0)


def counts_of(session: Session, structure_id: int) -> list[tuple[Regle, Compte, Compte]]:
    """(rule, open alerts, those of them brought to the coordinateur), in the order of the rules."""
    raised = case((Alerte.escaladee_le.is_not(None), Alerte.dossier_id))
    rows = session.execute(
        select(
            Alerte.regle,
            func.count(),
            func.count(Alerte.dossier_id.distinct()),
            func.count(raised),
            func.count(raised.distinct()),
        )
        .join(Dossier, Dossier.id == Alerte.dossier_id)
        .where(Dossier.structure_id == structure_id, Alerte.fermee_le.is_(None))
        .group_by(Alerte.regle)
    )
    found = {regle: (regle, Compte(*counts[:2]), Compte(*counts[2:])) for regle, *counts in rows}
    return [found[regle] for regle in Regle if regle in found]
