"""Urgencies: an answer to who asks for the person in charge, a note opened for a reason, a danger reported."""

from app.db.labelled import Labelled


class ReponseUrgence(Labelled):
    """What the one who answers says; the label is what the one who asked reads."""

    JE_RAPPELLE = "je_rappelle", "Vous allez être rappelé."
    JE_M_EN_OCCUPE = "je_m_en_occupe", "Quelqu’un s’en occupe."
    TRANSMIS = "transmis", "Votre demande est transmise."


# Those that end it: what is passed on waits for whom it was passed to.
REPONSES_FINALES = frozenset({ReponseUrgence.JE_RAPPELLE, ReponseUrgence.JE_M_EN_OCCUPE})


class MotifOuverture(Labelled):
    """Why a coordinateur opens a note that was not written for them."""

    DANGER_MINEUR = "danger_mineur", "Un mineur est en danger ou risque de l’être"
    URGENCE_MEDICALE = "urgence_medicale", "Urgence médicale"
    FUGUE_DISPARITION = "fugue_disparition", "Fugue ou disparition"
    DEMANDE_JUDICIAIRE = "demande_judiciaire", "Réquisition ou demande de la justice"
    CONTINUITE = "continuite", "L’auteur n’est plus joignable et le suivi ne peut pas attendre"


class Conclusion(Labelled):
    """What whoever reviews an opening concludes."""

    FONDEE = "fondee", "Fondée"
    A_REPARLER = "a_reparler", "À reparler avec la personne"
    NON_FONDEE = "non_fondee", "Non fondée"


class GenreTransmission(Labelled):
    INFORMATION_PREOCCUPANTE = "information_preoccupante", "Information préoccupante"
    SIGNALEMENT = "signalement", "Signalement"


class Destinataire(Labelled):
    CRIP = "crip", "La CRIP du département"
    PROCUREUR = "procureur", "Le procureur de la République"
    AUTRE = "autre", "Quelqu’un d’autre"


class Parents(Labelled):
    """Whether those who hold parental authority were told first; why not (CASF, art. L. 226-2-1)."""

    INFORMES = "informes", "Oui, avant la transmission"
    CONTRAIRE_INTERET = "contraire_interet", "Non : ce serait contraire à l’intérêt de l’enfant"
    PAS_ENCORE = "pas_encore", "Pas encore : il fallait transmettre sans attendre"
    SANS_OBJET = "sans_objet", "Sans objet : la personne est majeure"
