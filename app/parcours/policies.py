"""Who may correct a follow-up, take it away, take a démarche back, read a goal.

Who may read words is for the room `referents`, which knows who is what to whom.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from app.accounts.models import Agent
from app.accounts.vocabulaire import GenreStructure
from app.parcours.rules_objectifs import themes_read
from app.parcours.vocabulaire import GenreEtape, Theme


def may_edit_suivi(*, author_id: int | None, agent: Agent) -> bool:
    """A follow-up is somebody's word: its author alone corrects it."""
    return author_id is not None and author_id == agent.id


def may_delete_suivi(*, author_id: int | None, ecrit_le: date, agent: Agent, today: date) -> bool:
    """Noted by mistake: its author takes it away on the day it was written; later it is part of the history."""
    return may_edit_suivi(author_id=author_id, agent=agent) and ecrit_le == today


def may_undo_demarche(*, author_id: int | None, jour: date, agent: Agent, today: date) -> bool:
    """A tap too many is taken back by whoever made it, on the day itself; later it is part of the history."""
    return author_id is not None and author_id == agent.id and jour == today


def may_read_objectif(
    theme: Theme, *, author_id: int | None, agent: Agent, genres: Collection[GenreEtape] | None
) -> bool:
    """A partner reads the goals that their purpose needs, and those they wrote; `genres` as in `themes_read`."""
    return theme in themes_read(genres) or (author_id is not None and author_id == agent.id)


def is_mission_locale(agent: Agent) -> bool:
    """The mission locale alone convenes and transmits (code de l’éducation, art. R. 114-7)."""
    return agent.structure.genre is GenreStructure.MISSION_LOCALE
