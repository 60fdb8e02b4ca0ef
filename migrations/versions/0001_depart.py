"""The first tables."""

import sqlalchemy as sa
from alembic import op

from app.audit import ddl as audit_ddl
from app.db.types import Instant
from app.referents import ddl as referents_ddl

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "freinage",
        sa.Column("cle", sa.LargeBinary(length=32), nullable=False),
        sa.Column("fenetre", Instant(), nullable=False),
        sa.Column("compte", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("cle", "fenetre", name=op.f("pk_freinage")),
    )
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cree_le", Instant(), nullable=False),
        sa.Column("demonstration", sa.Boolean(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_installation_une_seule")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "journal_acces",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("flux", sa.SmallInteger(), nullable=False),
        sa.Column("numero", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("instant", Instant(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column(
            "acteur",
            sa.Enum("agent", "commande", name="acteur", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column(
            "action",
            sa.Enum(
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
                name="action",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("dossier", sa.LargeBinary(length=32), nullable=True),
        sa.Column("nombre", sa.Integer(), nullable=True),
        sa.Column("precision", sa.String(length=40), nullable=True),
        sa.Column("precedent", sa.LargeBinary(length=32), nullable=False),
        sa.Column("empreinte", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint("length(dossier) = 32", name=op.f("ck_journal_acces_dossier")),
        sa.CheckConstraint(
            "length(precedent) = 32 AND length(empreinte) = 32", name=op.f("ck_journal_acces_empreintes")
        ),
        sa.CheckConstraint("length(precision) <= 40", name=op.f("ck_journal_acces_precision")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_acces")),
        sa.UniqueConstraint("flux", "numero", name=op.f("uq_journal_acces_flux_numero")),
    )
    with op.batch_alter_table("journal_acces", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_journal_acces_agent_id_instant"), ["agent_id", "instant"], unique=False)
        batch_op.create_index(batch_op.f("ix_journal_acces_dossier_instant"), ["dossier", "instant"], unique=False)

    op.create_table(
        "journal_flux",
        sa.Column("flux", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("numero", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tete", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint("length(tete) = 32", name=op.f("ck_journal_flux_tete")),
        sa.PrimaryKeyConstraint("flux", name=op.f("pk_journal_flux")),
    )
    op.create_table(
        "structure",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("nom", sa.String(length=120), nullable=False),
        sa.Column(
            "genre",
            sa.Enum(
                "mission_locale",
                "prevention_specialisee",
                "plie",
                "commune_ccas",
                "etablissement_scolaire",
                "centre_social",
                "association",
                "e2c_epide",
                "autre",
                name="genre",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("fermee_le", Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("length(code) > 0 AND length(nom) > 0", name=op.f("ck_structure_nommee")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_structure")),
        sa.UniqueConstraint("code", name=op.f("uq_structure_code")),
    )
    op.create_table(
        "territoire",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("nom", sa.String(length=120), nullable=False),
        sa.Column(
            "genre",
            sa.Enum(
                "qpv", "qva", "commune", "hors_qpv", name="genre", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("generation", sa.Integer(), nullable=True),
        sa.Column("commune_id", sa.Integer(), nullable=True),
        sa.Column("ferme", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "CASE genre WHEN 'qpv' THEN coalesce(generation, 0) IN (2015, 2024) WHEN 'qva' THEN coalesce(generation, 0) = 2015 ELSE generation IS NULL END",
            name=op.f("ck_territoire_generation"),
        ),
        sa.CheckConstraint("commune_id IS NULL OR genre <> 'commune'", name=op.f("ck_territoire_commune_sans_parent")),
        sa.ForeignKeyConstraint(["commune_id"], ["territoire.id"], name=op.f("fk_territoire_commune_id_territoire")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_territoire")),
        sa.UniqueConstraint("code", name=op.f("uq_territoire_code")),
    )
    op.create_table(
        "agent",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("courriel", sa.String(length=254), nullable=False),
        sa.Column("prenom", sa.String(length=80), nullable=False),
        sa.Column("nom", sa.String(length=80), nullable=False),
        sa.Column("structure_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("mot_de_passe", sa.String(length=200), nullable=True),
        sa.Column("intervenant", sa.Boolean(), nullable=False),
        sa.Column("referent", sa.Boolean(), nullable=False),
        sa.Column("coordinateur", sa.Boolean(), nullable=False),
        sa.Column("responsable", sa.Boolean(), nullable=False),
        sa.Column("dpo", sa.Boolean(), nullable=False),
        sa.Column("administrateur", sa.Boolean(), nullable=False),
        sa.Column("cree_le", Instant(), nullable=False),
        sa.Column("desactive_le", Instant(), nullable=True),
        sa.Column("derniere_connexion", Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "NOT (responsable AND (coordinateur OR dpo OR intervenant OR referent))",
            name=op.f("ck_agent_responsable_sans_dossier"),
        ),
        sa.CheckConstraint("courriel = lower(courriel)", name=op.f("ck_agent_courriel_minuscule")),
        sa.ForeignKeyConstraint(["structure_id"], ["structure.id"], name=op.f("fk_agent_structure_id_structure")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent")),
        sa.UniqueConstraint("courriel", name=op.f("uq_agent_courriel")),
    )
    with op.batch_alter_table("agent", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agent_structure_id"), ["structure_id"], unique=False)

    op.create_table(
        "brouillon",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("chemin", sa.String(length=200), nullable=False),
        sa.Column("contenu", sa.LargeBinary(), nullable=False),
        sa.Column("cree_le", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent.id"], name=op.f("fk_brouillon_agent_id_agent"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brouillon")),
    )
    with op.batch_alter_table("brouillon", schema=None) as batch_op:
        batch_op.create_index("ix_brouillon_agent_id_cree_le", ["agent_id", "cree_le"], unique=False)

    op.create_table(
        "dossier",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=True),
        sa.Column("structure_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("territoire_id", sa.Integer(), nullable=False),
        sa.Column(
            "sexe",
            sa.Enum(
                "femme",
                "homme",
                "autre",
                "non_renseigne",
                name="sexe",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("annee_naissance", sa.Integer(), nullable=True),
        sa.Column(
            "diplome",
            sa.Enum(
                "sans",
                "cfg_dnb",
                "niveau_3",
                "niveau_4",
                "niveau_5",
                "niveau_6_plus",
                "inconnu",
                name="diplome",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "origine",
            sa.Enum(
                "spontanee",
                "travail_de_rue",
                "famille",
                "pairs",
                "etablissement_scolaire",
                "psad",
                "association",
                "mission_locale",
                "bailleur",
                "departement",
                "collectivite",
                "autre",
                name="origine",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "intensite",
            sa.Enum(
                "soutenu", "suivi", "veille", name="intensite", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("intensite_depuis", sa.Date(), nullable=True),
        sa.Column("anonymat_demande", sa.Boolean(), nullable=False),
        sa.Column("ouvert_le", sa.Date(), nullable=False),
        sa.Column("clos_le", sa.Date(), nullable=True),
        sa.Column(
            "motif_sortie",
            sa.Enum(
                "scolarite_maintenue",
                "scolarite_reprise",
                "alternance",
                "formation_pre_qualifiante",
                "formation_qualifiante",
                "emploi_durable",
                "emploi_transition",
                "insertion_activite_economique",
                "service_civique",
                "objectifs_atteints",
                "autre_referent_structure",
                "mission_locale",
                "france_travail",
                "service_social",
                "e2c_epide",
                "protection_enfance",
                "autre_territoire",
                "demande_du_jeune",
                "sans_nouvelles",
                "demenagement",
                "limite_age",
                "doublon_erreur",
                "deces",
                name="motif_sortie",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("entree_structure_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("entree_territoire_id", sa.Integer(), nullable=False),
        sa.Column(
            "entree_sexe",
            sa.Enum(
                "femme",
                "homme",
                "autre",
                "non_renseigne",
                name="entree_sexe",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "entree_age",
            sa.Enum(
                "11-15",
                "16-17",
                "18-21",
                "22-25",
                "26_plus",
                name="entree_age",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("cree_le", Instant(), nullable=False),
        sa.Column("cree_par", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("depot", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(clos_le IS NULL) = (motif_sortie IS NULL)", name=op.f("ck_dossier_cloture_motivee")),
        sa.CheckConstraint("annee_naissance BETWEEN 1900 AND 2200", name=op.f("ck_dossier_annee_naissance")),
        sa.CheckConstraint("clos_le IS NULL OR clos_le >= ouvert_le", name=op.f("ck_dossier_cloture_apres_ouverture")),
        sa.CheckConstraint("reference IS NULL OR length(reference) > 0", name=op.f("ck_dossier_reference")),
        sa.ForeignKeyConstraint(["cree_par"], ["agent.id"], name=op.f("fk_dossier_cree_par_agent")),
        sa.ForeignKeyConstraint(
            ["entree_structure_id"], ["structure.id"], name=op.f("fk_dossier_entree_structure_id_structure")
        ),
        sa.ForeignKeyConstraint(
            ["entree_territoire_id"], ["territoire.id"], name=op.f("fk_dossier_entree_territoire_id_territoire")
        ),
        sa.ForeignKeyConstraint(["structure_id"], ["structure.id"], name=op.f("fk_dossier_structure_id_structure")),
        sa.ForeignKeyConstraint(["territoire_id"], ["territoire.id"], name=op.f("fk_dossier_territoire_id_territoire")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier")),
        sa.UniqueConstraint("code", name=op.f("uq_dossier_code")),
        sa.UniqueConstraint("depot", name=op.f("uq_dossier_depot")),
        sa.UniqueConstraint("structure_id", "reference", name=op.f("uq_dossier_structure_id_reference")),
        sa.UniqueConstraint("uid", name=op.f("uq_dossier_uid")),
    )
    with op.batch_alter_table("dossier", schema=None) as batch_op:
        batch_op.create_index(
            "ix_dossier_ouvert",
            ["structure_id"],
            unique=False,
            sqlite_where=sa.text("clos_le IS NULL"),
            postgresql_where=sa.text("clos_le IS NULL"),
        )
        batch_op.create_index(batch_op.f("ix_dossier_structure_id"), ["structure_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_dossier_territoire_id"), ["territoire_id"], unique=False)

    op.create_table(
        "revue",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("commencee_le", Instant(), nullable=False),
        sa.Column("terminee_le", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_revue_agent_id_agent"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revue")),
    )
    with op.batch_alter_table("revue", schema=None) as batch_op:
        batch_op.create_index("ix_revue_agent_id_terminee_le", ["agent_id", "terminee_le"], unique=False)
        batch_op.create_index(
            "uq_revue_en_cours",
            ["agent_id"],
            unique=True,
            sqlite_where=sa.text("terminee_le IS NULL"),
            postgresql_where=sa.text("terminee_le IS NULL"),
        )

    op.create_table(
        "session_web",
        sa.Column("empreinte", sa.LargeBinary(length=32), nullable=False),
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("contenu", sa.LargeBinary(), nullable=False),
        sa.Column("cree_le", Instant(), nullable=False),
        sa.Column("vue_le", Instant(), nullable=False),
        sa.Column("verrouillee_le", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent.id"], name=op.f("fk_session_web_agent_id_agent"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("empreinte", name=op.f("pk_session_web")),
    )
    with op.batch_alter_table("session_web", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_web_agent_id"), ["agent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_session_web_vue_le"), ["vue_le"], unique=False)

    op.create_table(
        "affectation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dossier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("debut", Instant(), nullable=False),
        sa.Column("fin", Instant(), nullable=True),
        sa.Column(
            "motif",
            sa.Enum(
                "premiere_affectation",
                "changement_situation",
                "demande_du_jeune",
                "depart_agent",
                "charge",
                "secteur",
                "suppleance",
                name="motif",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("par_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("fin > debut", name=op.f("ck_affectation_fin_apres_debut")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_affectation_agent_id_agent")),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.id"], name=op.f("fk_affectation_dossier_id_dossier"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["par_id"], ["agent.id"], name=op.f("fk_affectation_par_id_agent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_affectation")),
    )
    with op.batch_alter_table("affectation", schema=None) as batch_op:
        batch_op.create_index(
            "ix_affectation_agent_ouverte",
            ["agent_id"],
            unique=False,
            sqlite_where=sa.text("fin IS NULL"),
            postgresql_where=sa.text("fin IS NULL"),
        )
        batch_op.create_index(batch_op.f("ix_affectation_dossier_id"), ["dossier_id"], unique=False)
        batch_op.create_index(
            "uq_affectation_ouverte",
            ["dossier_id"],
            unique=True,
            sqlite_where=sa.text("fin IS NULL"),
            postgresql_where=sa.text("fin IS NULL"),
        )

    op.create_table(
        "alerte",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("dossier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "regle",
            sa.Enum(
                "silence",
                "etape_en_retard",
                "sans_referent",
                name="regle",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("cle", sa.String(length=60), nullable=False),
        sa.Column("depuis", sa.Date(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("gravite", sa.Integer(), nullable=False),
        sa.Column("faits", sa.JSON(), nullable=False),
        sa.Column("ouverte_le", Instant(), nullable=False),
        sa.Column("fermee_le", Instant(), nullable=True),
        sa.Column("reprises", sa.Integer(), nullable=False),
        sa.CheckConstraint("due >= depuis", name=op.f("ck_alerte_due_apres_depuis")),
        sa.CheckConstraint("gravite BETWEEN 1 AND 9", name=op.f("ck_alerte_gravite")),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.id"], name=op.f("fk_alerte_dossier_id_dossier"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerte")),
        sa.UniqueConstraint("dossier_id", "regle", "cle", name=op.f("uq_alerte_dossier_id_regle_cle")),
    )
    with op.batch_alter_table("alerte", schema=None) as batch_op:
        batch_op.create_index(
            "ix_alerte_ouverte",
            ["dossier_id", "gravite", "due"],
            unique=False,
            sqlite_where=sa.text("fermee_le IS NULL"),
            postgresql_where=sa.text("fermee_le IS NULL"),
        )

    op.create_table(
        "demande_doublon",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dossier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("demandeur_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("cree_le", Instant(), nullable=False),
        sa.Column(
            "statut",
            sa.Enum(
                "en_attente",
                "je_vous_contacte",
                "pas_la_meme_personne",
                "sans_reponse",
                name="statut",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("repondu_le", Instant(), nullable=True),
        sa.Column("repondu_par", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "(statut = 'en_attente') = (repondu_le IS NULL)", name=op.f("ck_demande_doublon_reponse_datee")
        ),
        sa.ForeignKeyConstraint(["demandeur_id"], ["agent.id"], name=op.f("fk_demande_doublon_demandeur_id_agent")),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.id"], name=op.f("fk_demande_doublon_dossier_id_dossier"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["repondu_par"], ["agent.id"], name=op.f("fk_demande_doublon_repondu_par_agent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demande_doublon")),
    )
    with op.batch_alter_table("demande_doublon", schema=None) as batch_op:
        batch_op.create_index("ix_demande_doublon_demandeur", ["demandeur_id", "cree_le"], unique=False)
        batch_op.create_index(
            "uq_demande_doublon_en_attente",
            ["dossier_id", "demandeur_id"],
            unique=True,
            sqlite_where=sa.text("statut = 'en_attente'"),
            postgresql_where=sa.text("statut = 'en_attente'"),
        )

    op.create_table(
        "etape",
        sa.Column("dossier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
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
            nullable=False,
        ),
        sa.Column(
            "statut",
            sa.Enum(
                "prevue",
                "en_cours",
                "en_attente",
                "terminee",
                "interrompue_jeune",
                "interrompue_structure",
                "interrompue_accord",
                "annulee",
                name="statut",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("debut", sa.Date(), nullable=False),
        sa.Column("fin", sa.Date(), nullable=True),
        sa.Column("fin_prevue", sa.Date(), nullable=True),
        sa.Column(
            "issue",
            sa.Enum(
                "objectif_atteint",
                "poursuite",
                "rupture",
                "reorientation",
                "sans_effet",
                "inconnue",
                name="issue",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "contrat",
            sa.Enum(
                "cdi",
                "cdd_6_mois_plus",
                "cdd_court",
                "interim",
                "saisonnier_etudiant",
                "independant",
                "contrat_aide",
                name="contrat",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "niveau_vise",
            sa.Enum(
                "pre_qualifiante",
                "qualifiante",
                "diplomante",
                name="niveau_vise",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("heures", sa.Integer(), nullable=True),
        sa.Column("precisions", sa.LargeBinary(), nullable=True),
        sa.Column("cree_le", Instant(), nullable=False),
        sa.Column("cree_par", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("modifie_le", Instant(), nullable=True),
        sa.Column("modifie_par", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("depot", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(fin IS NOT NULL) = (statut IN ('interrompue_accord', 'interrompue_jeune', 'interrompue_structure', 'terminee'))",
            name=op.f("ck_etape_fin_si_finie"),
        ),
        sa.CheckConstraint("contrat IS NULL OR genre = 'emploi'", name=op.f("ck_etape_contrat_emploi")),
        sa.CheckConstraint("heures IS NULL OR genre = 'chantier_educatif'", name=op.f("ck_etape_heures_chantier")),
        sa.CheckConstraint(
            "issue IS NULL OR statut IN ('interrompue_accord', 'interrompue_jeune', 'interrompue_structure', 'terminee')",
            name=op.f("ck_etape_issue_si_finie"),
        ),
        sa.CheckConstraint("niveau_vise IS NULL OR genre = 'formation'", name=op.f("ck_etape_niveau_formation")),
        sa.CheckConstraint("fin >= debut", name=op.f("ck_etape_fin_apres_debut")),
        sa.CheckConstraint("fin_prevue >= debut", name=op.f("ck_etape_fin_prevue_apres_debut")),
        sa.CheckConstraint("heures BETWEEN 0 AND 2000", name=op.f("ck_etape_heures_plausibles")),
        sa.ForeignKeyConstraint(["cree_par"], ["agent.id"], name=op.f("fk_etape_cree_par_agent")),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.id"], name=op.f("fk_etape_dossier_id_dossier"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["modifie_par"], ["agent.id"], name=op.f("fk_etape_modifie_par_agent")),
        sa.PrimaryKeyConstraint("dossier_id", "id", name=op.f("pk_etape")),
        sa.UniqueConstraint("dossier_id", "depot", name=op.f("uq_etape_dossier_id_depot")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("etape", schema=None) as batch_op:
        batch_op.create_index(
            "ix_etape_fin_prevue",
            ["fin_prevue"],
            unique=False,
            sqlite_where=sa.text("statut IN ('en_attente', 'en_cours') AND fin_prevue IS NOT NULL"),
            postgresql_where=sa.text("statut IN ('en_attente', 'en_cours') AND fin_prevue IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_etape_ouverte",
            ["dossier_id"],
            unique=False,
            sqlite_where=sa.text("statut IN ('en_attente', 'en_cours')"),
            postgresql_where=sa.text("statut IN ('en_attente', 'en_cours')"),
        )
        batch_op.create_index(
            "ix_etape_prevue",
            ["debut"],
            unique=False,
            sqlite_where=sa.text("statut = 'prevue'"),
            postgresql_where=sa.text("statut = 'prevue'"),
        )
        batch_op.create_index(
            "uq_etape_genre_debut",
            ["dossier_id", "genre", "debut"],
            unique=True,
            sqlite_where=sa.text("statut <> 'annulee'"),
            postgresql_where=sa.text("statut <> 'annulee'"),
        )

    op.create_table(
        "etat",
        sa.Column("dossier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("referent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("ouvert_le", sa.Date(), nullable=False),
        sa.Column("clos_le", sa.Date(), nullable=True),
        sa.Column(
            "situation",
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
                "inconnue",
                "sorti",
                name="situation",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("situation_depuis", sa.Date(), nullable=False),
        sa.Column("etape_id", sa.Uuid(), nullable=True),
        sa.Column("dernier_contact", sa.Date(), nullable=True),
        sa.Column("derniere_tentative", sa.Date(), nullable=True),
        sa.Column("prochain_contact", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.id"], name=op.f("fk_etat_dossier_id_dossier"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["referent_id"], ["agent.id"], name=op.f("fk_etat_referent_id_agent")),
        sa.PrimaryKeyConstraint("dossier_id", name=op.f("pk_etat")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("etat", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_etat_referent_id"), ["referent_id"], unique=False)

    op.create_table(
        "identite",
        sa.Column("dossier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("identite", sa.LargeBinary(), nullable=True),
        sa.Column("contact", sa.LargeBinary(), nullable=True),
        sa.Column("informe_le", sa.Date(), nullable=True),
        sa.Column(
            "informe_forme",
            sa.Enum(
                "orale", "ecrite", "message", name="informe_forme", native_enum=False, create_constraint=True, length=40
            ),
            nullable=True,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(informe_le IS NULL) = (informe_forme IS NULL)", name=op.f("ck_identite_information_datee")
        ),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.id"], name=op.f("fk_identite_dossier_id_dossier"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("dossier_id", name=op.f("pk_identite")),
    )
    op.create_table(
        "membre_equipe",
        sa.Column("dossier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("depuis", sa.Date(), nullable=False),
        sa.Column("jusqu_au", sa.Date(), nullable=True),
        sa.CheckConstraint("jusqu_au >= depuis", name=op.f("ck_membre_equipe_dans_l_ordre")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_membre_equipe_agent_id_agent")),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.id"], name=op.f("fk_membre_equipe_dossier_id_dossier"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("dossier_id", "agent_id", "depuis", name=op.f("pk_membre_equipe")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("membre_equipe", schema=None) as batch_op:
        batch_op.create_index(
            "uq_membre_equipe_actuel",
            ["agent_id", "dossier_id"],
            unique=True,
            sqlite_where=sa.text("jusqu_au IS NULL"),
            postgresql_where=sa.text("jusqu_au IS NULL"),
        )

    op.create_table(
        "reouverture",
        sa.Column("dossier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clos_le", sa.Date(), nullable=False),
        sa.Column(
            "motif_sortie",
            sa.Enum(
                "scolarite_maintenue",
                "scolarite_reprise",
                "alternance",
                "formation_pre_qualifiante",
                "formation_qualifiante",
                "emploi_durable",
                "emploi_transition",
                "insertion_activite_economique",
                "service_civique",
                "objectifs_atteints",
                "autre_referent_structure",
                "mission_locale",
                "france_travail",
                "service_social",
                "e2c_epide",
                "protection_enfance",
                "autre_territoire",
                "demande_du_jeune",
                "sans_nouvelles",
                "demenagement",
                "limite_age",
                "doublon_erreur",
                "deces",
                name="motif_sortie",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("rouvert_le", sa.Date(), nullable=False),
        sa.Column("rouvert_par", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("rouvert_le >= clos_le", name=op.f("ck_reouverture_dans_l_ordre")),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.id"], name=op.f("fk_reouverture_dossier_id_dossier"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["rouvert_par"], ["agent.id"], name=op.f("fk_reouverture_rouvert_par_agent")),
        sa.PrimaryKeyConstraint("dossier_id", "id", name=op.f("pk_reouverture")),
    )
    op.create_table(
        "representant_legal",
        sa.Column("dossier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "lien",
            sa.Enum(
                "parent", "tuteur", "service_gardien", name="lien", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column(
            "autorite_parentale",
            sa.Enum(
                "oui",
                "non",
                "inconnue",
                name="autorite_parentale",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "peut_etre_contacte",
            sa.Enum(
                "oui",
                "non_danger",
                "non_souhait_du_jeune",
                "a_demander",
                name="peut_etre_contacte",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("informe_le", sa.Date(), nullable=True),
        sa.Column(
            "informe_forme",
            sa.Enum(
                "orale", "ecrite", "message", name="informe_forme", native_enum=False, create_constraint=True, length=40
            ),
            nullable=True,
        ),
        sa.Column("identite", sa.LargeBinary(), nullable=True),
        sa.Column("cree_le", Instant(), nullable=False),
        sa.Column("depot", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(informe_le IS NULL) = (informe_forme IS NULL)", name=op.f("ck_representant_legal_information_datee")
        ),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.id"], name=op.f("fk_representant_legal_dossier_id_dossier"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("dossier_id", "id", name=op.f("pk_representant_legal")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("representant_legal", schema=None) as batch_op:
        batch_op.create_index("uq_representant_legal_depot", ["dossier_id", "depot"], unique=True)

    op.create_table(
        "revue_dossier",
        sa.Column("revue_id", sa.Uuid(), nullable=False),
        sa.Column("rang", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("vu_le", Instant(), nullable=True),
        sa.Column(
            "acte",
            sa.Enum(
                "confirmer",
                "planifier",
                "relancer",
                "passer_en_veille",
                "passer_le_relais",
                name="acte",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.CheckConstraint("(vu_le IS NULL) = (acte IS NULL)", name=op.f("ck_revue_dossier_vu_avec_acte")),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.id"], name=op.f("fk_revue_dossier_dossier_id_dossier"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["revue_id"], ["revue.id"], name=op.f("fk_revue_dossier_revue_id_revue"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("revue_id", "rang", name=op.f("pk_revue_dossier")),
        sa.UniqueConstraint("revue_id", "dossier_id", name=op.f("uq_revue_dossier_revue_id_dossier_id")),
    )
    with op.batch_alter_table("revue_dossier", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_revue_dossier_dossier_id"), ["dossier_id"], unique=False)

    op.create_table(
        "situation_mois",
        sa.Column("dossier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("m0", sa.Integer(), nullable=False),
        sa.Column("m1", sa.Integer(), nullable=False),
        sa.Column(
            "situation",
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
                "inconnue",
                "sorti",
                name="situation",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "precedente",
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
                "inconnue",
                "sorti",
                name="precedente",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.CheckConstraint("m1 > m0", name=op.f("ck_situation_mois_non_vide")),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.id"], name=op.f("fk_situation_mois_dossier_id_dossier"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("dossier_id", "m0", name=op.f("pk_situation_mois")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "suivi",
        sa.Column("dossier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("jour", sa.Date(), nullable=False),
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "canal",
            sa.Enum(
                "entretien",
                "telephone",
                "message",
                "courriel",
                "visio",
                "courrier",
                "visite_domicile",
                "presence_rue",
                "accompagnement_physique",
                "atelier_collectif",
                "chantier_sortie",
                "etablissement_scolaire",
                "entretien_tiers",
                name="canal",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "resultat",
            sa.Enum(
                "echange_fait",
                "rdv_pris",
                "absent_non_excuse",
                "excuse",
                "sans_reponse",
                "coordonnees_incorrectes",
                "ne_souhaite_pas",
                "annule_structure",
                name="resultat",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("themes", sa.String(length=400), nullable=False),
        sa.Column(
            "visibilite",
            sa.Enum(
                "mon_equipe",
                "equipe_suivi",
                "referent_coordinateur",
                name="visibilite",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("cree_le", Instant(), nullable=False),
        sa.Column("modifie_le", Instant(), nullable=True),
        sa.Column("depot", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_suivi_agent_id_agent")),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.id"], name=op.f("fk_suivi_dossier_id_dossier"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("dossier_id", "id", name=op.f("pk_suivi")),
        sa.UniqueConstraint("dossier_id", "depot", name=op.f("uq_suivi_dossier_id_depot")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("suivi", schema=None) as batch_op:
        batch_op.create_index("ix_suivi_agent", ["agent_id", "cree_le"], unique=False)
        batch_op.create_index("ix_suivi_journal", ["dossier_id", "jour", "cree_le", "id"], unique=False)

    op.create_table(
        "contact_prevu",
        sa.Column("dossier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("jour", sa.Date(), nullable=False),
        sa.Column("heure", sa.Time(), nullable=True),
        sa.Column(
            "canal",
            sa.Enum(
                "entretien",
                "telephone",
                "message",
                "courriel",
                "visio",
                "courrier",
                "visite_domicile",
                "presence_rue",
                "accompagnement_physique",
                "atelier_collectif",
                "chantier_sortie",
                "etablissement_scolaire",
                "entretien_tiers",
                name="canal",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "statut",
            sa.Enum("prevu", "tenu", "annule", name="statut", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("objet", sa.LargeBinary(), nullable=True),
        sa.Column("promis_par", sa.Uuid(), nullable=True),
        sa.Column("tenu_par", sa.Uuid(), nullable=True),
        sa.Column("cree_le", Instant(), nullable=False),
        sa.Column("depot", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("tenu_par IS NULL OR statut <> 'prevu'", name=op.f("ck_contact_prevu_tenu_par")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_contact_prevu_agent_id_agent")),
        sa.ForeignKeyConstraint(
            ["dossier_id", "promis_par"], ["suivi.dossier_id", "suivi.id"], name="fk_contact_prevu_promis_par"
        ),
        sa.ForeignKeyConstraint(
            ["dossier_id", "tenu_par"], ["suivi.dossier_id", "suivi.id"], name="fk_contact_prevu_tenu_par"
        ),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.id"], name=op.f("fk_contact_prevu_dossier_id_dossier"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("dossier_id", "id", name=op.f("pk_contact_prevu")),
        sa.UniqueConstraint("dossier_id", "depot", name=op.f("uq_contact_prevu_dossier_id_depot")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("contact_prevu", schema=None) as batch_op:
        batch_op.create_index(
            "ix_contact_prevu_a_venir",
            ["dossier_id", "jour"],
            unique=False,
            sqlite_where=sa.text("statut = 'prevu'"),
            postgresql_where=sa.text("statut = 'prevu'"),
        )
    audit_ddl.create_append_only_guard(op.get_bind())
    referents_ddl.create_overlap_guard(op.get_bind())


def downgrade() -> None:
    referents_ddl.drop_overlap_guard(op.get_bind())
    audit_ddl.drop_append_only_guard(op.get_bind())
    with op.batch_alter_table("contact_prevu", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_contact_prevu_a_venir",
            sqlite_where=sa.text("statut = 'prevu'"),
            postgresql_where=sa.text("statut = 'prevu'"),
        )

    op.drop_table("contact_prevu")
    with op.batch_alter_table("suivi", schema=None) as batch_op:
        batch_op.drop_index("ix_suivi_journal")
        batch_op.drop_index("ix_suivi_agent")

    op.drop_table("suivi")
    op.drop_table("situation_mois")
    with op.batch_alter_table("revue_dossier", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_revue_dossier_dossier_id"))

    op.drop_table("revue_dossier")
    with op.batch_alter_table("representant_legal", schema=None) as batch_op:
        batch_op.drop_index("uq_representant_legal_depot")

    op.drop_table("representant_legal")
    op.drop_table("reouverture")
    with op.batch_alter_table("membre_equipe", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_membre_equipe_actuel",
            sqlite_where=sa.text("jusqu_au IS NULL"),
            postgresql_where=sa.text("jusqu_au IS NULL"),
        )

    op.drop_table("membre_equipe")
    op.drop_table("identite")
    with op.batch_alter_table("etat", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_etat_referent_id"))

    op.drop_table("etat")
    with op.batch_alter_table("etape", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_etape_genre_debut",
            sqlite_where=sa.text("statut <> 'annulee'"),
            postgresql_where=sa.text("statut <> 'annulee'"),
        )
        batch_op.drop_index(
            "ix_etape_prevue", sqlite_where=sa.text("statut = 'prevue'"), postgresql_where=sa.text("statut = 'prevue'")
        )
        batch_op.drop_index(
            "ix_etape_ouverte",
            sqlite_where=sa.text("statut IN ('en_attente', 'en_cours')"),
            postgresql_where=sa.text("statut IN ('en_attente', 'en_cours')"),
        )
        batch_op.drop_index(
            "ix_etape_fin_prevue",
            sqlite_where=sa.text("statut IN ('en_attente', 'en_cours') AND fin_prevue IS NOT NULL"),
            postgresql_where=sa.text("statut IN ('en_attente', 'en_cours') AND fin_prevue IS NOT NULL"),
        )

    op.drop_table("etape")
    with op.batch_alter_table("demande_doublon", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_demande_doublon_en_attente",
            sqlite_where=sa.text("statut = 'en_attente'"),
            postgresql_where=sa.text("statut = 'en_attente'"),
        )
        batch_op.drop_index("ix_demande_doublon_demandeur")

    op.drop_table("demande_doublon")
    with op.batch_alter_table("alerte", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_alerte_ouverte",
            sqlite_where=sa.text("fermee_le IS NULL"),
            postgresql_where=sa.text("fermee_le IS NULL"),
        )

    op.drop_table("alerte")
    with op.batch_alter_table("affectation", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_affectation_ouverte", sqlite_where=sa.text("fin IS NULL"), postgresql_where=sa.text("fin IS NULL")
        )
        batch_op.drop_index(batch_op.f("ix_affectation_dossier_id"))
        batch_op.drop_index(
            "ix_affectation_agent_ouverte", sqlite_where=sa.text("fin IS NULL"), postgresql_where=sa.text("fin IS NULL")
        )

    op.drop_table("affectation")
    with op.batch_alter_table("session_web", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_session_web_vue_le"))
        batch_op.drop_index(batch_op.f("ix_session_web_agent_id"))

    op.drop_table("session_web")
    with op.batch_alter_table("revue", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_revue_en_cours",
            sqlite_where=sa.text("terminee_le IS NULL"),
            postgresql_where=sa.text("terminee_le IS NULL"),
        )
        batch_op.drop_index("ix_revue_agent_id_terminee_le")

    op.drop_table("revue")
    with op.batch_alter_table("dossier", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_dossier_territoire_id"))
        batch_op.drop_index(batch_op.f("ix_dossier_structure_id"))
        batch_op.drop_index(
            "ix_dossier_ouvert", sqlite_where=sa.text("clos_le IS NULL"), postgresql_where=sa.text("clos_le IS NULL")
        )

    op.drop_table("dossier")
    with op.batch_alter_table("brouillon", schema=None) as batch_op:
        batch_op.drop_index("ix_brouillon_agent_id_cree_le")

    op.drop_table("brouillon")
    with op.batch_alter_table("agent", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_agent_structure_id"))

    op.drop_table("agent")
    op.drop_table("territoire")
    op.drop_table("structure")
    op.drop_table("journal_flux")
    with op.batch_alter_table("journal_acces", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_journal_acces_dossier_instant"))
        batch_op.drop_index(batch_op.f("ix_journal_acces_agent_id_instant"))

    op.drop_table("journal_acces")
    op.drop_table("installation")
    op.drop_table("freinage")
