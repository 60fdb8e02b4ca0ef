"""How long an act may be taken back by whoever did it."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.db.errors import DomainError

# long enough to see the mistake, short enough that nobody has built on it
DELAI = timedelta(seconds=30)
# the answer travels, and a finger takes its time
GRACE = timedelta(seconds=10)
# after that nobody can ask any more; what it held goes
GARDE = timedelta(hours=1)


def check_delai(fait_le: datetime, *, now: datetime) -> None:
    """Raises DomainError annulation_tardive."""
    if now - fait_le > DELAI + GRACE:
        raise DomainError("annulation_tardive")
