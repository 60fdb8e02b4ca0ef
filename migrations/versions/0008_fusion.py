"""Two dossiers of one person made one: what was kept, what came, what was judged not to be one person."""

import sqlalchemy as sa
from alembic import op

from app.db.types import Instant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def _identifiant():
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _to(table, column, target, *, cascade=False):
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete="CASCADE" if cascade else None)


def upgrade() -> None:
    op.create_table(
        "fusion",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("garde_id", _identifiant(), nullable=False),
        sa.Column("absorbe_id", _identifiant(), nullable=False),
        sa.Column("le", Instant(), nullable=False),
        sa.Column("par_id", _identifiant(), nullable=True),
        sa.Column("close", sa.Boolean(), nullable=False),
        sa.Column("referent_id", _identifiant(), nullable=True),
        sa.Column("referent_repris", sa.Boolean(), nullable=False),
        sa.Column("avant", sa.LargeBinary(), nullable=True),
        sa.Column("annulee_le", Instant(), nullable=True),
        sa.Column("annulee_par", _identifiant(), nullable=True),
        sa.CheckConstraint("garde_id <> absorbe_id", name=op.f("ck_fusion_de_deux_dossiers")),
        _to("fusion", "garde_id", "dossier", cascade=True),
        _to("fusion", "absorbe_id", "dossier", cascade=True),
        _to("fusion", "par_id", "agent"),
        _to("fusion", "referent_id", "agent"),
        _to("fusion", "annulee_par", "agent"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fusion")),
    )
    op.create_index(op.f("ix_fusion_garde_id"), "fusion", ["garde_id"])
    still = sa.text("annulee_le IS NULL")
    op.create_index(
        "uq_fusion_absorbe", "fusion", ["absorbe_id"], unique=True, sqlite_where=still, postgresql_where=still
    )
    op.create_table(
        "ligne_fusion",
        sa.Column("fusion_id", sa.Uuid(), nullable=False),
        sa.Column("objet", sa.String(length=40), nullable=False),
        sa.Column("ligne", sa.Uuid(), nullable=False),
        _to("ligne_fusion", "fusion_id", "fusion", cascade=True),
        sa.PrimaryKeyConstraint("fusion_id", "objet", "ligne", name=op.f("pk_ligne_fusion")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "doublon_ecarte",
        sa.Column("un_id", _identifiant(), nullable=False),
        sa.Column("autre_id", _identifiant(), nullable=False),
        sa.Column("le", Instant(), nullable=False),
        sa.Column("par_id", _identifiant(), nullable=True),
        sa.CheckConstraint("un_id < autre_id", name=op.f("ck_doublon_ecarte_dans_l_ordre")),
        _to("doublon_ecarte", "un_id", "dossier", cascade=True),
        _to("doublon_ecarte", "autre_id", "dossier", cascade=True),
        _to("doublon_ecarte", "par_id", "agent"),
        sa.PrimaryKeyConstraint("un_id", "autre_id", name=op.f("pk_doublon_ecarte")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_doublon_ecarte_autre_id"), "doublon_ecarte", ["autre_id"])


def downgrade() -> None:
    for table in ("doublon_ecarte", "ligne_fusion", "fusion"):
        op.drop_table(table)
