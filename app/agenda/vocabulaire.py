"""What a calendar shows of the dossiers of an agent."""

from app.db.labelled import Labelled


class Nature(Labelled):
    RENDEZ_VOUS = "rendez_vous", "Rendez-vous"
    DEBUT = "debut", "Début prévu"
    FIN = "fin", "Fin prévue"
    OBJECTIF = "objectif", "Objectif"
    TRANSMISSION = "transmission", "Transmission au département"
