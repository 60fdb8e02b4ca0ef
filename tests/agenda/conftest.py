"""The people of `tests/referents`, and what is planned with them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any
from uuid import uuid4

import pytest

from app.accounts.models import Agent
from app.parcours import services_etapes, services_suivis
from app.parcours.models import Dossier
from app.parcours.rules_etapes import Faits
from app.parcours.vocabulaire import Canal, GenreEtape, StatutEtape
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

DEMAIN, MERCREDI = TODAY + timedelta(days=1), date(2026, 3, 25)


def plan(equipe: Equipe, agent: Agent, jour: date, *, dossier: Dossier | None = None, **given: Any) -> Any:  # noqa: F811
    """A contact that `agent` is to hold: by telephone at half past ten, unless told otherwise."""
    values = {"heure": time(10, 30), "canal": Canal.TELEPHONE, "contact_id": uuid4(), "depot": uuid4()} | given
    return services_suivis.plan_contact(
        equipe.session, dossier or equipe.dossier, agent=agent, acteur=equipe.acteur(agent), jour=jour,
        now=NOW, today=TODAY, **values,
    )  # fmt: skip


def step(equipe: Equipe, genre: GenreEtape, statut: StatutEtape, debut: date, fin_prevue: date | None = None) -> Any:  # noqa: F811
    return services_etapes.add_etape(
        equipe.session, equipe.dossier, faits=Faits(genre, statut, debut, fin_prevue=fin_prevue), etape_id=uuid4(),
        depot=uuid4(), acteur=equipe.acteur(equipe.nadia), now=NOW, today=TODAY,
    )  # fmt: skip


@pytest.fixture
def writing(house: Any, bureau: Equipe) -> Callable[[Callable[[], None]], None]:  # noqa: F811
    """Do this in the application's database, in the session of `bureau`, and commit."""

    def write(act: Callable[[], None]) -> None:
        with house.database.writing() as session:
            bureau.session = session
            bureau.dossier = session.merge(bureau.dossier)
            act()

    return write
