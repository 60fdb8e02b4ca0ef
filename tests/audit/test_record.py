"""A line of the journal says who, when, what and which dossier, in the transaction of what it speaks of."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import column, func, insert, select
from sqlalchemy import table as sa_table
from sqlalchemy.exc import SQLAlchemyError

from app.audit.models import EntreeJournal, TeteFlux
from app.audit.queries import verify
from app.audit.rules import ORIGIN, fingerprint
from app.audit.services import Acteur, Entree, record, record_many
from app.audit.vocabulaire import Action, NomActeur
from app.db.types import Instant
from app.db.unit import Database

VALUES = st.one_of(st.none(), st.integers(), st.text(max_size=5), st.binary(max_size=5))


def test_a_line_says_who_when_what_and_which_dossier(database, vault, agent, now):
    with database.writing() as session:
        record(session, Action.NUMERO_REVELE, acteur=agent, now=now, dossier="K7M-42Q", nombre=1, precision="sms")
    with database.reading() as session:
        line = session.scalars(select(EntreeJournal)).one()
    assert (line.agent_id, line.acteur, line.flux, line.numero) == (12, NomActeur.AGENT, 70 % 64, 1)
    assert (line.action, line.instant, line.nombre, line.precision) == (Action.NUMERO_REVELE, now, 1, "sms")
    assert line.dossier == vault.pseudonymise("K7M-42Q")
    assert line.precedent == ORIGIN


def test_nothing_is_journalled_of_what_was_rolled_back(database, agent, now):
    with database.open_write() as session:
        record(session, Action.CLOTURE, acteur=agent, now=now)
        session.rollback()
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(EntreeJournal)) == 0
        assert verify(session) == []


def test_a_line_waits_for_the_caller_to_commit(database, agent, now):
    with database.open_write() as session:
        record(session, Action.CLOTURE, acteur=agent, now=now)
        with database.reading() as other:
            assert other.scalar(select(func.count()).select_from(EntreeJournal)) == 0


def test_structures_write_in_64_streams_each_with_its_own_chain(database, now):
    acteurs = [Acteur.agent(1, structure) for structure in (1, 2, 65, 1)]
    with database.writing() as session:
        for acteur in [*acteurs, Acteur.commande(), Acteur.inconnu()]:
            record(session, Action.CONNEXION, acteur=acteur, now=now)
    with database.reading() as session:
        heads = dict(session.execute(select(TeteFlux.flux, TeteFlux.numero)).all())
        assert heads == {0: 2, 1: 3, 2: 1}
        assert verify(session) == []


def test_many_lines_chain_as_the_same_lines_written_one_by_one(database, agent, now):
    entries = [
        Entree(Action.DOSSIER_CREE, acteur, now, dossier=str(number), nombre=number, precision=precision)
        for number, (acteur, precision) in enumerate(
            [(agent, None), (Acteur.commande(), "2026-11"), (agent, "a"), (Acteur.commande(), None)]
        )
    ]
    with database.writing() as session:
        record_many(session, entries)
        record_many(session, [])
        for entry in entries:
            record(
                session,
                entry.action,
                acteur=entry.acteur,
                now=now,
                dossier=entry.dossier,
                nombre=entry.nombre,
                precision=entry.precision,
            )
    with database.reading() as session:
        assert verify(session) == []
        lines = session.execute(
            select(EntreeJournal.flux, EntreeJournal.numero, EntreeJournal.nombre, EntreeJournal.precision)
        )
        assert {tuple(line) for line in lines} == {
            *((6, numero, nombre, code) for numero, nombre, code in [(1, 0, None), (2, 2, "a")]),
            *((6, numero, nombre, code) for numero, nombre, code in [(3, 0, None), (4, 2, "a")]),
            *((0, numero, nombre, code) for numero, nombre, code in [(1, 1, "2026-11"), (2, 3, None)]),
            *((0, numero, nombre, code) for numero, nombre, code in [(3, 1, "2026-11"), (4, 3, None)]),
        }


@pytest.mark.parametrize("words", ["Lina", "K7M-42Q", "deux mots", "", "a" * 41, "é", "a\n"])
def test_a_precision_is_a_code_never_words(database, agent, now, words):
    with database.open_write() as session, pytest.raises(ValueError, match="code"):
        record(session, Action.RECHERCHE, acteur=agent, now=now, precision=words)


def test_an_instant_without_a_time_zone_is_refused(database, agent):
    with database.open_write() as session, pytest.raises((SQLAlchemyError, ValueError)):
        record(session, Action.RECHERCHE, acteur=agent, now=datetime(2026, 11, 22))  # noqa: DTZ001


def test_a_database_without_a_journal_says_so(database, agent, now):
    bare = Database(database.engines)
    with bare.open_write() as session, pytest.raises(LookupError):
        record(session, Action.CONNEXION, acteur=agent, now=now)


def test_a_page_that_only_reads_cannot_write_to_the_journal(database, agent, now):
    with database.reading() as session, pytest.raises(SQLAlchemyError):
        record(session, Action.CONNEXION, acteur=agent, now=now)


@pytest.mark.parametrize(
    "change",
    [
        {"action": "lecture"},
        {"acteur": "personne"},
        {"dossier": b"K7M-42Q"},
        {"precision": "a" * 41},
        {"empreinte": b""},
        {"precedent": bytes(31)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_data_base_refuses_what_is_not_a_line(database, change):
    line = {
        "flux": 0,
        "numero": 1,
        "instant": datetime.fromisoformat("2026-11-22T10:00:00Z"),
        "acteur": "commande",
        "action": "demo",
        "precedent": ORIGIN,
        "empreinte": ORIGIN,
    }
    # plain columns: the enumerations would refuse first, and here the data base itself is asked
    table = sa_table("journal_acces", *(column(name) for name in line | change))
    line["instant"] = Instant().process_bind_param(line["instant"], database.engines.write.dialect)
    with database.engines.write.connect() as connection:
        with pytest.raises(SQLAlchemyError), connection.begin():
            connection.execute(insert(table), line | change)
        with connection.begin():
            connection.execute(insert(table), line)


@given(st.lists(VALUES, max_size=6), st.lists(VALUES, max_size=6))
def test_two_lines_never_have_the_same_hash(left, right):
    same = [(type(value), value) for value in left] == [(type(value), value) for value in right]
    assert (fingerprint(left, ORIGIN) == fingerprint(right, ORIGIN)) == same


@given(st.lists(VALUES, max_size=6))
def test_a_hash_depends_on_the_link_before(values):
    assert fingerprint(values, ORIGIN) != fingerprint(values, b"\1" * 32)
