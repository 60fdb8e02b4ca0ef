"""Outings in the street: places of a structure, who went, how many were met."""

import sqlalchemy as sa
from alembic import op

from app.db.types import Instant

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

AGES = ("11-15", "16-17", "18-21", "22-25", "26_plus")
SEXES = ("femme", "homme", "autre_ou_non_renseigne")
RAISONS = ("erreur", "double", "annulee")


def _codes(codes, name):
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)


def _number():
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "lieu_rue",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("structure_id", _number(), nullable=False),
        sa.Column("territoire_id", sa.Integer(), nullable=False),
        sa.Column("nom", sa.String(length=60), nullable=False),
        sa.Column("ferme", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("length(nom) > 0", name=op.f("ck_lieu_rue_nomme")),
        sa.ForeignKeyConstraint(["structure_id"], ["structure.id"], name=op.f("fk_lieu_rue_structure_id_structure")),
        sa.ForeignKeyConstraint(
            ["territoire_id"], ["territoire.id"], name=op.f("fk_lieu_rue_territoire_id_territoire")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lieu_rue")),
        sa.UniqueConstraint(
            "structure_id", "territoire_id", "nom", name=op.f("uq_lieu_rue_structure_id_territoire_id_nom")
        ),
    )
    op.create_table(
        "sortie_rue",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("structure_id", _number(), nullable=False),
        sa.Column("lieu_id", sa.Uuid(), nullable=False),
        sa.Column("jour", sa.Date(), nullable=False),
        sa.Column("debut", sa.Time(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("actions", sa.String(length=400), nullable=False),
        sa.Column("premieres", sa.Integer(), nullable=False),
        sa.Column("refus", sa.Integer(), nullable=False),
        sa.Column("cree_le", Instant(), nullable=False),
        sa.Column("cree_par", _number(), nullable=True),
        sa.Column("modifie_le", Instant(), nullable=True),
        sa.Column("supprimee_le", Instant(), nullable=True),
        sa.Column("raison", _codes(RAISONS, "raison"), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("minutes BETWEEN 5 AND 720", name=op.f("ck_sortie_rue_duree")),
        sa.CheckConstraint(
            "premieres BETWEEN 0 AND 3000 AND refus BETWEEN 0 AND 3000", name=op.f("ck_sortie_rue_comptes")
        ),
        sa.CheckConstraint("(supprimee_le IS NULL) = (raison IS NULL)", name=op.f("ck_sortie_rue_suppression_motivee")),
        sa.ForeignKeyConstraint(["structure_id"], ["structure.id"], name=op.f("fk_sortie_rue_structure_id_structure")),
        sa.ForeignKeyConstraint(["lieu_id"], ["lieu_rue.id"], name=op.f("fk_sortie_rue_lieu_id_lieu_rue")),
        sa.ForeignKeyConstraint(["cree_par"], ["agent.id"], name=op.f("fk_sortie_rue_cree_par_agent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sortie_rue")),
    )
    op.create_index("ix_sortie_rue_liste", "sortie_rue", ["structure_id", "jour", "debut", "id"])
    op.create_table(
        "sortie_agent",
        sa.Column("sortie_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", _number(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sortie_id"], ["sortie_rue.id"], name=op.f("fk_sortie_agent_sortie_id_sortie_rue"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_sortie_agent_agent_id_agent")),
        sa.PrimaryKeyConstraint("sortie_id", "agent_id", name=op.f("pk_sortie_agent")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rencontre_rue",
        sa.Column("sortie_id", sa.Uuid(), nullable=False),
        sa.Column("age", _codes(AGES, "age"), nullable=False),
        sa.Column("sexe", _codes(SEXES, "sexe"), nullable=False),
        sa.Column("nombre", sa.Integer(), nullable=False),
        sa.CheckConstraint("nombre BETWEEN 1 AND 200", name=op.f("ck_rencontre_rue_nombre")),
        sa.ForeignKeyConstraint(
            ["sortie_id"], ["sortie_rue.id"], name=op.f("fk_rencontre_rue_sortie_id_sortie_rue"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("sortie_id", "age", "sexe", name=op.f("pk_rencontre_rue")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for table in ("rencontre_rue", "sortie_agent", "sortie_rue", "lieu_rue"):
        op.drop_table(table)
