"""Two structures, people of every role, and files between them, on each engine in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from app.accounts.models import Agent, Structure
from app.accounts.vocabulaire import GenreStructure, Role
from app.audit.services import Acteur
from app.parcours.models import Dossier
from app.referents import services
from app.referents.models import Affectation
from app.referents.queries import open_affectation
from app.referents.vocabulaire import MotifAffectation
from tests.accounts.conftest import (  # noqa: F401 - the application and a browser
    Navigateur,
    app,
    house,
    navigateur,
    ouvrir,
    protege,
    rows,
)
from tests.conftest import NOW
from tests.factories import TODAY, make_agent, make_dossier, make_structure


@dataclass
class Equipe:
    """`nadia` is référent of `dossier`; `omar` may become it, from the same structure, `lea` from another."""

    session: Session
    maison: Any
    ici: Structure
    ailleurs: Structure
    nadia: Agent
    omar: Agent
    lea: Agent
    coordinatrice: Agent
    dossier: Dossier

    def acteur(self, agent: Agent) -> Acteur:
        return Acteur.agent(agent.id, agent.structure_id)

    @property
    def affectation(self) -> Affectation:
        return open_affectation(self.session, self.dossier.id)

    def hand_over(self, to: Agent, *, now: datetime = NOW + timedelta(days=1), **given: Any) -> Affectation:
        par = given.pop("par", self.nadia)
        values = {
            "motif": MotifAffectation.CHARGE,
            "note": None,
            "affectation_id": uuid4(),
            "remplace": self.affectation.id if self.affectation else uuid4(),
            "today": TODAY + timedelta(days=1),
            # another structure receives somebody who knows it
            "jeune_informe_le": TODAY if to.structure_id != self.ici.id else None,
        } | given
        return services.hand_over(
            self.session, self.dossier, to=to, par=par, acteur=self.acteur(par), now=now, **values
        )

    def follow(self) -> None:
        """What the unit of work does before its commit, without it."""
        self.maison.database.commit(self.session)


def make_equipe(session: Session, maison: Any, *, mot_de_passe: str | None = None) -> Equipe:
    ici, ailleurs = make_structure(session), make_structure(session, genre=GenreStructure.PLIE)
    secret = {"mot_de_passe": mot_de_passe}
    nadia, omar = (make_agent(session, ici, Role.REFERENT, Role.INTERVENANT, **secret) for _ in range(2))
    equipe = Equipe(
        session,
        maison,
        ici,
        ailleurs,
        nadia=nadia,
        omar=omar,
        lea=make_agent(session, ailleurs, **secret),
        coordinatrice=make_agent(session, ici, Role.COORDINATEUR, **secret),
        dossier=make_dossier(session, maison, ici, referent=nadia),
    )
    equipe.follow()
    return equipe


@contextmanager
def statements(*engines: Engine) -> Iterator[list[str]]:
    """The statements that reach these engines meanwhile."""
    seen: list[str] = []

    def note(connection, cursor, statement, *rest) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield seen
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def equipe(maison) -> Iterator[Equipe]:
    """The world above, committed, and the writing session it was made in."""
    with maison.database.open_write() as session:
        yield make_equipe(session, maison)


@pytest.fixture
def bureau(house, protege: str) -> Equipe:  # noqa: F811
    """The same people with their passwords, in the application; each write commits and closes its session."""
    with house.database.open_write() as session:
        equipe = make_equipe(session, house, mot_de_passe=protege)
        session.commit()
    return equipe


@pytest.fixture
def signed_in(ouvrir, bureau: Equipe) -> Callable[[str], Navigateur]:  # noqa: F811
    """A browser of this person, by their name in `Equipe`."""

    def open_as(name: str) -> Navigateur:
        navigateur = ouvrir()  # noqa: F811
        navigateur.sign_in(getattr(bureau, name))
        return navigateur

    return open_as
