"""Caseloads spread over several référents in one act, which may be taken back."""

import sqlalchemy as sa
from alembic import op

from app.db.types import Instant

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

MOTIFS = (
    "premiere_affectation",
    "changement_situation",
    "demande_du_jeune",
    "depart_agent",
    "charge",
    "secteur",
    "suppleance",
    "retour",
)
SUITES = ("rendu", "sans_referent", "reste")


def _identifiant():
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _among(table, column, codes):
    condition = f"{column} IN ({', '.join(map(repr, codes))})"
    return sa.CheckConstraint(condition, name=f"ck_{table}_{column}")


def _to(table, column, target, **options):
    kind = op.f(f"fk_{table}_{column}_{target.split('.')[0]}")
    return sa.ForeignKeyConstraint([column], [target], name=kind, **options)


def upgrade() -> None:
    name = op.f
    op.create_table(
        "repartition",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("structure_id", _identifiant(), nullable=False),
        sa.Column("de_id", _identifiant(), nullable=True),
        sa.Column("par_id", _identifiant(), nullable=False),
        sa.Column("motif", sa.String(40), nullable=False),
        sa.Column("cree_le", Instant(), nullable=False),
        sa.Column("annulee_le", Instant(), nullable=True),
        sa.Column("annulee_par", _identifiant(), nullable=True),
        _among("repartition", "motif", MOTIFS),
        sa.CheckConstraint("(annulee_le IS NULL) = (annulee_par IS NULL)", name="ck_repartition_annulation_signee"),
        sa.CheckConstraint("annulee_le >= cree_le", name="ck_repartition_dans_l_ordre"),
        _to("repartition", "structure_id", "structure.id"),
        _to("repartition", "de_id", "agent.id"),
        _to("repartition", "par_id", "agent.id"),
        _to("repartition", "annulee_par", "agent.id"),
        sa.PrimaryKeyConstraint("id", name=name("pk_repartition")),
    )
    op.create_index("ix_repartition_structure", "repartition", ["structure_id", "cree_le", "id"])
    op.create_table(
        "ligne_repartition",
        sa.Column("repartition_id", sa.Uuid(), nullable=False),
        sa.Column("dossier_id", _identifiant(), nullable=False),
        sa.Column("affectation_id", sa.Uuid(), nullable=False),
        sa.Column("precedente_id", sa.Uuid(), nullable=True),
        sa.Column("etait_membre", sa.Boolean(), nullable=False),
        sa.Column("suite", sa.String(40), nullable=True),
        _among("ligne_repartition", "suite", SUITES),
        sa.CheckConstraint("precedente_id <> affectation_id", name="ck_ligne_repartition_de_l_une_a_l_autre"),
        _to("ligne_repartition", "repartition_id", "repartition.id", ondelete="CASCADE"),
        _to("ligne_repartition", "dossier_id", "dossier.id", ondelete="CASCADE"),
        _to("ligne_repartition", "affectation_id", "affectation.id", ondelete="CASCADE"),
        _to("ligne_repartition", "precedente_id", "affectation.id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("repartition_id", "dossier_id", name=name("pk_ligne_repartition")),
        sa.UniqueConstraint("affectation_id", name=name("uq_ligne_repartition_affectation_id")),
        sa.UniqueConstraint("precedente_id", name=name("uq_ligne_repartition_precedente_id")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_ligne_repartition_dossier_id", "ligne_repartition", ["dossier_id"])


def downgrade() -> None:
    op.drop_table("ligne_repartition")
    op.drop_table("repartition")
