"""What is said of the people behind a dossier (vocabulaires.md)."""

from app.db.labelled import Labelled

# told of the file as of a sharing: one list, below both rooms
from app.parcours.vocabulaire_actes import FormeInformation as FormeInformation


class Lien(Labelled):
    PARENT = "parent", "Parent"
    TUTEUR = "tuteur", "Tuteur"
    SERVICE_GARDIEN = "service_gardien", "Service gardien"


class AutoriteParentale(Labelled):
    OUI = "oui", "Oui"
    NON = "non", "Non"
    INCONNUE = "inconnue", "On ne sait pas"


class PeutEtreContacte(Labelled):
    OUI = "oui", "Peut être contacté"
    NON_DANGER = "non_danger", "Ne pas contacter : danger"
    NON_SOUHAIT_DU_JEUNE = "non_souhait_du_jeune", "Ne pas contacter : souhait du jeune"
    A_DEMANDER = "a_demander", "Demander d’abord au jeune"


class StatutDemande(Labelled):
    """A request about a likely duplicate outside what its author may see."""

    EN_ATTENTE = "en_attente", "En attente"
    JE_VOUS_CONTACTE = "je_vous_contacte", "Le référent vous contactera"
    PAS_LA_MEME_PERSONNE = "pas_la_meme_personne", "Ce n’est pas la même personne"
    SANS_REPONSE = "sans_reponse", "Pas de réponse"


# What the author of a request is told. Silence is not: it looks like a request that waits.
REPONSES_DITES = frozenset({StatutDemande.JE_VOUS_CONTACTE, StatutDemande.PAS_LA_MEME_PERSONNE})
REPONSES = (StatutDemande.JE_VOUS_CONTACTE, StatutDemande.PAS_LA_MEME_PERSONNE, StatutDemande.SANS_REPONSE)
