"""Words that the équipe de suivi reads say what the young person knows of it; those of before say that they are."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

COLONNE = (
    "partage VARCHAR(40) CONSTRAINT ck_suivi_partage CHECK (partage IN ('accord', 'informe', 'avant'))"
    " CONSTRAINT ck_suivi_partage_dit CHECK (visibilite <> 'equipe_suivi' OR note IS NULL OR partage IS NOT NULL)"
)
OUVERTES = "visibilite = 'equipe_suivi' AND note IS NOT NULL"


def upgrade() -> None:
    # SQLite holds the new CHECK against the rows that are there: for a moment, theirs ask nothing
    op.execute(f"CREATE TEMPORARY TABLE ouverte AS SELECT dossier_id, id FROM suivi WHERE {OUVERTES}")  # noqa: S608
    op.execute(f"UPDATE suivi SET visibilite = 'mon_equipe' WHERE {OUVERTES}")  # noqa: S608 - our own names
    op.execute(f"ALTER TABLE suivi ADD COLUMN {COLONNE}")
    op.execute(
        "UPDATE suivi SET partage = 'avant', visibilite = 'equipe_suivi' WHERE EXISTS"
        " (SELECT 1 FROM ouverte WHERE ouverte.dossier_id = suivi.dossier_id AND ouverte.id = suivi.id)"
    )
    op.execute("DROP TABLE ouverte")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE suivi DROP CONSTRAINT ck_suivi_partage_dit")
    op.execute("ALTER TABLE suivi DROP COLUMN partage")
