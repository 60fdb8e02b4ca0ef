"""Receipts of a handover: those made before one could say so are taken as acknowledged at once; the index of the rest."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

WAITING = "fin IS NULL AND accusee_le IS NULL AND par_id <> agent_id"


def upgrade() -> None:
    op.execute("UPDATE affectation SET accusee_le = debut WHERE accusee_le IS NULL AND par_id <> agent_id")
    where = sa.text(WAITING)
    op.create_index(
        "ix_affectation_a_accuser",
        "affectation",
        ["agent_id"],
        unique=False,
        sqlite_where=where,
        postgresql_where=where,
    )


def downgrade() -> None:
    op.drop_index("ix_affectation_a_accuser", table_name="affectation")
