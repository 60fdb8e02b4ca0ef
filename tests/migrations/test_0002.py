"""Data goes through 0002, down and up, on both engines; the journal stays append-only on the other side."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import DatabaseError, IntegrityError

from app.accounts.maison import Maison
from app.alertes.models import Alerte, EvenementAlerte
from app.alertes.vocabulaire import GenreEvenement, Regle
from app.audit.queries import verify
from app.audit.services import Acteur, record
from app.audit.vocabulaire import Action
from app.db import migrations
from app.parcours import services_etapes
from app.parcours.rules_etapes import Faits
from app.parcours.vocabulaire import GenreEtape, StatutEtape
from tests.conftest import NOW
from tests.factories import TODAY, make_agent, make_dossier, make_structure

LATER = NOW + timedelta(hours=1)
KEPT = ("agent", "dossier", "etape", "etat", "situation_mois", "affectation", "journal_acces", "alerte")
OLD_RULES = ("silence", "etape_en_retard", "sans_referent")
Rows = list[dict[str, Any]]


@pytest.fixture
def lived_in(maison: Maison) -> Maison:
    """Two dossiers, their steps and state rows, lines of the journal, alerts of old and new rules."""
    with maison.database.writing() as session:
        structure = make_structure(session)
        referent = make_agent(session, structure)
        common = {"acteur": Acteur.commande(), "now": NOW, "today": TODAY}
        for genre in (GenreEtape.DECROCHAGE, GenreEtape.FORMATION):
            dossier = make_dossier(session, maison, structure, referent=referent)
            faits = Faits(genre=genre, statut=StatutEtape.EN_COURS, debut=date(2026, 2, 2))
            services_etapes.add_etape(session, dossier, faits=faits, etape_id=uuid4(), depot=uuid4(), **common)
    with maison.database.writing() as session:
        for number, regle in enumerate((Regle.SILENCE, Regle.ETAPE_EN_RETARD, Regle.SANS_REFERENT, Regle.AGE), 1):
            alert = Alerte(
                dossier_id=dossier.id,
                regle=regle,
                cle=f"migration {number}",
                depuis=date(2026, 2, number),
                due=date(2026, 3, number),
                gravite=number,
                faits={"jours": number, "situation": "décrochage"},
                ouverte_le=NOW,
                fermee_le=LATER if number == 2 else None,
                reprises=number,
            )
            session.add(alert)
            session.flush()
            session.add(EvenementAlerte(alerte_id=alert.id, quand=NOW, genre=GenreEvenement.OUVERTE))
        record(session, Action.ALERTE_REPORTEE, acteur=Acteur.commande(), now=NOW)
    return maison


def contents(maison: Maison) -> dict[str, Rows]:
    """Every row of the tables that both revisions have, as the database stores it."""
    engine = maison.database.engines.read
    with engine.connect() as connection:
        return {
            table: [dict(row) for row in connection.execute(text(f"SELECT * FROM {table} ORDER BY {key}")).mappings()]
            for table in KEPT
            for key in [", ".join(inspect(engine).get_pk_constraint(table)["constrained_columns"])]
        }


def within(rows: Rows, columns: Rows) -> Rows:
    """The same rows, of the columns that the others have."""
    return [{name: row[name] for name in columns[0]} for row in rows]


def down(maison: Maison) -> None:
    migrations.downgrade(maison.database.engines.write, "0001")


def up(maison: Maison) -> None:
    migrations.upgrade(maison.database.engines.write)


def refused(maison: Maison, statement: str) -> str:
    with pytest.raises(DatabaseError) as refusal, maison.database.engines.write.begin() as connection:
        connection.execute(text(statement))
    assert isinstance(refusal.value, IntegrityError), refusal.value
    return str(refusal.value)


def test_what_both_revisions_know_goes_down_and_up_unchanged(lived_in: Maison) -> None:
    before = contents(lived_in)
    assert len(before["etape"]) == len(before["etat"]) == 2
    assert all(before.values())
    down(lived_in)
    below = contents(lived_in)
    for table in KEPT:
        expected = before[table]
        if table == "alerte":
            expected = [row for row in expected if row["regle"] in OLD_RULES]
            assert len(expected) >= 3
        assert below[table] == within(expected, below[table]), table
    up(lived_in)
    above = contents(lived_in)
    for table in KEPT:
        assert within(above[table], below[table]) == below[table], table
        assert above[table][0].keys() == before[table][0].keys(), table
    new = above["alerte"][0].keys() - below["alerte"][0].keys()
    assert {row[name] for row in above["alerte"] for name in new} == {None}
    assert {bool(row["courriel_matin"]) for row in above["agent"]} == {True}


def test_only_what_the_old_revision_cannot_say_is_lost(lived_in: Maison) -> None:
    with lived_in.database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM alerte WHERE regle = 'age' AND cle = 'migration 4'")) == 1
    down(lived_in)
    with lived_in.database.engines.read.connect() as connection:
        left = connection.scalars(text("SELECT regle FROM alerte WHERE cle LIKE 'migration %' ORDER BY id")).all()
    assert left == list(OLD_RULES)
    assert "ck_alerte_regle" in refused(lived_in, "UPDATE alerte SET regle = 'age'")
    up(lived_in)
    with lived_in.database.engines.write.begin() as connection:
        connection.execute(text("UPDATE alerte SET regle = 'age' WHERE cle = 'migration 1'"))
    assert "ck_alerte_regle" in refused(lived_in, "UPDATE alerte SET regle = 'autre'")


@pytest.mark.parametrize("revision", ["0001", "0002"])
def test_the_journal_is_whole_and_append_only_after_each_way(lived_in: Maison, revision: str) -> None:
    down(lived_in)
    if revision == "0002":
        up(lived_in)
    database = lived_in.database
    with database.reading() as session:
        lines = session.scalar(text("SELECT count(*) FROM journal_acces"))
        assert lines > 2
        assert verify(session) == []
    for statement in ("UPDATE journal_acces SET nombre = 1", "DELETE FROM journal_acces"):
        assert "append-only" in refused(lived_in, statement)
    with database.writing() as session:
        record(session, Action.ALERTE_REPORTEE, acteur=Acteur.commande(), now=LATER)
    with database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM journal_acces")) == lines + 1
        assert verify(session) == []
