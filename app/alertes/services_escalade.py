"""What is missing and nobody treats goes up: référent, then suppléant, then coordinateur of the structure; the
responsable counts.

The référent is told when the alert opens; while somebody covers them, that one is. A suppléant reads at once all that
is open in what they cover, and what stays open for as long as the structure allows goes to the coordinateurs: an
absence stops no clock. Without a suppléant who is there, the coordinateurs have it from the first day (`unanswered`).
Nobody is told twice of one opening: `escaladee_le` is cleared when the alert closes.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Integer, and_, bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.alertes.models import Alerte, EvenementAlerte, Reglage
from app.alertes.queries_lignes import TODAY, shown
from app.alertes.rules_ordre import GRAVITE_DU_MANQUE
from app.alertes.rules_parametres import PARAMETRES
from app.alertes.vocabulaire import GenreEvenement
from app.db.sql import add_days, among, code, ids_parameter, number, paris_day
from app.db.types import Instant
from app.parcours.models import Dossier

PAR_TRANSACTION = 5_000
_ALERTES = ids_parameter("alertes")
_NOW = bindparam("now", type_=Instant)
_reglage = Reglage.__table__.c
_delay = func.coalesce(_reglage.escalade, number(PARAMETRES["escalade"].defaut), type_=Integer())
# A date to confirm or something to prepare waits for the référent: brought up with the rest, it would drown them.
_MISSING = Alerte.gravite <= number(GRAVITE_DU_MANQUE)
# One being written at this very moment is left for the next pass: nobody waits for this one.
_WAITING = (
    select(Alerte.id)
    .join(Dossier, Dossier.id == Alerte.dossier_id)
    .outerjoin(Reglage.__table__, _reglage.structure_id == Dossier.structure_id)
    .where(
        shown(Alerte), Alerte.escaladee_le.is_(None), _MISSING, add_days(paris_day(Alerte.ouverte_le), _delay) <= TODAY
    )
    .order_by(Alerte.id)
    .limit(bindparam("limite", type_=Integer()))
    .with_for_update(of=Alerte, skip_locked=True)
)
_RAISE = update(Alerte.__table__).where(among(Alerte.__table__.c.id, _ALERTES)).values(escaladee_le=_NOW)
# Each coordinateur is told; without any, the day is kept all the same.
_TELL = insert(EvenementAlerte.__table__).from_select(
    ["alerte_id", "quand", "genre", "agent_id"],
    select(Alerte.id, _NOW, code(GenreEvenement.ESCALADEE), Agent.id)
    .join(Dossier, Dossier.id == Alerte.dossier_id)
    .outerjoin(
        Agent,
        and_(Agent.structure_id == Dossier.structure_id, Agent.coordinateur.is_(True), Agent.desactive_le.is_(None)),
    )
    .where(among(Alerte.id, _ALERTES)),
)


def escalate(session: Session, *, today: date, now: datetime, limite: int = PAR_TRANSACTION) -> int:
    """Bring to the coordinateurs what stayed open for as long as their structure allows; how many alerts, at most
    `limite`: so that no write waits long, whoever has more calls again.

    What is put off is not late. A call that finds less than `limite` leaves nothing to do.
    """
    found = session.scalars(_WAITING, {"today": today, "limite": limite}).all()
    if found:
        session.execute(_RAISE, {"alertes": found, "now": now})
        session.execute(_TELL, {"alertes": found, "now": now})
    return len(found)
