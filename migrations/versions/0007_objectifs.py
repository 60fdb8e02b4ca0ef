"""Goals written with the young person, and their small steps."""

import sqlalchemy as sa
from alembic import op

from app.db.types import Instant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

THEMES = (
    "emploi",
    "formation",
    "scolarite",
    "logement",
    "mobilite",
    "sante_acces",
    "ressources",
    "administratif",
    "famille",
    "langue",
    "numerique",
    "citoyennete",
    "loisirs_lien_social",
    "justice_prise_en_compte",
)
STATUTS = ("en_cours", "reporte", "atteint", "abandonne")


def _identifiant():
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _coded(codes, *, name):
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "objectif",
        sa.Column("dossier_id", _identifiant(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("theme", _coded(THEMES, name="theme"), nullable=False),
        sa.Column("statut", _coded(STATUTS, name="statut"), nullable=False),
        sa.Column("statut_le", sa.Date(), nullable=False),
        sa.Column("echeance", sa.Date(), nullable=True),
        sa.Column("accord_le", sa.Date(), nullable=True),
        sa.Column("mots_jeune", sa.LargeBinary(), nullable=True),
        sa.Column("mots_pro", sa.LargeBinary(), nullable=True),
        sa.Column("cree_le", Instant(), nullable=False),
        sa.Column("cree_par", _identifiant(), nullable=True),
        sa.Column("modifie_le", Instant(), nullable=True),
        sa.Column("modifie_par", _identifiant(), nullable=True),
        sa.Column("depot", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("mots_jeune IS NOT NULL OR mots_pro IS NOT NULL", name=op.f("ck_objectif_des_mots")),
        sa.ForeignKeyConstraint(["cree_par"], ["agent.id"], name=op.f("fk_objectif_cree_par_agent")),
        sa.ForeignKeyConstraint(["modifie_par"], ["agent.id"], name=op.f("fk_objectif_modifie_par_agent")),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.id"], name=op.f("fk_objectif_dossier_id_dossier"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("dossier_id", "id", name=op.f("pk_objectif")),
        sa.UniqueConstraint("dossier_id", "depot", name=op.f("uq_objectif_dossier_id_depot")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "petit_pas",
        sa.Column("dossier_id", _identifiant(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("objectif_id", sa.Uuid(), nullable=False),
        sa.Column("rang", sa.Integer(), nullable=False),
        sa.Column("mots", sa.LargeBinary(), nullable=False),
        sa.Column("fait_le", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["dossier_id", "objectif_id"],
            ["objectif.dossier_id", "objectif.id"],
            name="fk_petit_pas_objectif",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("dossier_id", "id", name=op.f("pk_petit_pas")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("petit_pas")
    op.drop_table("objectif")
