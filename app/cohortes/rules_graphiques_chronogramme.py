"""The chronogramme: where a cohort is, month after month since entry, as stacked areas that name themselves."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.cohortes.rules_graphiques import (
    BLANC,
    COULEURS,
    ENCRE,
    ETROIT,
    GRIS,
    LARGE,
    PISTE,
    Aire,
    Dessin,
    Figure,
    Format,
    Forme,
    Ligne,
    Point,
    Rectangle,
    Texte,
    bottom,
    dodge,
    ground,
    ink_on,
    lines_at,
    month_axis,
    path,
    percent_axis,
    r,
    stack,
    stacked,
    text_width,
    wrap,
)

# A small multiple: width, height, letters, left, top, right and bottom of its plot.
VIGNETTE = (170.0, 138.0, 12.5, (34.0, 6.0, 162.0, 116.0))

# how many places are tried for a label inside its band
ESSAIS = 16

Cadre = tuple[float, float, float, float]
Parts = Mapping[str, Sequence[int | None]]


@dataclass(frozen=True, slots=True)
class Nappe:
    """One band of the plot: its lower and upper edges at each `xs`, y growing downward."""

    code: str
    xs: tuple[float, ...]
    haut: tuple[float, ...]
    bas: tuple[float, ...]

    @property
    def chemin(self) -> str:
        # the edges are rounded already
        bords = zip((*self.xs, *self.xs[::-1]), (*self.haut, *self.bas[::-1]), strict=True)
        return "M" + "L".join([f"{x:g} {y:g}" for x, y in bords]) + "Z"

    @property
    def epaisseurs(self) -> tuple[float, ...]:
        return tuple(bas - haut for haut, bas in zip(self.haut, self.bas, strict=True))

    def room(self, gauche: float, droite: float) -> tuple[float, float]:
        """The top and bottom of the tallest box from `gauche` to `droite` inside the band; top > bottom if none."""
        # edges are straight between months: their extremes are at a month, or at an end
        i, j = bisect_right(self.xs, gauche), bisect_left(self.xs, droite)
        hauts = (_at(self.xs, self.haut, gauche, i), *self.haut[i:j], _at(self.xs, self.haut, droite, j))
        bas = (_at(self.xs, self.bas, gauche, i), *self.bas[i:j], _at(self.xs, self.bas, droite, j))
        return max(hauts), min(bas)


def _at(xs: Sequence[float], ys: Sequence[float], x: float, rang: int) -> float:
    """The height of an edge at `x`, which lies before the month `rang`."""
    rang = min(max(rang, 1), len(xs) - 1)
    etendue = xs[rang] - xs[rang - 1]
    return ys[rang - 1] + (ys[rang] - ys[rang - 1]) * (x - xs[rang - 1]) / etendue if etendue else ys[rang]


def columns(effectif: int, mois: Sequence[int], parts: Parts) -> list[list[float]]:
    """`stack` of every month. Raises ValueError without a month, or when the months do not grow."""
    if not mois or any(suivant <= precedent for precedent, suivant in pairwise(mois)):
        raise ValueError("months must grow, and there must be one")
    return [stack(effectif, {code: valeurs[rang] for code, valeurs in parts.items()}) for rang in range(len(mois))]


def layers(
    colonnes: Sequence[Sequence[float]], mois: Sequence[int], *, cadre: Cadre, axe: tuple[int, int] | None = None
) -> list[Nappe]:
    """The bands inside the frame (left, top, right, bottom), from the bottom up, empty ones left out.

    `axe`: the months at the left and right edges; when None, the first and last of `mois`. One month alone fills the
    width, or a sliver of a longer axis.
    """
    gauche, haut, droite, bas = cadre
    debut, fin = axe or (mois[0], mois[-1])
    par_mois = (droite - gauche) / max(fin - debut, 1)
    xs = [r(gauche + par_mois * (m - debut)) for m in mois]
    if len(mois) == 1:
        xs, colonnes = [xs[0], r(min(droite, xs[0] + par_mois))], [*colonnes, *colonnes]
    ys = [[bas, *(r(bas - (bas - haut) * borne) for borne in colonne)] for colonne in colonnes]
    bords = list(zip(*ys, strict=True))
    nappes = [Nappe(code, tuple(xs), bords[rang + 1], bords[rang]) for rang, code in enumerate(COULEURS)]
    return [nappe for nappe in nappes if max(nappe.epaisseurs) > 0]


def chronogramme(effectif: int, mois: Sequence[int], parts: Parts, *, noms: Mapping[str, str], axe: str) -> Figure:
    """Stacked areas: months since entry across, the whole cohort as 100 % upward.

    `effectif`: the published headcount. `parts`: for each band but “autres”, its published number at each of `mois`,
    None for “< 11”. `noms`: the words of each code, “autres” included. `axe`: the words under the months.
    """
    colonnes = columns(effectif, mois, parts)
    return Figure(*(_drawing(fmt, colonnes, mois, noms, axe) for fmt in (LARGE, ETROIT)))


@dataclass(frozen=True, slots=True)
class Planche:
    """Small multiples on one scale, and the bands that their one legend must name."""

    dessins: tuple[Dessin, ...]
    codes: tuple[str, ...]


def vignettes(cohortes: Sequence[tuple[int, Sequence[int], Parts]], *, noms: Mapping[str, str]) -> Planche:
    """The chronogramme of each cohort (headcount, months, parts) in miniature; months not lived yet are left blank.

    Without words inside: titles stand above each, one legend stands under all.
    """
    axe = (0, max((mois[-1] for _, mois, _ in cohortes if mois), default=0))
    nappes = [layers(columns(*cohorte), cohorte[1], cadre=VIGNETTE[3], axe=axe) for cohorte in cohortes]
    presents = {nappe.code for rang in nappes for nappe in rang}
    dessins = [_miniature(rang, axe, noms) for rang in nappes]
    return Planche(tuple(dessins), stacked(presents))


def _miniature(nappes: Sequence[Nappe], axe: tuple[int, int], noms: Mapping[str, str]) -> Dessin:
    largeur, hauteur, taille, (gauche, haut, droite, bas) = VIGNETTE
    formes: list[Forme] = [Rectangle(gauche, haut, droite - gauche, bas - haut, PISTE)]
    formes += [Aire(nappe.chemin, COULEURS[nappe.code], noms[nappe.code]) for nappe in nappes]
    formes.append(_guide((gauche, haut, droite, bas), 0.5))
    for mots, y in (("100", haut + taille * 0.6), ("50", (haut + bas) / 2 + taille * 0.34), ("0\u00a0%", bas)):
        formes.append(Texte(gauche - 4, r(y), mots, taille, "end", GRIS))
    formes += month_axis(axe, (gauche, droite), taille, bas, "")
    return Dessin(largeur, hauteur, tuple(formes))


def _drawing(
    fmt: Format, colonnes: list[list[float]], mois: Sequence[int], noms: Mapping[str, str], axe: str
) -> Dessin:
    haut, bas = 12.0, 12 + fmt.hauteur
    lignes = [ligne for nom in noms.values() for ligne in wrap(nom, fmt.marge, fmt.taille)]
    # without words beside the plot if all can do without
    for marge in (16.0, 34 + max(text_width(ligne, fmt.taille) for ligne in lignes)):
        cadre = (fmt.axe, haut, fmt.largeur - marge, bas)
        nappes = layers(colonnes, mois, cadre=cadre)
        dedans = {nappe.code: place for nappe in nappes if (place := _inside(nappe, noms[nappe.code], fmt))}
        dehors = [nappe for nappe in nappes if nappe.code not in dedans]
        if not dehors:
            break
    formes: list[Forme] = list(percent_axis(fmt.taille, cadre[0], cadre[2], haut, bas))
    formes += [Aire(nappe.chemin, COULEURS[nappe.code], noms[nappe.code]) for nappe in nappes]
    formes += [_guide(cadre, part) for part in (0.25, 0.5, 0.75)]
    formes += month_axis(mois, nappes[0].xs, fmt.taille, bas, axe)
    formes += _beside(dehors, noms, fmt, cadre)
    formes += [texte for textes in dedans.values() for texte in textes]
    return Dessin(fmt.largeur, r(bottom(formes, bas) + 4), tuple(formes))


def _guide(cadre: Cadre, part: float) -> Ligne:
    y = cadre[3] - (cadre[3] - cadre[1]) * part
    return Ligne(path([(cadre[0], y), (cadre[2], y)]), BLANC, opacite=0.45)


def _inside(nappe: Nappe, nom: str, fmt: Format) -> list[Texte]:
    """The label where the band is thickest, on one line or two; nothing when it fits nowhere."""
    for lignes in dict.fromkeys([(nom,), wrap(nom, text_width(nom, fmt.taille) * 0.62, fmt.taille)]):
        largeur = max(text_width(ligne, fmt.taille, "600") for ligne in lignes) + 8
        besoin = len(lignes) * fmt.taille * 1.2 + 5
        gauche, droite = nappe.xs[0], nappe.xs[-1] - largeur
        if droite < gauche or max(nappe.epaisseurs) < besoin:
            continue
        essais = [gauche + (droite - gauche) * rang / ESSAIS for rang in range(ESSAIS + 1)]
        places = [(x, *nappe.room(x, x + largeur)) for x in essais]
        # the thickest place, the nearest to the middle among equals
        x, haut, bas = max(
            places, key=lambda p: (round(min(p[2] - p[1], besoin * 1.6)), -abs(p[0] - (gauche + droite) / 2))
        )
        if bas - haut >= besoin:
            fond = COULEURS[nappe.code]
            style = {"ancre": "middle", "couleur": ink_on(fond), "halo": ground(fond), "gras": "600"}
            return lines_at(lignes, x + largeur / 2, (haut + bas) / 2, fmt.taille, **style)
    return []


def _beside(nappes: Sequence[Nappe], noms: Mapping[str, str], fmt: Format, cadre: Cadre) -> Iterator[Forme]:
    """Labels at the right of the plot, led to their band, that make room for each other."""
    # from the top down, as the eye meets them
    rangees = [(nappe, *_anchor(nappe), wrap(noms[nappe.code], fmt.marge, fmt.taille)) for nappe in nappes[::-1]]
    hauteurs = [len(lignes) * fmt.taille * 1.2 + 3 for *_, lignes in rangees]
    centres = dodge([y for _, _, y, _ in rangees], hauteurs, 2, max(cadre[3] + fmt.taille, 2 + sum(hauteurs)))
    for (nappe, x, y, lignes), centre in zip(rangees, centres, strict=True):
        bord = cadre[2]
        trace = path([(x, y), (bord + 3, y), (bord + 12, centre), (bord + 15, centre)])
        if x < bord - 1:
            yield Ligne(trace, BLANC, 3, opacite=0.8)
            yield Point(x, r(y), 2.5, ENCRE)
        yield Ligne(trace, GRIS)
        yield Rectangle(r(bord + 16), r(centre - 5), 10, 10, COULEURS[nappe.code], rayon=2)
        yield from lines_at(lignes, bord + 31, centre, fmt.taille)


def _anchor(nappe: Nappe) -> tuple[float, float]:
    """Where the leader of a band starts: its right end, or when it has closed before, the last place it is wide."""
    rang = len(nappe.xs) - 1
    if nappe.epaisseurs[rang] <= 0:
        assez = 0.6 * max(nappe.epaisseurs)
        rang = max(autre for autre, epaisseur in enumerate(nappe.epaisseurs) if epaisseur >= assez)
    return nappe.xs[rang], (nappe.haut[rang] + nappe.bas[rang]) / 2
