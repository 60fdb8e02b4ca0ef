"""Horizontal bars: a few dates of a small cohort, one share, two cohorts side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.cohortes.rules_cellules import Cellule, drawn, share
from app.cohortes.rules_graphiques import (
    COMPAREES,
    COULEURS,
    ENCRE,
    ETROIT,
    GRAS,
    GRIS,
    HACHURES,
    LARGE,
    PISTE,
    Dessin,
    Figure,
    Format,
    Forme,
    Rectangle,
    Texte,
    ground,
    ink_on,
    lines_at,
    r,
    stack,
    stacked,
    text_width,
    wrap,
)
from app.cohortes.vocabulaire import Marque


def horizons(
    effectif: int, lignes: Sequence[tuple[str, Mapping[str, Cellule | None]]], *, noms: Mapping[str, str]
) -> Figure:
    """One stacked bar a date, for cohorts too small for a curve.

    `lignes`: for each date its words (“À l’entrée”, “6 mois”…) and the published cell of each band but “autres”.
    Segments carry their name and share where they are wide enough: the legend of `codes` says the rest.
    """
    dessins = [_horizons(fmt, effectif, lignes, noms) for fmt in (LARGE, ETROIT)]
    presentes = {code for _, cellules in lignes for code, *_ in _segments(effectif, cellules)}
    return Figure(*dessins, stacked(presentes))


def _segments(effectif: int, cellules: Mapping[str, Cellule | None]) -> Iterator[tuple[str, float, float, str]]:
    """Code, left and right edges as shares, words of the share."""
    bornes = [0.0, *stack(effectif, {code: drawn(cellule, effectif) for code, cellule in cellules.items()})]
    for code, (debut, fin) in zip(COULEURS, pairwise(bornes), strict=True):
        if fin - debut > 1e-9:
            yield code, debut, fin, cell_words(cellules.get(code), effectif)


def cell_words(cellule: Cellule | None, effectif: int) -> str:
    """“45 %”, “≥ 90 %”, or nothing for what is not shown."""
    if cellule is not None and cellule.marque is Marque.PRESQUE_TOUS:
        return f"≥\u00a0{cellule.valeur}\u00a0%"
    pourcent = share(cellule, effectif)
    return "" if pourcent is None else f"{pourcent}\u00a0%"


def _horizons(
    fmt: Format, effectif: int, lignes: Sequence[tuple[str, Mapping[str, Cellule | None]]], noms: Mapping[str, str]
) -> Dessin:
    formes: list[Forme] = []
    # words beside the bar where there is room, above it on a phone
    cote = max((text_width(mots, fmt.taille) for mots, _ in lignes), default=0) + 14
    gauche, dessus = (cote, 0.0) if fmt is LARGE else (0.0, fmt.taille * 1.5)
    hauteur, y = 50.0, 4.0
    for mots, cellules in lignes:
        haut = y + dessus
        centre = haut + hauteur / 2 if not dessus else y + fmt.taille * 0.6
        formes += lines_at([mots], 0, centre, fmt.taille, couleur=GRIS)
        for code, debut, fin, valeur in _segments(effectif, cellules):
            x, bord = (r(gauche + (fmt.largeur - gauche) * part) for part in (debut, fin))
            formes.append(Rectangle(x, r(haut), r(max(bord - x - 1.5, 0.5)), hauteur, COULEURS[code], noms[code]))
            formes += _segment_words(noms[code], valeur, fmt, (x, r(haut), bord, r(haut + hauteur)), COULEURS[code])
        y = haut + hauteur + 12
    return Dessin(fmt.largeur, r(y), tuple(formes))


def _segment_words(
    nom: str, valeur: str, fmt: Format, boite: tuple[float, float, float, float], fond: str
) -> list[Texte]:
    """The fullest words that fit in a segment: name and share, share, or none."""
    x, haut, bord, bas = boite
    large = bord - x - 6
    for lignes in ([nom, valeur], [*wrap(nom, large, fmt.taille * GRAS), valeur], [valeur]):
        pleines = [ligne for ligne in lignes if ligne]
        tient = all(text_width(ligne, fmt.taille, "600") <= large for ligne in pleines)
        if pleines and tient and len(pleines) * fmt.taille * 1.2 <= bas - haut:
            style = {"ancre": "middle", "couleur": ink_on(fond), "halo": ground(fond), "gras": "600"}
            return lines_at(pleines, (x + bord - 1.5) / 2, (haut + bas) / 2, fmt.taille, **style)
    return []


@dataclass(frozen=True, slots=True)
class Barre:
    """A share, 0 to 100: sure up to `de`, possible up to `a` (hatched), and the words at its end.

    “45 %”: de = a = 45. “≥ 90 %”: de 90, a 100. “< 11” of 60 people: de 0, a 10 / 60. `texte` is what the
    table says; `nom` tells two bars of a group apart.
    """

    de: float
    a: float
    texte: str
    nom: str = ""


def barre(cellule: Cellule | None, effectif: int, *, nom: str = "") -> Barre:
    """The bar of a published cell among a published headcount."""
    if cellule is None:
        return Barre(0, min(100.0, 1000 / max(effectif, 10)), "<\u00a011", nom)
    part = min(100.0, 100 * drawn(cellule, effectif) / max(effectif, 1))
    fin = 100.0 if cellule.marque is Marque.PRESQUE_TOUS else part
    return Barre(part, fin, cell_words(cellule, effectif) or str(cellule.valeur), nom)


def barres(groupes: Sequence[tuple[str, Sequence[Barre]]]) -> Figure:
    """Shares on one scale of 0 to 100 %: a group has a name and one bar, or two to compare (always the same order)."""
    return Figure(*(_bars(fmt, groupes) for fmt in (LARGE, ETROIT)))


def _bars(fmt: Format, groupes: Sequence[tuple[str, Sequence[Barre]]]) -> Dessin:
    formes: list[Forme] = []
    cote = 250.0 if fmt is LARGE else 0.0
    fin = max((text_width(_end(barre), fmt.taille) for _, rang in groupes for barre in rang), default=0) + 8
    echelle, y = fmt.largeur - cote - fin, 4.0
    for mots, rang in groupes:
        lignes = wrap(mots, (cote or fmt.largeur) - 16, fmt.taille)
        bloc, pas = len(lignes) * fmt.taille * 1.2, fmt.taille + 8
        corps = len(rang) * pas - 4
        depart = y if cote else y + bloc + 4
        formes += lines_at(lignes, 0, y + (max(bloc, corps) if cote else bloc) / 2, fmt.taille)
        decalage = max(0.0, (bloc - corps) / 2) if cote else 0.0
        for ordre, barre in enumerate(rang):
            formes += _bar(fmt, barre, COMPAREES[ordre % 2], (cote, depart + decalage + ordre * pas), echelle)
        y = depart + (max(bloc, corps) if cote else corps) + 16
    return Dessin(fmt.largeur, r(y - 8), tuple(formes))


def _end(barre: Barre) -> str:
    return f"{barre.texte} {barre.nom}".strip()


def _bar(fmt: Format, barre: Barre, couleur: str, origine: tuple[float, float], echelle: float) -> Iterator[Forme]:
    x, y = origine
    haut = fmt.taille + 4
    de, a = (echelle * min(max(part, 0.0), 100.0) / 100 for part in (barre.de, barre.a))
    yield Rectangle(r(x), r(y), r(echelle), r(haut), PISTE, rayon=2)
    if a > de:
        yield Rectangle(r(x + de), r(y), r(a - de), r(haut), HACHURES)
    if de > 0:
        yield Rectangle(r(x), r(y), r(de), r(haut), couleur, rayon=2)
    yield Texte(r(x + max(a, de) + 6), r(y + haut / 2 + fmt.taille * 0.34), _end(barre), fmt.taille, couleur=ENCRE)
