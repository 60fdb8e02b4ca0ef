"""The nation: the town of 60,000 written eighteen times over by the engine itself, in a few statements.

Every copy has its own structures, agents and dossiers; names are not copied, since nobody's key could open them: at
this size the rules that count birthdays go by the birth year. Alerts and next dates are copied with the rest.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, Table, func, insert, literal_column, select
from sqlalchemy.sql.elements import ColumnElement

from app.accounts.models import Agent, Structure
from app.alertes.models import Alerte, Echeance
from app.db.engine import make_engines
from app.parcours.models import ContactPrevu, Dossier, Etape, Etat, Reouverture, Suivi
from app.parcours.models_actes import Demarche, Jalon, MiseEnAttente, Verification
from app.programme.models import Territoire
from app.referents.models import Affectation, MembreEquipe
from bench.lieux import Lieu

VILLE = 60_000
SANS_CONTROLE = {
    "sqlite": "PRAGMA foreign_keys = OFF",
    "postgresql": "SET session_replication_role = replica",
}
# In the order of their foreign keys.
TABLES: tuple[type, ...] = (
    Structure,
    Territoire,
    Agent,
    Dossier,
    Reouverture,
    Etape,
    Suivi,
    ContactPrevu,
    Affectation,
    MembreEquipe,
    MiseEnAttente,
    Demarche,
    Jalon,
    Verification,
    Etat,
    Alerte,
    Echeance,
)


def multiply(lieu: Lieu) -> None:
    """Fill `lieu`, which holds a copy of the town, up to its size."""
    engines = make_engines(lieu.settings())
    engine = engines.write
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(SANS_CONTROLE[engine.dialect.name])
            counted = (Structure, Agent, Territoire, Alerte)
            widths = {model: connection.scalar(select(func.max(model.__table__.c.id))) for model in counted}
            for copy in range(1, -(-lieu.taille // VILLE)):
                many = min(VILLE, lieu.taille - copy * VILLE)
                for model in TABLES:
                    _copy(connection, model.__table__, copy, many, widths)
    finally:
        engines.dispose()


def _copy(connection: Connection, table: Table, copy: int, many: int, widths: Mapping[type, int]) -> None:
    names = [column.name for column in table.columns]
    source = select(*(_shifted(connection, table, name, copy, widths).label(name) for name in names))
    if table is Dossier.__table__:
        source = source.where(table.c.id <= many)
    elif "dossier_id" in table.c:
        source = source.where(table.c.dossier_id <= many)
    elif table in (Structure.__table__, Territoire.__table__, Agent.__table__):
        source = source.where(table.c.id <= widths[next(model for model in widths if model.__table__ is table)])
    connection.execute(insert(table).from_select(names, source))


def _shifted(
    connection: Connection, table: Table, name: str, copy: int, widths: Mapping[type, int]
) -> ColumnElement[object]:
    column = table.c[name]
    target = next((key.column.table for key in column.foreign_keys), table if name == "id" else None)
    sizes = {Dossier.__table__: VILLE} | {model.__table__: width for model, width in widths.items()}
    if name == "dossier_id" or target is Dossier.__table__:
        return column + literal_column(str(copy * VILLE))
    if target in sizes:
        return column + literal_column(str(copy * sizes[target]))
    if name == "uid" or (table is Affectation.__table__ and name == "id"):
        random = "lower(hex(randomblob(16)))" if connection.dialect.name == "sqlite" else "gen_random_uuid()"
        return literal_column(random)
    if name == "depot" and table is Dossier.__table__:
        return literal_column("NULL")
    if table is Dossier.__table__ and name == "code":
        number = f"dossier.id + {copy * VILLE}"
        return literal_column(
            f"printf('%08d', {number})" if connection.dialect.name == "sqlite" else f"lpad(({number})::text, 8, '0')"
        )
    if name in ("courriel", "code"):
        return literal_column(f"'{copy}-'") + column
    return column
