"""Cohorts: closed quarters, frozen atoms, the ledger of what is published, the contract that it answers."""

from datetime import date

import sqlalchemy as sa
from alembic import op

from app.audit import ddl as audit_ddl
from app.db.ddl import create_append_only_guard, drop_append_only_guard, replace_codes
from app.db.types import Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TACHES = ("nuit", "heure", "semaine", "courriels")
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
)
ACTIONS_AJOUTEES = ("cohortes_figees", "cohorte_consultee", "rapport_commente")
# which rows are never changed, and what makes one a replacement of another
AJOUT_SEUL = {
    "trimestre_clos": "trimestre = NEW.trimestre",
    "atome": "id = NEW.id",
    "ensemble": "rang = NEW.rang OR (cle = NEW.cle AND trimestre = NEW.trimestre)",
    "publication": "id = NEW.id",
    "cellule": "publication_id = NEW.publication_id AND mois = NEW.mois AND categorie = NEW.categorie",
}

# The parts of a contract are rows (vocabulaires.md, "Contrat de ville"): these two sets ship, others may be added.
CONTRATS = (
    (1, "contrat-de-ville-2015", "Contrat de ville 2015-2023", date(2015, 1, 1), date(2023, 12, 31)),
    (2, "quartiers-2030", "Contrat de ville « Quartiers 2030 »", date(2024, 1, 1), None),
)
AXES = (
    (
        1,
        "cohesion-sociale",
        "pilier",
        "Cohésion sociale",
        "decrochage_raccrochage,prevention_delinquance,sante,parentalite,petite_enfance,accompagnement_scolaire,"
        "culture_sport_loisirs",
    ),
    (
        1,
        "cadre-de-vie",
        "pilier",
        "Cadre de vie et renouvellement urbain",
        "logement_habitat,mediation_tranquillite,memoire_animation_territoire",
    ),
    (
        1,
        "developpement-economique-emploi",
        "pilier",
        "Développement économique et emploi",
        "emploi_insertion,formation,chantiers_educatifs",
    ),
    (
        1,
        "jeunesse-parcours-de-vie",
        "axe",
        "Jeunesse et parcours de vie",
        "decrochage_raccrochage,chantiers_educatifs,formation,emploi_insertion,animations_soiree",
    ),
    (1, "egalite-femmes-hommes", "axe", "Égalité entre les femmes et les hommes", "emploi_insertion,formation"),
    (1, "lutte-discriminations", "axe", "Lutte contre les discriminations", "emploi_insertion,citoyennete_lien_social"),
    (1, "fracture-numerique", "axe", "Fracture numérique", "usages_numeriques,savoirs_de_base"),
    (1, "mobilite", "axe", "Mobilité", "emploi_insertion,formation"),
    (1, "participation-habitants", "axe", "Participation des habitants", "citoyennete_lien_social"),
    (2, "reussite-educative", "enjeu", "Réussite éducative", "decrochage_raccrochage,accompagnement_scolaire"),
    (
        2,
        "plein-emploi",
        "enjeu",
        "Plein emploi et insertion des jeunes",
        "emploi_insertion,formation,chantiers_educatifs",
    ),
    (2, "emancipation", "enjeu", "Émancipation et lien social", "culture_sport_loisirs,citoyennete_lien_social"),
    (2, "acces-droits-sante", "enjeu", "Accès aux droits et à la santé", "sante,usages_numeriques,savoirs_de_base"),
    (2, "tranquillite", "enjeu", "Tranquillité et sécurité", "prevention_delinquance,mediation_tranquillite"),
    (2, "transition-cadre-de-vie", "enjeu", "Transition écologique et cadre de vie", "logement_habitat"),
)


def _codes(actions, taches):
    connection = op.get_bind()
    replace_codes(connection, table="passage", column="tache", constraint="ck_passage_tache", codes=taches)
    audit_ddl.drop_append_only_guard(connection)
    replace_codes(
        connection, table="journal_acces", column="action", constraint="ck_journal_acces_action", codes=actions
    )
    audit_ddl.create_append_only_guard(connection)


def _ship_contracts(contrat, axe):
    names = ("id", "code", "libelle", "debut", "fin")
    op.bulk_insert(contrat, [dict(zip(names, row, strict=True)) for row in CONTRATS])
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        # numbers given by hand do not move the sequence: the next contract would take one of them
        connection.execute(sa.text(f"SELECT setval(pg_get_serial_sequence('contrat', 'id'), {len(CONTRATS)})"))
    names = ("contrat_id", "code", "genre", "libelle", "thematiques")
    op.bulk_insert(axe, [dict(zip(names, row, strict=True)) | {"rang": rang} for rang, row in enumerate(AXES, 1)])


def upgrade() -> None:
    _codes(ACTIONS + ACTIONS_AJOUTEES, (*TACHES, "trimestre"))
    contrat = op.create_table(
        "contrat",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("libelle", sa.String(length=120), nullable=False),
        sa.Column("debut", sa.Date(), nullable=False),
        sa.Column("fin", sa.Date(), nullable=True),
        sa.CheckConstraint("fin >= debut", name=op.f("ck_contrat_fin_apres_debut")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contrat")),
        sa.UniqueConstraint("code", name=op.f("uq_contrat_code")),
    )
    op.create_table(
        "gel",
        sa.Column("millesime", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("commence_le", Instant(), nullable=False),
        sa.Column("fini_le", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("millesime", name=op.f("pk_gel")),
    )
    op.create_table(
        "ensemble",
        sa.Column("rang", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("cle", sa.String(length=80), nullable=False),
        sa.Column("trimestre", sa.Integer(), nullable=False),
        sa.Column("millesime", sa.Integer(), nullable=False),
        sa.CheckConstraint("trimestre <= millesime", name=op.f("ck_ensemble_dans_l_ordre")),
        sa.PrimaryKeyConstraint("rang", name=op.f("pk_ensemble")),
        sa.UniqueConstraint("cle", "trimestre", name=op.f("uq_ensemble_cle_trimestre")),
    )
    op.create_index(op.f("ix_ensemble_millesime"), "ensemble", ["millesime"])
    op.create_table(
        "publication",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("cle", sa.String(length=80), nullable=False),
        sa.Column(
            "mesure",
            sa.Enum(
                "situations",
                "delai_emploi",
                "delai_emploi_6",
                "delai_raccrochage",
                "transitions",
                "sorties",
                "raccrochages",
                "contacts",
                "immobiles",
                "premiere_etape",
                "flux_6",
                "flux_12",
                "flux_24",
                "durees_12",
                "durees_24",
                name="mesure",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("millesime", sa.Integer(), nullable=False),
        sa.Column("trimestre", sa.Integer(), nullable=False),
        sa.Column("effectif", sa.Integer(), nullable=False),
        sa.Column(
            "niveau",
            sa.Enum(
                "effectif",
                "horizons",
                "courbes",
                "mensuel",
                name="niveau",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("mois", sa.String(length=2000), nullable=False),
        sa.Column("suite_de", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("precedente", sa.LargeBinary(length=32), nullable=False),
        sa.Column("empreinte", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint("effectif >= 15 AND effectif / 5 * 5 = effectif", name=op.f("ck_publication_arrondi")),
        sa.CheckConstraint(
            "length(precedente) = 32 AND length(empreinte) = 32", name=op.f("ck_publication_empreintes")
        ),
        sa.CheckConstraint("trimestre <= millesime", name=op.f("ck_publication_dans_l_ordre")),
        sa.ForeignKeyConstraint(["suite_de"], ["publication.id"], name=op.f("fk_publication_suite_de_publication")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication")),
        sa.UniqueConstraint("cle", "mesure", "millesime", name=op.f("uq_publication_cle_mesure_millesime")),
    )
    op.create_table(
        "refus",
        sa.Column("cle", sa.String(length=80), nullable=False),
        sa.Column(
            "mesure",
            sa.Enum(
                "situations",
                "delai_emploi",
                "delai_emploi_6",
                "delai_raccrochage",
                "transitions",
                "sorties",
                "raccrochages",
                "contacts",
                "immobiles",
                "premiere_etape",
                "flux_6",
                "flux_12",
                "flux_24",
                "durees_12",
                "durees_24",
                name="mesure",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("millesime", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "raison",
            sa.Enum(
                "effectif",
                "proche",
                "reste",
                "deduction",
                "paire",
                name="raison",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("cle", "mesure", "millesime", name=op.f("pk_refus")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "trimestre_clos",
        sa.Column("trimestre", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("millesime", sa.Integer(), nullable=False),
        sa.Column("clos_le", Instant(), nullable=False),
        sa.CheckConstraint("millesime >= trimestre", name=op.f("ck_trimestre_clos_dans_l_ordre")),
        sa.PrimaryKeyConstraint("trimestre", name=op.f("pk_trimestre_clos")),
    )
    op.create_table(
        "atome",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("trimestre", sa.Integer(), nullable=False),
        sa.Column("territoire_id", sa.Integer(), nullable=False),
        sa.Column("commune_id", sa.Integer(), nullable=True),
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
        sa.Column(
            "age",
            sa.Enum(
                "11-15",
                "16-17",
                "18-21",
                "22-25",
                "26_plus",
                name="age",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("structure_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("effectif", sa.Integer(), nullable=False),
        sa.CheckConstraint("effectif >= 1", name=op.f("ck_atome_effectif")),
        sa.ForeignKeyConstraint(["commune_id"], ["territoire.id"], name=op.f("fk_atome_commune_id_territoire")),
        sa.ForeignKeyConstraint(["structure_id"], ["structure.id"], name=op.f("fk_atome_structure_id_structure")),
        sa.ForeignKeyConstraint(["territoire_id"], ["territoire.id"], name=op.f("fk_atome_territoire_id_territoire")),
        sa.ForeignKeyConstraint(
            ["trimestre"], ["trimestre_clos.trimestre"], name=op.f("fk_atome_trimestre_trimestre_clos")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_atome")),
    )
    op.create_index(op.f("ix_atome_trimestre"), "atome", ["trimestre"])

    axe = op.create_table(
        "axe",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contrat_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column(
            "genre",
            sa.Enum("pilier", "axe", "enjeu", name="genre", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("libelle", sa.String(length=120), nullable=False),
        sa.Column("rang", sa.Integer(), nullable=False),
        sa.Column("thematiques", sa.String(length=400), nullable=False),
        sa.ForeignKeyConstraint(["contrat_id"], ["contrat.id"], name=op.f("fk_axe_contrat_id_contrat")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_axe")),
        sa.UniqueConstraint("contrat_id", "code", name=op.f("uq_axe_contrat_id_code")),
    )
    op.create_index(op.f("ix_axe_contrat_id"), "axe", ["contrat_id"])

    op.create_table(
        "cellule",
        sa.Column("publication_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("mois", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("categorie", sa.String(length=60), nullable=False),
        sa.Column(
            "marque",
            sa.Enum("nombre", "presque_tous", name="marque", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("valeur", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "valeur >= 0 AND (marque <> 'presque_tous' OR valeur <= 95)", name=op.f("ck_cellule_valeur")
        ),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publication.id"], name=op.f("fk_cellule_publication_id_publication")
        ),
        sa.PrimaryKeyConstraint("publication_id", "mois", "categorie", name=op.f("pk_cellule")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "commentaire_rapport",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("annee", sa.Integer(), nullable=False),
        sa.Column("partie", sa.String(length=60), nullable=False),
        sa.Column("texte", sa.String(length=4000), nullable=False),
        sa.Column("ecrit_par", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("ecrit_le", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("length(texte) > 0", name=op.f("ck_commentaire_rapport_texte")),
        sa.ForeignKeyConstraint(["ecrit_par"], ["agent.id"], name=op.f("fk_commentaire_rapport_ecrit_par_agent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commentaire_rapport")),
        sa.UniqueConstraint("annee", "partie", name=op.f("uq_commentaire_rapport_annee_partie")),
    )

    op.create_table(
        "entree_cohorte",
        sa.Column("dossier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("atome_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["atome_id"], ["atome.id"], name=op.f("fk_entree_cohorte_atome_id_atome")),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.id"], name=op.f("fk_entree_cohorte_dossier_id_dossier"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("dossier_id", name=op.f("pk_entree_cohorte")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_entree_cohorte_atome_id"), "entree_cohorte", ["atome_id"])
    for table, same in AJOUT_SEUL.items():
        create_append_only_guard(op.get_bind(), table, same=same)
    _ship_contracts(contrat, axe)


def downgrade() -> None:
    connection = op.get_bind()
    for table in AJOUT_SEUL:
        drop_append_only_guard(connection, table)
    for table in (
        "entree_cohorte",
        "commentaire_rapport",
        "cellule",
        "axe",
        "atome",
        "trimestre_clos",
        "refus",
        "publication",
        "ensemble",
        "gel",
        "contrat",
    ):
        op.drop_table(table)
    # what only this revision can say goes with it; the journal keeps its lines, so its list stays
    connection.execute(sa.text("DELETE FROM passage WHERE tache = 'trimestre'"))
    replace_codes(connection, table="passage", column="tache", constraint="ck_passage_tache", codes=TACHES)
