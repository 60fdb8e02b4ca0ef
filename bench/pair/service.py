"""The peer in service, beside the application that it is compared with."""

from __future__ import annotations

from dataclasses import dataclass

from app.accounts.models import Agent
from bench.banc import Banc
from bench.navigateur import Navigateur, Wsgi
from bench.pair import reglages


@dataclass(frozen=True, slots=True)
class Pair:
    """Django's WSGI application, on the same copy."""

    application: Wsgi

    def browser(self, agent: Agent) -> Navigateur:
        return reglages.signed_in(self.application, agent_id=agent.id, courriel=agent.courriel)


def start(banc: Banc) -> Pair:
    """Start Django on the installation of `banc`, with its vault and its clock. Once a process."""
    application = reglages.start(banc.lieu)
    from bench.pair.coffre import Coffre

    Coffre.vault, Coffre.clock = banc.maison.vault, staticmethod(banc.maison.clock)
    return Pair(application)
