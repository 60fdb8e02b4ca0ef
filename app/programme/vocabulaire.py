"""Kinds of territory (vocabulaires.md)."""

from app.db.labelled import Labelled


class GenreTerritoire(Labelled):
    QPV = "qpv", "Quartier prioritaire (QPV)"
    QVA = "qva", "Quartier vécu, veille active (QVA)"
    COMMUNE = "commune", "Commune"
    HORS_QPV = "hors_qpv", "Hors quartier prioritaire"


GENERATIONS = (2015, 2024)
