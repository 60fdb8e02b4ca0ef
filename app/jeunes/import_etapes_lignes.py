"""One line of a file of steps: what it says, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from app.jeunes import import_rules as rules
from app.jeunes.import_lecture import Defauts, Fichier, Ligne
from app.jeunes.import_reperes import Structures, read_structure
from app.parcours.rules_etapes import Faits
from app.parcours.vocabulaire import Contrat, GenreEtape, IssueEtape, NiveauVise, StatutEtape

REQUISES = frozenset({"reference", "type", "statut", "debut", "fin"})
CONNUES = (
    *("reference", "type", "statut", "debut", "fin"),
    *("issue", "contrat", "niveau_vise", "heures", "precisions", "structure"),
)

_read_genre = rules.read_code(GenreEtape)
_read_statut = rules.read_code(StatutEtape)
_read_issue = rules.read_code(IssueEtape)
_read_contrat = rules.read_code(Contrat)
_read_niveau = rules.read_code(NiveauVise)


@dataclass(frozen=True, slots=True)
class LigneEtape:
    """What one line says, understood: of which dossier, and a step whose precisions are not sealed yet."""

    numero: int
    structure_id: int
    reference: str
    faits: Faits
    precisions: str | None = field(default=None, repr=False)


def read_lines(fichier: Fichier, structures: Structures, defauts: Defauts) -> Iterator[LigneEtape]:
    """The lines whose cells can be read; what is wrong with the others goes to `defauts`."""
    for ligne in fichier.lines(defauts):
        lue = _read(ligne, structures)
        if lue is not None:
            yield lue


def _read(ligne: Ligne, structures: Structures) -> LigneEtape | None:
    structure_id = read_structure(ligne, structures)
    reference = ligne.require("reference", rules.read_reference)
    genre = ligne.require("type", _read_genre)
    statut = ligne.require("statut", _read_statut)
    debut = ligne.require("debut", rules.read_date)
    fin: date | None = ligne.read("fin", rules.read_date)
    issue = ligne.read("issue", _read_issue)
    contrat = ligne.read("contrat", _read_contrat)
    niveau = ligne.read("niveau_vise", _read_niveau)
    heures = ligne.read("heures", rules.read_heures)
    precisions = ligne.read("precisions", rules.read_precisions)
    if not ligne.saine:
        return None
    faits = Faits(
        genre=genre,
        statut=statut,
        debut=debut,
        fin=fin,
        issue=issue,
        contrat=contrat,
        niveau_vise=niveau,
        heures=heures,
    )
    return LigneEtape(ligne.numero, structure_id, reference, faits, precisions)
