"""Requests to join the équipe of a dossier, by its code said aloud."""

import sqlalchemy as sa
from alembic import op

from app.db.types import Instant

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

FINALITES = ("suivi_global", "insertion", "scolarite", "logement", "soins_droits", "famille", "vie_sociale")
STATUTS = ("en_attente", "acceptee", "refusee", "sans_suite")
MOTIFS = ("pas_le_souhait_du_jeune", "pas_necessaire", "deja_accompagne", "pas_ce_jeune")


def _identifiant():
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _among(column, codes):
    condition = f"{column} IN ({', '.join(map(repr, codes))})"
    return sa.CheckConstraint(condition, name=f"ck_demande_equipe_{column}")


def upgrade() -> None:
    name = op.f
    op.create_table(
        "demande_equipe",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("demandeur_id", _identifiant(), nullable=False),
        sa.Column("code_dit", sa.String(8), nullable=False),
        sa.Column("dossier_id", _identifiant(), nullable=True),
        sa.Column("finalite", sa.String(40), nullable=False),
        sa.Column("echeance", sa.Date(), nullable=False),
        sa.Column("mots", sa.LargeBinary(), nullable=True),
        sa.Column("cree_le", Instant(), nullable=False),
        sa.Column("statut", sa.String(40), nullable=False),
        sa.Column("motif_refus", sa.String(40), nullable=True),
        sa.Column("repondu_le", Instant(), nullable=True),
        sa.Column("repondu_par", _identifiant(), nullable=True),
        _among("finalite", FINALITES),
        _among("statut", STATUTS),
        _among("motif_refus", MOTIFS),
        sa.CheckConstraint("(statut = 'en_attente') = (repondu_le IS NULL)", name="ck_demande_equipe_reponse_datee"),
        sa.CheckConstraint("(statut = 'refusee') = (motif_refus IS NOT NULL)", name="ck_demande_equipe_refus_motive"),
        sa.CheckConstraint("mots IS NULL OR dossier_id IS NOT NULL", name="ck_demande_equipe_mots_d_un_dossier"),
        sa.ForeignKeyConstraint(["demandeur_id"], ["agent.id"], name=name("fk_demande_equipe_demandeur_id_agent")),
        sa.ForeignKeyConstraint(["repondu_par"], ["agent.id"], name=name("fk_demande_equipe_repondu_par_agent")),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.id"], name=name("fk_demande_equipe_dossier_id_dossier"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=name("pk_demande_equipe")),
    )
    waiting = sa.text("statut = 'en_attente'")
    for index, columns in (("code", ["demandeur_id", "code_dit"]), ("dossier", ["dossier_id", "demandeur_id"])):
        op.create_index(
            f"uq_demande_equipe_{index}",
            "demande_equipe",
            columns,
            unique=True,
            sqlite_where=waiting,
            postgresql_where=waiting,
        )
    op.create_index("ix_demande_equipe_demandeur", "demande_equipe", ["demandeur_id", "cree_le"])


def downgrade() -> None:
    op.drop_table("demande_equipe")
