"""The people of `tests/referents`, who go out."""

from __future__ import annotations

from datetime import date, time
from typing import Any
from uuid import UUID, uuid4

from app.accounts.models import Agent
from app.parcours.vocabulaire import TrancheAge
from app.rue import services
from app.rue.models import SortieRue
from app.rue.rules import Faits, NouveauLieu
from app.rue.vocabulaire import ActionRue, SexeRencontre
from tests.accounts.conftest import compte, rows  # noqa: F401
from tests.conftest import NOW
from tests.factories import TODAY
from tests.referents.conftest import (  # noqa: F401
    Equipe,
    app,
    bureau,
    equipe,
    house,
    navigateur,
    ouvrir,
    protege,
    signed_in,
)

FILLES, GARCONS, AUTRES = SexeRencontre
JEUNES = {(TrancheAge.DE_11_A_15, GARCONS): 4, (TrancheAge.DE_18_A_21, FILLES): 2}


def faits(equipe: Equipe, *agents: Agent, lieu: object = None, **said: Any) -> Faits:  # noqa: F811
    """Two hours at the Place Bissy with six young people, unless told otherwise."""
    given = {
        "lieu": lieu or NouveauLieu(equipe.dossier.territoire_id, "Place Bissy"),
        "jour": TODAY, "debut": time(18, 30), "fin": time(20, 30), "actions": (ActionRue.PRESENCE,),
        "agents": frozenset(agent.id for agent in agents or (equipe.nadia,)),
        "rencontres": JEUNES, "premieres": 1, "refus": 2,
    }  # fmt: skip
    return Faits(**(given | said))


def go_out(
    equipe: Equipe,  # noqa: F811
    *agents: Agent,
    par: Agent | None = None,
    depot: UUID | None = None,
    today: date = TODAY,
    **said: Any,
) -> SortieRue:
    author = par or (agents[0] if agents else equipe.nadia)
    return services.add_sortie(
        equipe.session, faits(equipe, *agents, **said), agent=author, depot=depot or uuid4(),
        acteur=equipe.acteur(author), now=NOW, today=today,
    )  # fmt: skip
