"""The coded acts around a journey: waiting, the unreachable protocol, the duty of training, verifications."""

from __future__ import annotations

from app.db.labelled import Labelled


class MotifAttente(Labelled):
    """Why a journey waits until a day; never a word of health."""

    RENTREE = "rentree", "Attend une rentrée ou un début déjà fixé"
    REPONSE_PARTENAIRE = "reponse_partenaire", "Attend la réponse d’un partenaire"
    DEMANDE_DU_JEUNE = "demande_du_jeune", "À la demande du jeune"
    HORS_TERRITOIRE = "hors_territoire", "Hors du territoire pour un temps"
    INDISPONIBLE = "indisponible", "Indisponible pour un temps"


class MoyenDemarche(Labelled):
    """The ways to look for somebody who does not answer, in the order in which they are tried."""

    MESSAGE = "message", "Message ou courrier"
    VISITE = "visite", "Passage à domicile ou dans la rue"
    PARTENAIRE = "partenaire", "Partenaire"
    FAMILLE = "famille", "Famille"
    PAIRS = "pairs", "Amis, pairs"


class ResultatDemarche(Labelled):
    TENTEE = "tentee", "Tentée"
    SANS_OBJET = "sans_objet", "Pas possible ici"


class GenreJalon(Labelled):
    """The dated acts of the duty of training (code de l'éducation, art. L. 114-1 et R. 114-7)."""

    ENTRETIEN_PROPOSE = "entretien_propose", "Entretien proposé"
    ABSENCE_NON_JUSTIFIEE = "absence_non_justifiee", "Absence non justifiée à l’entretien"
    CONVOCATION = "convocation", "Convocation du jeune et de son représentant légal"
    TRANSMISSION_DEPARTEMENT = "transmission_departement", "Transmission au département"
    EXEMPTION_MEDICALE = "exemption_medicale", "Exemption (la date seule est notée)"


class ObjetVerification(Labelled):
    """What is asked with one tap."""

    SITUATION = "situation", "La situation est-elle toujours la même ?"
    RACCROCHAGE = "raccrochage", "Le retour tient-il ?"
    SORTIE = "sortie", "Après la sortie, où en est-il ?"


class ReponseVerification(Labelled):
    TOUJOURS_EN_PLACE = "toujours_en_place", "Toujours en place"
    CHANGEE = "changee", "A changé"
    INCONNUE = "inconnue", "On ne sait pas"


class FormeInformation(Labelled):
    """How the young person was told: that a file is kept, that it is shared, that somebody else answers for it."""

    ORALE = "orale", "De vive voix"
    ECRITE = "ecrite", "Document remis"
    MESSAGE = "message", "Message ou courriel"


class Accord(Labelled):
    """What the young person said of a sharing."""

    ACCORD = "accord", "Le jeune est d’accord"
    INFORME = "informe", "Le jeune est informé"


class PartageNote(Labelled):
    """What the young person said of words that the équipe de suivi reads; those of before the question cannot say."""

    ACCORD = Accord.ACCORD.value, Accord.ACCORD.label
    INFORME = Accord.INFORME.value, Accord.INFORME.label
    AVANT = "avant", "Écrite avant que l’accord soit demandé"
