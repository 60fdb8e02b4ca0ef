"""Who asked for somebody urgently may take it back."""

import sqlalchemy as sa
from alembic import op

from app.db.types import Instant

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

A_TEMPS = "retiree_le IS NULL OR reponse IS NULL OR reponse = 'transmis'"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.add_column("urgence", sa.Column("retiree_le", Instant(), nullable=True))
        op.create_check_constraint(op.f("ck_urgence_retiree_a_temps"), "urgence", A_TEMPS)
    else:
        # a column may bring its own CHECK: nothing is rebuilt
        op.execute(
            f"ALTER TABLE urgence ADD COLUMN retiree_le VARCHAR(27) CONSTRAINT ck_urgence_retiree_a_temps CHECK ({A_TEMPS})"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f("ck_urgence_retiree_a_temps"), "urgence")
    op.execute("ALTER TABLE urgence DROP COLUMN retiree_le")
