"""What the journal of access may say: codes, never a name, never content."""

from __future__ import annotations

from enum import StrEnum


class NomActeur(StrEnum):
    """Who acts: an agent at a screen, or the command line on the server."""

    AGENT = "agent"
    COMMANDE = "commande"


class Action(StrEnum):
    """What was done. A new one also needs a migration: the data base checks this list."""

    CONNEXION = "connexion"
    CONNEXION_REFUSEE = "connexion_refusee"
    DECONNEXION = "deconnexion"
    VERROUILLAGE = "verrouillage"
    DEVERROUILLAGE = "deverrouillage"

    LISTE_CONSULTEE = "liste_consultee"
    RECHERCHE = "recherche"
    DOSSIER_CONSULTE = "dossier_consulte"
    NUMERO_REVELE = "numero_revele"
    ALERTE_CONSULTEE = "alerte_consultee"
    REVUE = "revue"

    DOSSIER_CREE = "dossier_cree"
    IDENTITE_MODIFIEE = "identite_modifiee"
    REPRESENTANT_MODIFIE = "representant_modifie"
    INTENSITE_MODIFIEE = "intensite_modifiee"
    REPERES_MODIFIES = "reperes_modifies"
    CLOTURE = "cloture"
    REOUVERTURE = "reouverture"
    SUIVI_NOTE = "suivi_note"
    SUIVI_MODIFIE = "suivi_modifie"
    CONTACT_PREVU = "contact_prevu"
    CONTACT_ANNULE = "contact_annule"
    ETAPE_CREEE = "etape_creee"
    ETAPE_MODIFIEE = "etape_modifiee"
    ATTENTE_POSEE = "attente_posee"
    ATTENTE_LEVEE = "attente_levee"
    DEMARCHE_NOTEE = "demarche_notee"
    JALON_NOTE = "jalon_note"
    JALON_ANNULE = "jalon_annule"
    VERIFICATION_NOTEE = "verification_notee"
    VERIFICATION_ANNULEE = "verification_annulee"
    CONDITIONS_CHANTIER = "conditions_chantier"
    ALERTE_REPORTEE = "alerte_reportee"
    ALERTE_REPORT_LEVE = "alerte_report_leve"
    ALERTE_JUGEE = "alerte_jugee"
    BROUILLON_REPRIS = "brouillon_repris"

    AFFECTATION = "affectation"
    PASSATION = "passation"
    EQUIPE_MODIFIEE = "equipe_modifiee"

    DOUBLON_TENTE = "doublon_tente"
    DOUBLON_DEMANDE = "doublon_demande"
    DOUBLON_REPONDU = "doublon_repondu"

    IMPORT_DOSSIERS = "import_dossiers"
    IMPORT_ETAPES = "import_etapes"
    COHORTES_EXACTES = "cohortes_exactes"
    COHORTES_FIGEES = "cohortes_figees"
    COHORTE_CONSULTEE = "cohorte_consultee"
    RAPPORT_COMMENTE = "rapport_commente"
    DEMO = "demo"

    AGENT_CREE = "agent_cree"
    AGENT_MODIFIE = "agent_modifie"
    AGENT_DESACTIVE = "agent_desactive"
    STRUCTURE_MODIFIEE = "structure_modifiee"
    TERRITOIRE_MODIFIE = "territoire_modifie"
    REGLAGE_MODIFIE = "reglage_modifie"
    PREFERENCE_MODIFIEE = "preference_modifiee"
