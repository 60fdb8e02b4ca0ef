"""Freins et ressources: dated bilans, and what was said in them."""

import sqlalchemy as sa
from alembic import op

from app.db.types import Instant

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

DIT_PAR = ("jeune", "professionnel", "les_deux")
DIMENSIONS = (
    "mobilite",
    "logement",
    "acces_soins",
    "contraintes_familiales",
    "demarches_administratives",
    "ressources_financieres",
    "maitrise_langue",
    "numerique",
    "savoirs_de_base",
    "projet_professionnel",
    "confiance_lien_social",
)
INCONNUS = ("ne_sait_pas", "ne_souhaite_pas_repondre", "non_demande")


def _identifiant():
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _coded(codes, *, name):
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "bilan",
        sa.Column("dossier_id", _identifiant(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("jour", sa.Date(), nullable=False),
        sa.Column("dit_par", _coded(DIT_PAR, name="dit_par"), nullable=False),
        sa.Column("agent_id", _identifiant(), nullable=True),
        sa.Column("cree_le", Instant(), nullable=False),
        sa.Column("depot", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_bilan_agent_id_agent")),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.id"], name=op.f("fk_bilan_dossier_id_dossier"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("dossier_id", "id", name=op.f("pk_bilan")),
        sa.UniqueConstraint("dossier_id", "depot", name=op.f("uq_bilan_dossier_id_depot")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "placement",
        sa.Column("dossier_id", _identifiant(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bilan_id", sa.Uuid(), nullable=False),
        sa.Column("dimension", _coded(DIMENSIONS, name="dimension"), nullable=False),
        sa.Column("niveau", sa.Integer(), nullable=True),
        sa.Column("inconnu", _coded(INCONNUS, name="inconnu"), nullable=True),
        sa.CheckConstraint("(niveau IS NULL) <> (inconnu IS NULL)", name=op.f("ck_placement_une_reponse")),
        sa.CheckConstraint("niveau BETWEEN 1 AND 5", name=op.f("ck_placement_niveau")),
        sa.ForeignKeyConstraint(
            ["dossier_id", "bilan_id"], ["bilan.dossier_id", "bilan.id"], name="fk_placement_bilan", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("dossier_id", "id", name=op.f("pk_placement")),
        sa.UniqueConstraint(
            "dossier_id", "bilan_id", "dimension", name=op.f("uq_placement_dossier_id_bilan_id_dimension")
        ),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("placement")
    op.drop_table("bilan")
