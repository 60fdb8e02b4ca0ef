"""Every revision goes up and down with data, and the models say what the database has."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from app.db import migrations
from app.db.base import Base
from app.db.engine import Engines


def test_the_models_and_the_revisions_say_the_same(engines: Engines) -> None:
    with engines.read.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_down_to_nothing_and_up_again(engines: Engines) -> None:
    migrations.downgrade(engines.write, "base")
    assert set(inspect(engines.write).get_table_names()) <= {"alembic_version"}
    migrations.upgrade(engines.write)
    assert migrations.revisions(engines.read) == ("0023", "0023")
