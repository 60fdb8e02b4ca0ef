"""The yardsticks of a caseload: two numbers that a structure may set."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BORNES = {"charge_soutenus": (5, 100), "charge_dossiers": (10, 500)}


def upgrade() -> None:
    for column, (least, most) in BORNES.items():
        check = f"CONSTRAINT ck_reglage_{column} CHECK ({column} BETWEEN {least} AND {most})"
        op.execute(f"ALTER TABLE reglage ADD COLUMN {column} INTEGER {check}")


def downgrade() -> None:
    for column in BORNES:
        op.execute(f"ALTER TABLE reglage DROP COLUMN {column}")
