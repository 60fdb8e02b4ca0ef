"""The addresses under which an agent's calendar is read from elsewhere."""

import sqlalchemy as sa
from alembic import op

from app.db.types import Instant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lien_agenda",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("empreinte", sa.LargeBinary(length=32), nullable=False),
        sa.Column("cree_le", Instant(), nullable=False),
        sa.Column("revoque_le", Instant(), nullable=True),
        sa.Column("lu_le", Instant(), nullable=True),
        sa.CheckConstraint("length(empreinte) = 32", name=op.f("ck_lien_agenda_empreinte")),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent.id"], name=op.f("fk_lien_agenda_agent_id_agent"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lien_agenda")),
        sa.UniqueConstraint("empreinte", name=op.f("uq_lien_agenda_empreinte")),
    )
    op.create_index(op.f("ix_lien_agenda_agent_id"), "lien_agenda", ["agent_id"])


def downgrade() -> None:
    op.drop_table("lien_agenda")
