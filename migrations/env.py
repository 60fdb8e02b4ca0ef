"""Runs the revisions on the database that the settings name, or on the connection that a caller hands over."""

from importlib import import_module

from alembic import context

from app.config import read_settings
from app.db.base import Base
from app.db.engine import make_engine

for name in (
    "accounts.models",
    "audit.models",
    "parcours.models",
    "parcours.models_actes",
    "parcours.models_objectifs",
    "parcours.models_freins",
    "parcours.models_propositions",
    "programme.models",
    "rue.models",
    "referents.models",
    "referents.models_continuite",
    "referents.models_demandes",
    "referents.models_repartition",
    "referents.models_fusion",
    "referents.models_urgence",
    "jeunes.models",
    "alertes.models",
    "alertes.models_taches",
    "agenda.models",
    "cohortes.models",
):
    import_module(f"app.{name}")


def render_item(kind, item, autogen_context):
    """Our own types by their name; a column of codes is plain text for the database."""
    name = type(item).__name__
    if kind == "type" and name == "Instant":
        autogen_context.imports.add("from app.db.types import Instant")
        return "Instant()"
    if kind == "type" and name == "Codes":
        return "sa.String(length=400)"
    return False


def migrate(connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_item=render_item,
        render_as_batch=connection.dialect.name == "sqlite",
        # Our SQLite engine opens every transaction itself, so a failed revision leaves nothing behind.
        transactional_ddl=True,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()


handed_over = context.config.attributes.get("connection")
if handed_over is not None:
    migrate(handed_over)
else:
    engine = make_engine(read_settings().database_url, begin="BEGIN IMMEDIATE")
    with engine.begin() as connection:
        migrate(connection)
    engine.dispose()
