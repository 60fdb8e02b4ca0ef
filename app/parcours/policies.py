"""Who may correct a follow-up. Who may read its words is for the room `referents`, which knows who is what to whom."""

from __future__ import annotations

from app.accounts.models import Agent


def may_edit_suivi(*, author_id: int | None, agent: Agent) -> bool:
    """A follow-up is somebody's word: its author alone corrects it."""
    return author_id is not None and author_id == agent.id
