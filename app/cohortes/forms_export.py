"""The published cells of one cohort as lines of a file, one a cell, in words: no number that a page does not show."""

from __future__ import annotations

from collections.abc import Iterator

from app.cohortes.forms_mots import CONTACTS_DITS, METHODE, NOMS
from app.cohortes.forms_phrases import INSECABLE, fin_lisible
from app.cohortes.forms_tableaux import Releves
from app.cohortes.rules_cellules import Cellule
from app.cohortes.rules_lecture import Lu
from app.cohortes.rules_mesures import DELAIS, DUREES
from app.cohortes.rules_treillis import quarter_code
from app.cohortes.vocabulaire import BANDES_PUBLIEES, Marque, Mesure
from app.web.filters import sans_formule

ENTETES = (
    "Cohorte", "Mesure", "Entrés jusqu’au", "Vus au", "Effectif arrondi", "Mois depuis l’entrée", "Catégorie", "Valeur",
    "Unité",
)  # fmt: skip
JEUNES, MOIS, PASSAGES, DOSSIERS = "jeunes", "mois en moyenne", "passages", "dossiers"
MOT_METHODE = "Méthode"
Valeur = str | int | float
_COMPTES = {
    Mesure.SORTIES: {
        "sortis": "Suivis clos",
        "positive": "Issue favorable",
        "relais": "Relais",
        "autre": "Autre motif",
        "dynamiques": "Sorties dynamiques",
        "plie": "Entrés par un PLIE",
        "plie_positives": "Sorties positives du PLIE",
    },
    Mesure.RACCROCHAGES: {
        "decroches": "Passés par un décrochage",
        "raccroches": "Revenus",
        "observes_6": "Revenus depuis six mois ou plus",
        "solides": "Retours solides à six mois",
    },
    Mesure.CONTACTS: CONTACTS_DITS,
    Mesure.IMMOBILES: {"ouverts": "Dossiers ouverts", "immobiles": "Parcours arrêtés"},
    Mesure.PREMIERE_ETAPE: {"commencee": "Première étape commencée"},
    **{mesure: {"atteint": "Arrivés", "attendent": "En attente"} for mesure in DELAIS},
    Mesure.SITUATIONS: {bande.value: bande.label for bande in BANDES_PUBLIEES},
}


def lines(releves: Releves, *, titre: str) -> Iterator[tuple[Valeur, ...]]:
    """Without the heads; what is masked in a closed list of categories is written “< 11”."""
    for mesure in Mesure:
        releve = releves.get(mesure)
        if releve is not None:
            dates = (fin_lisible(releve.trimestre), fin_lisible(releve.millesime))
            head = (plain(titre), plain(mesure.label), *dates, releve.effectif)
            yield from ((*head, *cells) for cells in _cells(releve))


def closing() -> tuple[str, str]:
    """What ends a file: how to read it."""
    return MOT_METHODE, METHODE.replace(INSECABLE, " ")


def file_name(releves: Releves, code: str) -> str:
    """From the criteria's codes and the vintage alone."""
    last = max((releve.millesime for releve in releves.values()), default=None)
    where = code.replace("=", "-").replace(",", "_")
    return f"cohorte-{where}-{quarter_code(last)}" if last is not None else f"cohorte-{where}"


def plain(texte: str) -> str:
    """With the spaces of a spreadsheet."""
    return sans_formule(texte.replace(INSECABLE, " "))


def _cells(releve: Lu) -> Iterator[tuple[Valeur, ...]]:
    known = _COMPTES.get(releve.mesure)
    if known is None:
        for (mois, categorie), cell in sorted(releve.cellules.items()):
            yield (mois, _named(categorie), _value(releve.mesure, cell), _unit(releve.mesure, categorie))
        return
    for mois in releve.mois or (0,) * (releve.mesure is not Mesure.SITUATIONS):
        for categorie, mot in known.items():
            yield mois, mot, _value(releve.mesure, releve.cellule(mois, categorie)), _unit(releve.mesure, categorie)


def _named(categorie: str) -> str:
    de, fleche, vers = categorie.partition(">")
    return f"{NOMS[de]} → {NOMS[vers]}" if fleche else NOMS[de]


def _value(mesure: Mesure, cell: Cellule | None) -> Valeur:
    if cell is None:
        return "< 11"
    if cell.marque is Marque.PRESQUE_TOUS:
        return f"≥ {cell.valeur} %"
    return cell.valeur / 2 if mesure in DUREES else cell.valeur


def _unit(mesure: Mesure, categorie: str) -> str:
    if mesure is Mesure.TRANSITIONS:
        return PASSAGES if ">" in categorie else "mois passés dans cette situation"
    if mesure in DUREES:
        return MOIS
    return DOSSIERS if mesure is Mesure.IMMOBILES else JEUNES
