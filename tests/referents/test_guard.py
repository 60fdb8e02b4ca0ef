"""Two affectations of one dossier that share an instant are impossible in the database, whoever writes."""

from datetime import UTC, datetime, timedelta
from itertools import combinations
from uuid import uuid4

import pytest
from alembic.script import ScriptDirectory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, text, update
from sqlalchemy.exc import IntegrityError

from app.db import migrations
from app.referents.models import Affectation
from app.referents.vocabulaire import MotifAffectation
from tests.factories import make_dossier
from tests.referents.conftest import Equipe

T0 = datetime(2025, 1, 1, tzinfo=UTC)
_TABLE = Affectation.__table__


def _day(n: int | None) -> datetime | None:
    return None if n is None else T0 + timedelta(days=n)


def _raw(connection: Connection, equipe: Equipe, debut: int, fin: int | None, *, dossier_id: int | None = None):
    row_id = uuid4()
    connection.execute(
        insert(_TABLE).values(
            id=row_id,
            dossier_id=dossier_id or equipe.dossier.id,
            agent_id=equipe.omar.id,
            debut=_day(debut),
            fin=_day(fin),
            motif=MotifAffectation.CHARGE,
        )
    )
    return row_id


@pytest.fixture
def connection(equipe: Equipe):
    """Below every service; the dossier has no affectation left."""
    equipe.session.close()
    with equipe.maison.database.engines.write.connect() as connection:
        connection.execute(_TABLE.delete())
        yield connection
        connection.rollback()


@pytest.mark.parametrize(
    ("debut", "fin"),
    [(10, 20), (12, 15), (5, 11), (19, 30), (5, 30), (5, None), (19, None), (10, None)],
)
def test_an_overlap_is_refused_on_insert_and_on_update(connection, equipe, debut, fin):
    _raw(connection, equipe, 10, 20)
    with pytest.raises(IntegrityError, match="affectation_chevauchante"), connection.begin_nested():
        _raw(connection, equipe, debut, fin)
    later = _raw(connection, equipe, 40, 50)
    move = update(_TABLE).where(_TABLE.c.id == later).values(debut=_day(debut), fin=_day(fin))
    with pytest.raises(IntegrityError, match="affectation_chevauchante"), connection.begin_nested():
        connection.execute(move)


@pytest.mark.parametrize(("debut", "fin"), [(20, 30), (5, 10), (20, None)])
def test_half_open_neighbours_are_accepted(connection, equipe, debut, fin):
    _raw(connection, equipe, 10, 20)
    _raw(connection, equipe, debut, fin)


def test_two_open_ones_are_refused_even_when_the_first_begins_later(connection, equipe):
    _raw(connection, equipe, 10, None)
    for debut in (5, 10, 15):
        with pytest.raises(IntegrityError), connection.begin_nested():
            _raw(connection, equipe, debut, None)


def test_moving_a_row_to_another_dossier_is_no_way_around(connection, equipe, maison):
    connection.commit()
    with maison.database.writing() as session:
        other = make_dossier(session, maison, equipe.ici)
    _raw(connection, equipe, 10, 20)
    moved = _raw(connection, equipe, 15, 18, dossier_id=other.id)
    with pytest.raises(IntegrityError, match="affectation_chevauchante"), connection.begin_nested():
        connection.execute(update(_TABLE).where(_TABLE.c.id == moved).values(dossier_id=equipe.dossier.id))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    st.lists(
        st.tuples(st.integers(0, 12), st.one_of(st.none(), st.integers(1, 6))).map(
            lambda pair: (pair[0], None if pair[1] is None else pair[0] + pair[1])
        ),
        max_size=8,
    )
)
def test_what_the_database_accepts_never_overlaps_and_what_it_refuses_would(connection, equipe, intervals):
    def meet(one, other):
        return one[0] < (other[1] or 99) and other[0] < (one[1] or 99)

    accepted = []
    with connection.begin_nested() as everything:
        for interval in intervals:
            free = not any(meet(interval, other) for other in accepted)
            try:
                with connection.begin_nested():
                    _raw(connection, equipe, *interval)
            except IntegrityError:
                assert not free
            else:
                accepted.append(interval)
        assert not any(meet(one, other) for one, other in combinations(accepted, 2))
        everything.rollback()


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
@pytest.mark.parametrize("verb", ["INSERT OR REPLACE", "INSERT OR IGNORE"])
def test_sqlite_conflict_clauses_do_not_go_around_the_guard(connection, equipe, verb):
    first = _raw(connection, equipe, 10, None)
    with pytest.raises(IntegrityError), connection.begin_nested():
        connection.exec_driver_sql(
            f"{verb} INTO affectation (id, dossier_id, agent_id, debut, motif) VALUES (?, ?, ?, ?, 'charge')",
            (uuid4().hex, equipe.dossier.id, equipe.omar.id, "2025-01-15T00:00:00.000000Z"),
        )
    assert connection.scalars(_TABLE.select().with_only_columns(_TABLE.c.id)).all() == [first]


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
@pytest.mark.parametrize("debut", ["2025-01-01", "2025-01-01 00:00:00", "2025-01-01T00:00:00+01:00", 20250101, b"2025"])
def test_sqlite_refuses_an_instant_that_text_cannot_order(connection, equipe, debut):
    with pytest.raises(IntegrityError, match="affectation_instant_illisible"), connection.begin_nested():
        connection.exec_driver_sql(
            "INSERT INTO affectation (id, dossier_id, agent_id, debut, motif) VALUES (?, ?, ?, ?, 'charge')",
            (uuid4().hex, equipe.dossier.id, equipe.omar.id, debut),
        )


def test_every_revision_that_has_the_table_has_the_guard(engines):
    """Stepping down and up again, since a migration that rebuilds the table could lose it."""
    script = ScriptDirectory.from_config(migrations.configuration())
    newest_first = [revision.revision for revision in script.walk_revisions()]
    for revision in newest_first:
        migrations.downgrade(engines.write, revision)
        _assert_guarded(engines.write)
    for revision in reversed(newest_first):
        migrations.upgrade(engines.write, revision)
        _assert_guarded(engines.write)


def _assert_guarded(engine) -> None:
    with engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        names = connection.scalars(
            text(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'affectation'"
                if sqlite
                else "SELECT conname FROM pg_constraint WHERE conrelid = 'affectation'::regclass AND contype = 'x'"
            )
        ).all()
    expected = {
        f"affectation_{what}_{verb}" for what in ("chevauchante", "instant_illisible") for verb in ("insert", "update")
    }
    assert set(names) == (expected if sqlite else {"affectation_chevauchante"})
