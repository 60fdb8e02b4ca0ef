"""What an act changed, for the seconds in which its author may take it back."""

import sqlalchemy as sa
from alembic import op

from app.db.types import Instant

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "acte_annulable",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("dossier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("contenu", sa.LargeBinary(), nullable=False),
        sa.Column("fait_le", Instant(), nullable=False),
        sa.Column("annule_le", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent.id"], name="fk_acte_annulable_agent_id_agent", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.id"], name="fk_acte_annulable_dossier_id_dossier", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_acte_annulable"),
    )
    for column in ("agent_id", "dossier_id", "fait_le"):
        op.create_index(f"ix_acte_annulable_{column}", "acte_annulable", [column])


def downgrade() -> None:
    op.drop_table("acte_annulable")
