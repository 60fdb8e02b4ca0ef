"""Who has a calendar to read."""

from __future__ import annotations

from app.accounts.models import Agent
from app.accounts.policies import Permission, permissions_of


def may_read_feed(agent: Agent) -> bool:
    """Whoever may still see dossiers: an address does not outlive the role nor the account."""
    return agent.desactive_le is None and Permission.VOIR_SES_DOSSIERS in permissions_of(agent.roles)


def may_revoke(*, owner_id: int, agent: Agent) -> bool:
    """An address is its owner's."""
    return owner_id == agent.id
