"""The application opened on an installation, somebody signed in: what a measure is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app import create_app
from app.accounts.maison import Maison, jour_de
from app.accounts.models import Agent
from app.parcours.models import Dossier, Etat
from bench.generateur import CHARGE, COORDINATEUR, LEGER, MOT_DE_PASSE, REFERENT
from bench.lieux import Lieu, ticking
from bench.navigateur import Navigateur, hidden_fields


@dataclass(frozen=True, slots=True)
class Banc:
    """One installation, in service. `ici` is the browser of the référent of a hundred dossiers."""

    lieu: Lieu
    app: Flask
    maison: Maison
    ici: Navigateur

    @property
    def now(self) -> datetime:
        return self.maison.clock()

    @property
    def today(self) -> date:
        return jour_de(self.now)


@contextmanager
def in_service(lieu: Lieu) -> Iterator[Banc]:
    """Open the application on `lieu` and sign the référent in, by the page that people use."""
    app = create_app(lieu.settings(), clock=ticking())
    maison: Maison = app.extensions["parcours"]
    try:
        yield Banc(lieu, app, maison, signed_in(app, REFERENT))
    finally:
        maison.database.engines.dispose()


def signed_in(app: Callable, courriel: str) -> Navigateur:
    browser = Navigateur(app)
    fields = hidden_fields(browser.get("/connexion"))
    browser.post("/connexion", fields | {"courriel": courriel, "mot_de_passe": MOT_DE_PASSE})
    return browser


def agent_named(session: Session, courriel: str) -> Agent:
    return session.scalars(select(Agent).where(Agent.courriel == courriel).options(joinedload(Agent.structure))).one()


def referent(session: Session) -> Agent:
    return agent_named(session, REFERENT)


def coordinateur(session: Session) -> Agent:
    return agent_named(session, COORDINATEUR)


def referents(session: Session, combien: int) -> list[Agent]:
    """`combien` référents at most, the one of the measures first."""
    query = select(Agent).where(Agent.referent).options(joinedload(Agent.structure)).order_by(Agent.id)
    return list(session.scalars(query.limit(combien)))


def ordinary_codes(session: Session, agent: Agent) -> list[str]:
    """The codes of the open dossiers that `agent` answers for, but the two made to be compared."""
    query = (
        select(Dossier.code)
        .join(Etat, Etat.dossier_id == Dossier.id)
        .where(Etat.referent_id == agent.id, Etat.clos_le.is_(None), Dossier.code.not_in([CHARGE, LEGER]))
        .order_by(Dossier.id)
    )
    return list(session.scalars(query))
