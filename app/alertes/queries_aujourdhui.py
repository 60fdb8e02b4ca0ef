"""The few young people who come first this morning, one line each, for *Ma journée*. One statement.

The order is published and has one definition, `rules_ordre` (in SQL `queries_ordre.ORDRE`), which the inbox follows
too: legal clocks, minors, décrochages, silences, ends of steps, the rest; what is not treated climbs, at the pace of
its gravity. Alerts put off until later are not there.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.alertes.queries import Matin, morning


def today_lines(session: Session, agent: Agent, today: date, limite: int) -> Matin:
    """The first `limite` lines, for a message that names nobody: no contact is read."""
    return morning(session, agent=agent, today=today, limite=limite, contact=False)


def today_page(session: Session, agent: Agent, today: date, limite: int) -> Matin:
    """As `today_lines`, with the sealed contact of each line: whoever opens them journals it."""
    return morning(session, agent=agent, today=today, limite=limite, contact=True)
