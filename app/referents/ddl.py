"""What keeps the référent unique in the database itself, whoever writes; migrations call these.

A rebuild of the table on SQLite drops its triggers: the migration that does it calls `create_overlap_guard` again.
"""

from __future__ import annotations

from sqlalchemy import Connection

OVERLAP = "affectation_chevauchante"
UNREADABLE = "affectation_instant_illisible"

# Comparing text compares time only if every instant is written the same way (app.db.types.Instant).
_ISO = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z"
_READABLE = (
    f"typeof(NEW.debut) <> 'text' OR NEW.debut NOT GLOB '{_ISO}'"
    f" OR NEW.fin IS NOT NULL AND (typeof(NEW.fin) <> 'text' OR NEW.fin NOT GLOB '{_ISO}')"
)
_SAME_TIME = (
    "EXISTS (SELECT 1 FROM affectation AS autre WHERE autre.dossier_id = NEW.dossier_id AND autre.id <> {row}.id"
    " AND (NEW.fin IS NULL OR autre.debut < NEW.fin) AND (autre.fin IS NULL OR NEW.debut < autre.fin))"
)
_SQLITE = {
    f"{OVERLAP}_insert": ("INSERT", OVERLAP, _SAME_TIME.format(row="NEW")),
    f"{OVERLAP}_update": ("UPDATE", OVERLAP, _SAME_TIME.format(row="OLD")),
    f"{UNREADABLE}_insert": ("INSERT", UNREADABLE, _READABLE),
    f"{UNREADABLE}_update": ("UPDATE", UNREADABLE, _READABLE),
}


ABSENCE_OVERLAP = "absence_chevauchante"
_SAME_DAYS = (
    "NEW.annulee_le IS NULL AND EXISTS (SELECT 1 FROM absence AS autre WHERE autre.agent_id = NEW.agent_id"
    " AND autre.annulee_le IS NULL AND autre.id <> {row}.id"
    " AND autre.depuis < NEW.jusqu_au AND NEW.depuis < autre.jusqu_au)"
)
_SQLITE_ABSENCE = {
    f"{ABSENCE_OVERLAP}_insert": ("INSERT", ABSENCE_OVERLAP, _SAME_DAYS.format(row="NEW")),
    f"{ABSENCE_OVERLAP}_update": ("UPDATE", ABSENCE_OVERLAP, _SAME_DAYS.format(row="OLD")),
}


def create_absence_guard(connection: Connection) -> None:
    """Make two absences of one agent that share a day impossible, cancelled ones apart."""
    if connection.dialect.name == "sqlite":
        _create_triggers(connection, "absence", _SQLITE_ABSENCE)
        return
    connection.exec_driver_sql(
        f"ALTER TABLE absence ADD CONSTRAINT {ABSENCE_OVERLAP} EXCLUDE USING gist"
        " (agent_id WITH =, daterange(depuis, jusqu_au, '[)') WITH &&) WHERE (annulee_le IS NULL)"
    )


def _create_triggers(connection: Connection, table: str, triggers: dict[str, tuple[str, str, str]]) -> None:
    for name, (verb, refusal, condition) in triggers.items():
        connection.exec_driver_sql(
            f"CREATE TRIGGER {name} BEFORE {verb} ON {table} WHEN {condition}"
            f" BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
        )


def create_overlap_guard(connection: Connection) -> None:
    """Make two affectations of one dossier that share an instant impossible; half-open, an open one never ends."""
    if connection.dialect.name == "sqlite":
        _create_triggers(connection, "affectation", _SQLITE)
        return
    connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS btree_gist")
    # a null upper bound is no bound
    connection.exec_driver_sql(
        f"ALTER TABLE affectation ADD CONSTRAINT {OVERLAP} EXCLUDE USING gist"
        " (dossier_id WITH =, tstzrange(debut, fin, '[)') WITH &&)"
    )


def drop_overlap_guard(connection: Connection) -> None:
    """Undo `create_overlap_guard`, for a migration down or for one that rewrites the table."""
    if connection.dialect.name == "sqlite":
        for name in _SQLITE:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        return
    # the extension stays: it is not ours alone
    connection.exec_driver_sql(f"ALTER TABLE affectation DROP CONSTRAINT {OVERLAP}")
