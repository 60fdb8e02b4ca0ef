"""Where an agent is reached at work."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("agent", sa.Column("telephone", sa.String(length=20), nullable=True))


def downgrade() -> None:
    op.execute("ALTER TABLE agent DROP COLUMN telephone")
