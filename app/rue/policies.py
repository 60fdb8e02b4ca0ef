"""May this agent do this to that outing? A structure reads its own; an outing is its authors' to change."""

from __future__ import annotations

from collections.abc import Collection

from app.accounts.models import Agent


def may_read_sortie(*, structure_id: int, agent: Agent) -> bool:
    return structure_id == agent.structure_id


def may_edit_sortie(*, structure_id: int, authors: Collection[int], agent: Agent) -> bool:
    """Who wrote it or went; the coordinateur when they have left."""
    return may_read_sortie(structure_id=structure_id, agent=agent) and (agent.id in authors or agent.coordinateur)


def may_rename_lieu(*, structure_id: int, agent: Agent) -> bool:
    """The list of places is kept by the coordinateur: a name of a person typed there has to go."""
    return structure_id == agent.structure_id and agent.coordinateur
