"""The rules, by their stored code, and what happens to an alert."""

from app.db.labelled import Labelled


class Regle(Labelled):
    SILENCE = "silence", "Silence"
    INJOIGNABLE = "injoignable", "Injoignable"
    ETAPE_EN_RETARD = "etape_en_retard", "Étape en retard"
    ETAPE_QUI_FINIT = "etape_qui_finit", "Étape qui finit"
    RENTREE = "rentree", "Et à la rentrée ?"
    RUPTURE_SANS_SUITE = "rupture_sans_suite", "Rupture sans suite"
    DECROCHAGE_QUI_DURE = "decrochage_qui_dure", "Décrochage qui dure"
    OBLIGATION_FORMATION = "obligation_formation", "Obligation de formation"
    TRANSMISSION_DEPARTEMENT = "transmission_departement", "Transmission au département"
    RACCROCHAGE_FRAGILE = "raccrochage_fragile", "Raccrochage fragile"
    RACCROCHAGE_A_VERIFIER = "raccrochage_a_verifier", "Le retour tient-il ?"
    SANS_REFERENT = "sans_referent", "Sans référent"
    RENDEZ_VOUS_SANS_SUITE = "rendez_vous_sans_suite", "Rendez-vous passé sans suite"
    SITUATION_A_CONFIRMER = "situation_a_confirmer", "Situation à confirmer"
    AGE = "age", "Un âge qui compte"
    CHANTIER_PLAFOND = "chantier_plafond", "Heures de chantier"
    CHANTIER_MINEUR = "chantier_mineur", "Chantier d’un mineur"
    ENTREE_IMMOBILE = "entree_immobile", "Entrée qui n’avance pas"
    PARCOURS_IMMOBILE = "parcours_immobile", "Parcours immobile"
    APRES_SORTIE = "apres_sortie", "Après la sortie"
    INFORMER_JEUNE = "informer_jeune", "Informer le jeune"


# Clocks that a text sets: nothing stops them, and they cannot be put off once past due.
HORLOGES_LEGALES = frozenset({Regle.TRANSMISSION_DEPARTEMENT, Regle.OBLIGATION_FORMATION, Regle.CHANTIER_MINEUR})
# Clocks that a mise en attente of the journey stops.
REGLES_SUSPENDUES = frozenset(
    {
        Regle.SILENCE,
        Regle.INJOIGNABLE,
        Regle.ETAPE_EN_RETARD,
        Regle.ETAPE_QUI_FINIT,
        Regle.RENTREE,
        Regle.RUPTURE_SANS_SUITE,
        Regle.DECROCHAGE_QUI_DURE,
        Regle.RACCROCHAGE_FRAGILE,
        Regle.RACCROCHAGE_A_VERIFIER,
        Regle.RENDEZ_VOUS_SANS_SUITE,
        Regle.SITUATION_A_CONFIRMER,
        Regle.ENTREE_IMMOBILE,
        Regle.PARCOURS_IMMOBILE,
    }
)
# Those that say of a journey that it stands still: nobody meets the young person, or nothing begins.
REGLES_D_ARRET = frozenset(
    {
        Regle.SILENCE,
        Regle.INJOIGNABLE,
        Regle.RUPTURE_SANS_SUITE,
        Regle.DECROCHAGE_QUI_DURE,
        Regle.ENTREE_IMMOBILE,
        Regle.PARCOURS_IMMOBILE,
    }
)
# The only ones that speak of a closed dossier.
REGLES_APRES_CLOTURE = frozenset({Regle.APRES_SORTIE})


class MotifReport(Labelled):
    """Why an alert is put off until a day (vocabulaires.md)."""

    RDV_FIXE = "rdv_fixe", "Rendez-vous fixé"
    ABSENCE_JUSTIFIEE = "absence_justifiee", "Absence justifiée"
    ATTENTE_PARTENAIRE = "attente_partenaire", "Réponse d’un partenaire attendue"
    DEMANDE_DU_JEUNE = "demande_du_jeune", "À la demande du jeune"
    INDISPONIBILITE_AGENT = "indisponibilite_agent", "Je ne suis pas disponible"


class GenreEvenement(Labelled):
    """What happened to an alert, dated, on its history."""

    OUVERTE = "ouverte", "Ouverte"
    ROUVERTE = "rouverte", "Rouverte"
    TRAITEE = "traitee", "Fermée par un acte"
    ETEINTE = "eteinte", "Fermée par le temps"
    REPORTEE = "reportee", "Reportée"
    REPORT_LEVE = "report_leve", "Report levé"
    ESCALADEE = "escaladee", "Portée au coordinateur"
    COURRIEL = "courriel", "Annoncée par courriel"
    INUTILE = "inutile", "Jugée inutile"
    INUTILE_RETIRE = "inutile_retire", "Jugement retiré"


class Tache(Labelled):
    """The jobs of the scheduler."""

    NUIT = "nuit", "Toutes les alertes, chaque nuit"
    HEURE = "heure", "Les échéances du jour, chaque heure"
    SEMAINE = "semaine", "Rapprochement avec les événements, chaque semaine"
    COURRIELS = "courriels", "Courriels du matin"
    TRIMESTRE = "trimestre", "Cohortes du trimestre, quinze jours après sa fin"


class StatutPassage(Labelled):
    """A run of a job: taken, ended, or ended badly."""

    PRIS = "pris", "En cours"
    FINI = "fini", "Fini"
    ECHOUE = "echoue", "Échoué"


class StatutEnvoi(Labelled):
    PRIS = "pris", "En cours d’envoi"
    ENVOYE = "envoye", "Envoyé"
    ECHOUE = "echoue", "Refusé"
