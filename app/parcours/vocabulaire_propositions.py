"""What two people may have written over each other."""

from __future__ import annotations

from app.db.labelled import Labelled


class ObjetProposition(Labelled):
    SUIVI = "suivi", "Un suivi"
    ETAPE = "etape", "Une étape"
    CONTACT = "contact_prevu", "Un rendez-vous"
    IDENTITE = "identite", "L’identité"
    REPRESENTANT = "representant_legal", "Un représentant légal"
    OBJECTIF = "objectif", "Un objectif"
    REPERES = "reperes", "Ce que dit le dossier"
