"""The stall engine: its rules, its history, its jobs, and the dated acts around a journey."""

import sqlalchemy as sa
from alembic import op

from app.audit import ddl as audit_ddl
from app.db.ddl import replace_codes
from app.db.types import Instant

revision = "0002"
down_revision = "0001"
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
)
ACTIONS_AJOUTEES = (
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
)
REGLES = ("silence", "etape_en_retard", "sans_referent")
REGLES_AJOUTEES = (
    "injoignable",
    "etape_qui_finit",
    "rentree",
    "rupture_sans_suite",
    "decrochage_qui_dure",
    "obligation_formation",
    "transmission_departement",
    "raccrochage_fragile",
    "raccrochage_a_verifier",
    "rendez_vous_sans_suite",
    "situation_a_confirmer",
    "age",
    "chantier_plafond",
    "chantier_mineur",
    "entree_immobile",
    "parcours_immobile",
    "apres_sortie",
    "informer_jeune",
)

# Plainly added and dropped: a batch would make the tables again and lose their checks on SQLite.
ADDED = (
    ("agent", "courriel_matin BOOLEAN DEFAULT TRUE NOT NULL"),
    (
        "alerte",
        "reportee_au DATE CONSTRAINT ck_alerte_fermee_sans_report CHECK (fermee_le IS NULL OR reportee_au IS NULL)",
    ),
    ("etat", "retour_le DATE"),
    ("etat", "attente_jusqu_au DATE"),
    ("etat", "confirmee_le DATE"),
    ("identite", "identifie_le DATE"),
)

PARTIAL_INDEXES = (
    ("ix_etape_chantier", "etape", "statut = 'en_cours' AND genre = 'chantier_educatif'"),
    ("ix_identite_a_informer", "identite", "informe_le IS NULL AND identite IS NOT NULL"),
)


def _codes(actions, regles):
    connection = op.get_bind()
    replace_codes(connection, table="alerte", column="regle", constraint="ck_alerte_regle", codes=regles)
    audit_ddl.drop_append_only_guard(connection)
    replace_codes(
        connection, table="journal_acces", column="action", constraint="ck_journal_acces_action", codes=actions
    )
    audit_ddl.create_append_only_guard(connection)


def upgrade() -> None:
    _codes(ACTIONS + ACTIONS_AJOUTEES, REGLES + REGLES_AJOUTEES)
    op.create_table(
        "battement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("porteur", sa.String(length=60), nullable=False),
        sa.Column("commence_le", Instant(), nullable=False),
        sa.Column("vu_le", Instant(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_battement_un_seul")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_battement")),
    )
    op.create_table(
        "passage",
        sa.Column(
            "tache",
            sa.Enum(
                "nuit",
                "heure",
                "semaine",
                "courriels",
                name="tache",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("creneau", sa.String(length=20), nullable=False),
        sa.Column(
            "statut",
            sa.Enum("pris", "fini", "echoue", name="statut", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("porteur", sa.String(length=60), nullable=False),
        sa.Column("pris_le", Instant(), nullable=False),
        sa.Column("fini_le", Instant(), nullable=True),
        sa.Column("bilan", sa.String(length=200), nullable=True),
        sa.Column("essais", sa.Integer(), nullable=False),
        sa.CheckConstraint("(statut = 'pris') = (fini_le IS NULL)", name=op.f("ck_passage_fini")),
        sa.CheckConstraint("essais >= 1", name=op.f("ck_passage_essais")),
        sa.PrimaryKeyConstraint("tache", "creneau", name=op.f("pk_passage")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "reglage",
        sa.Column(
            "structure_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("silence_decrochage", sa.Integer(), nullable=True),
        sa.Column("silence_sans_solution", sa.Integer(), nullable=True),
        sa.Column("silence_raccrochage", sa.Integer(), nullable=True),
        sa.Column("silence_scolarite_fragile", sa.Integer(), nullable=True),
        sa.Column("silence_accompagnement", sa.Integer(), nullable=True),
        sa.Column("silence_inconnue", sa.Integer(), nullable=True),
        sa.Column("silence_alternance", sa.Integer(), nullable=True),
        sa.Column("silence_formation", sa.Integer(), nullable=True),
        sa.Column("silence_emploi", sa.Integer(), nullable=True),
        sa.Column("silence_insertion_activite_economique", sa.Integer(), nullable=True),
        sa.Column("silence_service_civique", sa.Integer(), nullable=True),
        sa.Column("silence_indisponible", sa.Integer(), nullable=True),
        sa.Column("silence_scolarite", sa.Integer(), nullable=True),
        sa.Column("silence_enseignement_superieur", sa.Integer(), nullable=True),
        sa.Column("silence_chantier", sa.Integer(), nullable=True),
        sa.Column("silence_alternance_debut", sa.Integer(), nullable=True),
        sa.Column("alternance_debut", sa.Integer(), nullable=True),
        sa.Column("silence_emploi_installe", sa.Integer(), nullable=True),
        sa.Column("emploi_installe", sa.Integer(), nullable=True),
        sa.Column("injoignable_tentatives", sa.Integer(), nullable=True),
        sa.Column("injoignable_jours", sa.Integer(), nullable=True),
        sa.Column("retard", sa.Integer(), nullable=True),
        sa.Column("fin_proche", sa.Integer(), nullable=True),
        sa.Column("rupture", sa.Integer(), nullable=True),
        sa.Column("decrochage", sa.Integer(), nullable=True),
        sa.Column("transmission", sa.Integer(), nullable=True),
        sa.Column("raccrochage_fragile", sa.Integer(), nullable=True),
        sa.Column("raccrochage_solide", sa.Integer(), nullable=True),
        sa.Column("sans_referent", sa.Integer(), nullable=True),
        sa.Column("rendez_vous", sa.Integer(), nullable=True),
        sa.Column("age", sa.Integer(), nullable=True),
        sa.Column("chantier_heures", sa.Integer(), nullable=True),
        sa.Column("chantier_mois", sa.Integer(), nullable=True),
        sa.Column("entree", sa.Integer(), nullable=True),
        sa.Column("immobile", sa.Integer(), nullable=True),
        sa.Column("informer", sa.Integer(), nullable=True),
        sa.Column("escalade", sa.Integer(), nullable=True),
        sa.Column("aujourdhui", sa.Integer(), nullable=True),
        sa.Column("attente", sa.Integer(), nullable=True),
        sa.Column("fraicheur_inconnue", sa.Integer(), nullable=True),
        sa.Column("fraicheur_decrochage", sa.Integer(), nullable=True),
        sa.Column("fraicheur_sans_solution", sa.Integer(), nullable=True),
        sa.Column("fraicheur_raccrochage", sa.Integer(), nullable=True),
        sa.Column("fraicheur_scolarite_fragile", sa.Integer(), nullable=True),
        sa.Column("fraicheur_indisponible", sa.Integer(), nullable=True),
        sa.Column("fraicheur_formation", sa.Integer(), nullable=True),
        sa.Column("fraicheur_accompagnement", sa.Integer(), nullable=True),
        sa.Column("fraicheur_alternance", sa.Integer(), nullable=True),
        sa.Column("fraicheur_emploi", sa.Integer(), nullable=True),
        sa.Column("fraicheur_insertion_activite_economique", sa.Integer(), nullable=True),
        sa.Column("fraicheur_service_civique", sa.Integer(), nullable=True),
        sa.Column("fraicheur_scolarite", sa.Integer(), nullable=True),
        sa.Column("fraicheur_enseignement_superieur", sa.Integer(), nullable=True),
        sa.Column("report_silence", sa.Integer(), nullable=True),
        sa.Column("report_injoignable", sa.Integer(), nullable=True),
        sa.Column("report_etape_en_retard", sa.Integer(), nullable=True),
        sa.Column("report_etape_qui_finit", sa.Integer(), nullable=True),
        sa.Column("report_rentree", sa.Integer(), nullable=True),
        sa.Column("report_rupture_sans_suite", sa.Integer(), nullable=True),
        sa.Column("report_decrochage_qui_dure", sa.Integer(), nullable=True),
        sa.Column("report_obligation_formation", sa.Integer(), nullable=True),
        sa.Column("report_transmission_departement", sa.Integer(), nullable=True),
        sa.Column("report_raccrochage_fragile", sa.Integer(), nullable=True),
        sa.Column("report_raccrochage_a_verifier", sa.Integer(), nullable=True),
        sa.Column("report_sans_referent", sa.Integer(), nullable=True),
        sa.Column("report_rendez_vous_sans_suite", sa.Integer(), nullable=True),
        sa.Column("report_situation_a_confirmer", sa.Integer(), nullable=True),
        sa.Column("report_age", sa.Integer(), nullable=True),
        sa.Column("report_chantier_plafond", sa.Integer(), nullable=True),
        sa.Column("report_chantier_mineur", sa.Integer(), nullable=True),
        sa.Column("report_entree_immobile", sa.Integer(), nullable=True),
        sa.Column("report_parcours_immobile", sa.Integer(), nullable=True),
        sa.Column("report_apres_sortie", sa.Integer(), nullable=True),
        sa.Column("report_informer_jeune", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("age BETWEEN 30 AND 365", name=op.f("ck_reglage_age")),
        sa.CheckConstraint("alternance_debut BETWEEN 0 AND 12", name=op.f("ck_reglage_alternance_debut")),
        sa.CheckConstraint("attente BETWEEN 7 AND 365", name=op.f("ck_reglage_attente")),
        sa.CheckConstraint("aujourdhui BETWEEN 3 AND 30", name=op.f("ck_reglage_aujourdhui")),
        sa.CheckConstraint("chantier_heures BETWEEN 100 AND 750", name=op.f("ck_reglage_chantier_heures")),
        sa.CheckConstraint("chantier_mois BETWEEN 12 AND 12", name=op.f("ck_reglage_chantier_mois")),
        sa.CheckConstraint("decrochage BETWEEN 7 AND 365", name=op.f("ck_reglage_decrochage")),
        sa.CheckConstraint("emploi_installe BETWEEN 0 AND 24", name=op.f("ck_reglage_emploi_installe")),
        sa.CheckConstraint("entree BETWEEN 7 AND 180", name=op.f("ck_reglage_entree")),
        sa.CheckConstraint("escalade BETWEEN 1 AND 90", name=op.f("ck_reglage_escalade")),
        sa.CheckConstraint("fin_proche BETWEEN 7 AND 120", name=op.f("ck_reglage_fin_proche")),
        sa.CheckConstraint(
            "fraicheur_accompagnement BETWEEN 7 AND 730", name=op.f("ck_reglage_fraicheur_accompagnement")
        ),
        sa.CheckConstraint("fraicheur_alternance BETWEEN 7 AND 730", name=op.f("ck_reglage_fraicheur_alternance")),
        sa.CheckConstraint("fraicheur_decrochage BETWEEN 7 AND 730", name=op.f("ck_reglage_fraicheur_decrochage")),
        sa.CheckConstraint("fraicheur_emploi BETWEEN 7 AND 730", name=op.f("ck_reglage_fraicheur_emploi")),
        sa.CheckConstraint(
            "fraicheur_enseignement_superieur BETWEEN 7 AND 730",
            name=op.f("ck_reglage_fraicheur_enseignement_superieur"),
        ),
        sa.CheckConstraint("fraicheur_formation BETWEEN 7 AND 730", name=op.f("ck_reglage_fraicheur_formation")),
        sa.CheckConstraint("fraicheur_inconnue BETWEEN 7 AND 730", name=op.f("ck_reglage_fraicheur_inconnue")),
        sa.CheckConstraint("fraicheur_indisponible BETWEEN 7 AND 730", name=op.f("ck_reglage_fraicheur_indisponible")),
        sa.CheckConstraint(
            "fraicheur_insertion_activite_economique BETWEEN 7 AND 730",
            name=op.f("ck_reglage_fraicheur_insertion_activite_economique"),
        ),
        sa.CheckConstraint("fraicheur_raccrochage BETWEEN 7 AND 730", name=op.f("ck_reglage_fraicheur_raccrochage")),
        sa.CheckConstraint(
            "fraicheur_sans_solution BETWEEN 7 AND 730", name=op.f("ck_reglage_fraicheur_sans_solution")
        ),
        sa.CheckConstraint("fraicheur_scolarite BETWEEN 7 AND 730", name=op.f("ck_reglage_fraicheur_scolarite")),
        sa.CheckConstraint(
            "fraicheur_scolarite_fragile BETWEEN 7 AND 730", name=op.f("ck_reglage_fraicheur_scolarite_fragile")
        ),
        sa.CheckConstraint(
            "fraicheur_service_civique BETWEEN 7 AND 730", name=op.f("ck_reglage_fraicheur_service_civique")
        ),
        sa.CheckConstraint("immobile BETWEEN 3 AND 36", name=op.f("ck_reglage_immobile")),
        sa.CheckConstraint("informer BETWEEN 1 AND 30", name=op.f("ck_reglage_informer")),
        sa.CheckConstraint("injoignable_jours BETWEEN 7 AND 180", name=op.f("ck_reglage_injoignable_jours")),
        sa.CheckConstraint("injoignable_tentatives BETWEEN 2 AND 10", name=op.f("ck_reglage_injoignable_tentatives")),
        sa.CheckConstraint("raccrochage_fragile BETWEEN 1 AND 12", name=op.f("ck_reglage_raccrochage_fragile")),
        sa.CheckConstraint("raccrochage_solide BETWEEN 6 AND 6", name=op.f("ck_reglage_raccrochage_solide")),
        sa.CheckConstraint("rendez_vous BETWEEN 1 AND 60", name=op.f("ck_reglage_rendez_vous")),
        sa.CheckConstraint("report_age BETWEEN 1 AND 180", name=op.f("ck_reglage_report_age")),
        sa.CheckConstraint("report_apres_sortie BETWEEN 1 AND 180", name=op.f("ck_reglage_report_apres_sortie")),
        sa.CheckConstraint("report_chantier_mineur BETWEEN 1 AND 180", name=op.f("ck_reglage_report_chantier_mineur")),
        sa.CheckConstraint(
            "report_chantier_plafond BETWEEN 1 AND 180", name=op.f("ck_reglage_report_chantier_plafond")
        ),
        sa.CheckConstraint(
            "report_decrochage_qui_dure BETWEEN 1 AND 180", name=op.f("ck_reglage_report_decrochage_qui_dure")
        ),
        sa.CheckConstraint("report_entree_immobile BETWEEN 1 AND 180", name=op.f("ck_reglage_report_entree_immobile")),
        sa.CheckConstraint("report_etape_en_retard BETWEEN 1 AND 180", name=op.f("ck_reglage_report_etape_en_retard")),
        sa.CheckConstraint("report_etape_qui_finit BETWEEN 1 AND 180", name=op.f("ck_reglage_report_etape_qui_finit")),
        sa.CheckConstraint("report_informer_jeune BETWEEN 1 AND 180", name=op.f("ck_reglage_report_informer_jeune")),
        sa.CheckConstraint("report_injoignable BETWEEN 1 AND 180", name=op.f("ck_reglage_report_injoignable")),
        sa.CheckConstraint(
            "report_obligation_formation BETWEEN 1 AND 180", name=op.f("ck_reglage_report_obligation_formation")
        ),
        sa.CheckConstraint(
            "report_parcours_immobile BETWEEN 1 AND 180", name=op.f("ck_reglage_report_parcours_immobile")
        ),
        sa.CheckConstraint(
            "report_raccrochage_a_verifier BETWEEN 1 AND 180", name=op.f("ck_reglage_report_raccrochage_a_verifier")
        ),
        sa.CheckConstraint(
            "report_raccrochage_fragile BETWEEN 1 AND 180", name=op.f("ck_reglage_report_raccrochage_fragile")
        ),
        sa.CheckConstraint(
            "report_rendez_vous_sans_suite BETWEEN 1 AND 180", name=op.f("ck_reglage_report_rendez_vous_sans_suite")
        ),
        sa.CheckConstraint("report_rentree BETWEEN 1 AND 180", name=op.f("ck_reglage_report_rentree")),
        sa.CheckConstraint(
            "report_rupture_sans_suite BETWEEN 1 AND 180", name=op.f("ck_reglage_report_rupture_sans_suite")
        ),
        sa.CheckConstraint("report_sans_referent BETWEEN 1 AND 180", name=op.f("ck_reglage_report_sans_referent")),
        sa.CheckConstraint("report_silence BETWEEN 1 AND 180", name=op.f("ck_reglage_report_silence")),
        sa.CheckConstraint(
            "report_situation_a_confirmer BETWEEN 1 AND 180", name=op.f("ck_reglage_report_situation_a_confirmer")
        ),
        sa.CheckConstraint(
            "report_transmission_departement BETWEEN 1 AND 180", name=op.f("ck_reglage_report_transmission_departement")
        ),
        sa.CheckConstraint("retard BETWEEN 1 AND 120", name=op.f("ck_reglage_retard")),
        sa.CheckConstraint("rupture BETWEEN 1 AND 180", name=op.f("ck_reglage_rupture")),
        sa.CheckConstraint("sans_referent BETWEEN 0 AND 30", name=op.f("ck_reglage_sans_referent")),
        sa.CheckConstraint("silence_accompagnement BETWEEN 3 AND 365", name=op.f("ck_reglage_silence_accompagnement")),
        sa.CheckConstraint("silence_alternance BETWEEN 3 AND 365", name=op.f("ck_reglage_silence_alternance")),
        sa.CheckConstraint(
            "silence_alternance_debut BETWEEN 3 AND 365", name=op.f("ck_reglage_silence_alternance_debut")
        ),
        sa.CheckConstraint("silence_chantier BETWEEN 3 AND 365", name=op.f("ck_reglage_silence_chantier")),
        sa.CheckConstraint("silence_decrochage BETWEEN 3 AND 365", name=op.f("ck_reglage_silence_decrochage")),
        sa.CheckConstraint("silence_emploi BETWEEN 3 AND 365", name=op.f("ck_reglage_silence_emploi")),
        sa.CheckConstraint(
            "silence_emploi_installe BETWEEN 3 AND 365", name=op.f("ck_reglage_silence_emploi_installe")
        ),
        sa.CheckConstraint(
            "silence_enseignement_superieur BETWEEN 3 AND 365", name=op.f("ck_reglage_silence_enseignement_superieur")
        ),
        sa.CheckConstraint("silence_formation BETWEEN 3 AND 365", name=op.f("ck_reglage_silence_formation")),
        sa.CheckConstraint("silence_inconnue BETWEEN 3 AND 365", name=op.f("ck_reglage_silence_inconnue")),
        sa.CheckConstraint("silence_indisponible BETWEEN 3 AND 365", name=op.f("ck_reglage_silence_indisponible")),
        sa.CheckConstraint(
            "silence_insertion_activite_economique BETWEEN 3 AND 365",
            name=op.f("ck_reglage_silence_insertion_activite_economique"),
        ),
        sa.CheckConstraint("silence_raccrochage BETWEEN 3 AND 365", name=op.f("ck_reglage_silence_raccrochage")),
        sa.CheckConstraint("silence_sans_solution BETWEEN 3 AND 365", name=op.f("ck_reglage_silence_sans_solution")),
        sa.CheckConstraint("silence_scolarite BETWEEN 3 AND 365", name=op.f("ck_reglage_silence_scolarite")),
        sa.CheckConstraint(
            "silence_scolarite_fragile BETWEEN 3 AND 365", name=op.f("ck_reglage_silence_scolarite_fragile")
        ),
        sa.CheckConstraint(
            "silence_service_civique BETWEEN 3 AND 365", name=op.f("ck_reglage_silence_service_civique")
        ),
        sa.CheckConstraint("transmission BETWEEN 2 AND 2", name=op.f("ck_reglage_transmission")),
        sa.ForeignKeyConstraint(["structure_id"], ["structure.id"], name=op.f("fk_reglage_structure_id_structure")),
        sa.PrimaryKeyConstraint("structure_id", name=op.f("pk_reglage")),
    )
    op.create_table(
        "envoi_courriel",
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("creneau", sa.String(length=20), nullable=False),
        sa.Column(
            "statut",
            sa.Enum("pris", "envoye", "echoue", name="statut", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("pris_le", Instant(), nullable=False),
        sa.Column("envoye_le", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent.id"], name=op.f("fk_envoi_courriel_agent_id_agent"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("agent_id", "creneau", name=op.f("pk_envoi_courriel")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "echeance",
        sa.Column("dossier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("prochaine", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.id"], name=op.f("fk_echeance_dossier_id_dossier"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("dossier_id", name=op.f("pk_echeance")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("echeance", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_echeance_prochaine"), ["prochaine"], unique=False)

    op.create_table(
        "jalon",
        sa.Column("dossier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "genre",
            sa.Enum(
                "entretien_propose",
                "absence_non_justifiee",
                "convocation",
                "transmission_departement",
                "exemption_medicale",
                name="genre",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("jour", sa.Date(), nullable=False),
        sa.Column("jusqu_au", sa.Date(), nullable=True),
        sa.Column("annule_le", sa.Date(), nullable=True),
        sa.Column("cree_le", Instant(), nullable=False),
        sa.Column("cree_par", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("depot", sa.Uuid(), nullable=True),
        sa.CheckConstraint("jusqu_au IS NULL OR genre = 'exemption_medicale'", name=op.f("ck_jalon_fin_exemption")),
        sa.CheckConstraint("jusqu_au >= jour", name=op.f("ck_jalon_dans_l_ordre")),
        sa.ForeignKeyConstraint(["cree_par"], ["agent.id"], name=op.f("fk_jalon_cree_par_agent")),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.id"], name=op.f("fk_jalon_dossier_id_dossier"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("dossier_id", "id", name=op.f("pk_jalon")),
        sa.UniqueConstraint("dossier_id", "depot", name=op.f("uq_jalon_dossier_id_depot")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("jalon", schema=None) as batch_op:
        batch_op.create_index(
            "uq_jalon_genre_jour",
            ["dossier_id", "genre", "jour"],
            unique=True,
            sqlite_where=sa.text("annule_le IS NULL"),
            postgresql_where=sa.text("annule_le IS NULL"),
        )

    op.create_table(
        "mise_en_attente",
        sa.Column("dossier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "motif",
            sa.Enum(
                "rentree",
                "reponse_partenaire",
                "demande_du_jeune",
                "hors_territoire",
                "indisponible",
                name="motif",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("depuis", sa.Date(), nullable=False),
        sa.Column("jusqu_au", sa.Date(), nullable=False),
        sa.Column("levee_le", sa.Date(), nullable=True),
        sa.Column("cree_le", Instant(), nullable=False),
        sa.Column("cree_par", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("depot", sa.Uuid(), nullable=True),
        sa.CheckConstraint("jusqu_au >= depuis", name=op.f("ck_mise_en_attente_dans_l_ordre")),
        sa.CheckConstraint("levee_le IS NULL OR levee_le = jusqu_au", name=op.f("ck_mise_en_attente_levee")),
        sa.ForeignKeyConstraint(["cree_par"], ["agent.id"], name=op.f("fk_mise_en_attente_cree_par_agent")),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.id"], name=op.f("fk_mise_en_attente_dossier_id_dossier"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("dossier_id", "id", name=op.f("pk_mise_en_attente")),
        sa.UniqueConstraint("dossier_id", "depot", name=op.f("uq_mise_en_attente_dossier_id_depot")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "verification",
        sa.Column("dossier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "objet",
            sa.Enum(
                "situation", "raccrochage", "sortie", name="objet", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("repere", sa.Date(), nullable=False),
        sa.Column("mois", sa.Integer(), nullable=True),
        sa.Column(
            "reponse",
            sa.Enum(
                "toujours_en_place",
                "changee",
                "inconnue",
                name="reponse",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "genre",
            sa.Enum(
                "emploi",
                "insertion_activite_economique",
                "alternance",
                "formation",
                "enseignement_superieur",
                "scolarite_fragile",
                "scolarite",
                "service_civique",
                "raccrochage",
                "decrochage",
                "sans_solution",
                "indisponible",
                "accompagnement",
                "chantier_educatif",
                "stage",
                "accompagnement_educatif",
                "accompagnement_scolaire",
                "savoirs_de_base",
                "numerique",
                "mobilite",
                "logement",
                "acces_soins",
                "parentalite",
                "animation_soiree",
                "citoyennete",
                "culture_sport",
                name="genre",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("jour", sa.Date(), nullable=False),
        sa.Column("annulee_le", sa.Date(), nullable=True),
        sa.Column("cree_le", Instant(), nullable=False),
        sa.Column("cree_par", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("depot", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(mois IS NULL) = (objet = 'situation')", name=op.f("ck_verification_mois")),
        sa.CheckConstraint("genre IS NULL OR reponse = 'changee'", name=op.f("ck_verification_nouveau_genre")),
        sa.CheckConstraint("mois IN (3, 6, 12)", name=op.f("ck_verification_mois_connus")),
        sa.ForeignKeyConstraint(["cree_par"], ["agent.id"], name=op.f("fk_verification_cree_par_agent")),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.id"], name=op.f("fk_verification_dossier_id_dossier"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("dossier_id", "id", name=op.f("pk_verification")),
        sa.UniqueConstraint("dossier_id", "depot", name=op.f("uq_verification_dossier_id_depot")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("verification", schema=None) as batch_op:
        batch_op.create_index(
            "uq_verification_mois",
            ["dossier_id", "objet", "repere", "mois"],
            unique=True,
            sqlite_where=sa.text("annulee_le IS NULL AND mois IS NOT NULL"),
            postgresql_where=sa.text("annulee_le IS NULL AND mois IS NOT NULL"),
        )

    op.create_table(
        "conditions_chantier",
        sa.Column("dossier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("etape_id", sa.Uuid(), nullable=False),
        sa.Column("accord_le", sa.Date(), nullable=True),
        sa.Column("inspection_le", sa.Date(), nullable=True),
        sa.Column("vacances_du", sa.Date(), nullable=True),
        sa.Column("vacances_au", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(vacances_du IS NULL) = (vacances_au IS NULL)", name=op.f("ck_conditions_chantier_vacances")
        ),
        sa.CheckConstraint("vacances_au >= vacances_du", name=op.f("ck_conditions_chantier_vacances_dans_l_ordre")),
        sa.ForeignKeyConstraint(
            ["dossier_id", "etape_id"],
            ["etape.dossier_id", "etape.id"],
            name="fk_conditions_chantier_etape",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("dossier_id", "etape_id", name=op.f("pk_conditions_chantier")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "demarche",
        sa.Column("dossier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "moyen",
            sa.Enum(
                "message",
                "visite",
                "partenaire",
                "famille",
                "pairs",
                name="moyen",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "resultat",
            sa.Enum("tentee", "sans_objet", name="resultat", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("jour", sa.Date(), nullable=False),
        sa.Column("suivi_id", sa.Uuid(), nullable=True),
        sa.Column("cree_le", Instant(), nullable=False),
        sa.Column("cree_par", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("depot", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["cree_par"], ["agent.id"], name=op.f("fk_demarche_cree_par_agent")),
        sa.ForeignKeyConstraint(["dossier_id", "suivi_id"], ["suivi.dossier_id", "suivi.id"], name="fk_demarche_suivi"),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.id"], name=op.f("fk_demarche_dossier_id_dossier"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("dossier_id", "id", name=op.f("pk_demarche")),
        sa.UniqueConstraint("dossier_id", "depot", name=op.f("uq_demarche_dossier_id_depot")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "evenement_alerte",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("alerte_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("quand", Instant(), nullable=False),
        sa.Column(
            "genre",
            sa.Enum(
                "ouverte",
                "rouverte",
                "traitee",
                "eteinte",
                "reportee",
                "report_leve",
                "escaladee",
                "courriel",
                "inutile",
                "inutile_retire",
                name="genre",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "motif",
            sa.Enum(
                "rdv_fixe",
                "absence_justifiee",
                "attente_partenaire",
                "demande_du_jeune",
                "indisponibilite_agent",
                name="motif",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("jusqu_au", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(genre = 'reportee') = (jusqu_au IS NOT NULL)", name=op.f("ck_evenement_alerte_report_date")
        ),
        sa.CheckConstraint(
            "(genre = 'reportee') = (motif IS NOT NULL)", name=op.f("ck_evenement_alerte_report_motive")
        ),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_evenement_alerte_agent_id_agent")),
        sa.ForeignKeyConstraint(
            ["alerte_id"], ["alerte.id"], name=op.f("fk_evenement_alerte_alerte_id_alerte"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evenement_alerte")),
    )
    with op.batch_alter_table("evenement_alerte", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evenement_alerte_alerte_id"), ["alerte_id"], unique=False)

    for table, column in ADDED:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column}")
    instant = "VARCHAR(27)" if op.get_bind().dialect.name == "sqlite" else "TIMESTAMP WITH TIME ZONE"
    op.execute(
        f"ALTER TABLE alerte ADD COLUMN escaladee_le {instant}"
        " CONSTRAINT ck_alerte_fermee_sans_escalade CHECK (fermee_le IS NULL OR escaladee_le IS NULL)"
    )
    op.execute(f"ALTER TABLE alerte ADD COLUMN inutile_le {instant}")
    for name, table, where in PARTIAL_INDEXES:
        clause = sa.text(where)
        op.create_index(name, table, ["dossier_id"], unique=False, sqlite_where=clause, postgresql_where=clause)
    op.create_index(
        "ix_alerte_a_escalader",
        "alerte",
        ["ouverte_le"],
        unique=False,
        sqlite_where=sa.text("fermee_le IS NULL AND escaladee_le IS NULL"),
        postgresql_where=sa.text("fermee_le IS NULL AND escaladee_le IS NULL"),
    )


def downgrade() -> None:
    for name, table, _ in PARTIAL_INDEXES:
        op.drop_index(name, table_name=table)
    op.drop_index("ix_alerte_a_escalader", table_name="alerte")
    op.execute("ALTER TABLE alerte DROP COLUMN inutile_le")
    op.execute("ALTER TABLE alerte DROP COLUMN escaladee_le")
    for table, column in reversed(ADDED):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column.split()[0]}")
    with op.batch_alter_table("evenement_alerte", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_evenement_alerte_alerte_id"))

    op.drop_table("evenement_alerte")
    op.drop_table("demarche")
    op.drop_table("conditions_chantier")
    with op.batch_alter_table("verification", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_verification_mois",
            sqlite_where=sa.text("annulee_le IS NULL AND mois IS NOT NULL"),
            postgresql_where=sa.text("annulee_le IS NULL AND mois IS NOT NULL"),
        )

    op.drop_table("verification")
    op.drop_table("mise_en_attente")
    with op.batch_alter_table("jalon", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_jalon_genre_jour",
            sqlite_where=sa.text("annule_le IS NULL"),
            postgresql_where=sa.text("annule_le IS NULL"),
        )

    op.drop_table("jalon")
    with op.batch_alter_table("echeance", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_echeance_prochaine"))

    op.drop_table("echeance")
    op.drop_table("envoi_courriel")
    op.drop_table("reglage")
    op.drop_table("passage")
    op.drop_table("battement")
    connection = op.get_bind()
    # what only this revision can say goes with it
    connection.execute(sa.text("DELETE FROM alerte WHERE regle NOT IN ('silence', 'etape_en_retard', 'sans_referent')"))
    replace_codes(connection, table="alerte", column="regle", constraint="ck_alerte_regle", codes=REGLES)
