"""Urgencies: who is asked for, notes opened for a reason, dangers transmitted, how to reach the CRIP of a structure."""

import sqlalchemy as sa
from alembic import op

from app.db.types import Instant

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

A_REPONDRE = sa.text("reponse IS NULL OR reponse = 'transmis'")
CRIP = (("crip_nom", 120), ("crip_telephone", 20), ("crip_courriel", 254))


def upgrade() -> None:
    for name, length in CRIP:
        op.add_column("structure", sa.Column(name, sa.String(length=length), nullable=True))
    _create_urgence()
    _create_note_ouverte()
    _create_transmission()


def _identifiant():
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _codes(column, table, *codes):
    said = ", ".join(repr(code) for code in codes)
    return sa.CheckConstraint(f"{column} IN ({said})", name=op.f(f"ck_{table}_{column}"))


def _agent(table, column):
    return sa.ForeignKeyConstraint([column], ["agent.id"], name=op.f(f"fk_{table}_{column}_agent"))


def _dossier(table):
    return sa.ForeignKeyConstraint(
        ["dossier_id"], ["dossier.id"], name=op.f(f"fk_{table}_dossier_id_dossier"), ondelete="CASCADE"
    )


def _create_urgence():
    op.create_table(
        "urgence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("envoi", sa.Uuid(), nullable=False),
        sa.Column("dossier_id", _identifiant(), nullable=True),
        sa.Column("par_id", _identifiant(), nullable=False),
        sa.Column("mots", sa.LargeBinary(), nullable=True),
        sa.Column("cree_le", Instant(), nullable=False),
        sa.Column("reponse", sa.String(length=40), nullable=True),
        sa.Column("repondu_le", Instant(), nullable=True),
        sa.Column("repondu_par", _identifiant(), nullable=True),
        sa.Column("transmis_a", _identifiant(), nullable=True),
        sa.Column("courriel_le", Instant(), nullable=True),
        _codes("reponse", "urgence", "je_rappelle", "je_m_en_occupe", "transmis"),
        sa.CheckConstraint("(reponse IS NULL) = (repondu_le IS NULL)", name=op.f("ck_urgence_repondue")),
        sa.CheckConstraint(
            "transmis_a IS NULL OR (reponse IS NOT NULL AND reponse = 'transmis')", name=op.f("ck_urgence_transmise")
        ),
        sa.CheckConstraint(
            "dossier_id IS NOT NULL OR (mots IS NULL AND reponse IS NULL)", name=op.f("ck_urgence_sans_personne")
        ),
        _dossier("urgence"),
        *(_agent("urgence", column) for column in ("par_id", "repondu_par", "transmis_a")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_urgence")),
    )
    op.create_index(op.f("ix_urgence_envoi"), "urgence", ["envoi"])
    op.create_index("ix_urgence_dossier_id", "urgence", ["dossier_id"])
    waits = {"sqlite_where": A_REPONDRE, "postgresql_where": A_REPONDRE}
    op.create_index("ix_urgence_a_repondre", "urgence", ["dossier_id"], **waits)
    op.create_index("ix_urgence_par", "urgence", ["par_id", "cree_le"])


def _create_note_ouverte():
    motifs = ("danger_mineur", "urgence_medicale", "fugue_disparition", "demande_judiciaire", "continuite")
    op.create_table(
        "note_ouverte",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dossier_id", _identifiant(), nullable=False),
        sa.Column("suivi_id", sa.Uuid(), nullable=False),
        sa.Column("par_id", _identifiant(), nullable=False),
        sa.Column("motif", sa.String(length=40), nullable=False),
        sa.Column("cree_le", Instant(), nullable=False),
        sa.Column("auteur_id", _identifiant(), nullable=True),
        sa.Column("auteur_vu_le", Instant(), nullable=True),
        sa.Column("referent_id", _identifiant(), nullable=True),
        sa.Column("referent_vu_le", Instant(), nullable=True),
        sa.Column("relue_le", Instant(), nullable=True),
        sa.Column("relue_par", _identifiant(), nullable=True),
        sa.Column("conclusion", sa.String(length=40), nullable=True),
        _codes("motif", "note_ouverte", *motifs),
        _codes("conclusion", "note_ouverte", "fondee", "a_reparler", "non_fondee"),
        sa.CheckConstraint("(relue_le IS NULL) = (conclusion IS NULL)", name=op.f("ck_note_ouverte_relue")),
        sa.CheckConstraint("relue_par <> par_id", name=op.f("ck_note_ouverte_relue_par_un_autre")),
        _dossier("note_ouverte"),
        *(_agent("note_ouverte", column) for column in ("par_id", "auteur_id", "referent_id", "relue_par")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note_ouverte")),
    )
    op.create_index(op.f("ix_note_ouverte_dossier_id"), "note_ouverte", ["dossier_id"])
    for who in ("auteur", "referent"):
        unseen = sa.text(f"{who}_vu_le IS NULL")
        index = {"sqlite_where": unseen, "postgresql_where": unseen}
        op.create_index(f"ix_note_ouverte_{who}", "note_ouverte", [f"{who}_id"], **index)


def _create_transmission():
    table = "transmission_danger"
    op.create_table(
        table,
        sa.Column("dossier_id", _identifiant(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("jour", sa.Date(), nullable=False),
        sa.Column("genre", sa.String(length=40), nullable=False),
        sa.Column("destinataire", sa.String(length=40), nullable=False),
        sa.Column("parents", sa.String(length=40), nullable=False),
        sa.Column("texte", sa.LargeBinary(), nullable=True),
        sa.Column("annulee_le", Instant(), nullable=True),
        sa.Column("cree_le", Instant(), nullable=False),
        sa.Column("cree_par", _identifiant(), nullable=True),
        sa.Column("depot", sa.Uuid(), nullable=False),
        _codes("genre", table, "information_preoccupante", "signalement"),
        _codes("destinataire", table, "crip", "procureur", "autre"),
        _codes("parents", table, "informes", "contraire_interet", "pas_encore", "sans_objet"),
        _dossier(table),
        _agent(table, "cree_par"),
        sa.PrimaryKeyConstraint("dossier_id", "id", name=op.f("pk_transmission_danger")),
        sa.UniqueConstraint("dossier_id", "depot", name=op.f("uq_transmission_danger_dossier_id_depot")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for table in ("transmission_danger", "note_ouverte", "urgence"):
        op.drop_table(table)
    for name, _ in CRIP:
        op.drop_column("structure", name)
