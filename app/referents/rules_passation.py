"""A handover is a receipt away from being over: who must take note of it, who may refuse it, what the young person
was told. Pure arithmetic on days."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from app.config import PARIS
from app.db.errors import DomainError
from app.referents.rules import LECTURE_ANCIEN, reads_since

# days during which a handover that was not acknowledged may be given back; later, one hands it over
REFUS_AU_PLUS = 7
# days after which a handover that nobody acknowledged is late
ACCUSE_ATTENDU = 3


def awaits_receipt(*, agent_id: int, par_id: int | None, accusee_le: datetime | None) -> bool:
    """Whether an open affectation waits for its référent's word: somebody else made it.

    What one takes on by oneself, and what a command or an import wrote, needs none.
    """
    return accusee_le is None and par_id is not None and par_id != agent_id


def refusable_until(debut: datetime) -> date:
    """The last day when it may be given back."""
    return debut.astimezone(PARIS).date() + timedelta(days=REFUS_AU_PLUS)


def late_since(today: date) -> date:
    """A handover of this day or earlier, which nobody acknowledged, is late."""
    return today - timedelta(days=ACCUSE_ATTENDU)


def recent_since(today: date) -> datetime:
    """A handover of this instant or later is news: as long as its author reads the dossier."""
    return reads_since(today)


def last_reading_day(sorti_le: datetime) -> date:
    """The last day when whoever handed a dossier over reads it."""
    return sorti_le.astimezone(PARIS).date() + timedelta(days=LECTURE_ANCIEN)


def check_informed(le: date | None, *, elsewhere: bool, today: date) -> None:
    """Another structure receives a young person who knows it. RGPD, art. 13 and 14; CASF, art. L. 226-2-2.

    DomainErrors: jeune_a_informer, information_a_venir.
    """
    if le is None and elsewhere:
        raise DomainError("jeune_a_informer", field="jeune_informe_le")
    if le is not None and le > today:
        raise DomainError("information_a_venir", field="jeune_informe_le")
