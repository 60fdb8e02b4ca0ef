"""What differs between the alerts that are open and those that the rules want open today: one statement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, not_, null, or_, select, union_all
from sqlalchemy.sql.selectable import CTE, CompoundSelect

from app.alertes.models import Alerte
from app.alertes.queries_regles import among_ids, is_one, true_today
from app.db.sql import same_json

Restriction = Callable[[Any], ColumnElement[bool]] | None


def _differences(wanted: CTE, restriction: Restriction) -> tuple[Select[Any], Select[Any]]:
    """To open, to open again or to correct; then to close (`regle` is null, `alerte_id` is not)."""
    stored = Alerte.__table__.c
    same_cause = and_(
        stored.dossier_id == wanted.c.dossier_id, stored.regle == wanted.c.regle, stored.cle == wanted.c.cle
    )
    other = or_(
        stored.id.is_(None),
        stored.fermee_le.is_not(None),
        stored.due != wanted.c.due,
        stored.depuis != wanted.c.depuis,
        stored.gravite != wanted.c.gravite,
        not_(same_json(stored.faits, wanted.c.faits)),
    )
    to_write = (
        select(*wanted.c, stored.id.label("alerte_id"), stored.fermee_le)
        .outerjoin_from(wanted, Alerte.__table__, same_cause)
        .where(other)
    )
    closing = [stored.dossier_id if column.name == "dossier_id" else null().label(column.name) for column in wanted.c]
    to_close = (
        select(*closing, stored.id.label("alerte_id"), stored.fermee_le)
        .outerjoin_from(Alerte.__table__, wanted, same_cause)
        .where(stored.fermee_le.is_(None), wanted.c.dossier_id.is_(None))
    )
    return to_write, to_close if restriction is None else to_close.where(restriction(stored.dossier_id))


def _differing(restriction: Restriction) -> CompoundSelect[Any]:
    wanted = true_today(restriction=restriction).cte("voulue")
    return union_all(*_differences(wanted, restriction))


# Built once: SQLAlchemy then finds their compiled text without walking them again.
# Rows: regle, dossier_id, cle, depuis, due, gravite, faits, alerte_id, fermee_le.
# Parameters: today, dossier_id. An equality, not a list of one: PostgreSQL then plans once for every dossier.
DIFFERENCES_OF_ONE = _differing(is_one)
# Parameters: today, ids.
DIFFERENCES_AMONG = _differing(among_ids)
# Parameter: today. The dossiers, in order, of which an alert has to be opened, closed or corrected.
_everybody = _differing(None).subquery()
DOSSIERS_THAT_DIFFER = select(_everybody.c.dossier_id).distinct().order_by(_everybody.c.dossier_id)
