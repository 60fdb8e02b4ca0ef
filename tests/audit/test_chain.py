"""Whatever is edited, removed or put back in the journal is found, and its place named."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.audit.ddl import create_append_only_guard, drop_append_only_guard
from app.audit.queries import Cause, Rupture, verify
from app.audit.rules import CHAINED, as_text, fingerprint
from app.audit.services import Acteur, Entree, record_many
from app.audit.vocabulaire import Action

LINES = 12


@pytest.fixture
def written(database, now):
    """Twelve lines in stream 6 and as many in stream 0, then no guard: somebody owns the data base."""
    acteurs = (Acteur.agent(12, 70), Acteur.commande())
    with database.writing() as session:
        record_many(
            session,
            [
                Entree(Action.DOSSIER_CONSULTE, acteur, now + timedelta(seconds=number), str(number), number, "code")
                for number in range(LINES)
                for acteur in acteurs
            ],
        )
    with database.engines.write.begin() as connection:
        drop_append_only_guard(connection)
    return database


def _edit(database, statement: str, **values: object) -> list[Rupture]:
    with database.engines.write.begin() as connection:
        assert connection.execute(text(statement), values).rowcount > 0
    with database.reading() as session:
        return verify(session)


def test_a_journal_that_nobody_touched_is_whole(written):
    with written.reading() as session:
        assert verify(session) == []


def test_an_edited_bit_of_any_hash_or_pseudonym_is_found_at_its_line(written):
    with written.engines.write.connect() as connection:
        query = text("SELECT dossier, empreinte, precedent FROM journal_acces WHERE flux = 6 AND numero = 7")
        line = connection.execute(query).mappings().one()
    for name, value in line.items():
        for position in range(32):
            altered = bytearray(value)
            altered[position] ^= 1 << position % 8
            statement = f"UPDATE journal_acces SET {name} = :value WHERE flux = 6 AND numero = 7"
            breaks = _edit(written, statement, value=bytes(altered))
            assert Rupture(6, 7, Cause.LIGNE_MODIFIEE) in breaks, (name, position)
            assert {found.numero for found in breaks} <= {7, 8}
            assert _edit(written, statement, value=value) == []


@pytest.mark.parametrize(
    "change",
    [
        "agent_id = 13",
        "agent_id = NULL",
        "acteur = 'commande'",
        "action = 'recherche'",
        "dossier = NULL",
        "nombre = nombre + 1",
        "nombre = NULL",
        "precision = 'code.'",
        "precision = NULL",
    ],
)
def test_an_edited_column_is_found_at_its_line(written, change):
    breaks = _edit(written, f"UPDATE journal_acces SET {change} WHERE flux = 6 AND numero = 7")
    assert breaks == [Rupture(6, 7, Cause.LIGNE_MODIFIEE)]


def test_a_microsecond_moved_is_found_at_its_line(written):
    if written.engines.write.dialect.name == "sqlite":
        change = "replace(instant, '.000250Z', '.000251Z')"
    else:
        change = "instant + interval '1 microsecond'"
    breaks = _edit(written, f"UPDATE journal_acces SET instant = {change} WHERE flux = 6 AND numero = 7")
    assert breaks == [Rupture(6, 7, Cause.LIGNE_MODIFIEE)]


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True, ids=["sqlite"])
@pytest.mark.parametrize("column", ["instant", "precision"])
def test_bytes_that_are_no_text_any_more_are_found_and_not_fatal(written, column):
    # PostgreSQL stores no broken text
    change = "CAST(x'32ff36' AS TEXT)"
    breaks = _edit(written, f"UPDATE journal_acces SET {column} = {change} WHERE flux = 0 AND numero = 3")
    assert breaks == [Rupture(0, 3, Cause.LIGNE_MODIFIEE)]


@pytest.mark.parametrize("numero", [1, 7])
def test_a_removed_line_is_found_at_its_place(written, numero):
    statement = "DELETE FROM journal_acces WHERE flux = 6 AND numero = :numero"
    assert _edit(written, statement, numero=numero) == [Rupture(6, numero, Cause.LIGNES_ABSENTES)]


def test_a_removed_line_whose_numbers_were_closed_up_is_found(written):
    _edit(written, "DELETE FROM journal_acces WHERE flux = 6 AND numero = 7")
    breaks = _edit(written, "UPDATE journal_acces SET numero = 7 WHERE flux = 6 AND numero = 8")
    assert Rupture(6, 7, Cause.CHAINE_ROMPUE) in breaks


def test_the_last_line_removed_is_found_by_the_head(written):
    statement = "DELETE FROM journal_acces WHERE flux = 6 AND numero = :last"
    assert _edit(written, statement, last=LINES) == [Rupture(6, LINES, Cause.TETE_DIFFERENTE)]


def test_a_whole_stream_removed_is_found(written):
    breaks = _edit(written, "DELETE FROM journal_acces WHERE flux = 6")
    assert breaks == [Rupture(6, 1, Cause.TETE_DIFFERENTE)]


def test_a_line_rewritten_with_its_own_hash_breaks_the_next_link(written):
    columns = ", ".join((*CHAINED, "precedent"))
    with written.engines.write.connect() as connection:
        query = text(f"SELECT {columns} FROM journal_acces WHERE flux = 6 AND numero = 7")
        line = dict(connection.execute(query).mappings().one())
    previous = line.pop("precedent")
    line |= {"nombre": 99, "instant": as_text(line["instant"])}
    breaks = _edit(
        written,
        "UPDATE journal_acces SET nombre = 99, empreinte = :empreinte WHERE flux = 6 AND numero = 7",
        empreinte=fingerprint([line[name] for name in CHAINED], previous),
    )
    assert breaks == [Rupture(6, 8, Cause.CHAINE_ROMPUE)]


def test_two_lines_exchanged_are_found(written):
    move = "UPDATE journal_acces SET numero = :to WHERE flux = 6 AND numero = :source"
    _edit(written, move, source=4, to=100)
    _edit(written, move, source=5, to=4)
    breaks = _edit(written, move, source=100, to=5)
    assert {(found.flux, found.numero) for found in breaks} >= {(6, 4), (6, 5)}


def test_the_guard_can_be_put_back(written):
    with written.engines.write.begin() as connection:
        create_append_only_guard(connection)
    with pytest.raises(IntegrityError, match="append-only"):
        _edit(written, "DELETE FROM journal_acces")
