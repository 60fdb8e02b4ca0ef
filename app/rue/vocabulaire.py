"""What is done in the street, and who is met there without a name."""

from app.db.labelled import Labelled


class ActionRue(Labelled):
    PRESENCE = "presence", "Présence sociale"
    MARAUDE = "maraude", "Maraude, soirée"
    ANIMATION = "animation", "Animation"
    INFORMATION = "information", "Distribution d’information"
    SORTIE_ECOLE = "sortie_ecole", "Sortie d’établissement scolaire"
    MEDIATION = "mediation", "Médiation"
    EVENEMENT = "evenement", "Fête, événement de quartier"


class SexeRencontre(Labelled):
    """As it is seen in the street, where nobody is asked."""

    FEMME = "femme", "Filles, femmes"
    HOMME = "homme", "Garçons, hommes"
    AUTRE = "autre_ou_non_renseigne", "Autre ou non renseigné"


class RaisonSuppression(Labelled):
    ERREUR = "erreur", "Notée par erreur"
    DOUBLE = "double", "Déjà notée par quelqu’un d’autre"
    ANNULEE = "annulee", "Elle n’a pas eu lieu"
