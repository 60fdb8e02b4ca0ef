"""Why a dossier has this référent (vocabulaires.md), and what a review concluded."""

from enum import Flag, auto

from app.db.labelled import Labelled


class Relation(Flag):
    """What an agent is to a dossier they may see; several may hold at once."""

    REFERENT = auto()
    MEMBRE = auto()
    COORDINATEUR = auto()


class MotifAffectation(Labelled):
    PREMIERE_AFFECTATION = "premiere_affectation", "Première affectation"
    CHANGEMENT_SITUATION = "changement_situation", "Changement de situation"
    DEMANDE_DU_JEUNE = "demande_du_jeune", "Demande du jeune"
    DEPART_AGENT = "depart_agent", "Départ de l’agent"
    CHARGE = "charge", "Charge"
    SECTEUR = "secteur", "Secteur"
    SUPPLEANCE = "suppleance", "Suppléance"


class ActeRevue(Labelled):
    """The five acts of the portfolio review."""

    CONFIRMER = "confirmer", "Confirmer"
    PLANIFIER = "planifier", "Planifier"
    RELANCER = "relancer", "Relancer"
    PASSER_EN_VEILLE = "passer_en_veille", "Passer en veille"
    PASSER_LE_RELAIS = "passer_le_relais", "Passer le relais"
