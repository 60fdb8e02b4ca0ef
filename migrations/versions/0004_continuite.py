"""Continuity: what a partner joins for, absences and covers, oppositions, receipts of a handover; the journal's words."""

import sqlalchemy as sa
from alembic import op

from app.audit import ddl as audit_ddl
from app.db.ddl import replace_codes
from app.db.types import Instant
from app.referents.ddl import create_absence_guard

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ACTIONS = (
    "connexion",
    "connexion_refusee",
    "deconnexion",
    "verrouillage",
    "deverrouillage",
    "liste_consultee",
    "recherche",
    "dossier_consulte",
    "numero_revele",
    "alerte_consultee",
    "revue",
    "dossier_cree",
    "identite_modifiee",
    "representant_modifie",
    "intensite_modifiee",
    "reperes_modifies",
    "cloture",
    "reouverture",
    "suivi_note",
    "suivi_modifie",
    "contact_prevu",
    "contact_annule",
    "etape_creee",
    "etape_modifiee",
    "brouillon_repris",
    "affectation",
    "passation",
    "equipe_modifiee",
    "doublon_tente",
    "doublon_demande",
    "doublon_repondu",
    "import_dossiers",
    "import_etapes",
    "cohortes_exactes",
    "demo",
    "agent_cree",
    "agent_modifie",
    "agent_desactive",
    "structure_modifiee",
    "territoire_modifie",
    "attente_posee",
    "attente_levee",
    "demarche_notee",
    "jalon_note",
    "jalon_annule",
    "verification_notee",
    "verification_annulee",
    "conditions_chantier",
    "alerte_reportee",
    "alerte_report_leve",
    "alerte_jugee",
    "reglage_modifie",
    "preference_modifiee",
    "cohortes_figees",
    "cohorte_consultee",
    "rapport_commente",
)
ACTIONS_AJOUTEES = (
    "suivi_supprime",
    "suivis_groupes",
    "etape_supprimee",
    "objectif_note",
    "objectif_modifie",
    "objectif_supprime",
    "freins_notes",
    "freins_supprimes",
    "mon_parcours_imprime",
    "proposition_gardee",
    "proposition_reglee",
    "acte_annule",
    "passation_preparee",
    "passation_accusee",
    "passation_refusee",
    "jeune_informe_passation",
    "repartition",
    "repartition_annulee",
    "equipe_demandee",
    "equipe_repondue",
    "equipe_quittee",
    "opposition_notee",
    "opposition_levee",
    "absence_notee",
    "absence_modifiee",
    "absence_annulee",
    "urgence_envoyee",
    "urgence_repondue",
    "note_reservee_ouverte",
    "note_reservee_relue",
    "danger_transmis",
    "doublon_ecarte",
    "dossiers_fusionnes",
    "fusion_annulee",
    "agenda_cree",
    "agenda_revoque",
    "agenda_lu",
    "sortie_notee",
    "sortie_modifiee",
    "sortie_supprimee",
)
MOTIFS = (
    "premiere_affectation",
    "changement_situation",
    "demande_du_jeune",
    "depart_agent",
    "charge",
    "secteur",
    "suppleance",
)
FINALITES = ("suivi_global", "insertion", "scolarite", "logement", "soins_droits", "famille", "vie_sociale")
FORMES = ("orale", "ecrite", "message")
ACCORDS = ("accord", "informe")


def _among(column, codes):
    return f"CONSTRAINT ck_membre_equipe_{column} CHECK ({column} IN ({', '.join(map(repr, codes))}))"


MEMBRE = (
    "echeance DATE CONSTRAINT ck_membre_equipe_echeance_apres CHECK (echeance > depuis)",
    f"finalite VARCHAR(40) DEFAULT 'suivi_global' NOT NULL {_among('finalite', FINALITES)}",
    "sensibles VARCHAR(400) DEFAULT '' NOT NULL",
    "informe_le DATE",
    f"informe_forme VARCHAR(40) {_among('informe_forme', FORMES)}"
    " CONSTRAINT ck_membre_equipe_information_datee CHECK ((informe_le IS NULL) = (informe_forme IS NULL))",
    f"accord VARCHAR(40) {_among('accord', ACCORDS)}",
    "par_id {identifiant} CONSTRAINT fk_membre_equipe_par_id_agent REFERENCES agent (id)",
)
AFFECTATION = ("accusee_le {instant}", "refusee_le {instant}", "refus {octets}", "jeune_informe_le DATE")
TYPES = {
    "sqlite": {"identifiant": "INTEGER", "instant": "VARCHAR(27)", "octets": "BLOB"},
    "postgresql": {"identifiant": "BIGINT", "instant": "TIMESTAMP WITH TIME ZONE", "octets": "BYTEA"},
}


def upgrade() -> None:
    connection = op.get_bind()
    _allow(connection, (*ACTIONS, *ACTIONS_AJOUTEES), (*MOTIFS, "retour"))
    types = TYPES[connection.dialect.name]
    for table, columns in (("membre_equipe", MEMBRE), ("affectation", AFFECTATION)):
        for column in columns:
            op.execute(f"ALTER TABLE {table} ADD COLUMN {column.format(**types)}")
    ended = sa.text("fin IS NOT NULL")
    op.create_index(
        "ix_affectation_agent_fin",
        "affectation",
        ["agent_id", "fin"],
        unique=False,
        sqlite_where=ended,
        postgresql_where=ended,
    )
    _create_absence()
    create_absence_guard(connection)
    _create_opposition()


def _allow(connection, actions, motifs):
    audit_ddl.drop_append_only_guard(connection)
    replace_codes(
        connection, table="journal_acces", column="action", constraint="ck_journal_acces_action", codes=actions
    )
    audit_ddl.create_append_only_guard(connection)
    # made again with its triggers: the guard against overlaps goes on
    replace_codes(connection, table="affectation", column="motif", constraint="ck_affectation_motif", codes=motifs)


def _identifiant():
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _create_absence():
    op.create_table(
        "absence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", _identifiant(), nullable=False),
        sa.Column("suppleant_id", _identifiant(), nullable=True),
        sa.Column("depuis", sa.Date(), nullable=False),
        sa.Column("jusqu_au", sa.Date(), nullable=False),
        sa.Column("annulee_le", Instant(), nullable=True),
        sa.Column("cree_le", Instant(), nullable=False),
        sa.Column("cree_par", _identifiant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("jusqu_au > depuis", name=op.f("ck_absence_dans_l_ordre")),
        sa.CheckConstraint("suppleant_id <> agent_id", name=op.f("ck_absence_par_un_autre")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_absence_agent_id_agent")),
        sa.ForeignKeyConstraint(["cree_par"], ["agent.id"], name=op.f("fk_absence_cree_par_agent")),
        sa.ForeignKeyConstraint(["suppleant_id"], ["agent.id"], name=op.f("fk_absence_suppleant_id_agent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index("ix_absence_agent", "absence", ["agent_id", "jusqu_au"])
    op.create_index("ix_absence_suppleant", "absence", ["suppleant_id", "jusqu_au"])


def _create_opposition():
    op.create_table(
        "opposition",
        sa.Column("dossier_id", _identifiant(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("structure_id", _identifiant(), nullable=False),
        sa.Column("depuis", sa.Date(), nullable=False),
        sa.Column("levee_le", sa.Date(), nullable=True),
        sa.Column("cree_le", Instant(), nullable=False),
        sa.Column("cree_par", _identifiant(), nullable=True),
        sa.CheckConstraint("levee_le >= depuis", name=op.f("ck_opposition_dans_l_ordre")),
        sa.ForeignKeyConstraint(["cree_par"], ["agent.id"], name=op.f("fk_opposition_cree_par_agent")),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.id"], name=op.f("fk_opposition_dossier_id_dossier"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["structure_id"], ["structure.id"], name=op.f("fk_opposition_structure_id_structure")),
        sa.PrimaryKeyConstraint("dossier_id", "id", name=op.f("pk_opposition")),
        sqlite_with_rowid=False,
    )
    still = sa.text("levee_le IS NULL")
    op.create_index(
        "uq_opposition_en_cours",
        "opposition",
        ["dossier_id", "structure_id"],
        unique=True,
        sqlite_where=still,
        postgresql_where=still,
    )


def downgrade() -> None:
    connection = op.get_bind()
    op.drop_table("opposition")
    op.drop_table("absence")
    op.drop_index("ix_affectation_agent_fin", table_name="affectation")
    for table, columns in (("affectation", AFFECTATION), ("membre_equipe", MEMBRE)):
        for column in reversed(columns):
            op.execute(f"ALTER TABLE {table} DROP COLUMN {column.split()[0]}")
    connection.execute(sa.text("UPDATE affectation SET motif = 'charge' WHERE motif = 'retour'"))
    replace_codes(connection, table="affectation", column="motif", constraint="ck_affectation_motif", codes=MOTIFS)
    # the journal keeps its lines, so its list stays
