"""Who is away in the demonstration: one whom a colleague covers today, one next week, one later without anybody."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.cli.demonstration.decor import COMPTES
from app.cli.demonstration.gestes import acteur_of, instant
from app.referents.services_absences import note_absence

# (who, who covers them, first day and how many, from today)
ABSENCES = (("Karim", "Sarah", -2, 8), ("Thomas", "Nadia", 4, 5), ("Sarah", None, 14, 4))


def note(session: Session, *, today: date) -> None:
    """Each noted by themselves, on the day before today or before it began."""
    courriels = [compte.courriel for compte in COMPTES]
    agents = {agent.prenom: agent for agent in session.scalars(select(Agent).where(Agent.courriel.in_(courriels)))}
    for prenom, suppleant, first, length in ABSENCES:
        who, depuis = agents[prenom], today + timedelta(days=first)
        noted = min(depuis, today) - timedelta(days=1)
        days = {"depuis": depuis, "jusqu_au": depuis + timedelta(days=length), "absence_id": uuid4()}
        common = {"par": who, "acteur": acteur_of(who), "now": instant(noted), "today": noted}
        note_absence(session, who, suppleant=agents.get(suppleant), **days, **common)
