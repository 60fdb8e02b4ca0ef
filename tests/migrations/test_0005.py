"""Drafts go through 0005, down and up, on both engines: what is being written stays, what was saved leaves no trace."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import text

from app.accounts import brouillons
from app.accounts.maison import Maison
from app.db import migrations
from tests.conftest import NOW
from tests.factories import make_agent, make_structure


def test_down_and_up_with_drafts(maison: Maison) -> None:
    begun, saved = uuid4(), uuid4()
    with maison.database.writing() as session:
        agent = make_agent(session, make_structure(session))
        said = {"agent_id": agent.id, "chemin": "/dossiers/nouveau"}
        brouillons.write(session, maison.vault, brouillon_id=begun, saisie=[("mots", "…")], now=NOW, **said)
        later = NOW + timedelta(minutes=5)
        brouillons.write(session, maison.vault, brouillon_id=begun, saisie=[("mots", "deux")], now=later, **said)
        brouillons.settle(session, brouillon_id=saved, now=NOW, **said)
    migrations.downgrade(maison.database.engines.write, "0004")
    with maison.database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM brouillon")).scalar_one() == 1
    migrations.upgrade(maison.database.engines.write)
    with maison.database.reading() as session:
        (kept,) = brouillons.list_of(session, agent_id=agent.id, now=NOW)
        assert (kept.id, kept.modifie_le) == (begun, NOW)
        asked: dict[str, UUID] = {"brouillon_id": begun}
        assert brouillons.take(session, maison.vault, now=NOW, **asked, **said) == [("mots", "deux")]
