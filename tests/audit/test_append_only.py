"""The data base itself refuses to change or remove a line of the journal."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.audit.queries import verify
from app.audit.services import record
from app.audit.vocabulaire import Action

COPY = """INTO journal_acces (id, flux, numero, instant, acteur, action, precedent, empreinte)
SELECT {}, flux, {}, instant, acteur, 'demo', precedent, empreinte FROM journal_acces"""


@pytest.fixture
def written(database, agent, now):
    with database.writing() as session:
        record(session, Action.DOSSIER_CONSULTE, acteur=agent, now=now, dossier="K7M-42Q")
    return database


def _refuse(database, statement: str) -> str:
    with pytest.raises(IntegrityError) as refusal, database.engines.write.begin() as connection:
        connection.execute(text(statement))
    with database.reading() as session:
        assert verify(session) == []
        assert session.scalar(text("SELECT count(*) FROM journal_acces")) == 1
    return str(refusal.value)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal_acces SET nombre = 1",
        "UPDATE journal_acces SET id = id + 1",
        "DELETE FROM journal_acces",
        "DELETE FROM journal_acces WHERE flux = 6",
    ],
)
def test_a_line_is_never_changed_nor_removed(written, statement):
    assert "append-only" in _refuse(written, statement)


@pytest.mark.parametrize("place", [("id", "numero + 1"), ("id + 1", "numero")])
def test_a_line_is_never_replaced(written, place):
    # OR REPLACE is SQLite's: it removes the line in the way without firing any trigger on DELETE
    insert = "INSERT OR REPLACE " if written.engines.write.dialect.name == "sqlite" else "INSERT "
    _refuse(written, insert + COPY.format(*place))


@pytest.mark.postgresql
@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
def test_the_table_is_never_emptied_at_once(written):
    assert "append-only" in _refuse(written, "TRUNCATE journal_acces")
