"""The curve of how long until…: the share that has reached, in steps, with its band; two curves to compare."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.cohortes.rules_cellules import percent
from app.cohortes.rules_delai import Palier, mediane, paliers
from app.cohortes.rules_graphiques import (
    COMPAREES,
    ENCRE,
    ETROIT,
    GRIS,
    HACHURES,
    LARGE,
    Aire,
    Dessin,
    Figure,
    Format,
    Forme,
    Ligne,
    Point,
    Rectangle,
    bottom,
    dodge,
    lines_at,
    month_axis,
    path,
    percent_axis,
    r,
    text_width,
    wrap,
)

Cadre = tuple[float, float, float, float]
# What is not shown is between 0 and this many people.
TUS_AU_PLUS = 10


@dataclass(frozen=True, slots=True)
class Courbe:
    """The published numbers of one cohort: at each of `mois`, how many have reached and how many still wait."""

    libelle: str
    effectif: int
    mois: tuple[int, ...]
    atteint: tuple[int | None, ...]
    attendent: tuple[int | None, ...]

    @property
    def paliers(self) -> list[Palier]:
        return paliers(self.effectif, self.mois, self.atteint, self.attendent)


def delai(courbes: Sequence[Courbe], *, axe: str) -> Figure:
    """One curve, or two (the second dashed), named at their end; a point where half have reached.

    Hatched: the first months, when those who had reached were too few to show. Raises ValueError without a curve
    or a month, and as `rules_delai.paliers`.
    """
    if not courbes or not all(courbe.mois for courbe in courbes):
        raise ValueError("a curve needs a month")
    return Figure(*(_drawing(fmt, courbes, axe) for fmt in (LARGE, ETROIT)))


def _drawing(fmt: Format, courbes: Sequence[Courbe], axe: str) -> Dessin:
    mots = ["100\u00a0%", *(ligne for courbe in courbes for ligne in wrap(courbe.libelle, fmt.marge * 0.7, fmt.taille))]
    marge = 28 + max(text_width(ligne, fmt.taille, "600") for ligne in mots)
    cadre = (fmt.axe, 12.0, fmt.largeur - marge, 12 + fmt.hauteur)
    fin = max(courbe.mois[-1] for courbe in courbes)
    formes: list[Forme] = list(percent_axis(fmt.taille, cadre[0], cadre[2], cadre[1], cadre[3]))
    milieu = (cadre[1] + cadre[3]) / 2
    formes.append(Ligne(path([(cadre[0], milieu), (cadre[2], milieu)]), GRIS, tirets="2 4"))
    traces = [
        (courbe, courbe.paliers, couleur, tirets)
        for courbe, couleur, tirets in zip(courbes, COMPAREES, ("", "7 4"), strict=False)
    ]
    formes += [forme for courbe, points, couleur, _ in traces for forme in _under(courbe, points, couleur, cadre, fin)]
    formes += [forme for _, *trace in traces for forme in _curve(*trace, cadre, fin)]
    formes += month_axis((0, fin), (cadre[0], cadre[2]), fmt.taille, cadre[3], axe)
    formes += _names(fmt, traces, cadre)
    return Dessin(fmt.largeur, r(bottom(formes, cadre[3]) + 4), tuple(formes))


def _x(mois: int, cadre: Cadre, fin: int) -> float:
    return cadre[0] + (cadre[2] - cadre[0]) * mois / max(fin, 1)


def _y(part: float, cadre: Cadre) -> float:
    return cadre[3] - (cadre[3] - cadre[1]) * min(max(part, 0.0), 1.0)


def _steps(valeurs: Sequence[tuple[int, float]], arret: int, cadre: Cadre, fin: int) -> list[tuple[float, float]]:
    """A staircase: each value holds until the next month, the last until `arret`."""
    points: list[tuple[float, float]] = []
    for rang, (mois, part) in enumerate(valeurs):
        suivant = valeurs[rang + 1][0] if rang + 1 < len(valeurs) else max(arret, mois)
        points += [(_x(mois, cadre, fin), _y(part, cadre)), (_x(suivant, cadre, fin), _y(part, cadre))]
    return points


def _under(courbe: Courbe, points: list[Palier], couleur: str, cadre: Cadre, fin: int) -> Iterator[Forme]:
    """The months that are not shown, and the band."""
    premier = points[0].mois if points else courbe.mois[-1]
    if premier > 0:
        haut = _y(TUS_AU_PLUS / courbe.effectif, cadre)
        x = _x(0, cadre, fin)
        yield Rectangle(r(x), r(haut), r(_x(premier, cadre, fin) - x), r(cadre[3] - haut), HACHURES)
    sures = [p for p in points if p.bas is not None]
    if sures:
        arret = next((p.mois for p in points if p.bas is None), courbe.mois[-1])
        bas = _steps([(p.mois, p.bas or 0.0) for p in sures], arret, cadre, fin)
        haut_ = _steps([(p.mois, p.haut or 0.0) for p in sures], arret, cadre, fin)
        yield Aire(path([*haut_, *bas[::-1]], fin="Z"), couleur, opacite=0.16, contour="none")


def _curve(points: list[Palier], couleur: str, tirets: str, cadre: Cadre, fin: int) -> Iterator[Forme]:
    if not points:
        return
    trace = _steps([(p.mois, p.part) for p in points], points[-1].mois, cadre, fin)
    yield Ligne(path(trace), couleur, 2.5, tirets)
    moitie = mediane(points).mois
    if moitie is not None:
        x, y = _x(moitie, cadre, fin), _y(0.5, cadre)
        yield Ligne(path([(x, y), (x, cadre[3])]), couleur, 1, "2 3")
        yield Point(r(x), r(y), 4.5, couleur)


def _names(fmt: Format, traces: Sequence[tuple[Courbe, list[Palier], str, str]], cadre: Cadre) -> Iterator[Forme]:
    """At the end of each curve, its name and its last share."""
    fins = sorted(
        ((_y(points[-1].part if points else 0.0, cadre), courbe, points, couleur, tirets)
         for courbe, points, couleur, tirets in traces),
        key=lambda fin: fin[0],
    )  # fmt: skip
    lignes = [(*wrap(courbe.libelle, fmt.marge * 0.7, fmt.taille), _last(points)) for _, courbe, points, *_ in fins]
    pleines = [tuple(ligne for ligne in bloc if ligne) for bloc in lignes]
    hauteurs = [len(bloc) * fmt.taille * 1.2 + 4 for bloc in pleines]
    centres = dodge([y for y, *_ in fins], hauteurs, 2, max(cadre[3] + fmt.taille, 2 + sum(hauteurs)))
    for (y, _, _, couleur, tirets), bloc, centre in zip(fins, pleines, centres, strict=True):
        bord = cadre[2]
        yield Ligne(path([(bord + 2, y), (bord + 8, centre), (bord + 20, centre)]), couleur, 2, tirets and "4 3")
        yield from lines_at(bloc, bord + 24, centre, fmt.taille, couleur=ENCRE, gras="600")


def _last(points: list[Palier]) -> str:
    return f"{percent(points[-1].part)}\u00a0%" if points else "<\u00a011"
