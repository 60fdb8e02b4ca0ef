"""What is agreed with a member of the équipe counts its corrections."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE membre_equipe ADD COLUMN version INTEGER DEFAULT 1 NOT NULL")


def downgrade() -> None:
    op.execute("ALTER TABLE membre_equipe DROP COLUMN version")
