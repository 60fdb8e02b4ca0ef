"""The code lists of the journey (vocabulaires.md): one place for each code, its label and what it decides."""

from __future__ import annotations

from dataclasses import dataclass

from app.db.labelled import Labelled


class Famille(Labelled):
    """Groups kinds of step for bands and colours."""

    EMPLOI = "emploi", "Emploi"
    FORMATION = "formation", "Formation"
    SCOLARITE = "scolarite", "Scolarité"
    ENGAGEMENT = "engagement", "Engagement, chantiers, stages"
    RACCROCHAGE = "raccrochage", "Raccrochage"
    DECROCHAGE = "decrochage", "Décrochage"
    INDISPONIBLE = "indisponible", "Indisponible pour un temps"
    ACCOMPAGNEMENT = "accompagnement", "Accompagnement"
    ACCES = "acces", "Accès aux droits et à l’autonomie"
    VIE_SOCIALE = "vie_sociale", "Vie sociale"


class GenreEtape(Labelled):
    """Kinds of step on the timeline."""

    EMPLOI = "emploi", "Emploi"
    IAE = "insertion_activite_economique", "Insertion par l’activité économique"
    ALTERNANCE = "alternance", "Alternance"
    FORMATION = "formation", "Formation"
    ENSEIGNEMENT_SUPERIEUR = "enseignement_superieur", "Enseignement supérieur"
    SCOLARITE_FRAGILE = "scolarite_fragile", "Scolarité fragile"
    SCOLARITE = "scolarite", "Scolarité"
    SERVICE_CIVIQUE = "service_civique", "Service civique, volontariat, EPIDE"
    RACCROCHAGE = "raccrochage", "Raccrochage scolaire"
    DECROCHAGE = "decrochage", "Décrochage"
    SANS_SOLUTION = "sans_solution", "Sans solution"
    INDISPONIBLE = "indisponible", "Indisponible pour un temps"
    ACCOMPAGNEMENT = "accompagnement", "Accompagnement contractualisé"
    CHANTIER_EDUCATIF = "chantier_educatif", "Chantier éducatif"
    STAGE = "stage", "Stage, immersion en entreprise"
    ACCOMPAGNEMENT_EDUCATIF = "accompagnement_educatif", "Accompagnement éducatif"
    ACCOMPAGNEMENT_SCOLAIRE = "accompagnement_scolaire", "Accompagnement à la scolarité"
    SAVOIRS_DE_BASE = "savoirs_de_base", "Savoirs de base"
    NUMERIQUE = "numerique", "Usages numériques"
    MOBILITE = "mobilite", "Mobilité"
    LOGEMENT = "logement", "Accès au logement"
    ACCES_SOINS = "acces_soins", "Accès aux soins et aux droits"
    PARENTALITE = "parentalite", "Soutien à la fonction parentale"
    ANIMATION_SOIREE = "animation_soiree", "Animation en soirée"
    CITOYENNETE = "citoyennete", "Citoyenneté, lien social"
    CULTURE_SPORT = "culture_sport", "Culture, sport, loisirs"

    @property
    def trait(self) -> TraitEtape:
        return TRAITS[self]

    @property
    def famille(self) -> Famille:
        return TRAITS[self].famille

    @property
    def rang(self) -> int | None:
        return TRAITS[self].rang


@dataclass(frozen=True, slots=True)
class TraitEtape:
    """What a kind of step is: its family, its rank when it decides the situation of a month, its explanation."""

    famille: Famille
    rang: int | None = None
    precision: str = ""


TRAITS: dict[GenreEtape, TraitEtape] = {
    GenreEtape.EMPLOI: TraitEtape(Famille.EMPLOI, 1),
    GenreEtape.IAE: TraitEtape(Famille.EMPLOI, 2, "ACI, EI, AI, ETTI"),
    GenreEtape.ALTERNANCE: TraitEtape(Famille.EMPLOI, 3, "apprentissage, professionnalisation"),
    GenreEtape.FORMATION: TraitEtape(Famille.FORMATION, 4, "stagiaire de la formation professionnelle, E2C comprise"),
    GenreEtape.ENSEIGNEMENT_SUPERIEUR: TraitEtape(Famille.SCOLARITE, 5),
    GenreEtape.SCOLARITE_FRAGILE: TraitEtape(Famille.SCOLARITE, 6, "absentéisme, exclusion, classe relais"),
    GenreEtape.SCOLARITE: TraitEtape(Famille.SCOLARITE, 7),
    GenreEtape.SERVICE_CIVIQUE: TraitEtape(Famille.ENGAGEMENT, 8),
    GenreEtape.RACCROCHAGE: TraitEtape(Famille.RACCROCHAGE, 9, "MLDS, microlycée, retour en établissement accompagné"),
    GenreEtape.DECROCHAGE: TraitEtape(Famille.DECROCHAGE, 10),
    GenreEtape.SANS_SOLUTION: TraitEtape(Famille.DECROCHAGE, 11, "ni emploi, ni formation, ni scolarité"),
    GenreEtape.INDISPONIBLE: TraitEtape(Famille.INDISPONIBLE, 12, "le motif n’est jamais noté"),
    GenreEtape.ACCOMPAGNEMENT: TraitEtape(Famille.ACCOMPAGNEMENT, 13, "PACEA, CEJ, PLIE"),
    GenreEtape.CHANTIER_EDUCATIF: TraitEtape(Famille.ENGAGEMENT),
    GenreEtape.STAGE: TraitEtape(Famille.ENGAGEMENT, None, "PMSMP"),
    GenreEtape.ACCOMPAGNEMENT_EDUCATIF: TraitEtape(Famille.ACCOMPAGNEMENT, None, "prévention spécialisée"),
    GenreEtape.ACCOMPAGNEMENT_SCOLAIRE: TraitEtape(Famille.ACCOMPAGNEMENT, None, "CLAS, PRE"),
    GenreEtape.SAVOIRS_DE_BASE: TraitEtape(Famille.ACCES, None, "lire, écrire, compter, français, AVSL"),
    GenreEtape.NUMERIQUE: TraitEtape(Famille.ACCES),
    GenreEtape.MOBILITE: TraitEtape(Famille.ACCES, None, "permis, transports"),
    GenreEtape.LOGEMENT: TraitEtape(Famille.ACCES),
    GenreEtape.ACCES_SOINS: TraitEtape(Famille.ACCES),
    GenreEtape.PARENTALITE: TraitEtape(Famille.ACCES),
    GenreEtape.ANIMATION_SOIREE: TraitEtape(Famille.VIE_SOCIALE),
    GenreEtape.CITOYENNETE: TraitEtape(Famille.VIE_SOCIALE),
    GenreEtape.CULTURE_SPORT: TraitEtape(Famille.VIE_SOCIALE),
}

# Starting one of these while a décrochage is open proposes to close it; a chantier or a stage never does.
GENRES_QUI_CLOSENT_UN_DECROCHAGE = frozenset(
    {
        GenreEtape.SCOLARITE,
        GenreEtape.FORMATION,
        GenreEtape.ALTERNANCE,
        GenreEtape.EMPLOI,
        GenreEtape.IAE,
        GenreEtape.SERVICE_CIVIQUE,
        GenreEtape.RACCROCHAGE,
    }
)
# Opening a décrochage proposes to end the open scolarité that day.
GENRES_CLOS_PAR_UN_DECROCHAGE = frozenset({GenreEtape.SCOLARITE, GenreEtape.SCOLARITE_FRAGILE})


class Situation(Labelled):
    """Situation of a month: the kind of the deciding step, or one of the two that no step gives."""

    EMPLOI = GenreEtape.EMPLOI.value, GenreEtape.EMPLOI.label
    IAE = GenreEtape.IAE.value, GenreEtape.IAE.label
    ALTERNANCE = GenreEtape.ALTERNANCE.value, GenreEtape.ALTERNANCE.label
    FORMATION = GenreEtape.FORMATION.value, GenreEtape.FORMATION.label
    ENSEIGNEMENT_SUPERIEUR = GenreEtape.ENSEIGNEMENT_SUPERIEUR.value, GenreEtape.ENSEIGNEMENT_SUPERIEUR.label
    SCOLARITE_FRAGILE = GenreEtape.SCOLARITE_FRAGILE.value, GenreEtape.SCOLARITE_FRAGILE.label
    SCOLARITE = GenreEtape.SCOLARITE.value, GenreEtape.SCOLARITE.label
    SERVICE_CIVIQUE = GenreEtape.SERVICE_CIVIQUE.value, GenreEtape.SERVICE_CIVIQUE.label
    RACCROCHAGE = GenreEtape.RACCROCHAGE.value, GenreEtape.RACCROCHAGE.label
    DECROCHAGE = GenreEtape.DECROCHAGE.value, GenreEtape.DECROCHAGE.label
    SANS_SOLUTION = GenreEtape.SANS_SOLUTION.value, GenreEtape.SANS_SOLUTION.label
    INDISPONIBLE = GenreEtape.INDISPONIBLE.value, GenreEtape.INDISPONIBLE.label
    ACCOMPAGNEMENT = GenreEtape.ACCOMPAGNEMENT.value, GenreEtape.ACCOMPAGNEMENT.label
    INCONNUE = "inconnue", "Situation inconnue"
    SORTI = "sorti", "Sorti du suivi"


class StatutEtape(Labelled):
    PREVUE = "prevue", "Prévue"
    EN_COURS = "en_cours", "En cours"
    EN_ATTENTE = "en_attente", "En attente"
    TERMINEE = "terminee", "Terminée"
    INTERROMPUE_JEUNE = "interrompue_jeune", "Arrêtée par le jeune"
    INTERROMPUE_STRUCTURE = "interrompue_structure", "Arrêtée par l’employeur ou l’établissement"
    INTERROMPUE_ACCORD = "interrompue_accord", "Arrêtée d’un commun accord"
    ANNULEE = "annulee", "N’a pas eu lieu"


STATUTS_OUVERTS = frozenset({StatutEtape.EN_COURS, StatutEtape.EN_ATTENTE})
STATUTS_FINIS = frozenset(
    {
        StatutEtape.TERMINEE,
        StatutEtape.INTERROMPUE_JEUNE,
        StatutEtape.INTERROMPUE_STRUCTURE,
        StatutEtape.INTERROMPUE_ACCORD,
    }
)


class ActeEtape(Labelled):
    """What is done to a step; the code is also the end of the page's address."""

    COMMENCER = "commencer", "Commencer"
    METTRE_EN_ATTENTE = "mettre-en-attente", "Mettre en attente"
    REPRENDRE = "reprendre", "Reprendre"
    TERMINER = "terminer", "Terminer"
    INTERROMPRE = "interrompre", "Interrompre"
    ANNULER = "annuler", "N’a pas eu lieu"


class IssueEtape(Labelled):
    OBJECTIF_ATTEINT = "objectif_atteint", "Objectif atteint"
    POURSUITE = "poursuite", "Poursuite"
    RUPTURE = "rupture", "Rupture"
    REORIENTATION = "reorientation", "Réorientation"
    SANS_EFFET = "sans_effet", "Sans effet"
    INCONNUE = "inconnue", "Inconnue"


class Contrat(Labelled):
    CDI = "cdi", "CDI"
    CDD_6_MOIS_PLUS = "cdd_6_mois_plus", "CDD de 6 mois et plus"
    CDD_COURT = "cdd_court", "CDD de moins de 6 mois"
    INTERIM = "interim", "Intérim"
    SAISONNIER_ETUDIANT = "saisonnier_etudiant", "Saisonnier, job étudiant"
    INDEPENDANT = "independant", "Indépendant"
    CONTRAT_AIDE = "contrat_aide", "Contrat aidé"


class NiveauVise(Labelled):
    PRE_QUALIFIANTE = "pre_qualifiante", "Pré-qualifiante"
    QUALIFIANTE = "qualifiante", "Qualifiante"
    DIPLOMANTE = "diplomante", "Diplômante"


class FamilleSortie(Labelled):
    POSITIVE = "positive", "Issue favorable"
    RELAIS = "relais", "Relais"
    AUTRE = "autre", "Autre"


class MotifSortie(Labelled):
    SCOLARITE_MAINTENUE = "scolarite_maintenue", "Scolarité maintenue"
    SCOLARITE_REPRISE = "scolarite_reprise", "Scolarité reprise"
    ALTERNANCE = "alternance", "Alternance"
    FORMATION_PRE_QUALIFIANTE = "formation_pre_qualifiante", "Formation pré-qualifiante"
    FORMATION_QUALIFIANTE = "formation_qualifiante", "Formation qualifiante"
    EMPLOI_DURABLE = (
        "emploi_durable",
        "Emploi : CDI, CDD ou intérim de 6 mois et plus, fonction publique, création",
    )
    EMPLOI_TRANSITION = "emploi_transition", "Emploi : CDD ou intérim de moins de 6 mois, contrat aidé"
    IAE = "insertion_activite_economique", "Insertion par l’activité économique"
    SERVICE_CIVIQUE = "service_civique", "Service civique"
    OBJECTIFS_ATTEINTS = "objectifs_atteints", "Objectifs du jeune atteints"
    AUTRE_REFERENT_STRUCTURE = "autre_referent_structure", "Référent dans une autre structure"
    MISSION_LOCALE = "mission_locale", "Mission locale"
    FRANCE_TRAVAIL = "france_travail", "France Travail"
    SERVICE_SOCIAL = "service_social", "Service social"
    E2C_EPIDE = "e2c_epide", "École de la deuxième chance, EPIDE"
    PROTECTION_ENFANCE = "protection_enfance", "Protection de l’enfance"
    AUTRE_TERRITOIRE = "autre_territoire", "Autre territoire"
    DEMANDE_DU_JEUNE = "demande_du_jeune", "À la demande du jeune"
    SANS_NOUVELLES = "sans_nouvelles", "Sans nouvelles"
    DEMENAGEMENT = "demenagement", "Déménagement"
    LIMITE_AGE = "limite_age", "Limite d’âge"
    DOUBLON_ERREUR = "doublon_erreur", "Doublon ou erreur"
    DECES = "deces", "Décès"

    @property
    def famille(self) -> FamilleSortie:
        if self in MOTIFS_POSITIFS:
            return FamilleSortie.POSITIVE
        return FamilleSortie.RELAIS if self in MOTIFS_RELAIS else FamilleSortie.AUTRE


MOTIFS_POSITIFS = frozenset(
    {
        MotifSortie.SCOLARITE_MAINTENUE,
        MotifSortie.SCOLARITE_REPRISE,
        MotifSortie.ALTERNANCE,
        MotifSortie.FORMATION_PRE_QUALIFIANTE,
        MotifSortie.FORMATION_QUALIFIANTE,
        MotifSortie.EMPLOI_DURABLE,
        MotifSortie.EMPLOI_TRANSITION,
        MotifSortie.IAE,
        MotifSortie.SERVICE_CIVIQUE,
        MotifSortie.OBJECTIFS_ATTEINTS,
    }
)
MOTIFS_RELAIS = frozenset(
    {
        MotifSortie.AUTRE_REFERENT_STRUCTURE,
        MotifSortie.MISSION_LOCALE,
        MotifSortie.FRANCE_TRAVAIL,
        MotifSortie.SERVICE_SOCIAL,
        MotifSortie.E2C_EPIDE,
        MotifSortie.PROTECTION_ENFANCE,
        MotifSortie.AUTRE_TERRITOIRE,
    }
)


class Canal(Labelled):
    ENTRETIEN = "entretien", "Entretien"
    TELEPHONE = "telephone", "Téléphone"
    MESSAGE = "message", "Message"
    COURRIEL = "courriel", "Courriel"
    VISIO = "visio", "Visio"
    COURRIER = "courrier", "Courrier"
    VISITE_DOMICILE = "visite_domicile", "Visite à domicile"
    PRESENCE_RUE = "presence_rue", "Rue"
    ACCOMPAGNEMENT_PHYSIQUE = "accompagnement_physique", "Démarche accompagnée"
    ATELIER_COLLECTIF = "atelier_collectif", "Atelier collectif"
    CHANTIER_SORTIE = "chantier_sortie", "Chantier, sortie"
    ETABLISSEMENT_SCOLAIRE = "etablissement_scolaire", "Établissement scolaire"
    ENTRETIEN_TIERS = "entretien_tiers", "Famille, partenaire"


class Resultat(Labelled):
    ECHANGE_FAIT = "echange_fait", "Échange"
    RDV_PRIS = "rdv_pris", "Rendez-vous pris"
    ABSENT_NON_EXCUSE = "absent_non_excuse", "Absent"
    EXCUSE = "excuse", "Excusé"
    SANS_REPONSE = "sans_reponse", "Sans réponse"
    COORDONNEES_INCORRECTES = "coordonnees_incorrectes", "Coordonnées incorrectes"
    NE_SOUHAITE_PAS = "ne_souhaite_pas", "Ne souhaite pas"
    ANNULE_STRUCTURE = "annule_structure", "Annulé par nous"


# A contact réussi needs the young person: exchanges with third parties show on the journal and reset nothing.
RESULTATS_REUSSIS = frozenset({Resultat.ECHANGE_FAIT, Resultat.RDV_PRIS})
CANAUX_SANS_LE_JEUNE = frozenset({Canal.ENTRETIEN_TIERS})
# Several meet at once.
CANAUX_COLLECTIFS = frozenset({Canal.ATELIER_COLLECTIF, Canal.CHANTIER_SORTIE})
# The young person was looked for and not found: an attempt, never a contact.
RESULTATS_ECHOUES = frozenset({Resultat.SANS_REPONSE, Resultat.COORDONNEES_INCORRECTES, Resultat.ABSENT_NON_EXCUSE})
# The planned contact did not take place, and is not waited for any more.
RESULTATS_MANQUES = frozenset({Resultat.ABSENT_NON_EXCUSE, Resultat.EXCUSE, Resultat.ANNULE_STRUCTURE})


class Theme(Labelled):
    EMPLOI = "emploi", "Emploi"
    FORMATION = "formation", "Formation"
    SCOLARITE = "scolarite", "Scolarité"
    LOGEMENT = "logement", "Logement"
    MOBILITE = "mobilite", "Mobilité"
    SANTE_ACCES = "sante_acces", "Accès aux soins"
    RESSOURCES = "ressources", "Ressources"
    ADMINISTRATIF = "administratif", "Démarches"
    FAMILLE = "famille", "Famille"
    LANGUE = "langue", "Langue"
    NUMERIQUE = "numerique", "Numérique"
    CITOYENNETE = "citoyennete", "Citoyenneté"
    LOISIRS_LIEN_SOCIAL = "loisirs_lien_social", "Loisirs, lien social"
    JUSTICE_PRISE_EN_COMPTE = "justice_prise_en_compte", "Justice (sans détail)"


class Visibilite(Labelled):
    """Who reads a note."""

    MON_EQUIPE = "mon_equipe", "Mon équipe"
    EQUIPE_SUIVI = "equipe_suivi", "Équipe de suivi"
    REFERENT_COORDINATEUR = "referent_coordinateur", "Référent et coordinateur"


class StatutContactPrevu(Labelled):
    PREVU = "prevu", "Prévu"
    TENU = "tenu", "Tenu"
    ANNULE = "annule", "Annulé"


class Origine(Labelled):
    SPONTANEE = "spontanee", "Venu de lui-même"
    TRAVAIL_DE_RUE = "travail_de_rue", "Travail de rue"
    FAMILLE = "famille", "Famille"
    PAIRS = "pairs", "Amis, pairs"
    ETABLISSEMENT_SCOLAIRE = "etablissement_scolaire", "Établissement scolaire"
    PSAD = "psad", "PSAD"
    ASSOCIATION = "association", "Association"
    MISSION_LOCALE = "mission_locale", "Mission locale"
    BAILLEUR = "bailleur", "Bailleur"
    DEPARTEMENT = "departement", "Département"
    COLLECTIVITE = "collectivite", "Collectivité"
    AUTRE = "autre", "Autre"


class Intensite(Labelled):
    SOUTENU = "soutenu", "Soutenu"
    SUIVI = "suivi", "Suivi"
    VEILLE = "veille", "Veille"

    @property
    def facteur(self) -> int:
        """By how much the rhythm of contact is stretched."""
        return {"soutenu": 1, "suivi": 2, "veille": 4}[self.value]


class Sexe(Labelled):
    FEMME = "femme", "Femme"
    HOMME = "homme", "Homme"
    AUTRE = "autre", "Autre"
    NON_RENSEIGNE = "non_renseigne", "Non renseigné"

    @property
    def pluriel(self) -> str:
        """What many are called together."""
        return {"femme": "Femmes", "homme": "Hommes", "autre": "Autre sexe"}.get(self.value, "Sexe non renseigné")


class Diplome(Labelled):
    SANS = "sans", "Sans diplôme"
    CFG_DNB = "cfg_dnb", "CFG, brevet"
    NIVEAU_3 = "niveau_3", "CAP, BEP"
    NIVEAU_4 = "niveau_4", "Bac"
    NIVEAU_5 = "niveau_5", "Bac + 2"
    NIVEAU_6_PLUS = "niveau_6_plus", "Bac + 3 et plus"
    INCONNU = "inconnu", "Inconnu"


class TrancheAge(Labelled):
    DE_11_A_15 = "11-15", "11 à 15 ans"
    DE_16_A_17 = "16-17", "16 à 17 ans"
    DE_18_A_21 = "18-21", "18 à 21 ans"
    DE_22_A_25 = "22-25", "22 à 25 ans"
    PLUS_DE_26 = "26_plus", "26 ans et plus"
