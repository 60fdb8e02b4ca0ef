"""The text that lost, kept for the two people who wrote over each other."""

import sqlalchemy as sa
from alembic import op

from app.db.types import Instant

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

OBJETS = ("suivi", "etape", "contact_prevu", "identite", "representant_legal")


def _numero(name: str, *, nullable: bool) -> sa.Column:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "proposition",
        _numero("dossier_id", nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "objet",
            sa.Enum(*OBJETS, name="objet", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("ligne_id", sa.Uuid(), nullable=False),
        _numero("auteur_id", nullable=True),
        _numero("autre_id", nullable=True),
        sa.Column("contenu", sa.LargeBinary(), nullable=False),
        sa.Column("cree_le", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.id"], name="fk_proposition_dossier_id_dossier", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["auteur_id"], ["agent.id"], name="fk_proposition_auteur_id_agent"),
        sa.ForeignKeyConstraint(["autre_id"], ["agent.id"], name="fk_proposition_autre_id_agent"),
        sa.PrimaryKeyConstraint("dossier_id", "id", name="pk_proposition"),
        sqlite_with_rowid=False,
    )
    for column in ("auteur_id", "autre_id"):
        op.create_index(f"ix_proposition_{column}", "proposition", [column])


def downgrade() -> None:
    op.drop_table("proposition")
