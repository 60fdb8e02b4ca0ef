"""Drafts written over while one types, and what is left of one once its form is saved."""

import sqlalchemy as sa
from alembic import op

from app.db.types import Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("brouillon") as batch:
        batch.add_column(sa.Column("modifie_le", Instant(), nullable=True))
        batch.add_column(sa.Column("enregistre_le", Instant(), nullable=True))
        batch.alter_column("contenu", existing_type=sa.LargeBinary(), nullable=True)
        batch.drop_index("ix_brouillon_agent_id_cree_le")
    op.execute("UPDATE brouillon SET modifie_le = cree_le")
    with op.batch_alter_table("brouillon") as batch:
        batch.alter_column("modifie_le", existing_type=Instant(), nullable=False)
        batch.create_check_constraint("vide_une_fois_enregistre", "(contenu IS NULL) = (enregistre_le IS NOT NULL)")
        batch.create_index("ix_brouillon_agent_id_modifie_le", ["agent_id", "modifie_le"])


def downgrade() -> None:
    op.execute("DELETE FROM brouillon WHERE enregistre_le IS NOT NULL")
    with op.batch_alter_table("brouillon") as batch:
        batch.drop_index("ix_brouillon_agent_id_modifie_le")
        batch.drop_constraint(op.f("ck_brouillon_vide_une_fois_enregistre"), type_="check")
        batch.drop_column("enregistre_le")
        batch.drop_column("modifie_le")
        batch.alter_column("contenu", existing_type=sa.LargeBinary(), nullable=False)
        batch.create_index("ix_brouillon_agent_id_cree_le", ["agent_id", "cree_le"])
