"""The published order said in Python, from what a list shows."""

from __future__ import annotations

from datetime import date, datetime

from app.alertes.queries_lignes import Dite, Ligne
from app.alertes.rules_ordre import rang, rang_initial
from app.alertes.vocabulaire import Regle
from app.parcours.vocabulaire import Situation
from tests.alertes.monde import JOUR, PARIS


def place(ligne: Ligne, said: Dite, ouverte_le: datetime) -> tuple[int, date, int]:
    mineur = ligne.annee_naissance is not None and JOUR.year - ligne.annee_naissance < 18
    initial = rang_initial(Regle(said.regle), said.gravite, situation=Situation(ligne.situation), mineur=mineur)
    opened = ouverte_le.astimezone(PARIS).date()
    return rang(initial, said.gravite, ouverte_le=opened, today=JOUR), said.due, said.alerte_id
