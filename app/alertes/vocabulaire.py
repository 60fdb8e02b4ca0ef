"""The rules, by their stored code."""

from app.db.labelled import Labelled


class Regle(Labelled):
    SILENCE = "silence", "Silence"
    ETAPE_EN_RETARD = "etape_en_retard", "Étape en retard"
    SANS_REFERENT = "sans_referent", "Sans référent"
