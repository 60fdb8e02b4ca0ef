"""What every chart of cohorts is made of: colours, shapes, widths of words, labels that make room for each other.

Pure geometry: published numbers in, shapes out, rounded to 0.1; a unit of a drawing is about one CSS pixel. A chart
is drawn twice, `large` and `etroit`: the page shows the one that fits. Words come from the caller.
`macros/graphiques.html` draws; its head says which function makes which chart.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Any, ClassVar, Literal

from app.cohortes.vocabulaire import Bande

HACHURES = "hachures"
# One colour per band, the same in every chart, stacked in this order. Paul Tol's bright scheme, told apart by
# colour-blind readers; light and dark alternate for black and white. None is a verdict: décrochage is a grey.
COULEURS: dict[str, str] = {
    Bande.EMPLOI: "#4477aa",
    Bande.ALTERNANCE: "#66ccee",
    Bande.FORMATION: "#228833",
    Bande.SCOLARITE: "#ccbb44",
    Bande.ENGAGEMENT: "#ee6677",
    Bande.RACCROCHAGE: "#aa3377",
    Bande.DECROCHAGE: "#87919a",
    Bande.SORTI: "#d9d9d4",
    Bande.AUTRES: HACHURES,
}
PLEINES = tuple(code for code in COULEURS if code != Bande.AUTRES)
# Two cohorts side by side: never the colour of a band.
COMPAREES = ("#1a443b", "#b07a2c")
ENCRE, GRIS, TRAIT, PISTE, BLANC = "#1c2321", "#545d59", "#dad6ce", "#f0eee9", "#ffffff"
# What is written on these is white; on all others, ink.
SOMBRES = frozenset({"#4477aa", "#228833", "#aa3377", "#1a443b"})

# Widths of a character in em, wide enough for DejaVu, Segoe and Roboto alike.
GRAS = 1.13
_ESPACES = frozenset(" \u00a0\u202f")
_FINES = frozenset("ijlIftr.,;:’'!|()[]")
_LARGES = frozenset("mwMWœŒ%@")


@dataclass(frozen=True, slots=True)
class Aire:
    """A filled outline. `fond` is a colour or HACHURES; `nom` shows under the pointer."""

    genre: ClassVar[str] = "aire"
    chemin: str
    fond: str
    nom: str = ""
    opacite: float = 1
    contour: str = BLANC


@dataclass(frozen=True, slots=True)
class Rectangle:
    genre: ClassVar[str] = "rectangle"
    x: float
    y: float
    largeur: float
    hauteur: float
    fond: str
    nom: str = ""
    rayon: float = 0


@dataclass(frozen=True, slots=True)
class Ligne:
    genre: ClassVar[str] = "ligne"
    chemin: str
    couleur: str
    epaisseur: float = 1
    tirets: str = ""
    opacite: float = 1


@dataclass(frozen=True, slots=True)
class Point:
    genre: ClassVar[str] = "point"
    x: float
    y: float
    rayon: float
    couleur: str


@dataclass(frozen=True, slots=True)
class Texte:
    """One line of words; `y` is its baseline. `halo` draws the ground around the letters."""

    genre: ClassVar[str] = "texte"
    x: float
    y: float
    texte: str
    taille: float
    ancre: Literal["start", "middle", "end"] = "start"
    couleur: str = ENCRE
    gras: str = ""
    halo: str = ""

    @property
    def boite(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of the room the words may take."""
        largeur = text_width(self.texte, self.taille, self.gras)
        gauche = self.x - largeur * {"start": 0, "middle": 0.5, "end": 1}[self.ancre]
        return gauche, self.y - 0.8 * self.taille, gauche + largeur, self.y + 0.25 * self.taille


Forme = Aire | Rectangle | Ligne | Point | Texte


@dataclass(frozen=True, slots=True)
class Dessin:
    largeur: float
    hauteur: float
    formes: tuple[Forme, ...]

    @property
    def textes(self) -> tuple[Texte, ...]:
        return tuple(forme for forme in self.formes if isinstance(forme, Texte))


@dataclass(frozen=True, slots=True)
class Figure:
    """The same numbers drawn for a wide column and for a phone. `codes`: the bands that a legend must name."""

    large: Dessin
    etroit: Dessin
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Format:
    """Sizes of a drawing: its width, the least height of its plot, its letters, the room of the left axis."""

    largeur: float
    hauteur: float
    taille: float
    axe: float
    # longest line of a label beside the plot
    marge: float


LARGE = Format(largeur=800, hauteur=330, taille=14, axe=52, marge=170)
ETROIT = Format(largeur=360, hauteur=300, taille=12.5, axe=47, marge=104)


def r(nombre: float) -> float:
    """One decimal, and no negative zero."""
    return round(nombre, 1) + 0.0


def path(points: Iterable[tuple[float, float]], *, fin: str = "") -> str:
    """An SVG path through the points; `fin="Z"` closes it."""
    return "M" + "L".join(f"{r(x):g} {r(y):g}" for x, y in points) + fin


@lru_cache(maxsize=2048)
def text_width(texte: str, taille: float, gras: str = "") -> float:
    """About the width of a line, rather too wide than too narrow; heavy letters (`gras`) are wider."""
    em = sum(
        0.33 if c in _ESPACES else 0.41 if c in _FINES else 0.98 if c in _LARGES else 0.78 if c.isupper() else 0.64
        for c in texte
    )
    return r(em * taille * (GRAS if gras else 1))


@lru_cache(maxsize=2048)
def wrap(texte: str, largeur: float, taille: float) -> tuple[str, ...]:
    """The words on as many lines as the width asks for; a word longer than the width keeps its line."""
    lignes: list[str] = []
    for mot in texte.split(" "):
        suite = f"{lignes[-1]} {mot}" if lignes else mot
        if lignes and text_width(suite, taille) <= largeur:
            lignes[-1] = suite
        else:
            lignes.append(mot)
    return tuple(lignes)


def dodge(vises: Sequence[float], hauteurs: Sequence[float], haut: float, bas: float) -> list[float]:
    """Centres of labels nearest to those wanted, in the same order, without overlap, between `haut` and `bas`.

    Least squares under order: neighbours that touch are pooled at the mean of what they want (pool adjacent
    violators). Raises ValueError when they cannot all fit.
    """
    if sum(hauteurs) > bas - haut + 1e-6:
        raise ValueError("not enough room for the labels")
    avant = [sum(hauteurs[:rang]) + hauteur / 2 for rang, hauteur in enumerate(hauteurs)]
    groupes: list[tuple[float, int]] = []
    for vise, decalage in zip(vises, avant, strict=True):
        somme, nombre = vise - decalage, 1
        while groupes and groupes[-1][0] / groupes[-1][1] > somme / nombre:
            autre = groupes.pop()
            somme, nombre = somme + autre[0], nombre + autre[1]
        groupes.append((somme, nombre))
    places = [somme / nombre for somme, nombre in groupes for _ in range(nombre)]
    dernier = bas - sum(hauteurs)
    return [min(max(place, haut), dernier) + decalage for place, decalage in zip(places, avant, strict=True)]


def stack(effectif: int, colonne: Mapping[str, int | None]) -> list[float]:
    """Upper bounds of the bands of one column, as shares of its height, in the order of COULEURS: the last is 1.

    A column stands for max(effectif, its sum) people; what is not shown of them is the last band, “autres”.
    """
    cumuls = list(accumulate(max(0, colonne.get(code) or 0) for code in PLEINES))
    total = max(effectif, cumuls[-1], 1)
    return [*(cumul / total for cumul in cumuls), 1.0]


def shares(effectif: int, colonne: Mapping[str, int | None]) -> dict[str, float]:
    """The height of every band of a column, as shares that add to 1."""
    bornes = [0.0, *stack(effectif, colonne)]
    return {code: haut - bas for code, (bas, haut) in zip(COULEURS, pairwise(bornes), strict=True)}


def bottom(formes: Sequence[Forme], bas: float) -> float:
    """The lowest of `bas` and of the words."""
    return max([bas, *(forme.boite[3] for forme in formes if isinstance(forme, Texte))])


def stacked(presents: Collection[str]) -> tuple[str, ...]:
    """These bands in the order they are stacked from the bottom."""
    return tuple(code for code in COULEURS if code in presents)


def ink_on(fond: str) -> str:
    """The colour of what is written on a ground."""
    return BLANC if fond in SOMBRES else ENCRE


def ground(fond: str) -> str:
    """The plain colour to draw around letters on a ground, so that no line crosses them."""
    return "#f4f2ed" if fond == HACHURES else fond


def lines_at(lignes: Sequence[str], x: float, centre: float, taille: float, **style: Any) -> list[Texte]:
    """The lines of a label, centred around `centre` in height. `style`: what Texte takes besides."""
    premiere = centre - (len(lignes) - 1) * taille * 0.6 + taille * 0.34
    return [Texte(r(x), r(premiere + rang * taille * 1.2), ligne, taille, **style) for rang, ligne in enumerate(lignes)]


def percent_axis(taille: float, gauche: float, droite: float, haut: float, bas: float) -> list[Forme]:
    """Every quarter of the height, from 0 to 100 %."""
    formes: list[Forme] = []
    for pourcent in (0, 25, 50, 75, 100):
        y = bas - (bas - haut) * pourcent / 100
        formes.append(Ligne(path([(gauche, y), (droite, y)]), TRAIT))
        formes.append(Texte(r(gauche - 6), r(y + taille * 0.34), f"{pourcent}\u00a0%", taille, "end", GRIS))
    return formes


def month_axis(mois: Sequence[int], xs: Sequence[float], taille: float, bas: float, titre: str) -> list[Forme]:
    """Ticks every 6 months, or 12 or 24 when they would crowd, between the first and the last month published."""
    formes: list[Forme] = []
    etendue = max(mois[-1] - mois[0], 1)
    par_mois = (xs[-1] - xs[0]) / etendue
    pas = next((pas for pas in (1, 3, 6, 12, 24, 60) if pas * par_mois >= taille * 3.2), 120)
    pas = max(pas, 6) if etendue >= 12 else pas
    for marque in range(-(-mois[0] // pas) * pas, mois[-1] + 1, pas):
        x = (xs[0] + xs[-1]) / 2 if mois[0] == mois[-1] else xs[0] + (marque - mois[0]) * par_mois
        formes.append(Ligne(path([(x, bas), (x, bas + 5)]), GRIS))
        formes.append(Texte(r(x), r(bas + 6 + taille), str(marque), taille, "middle", GRIS))
    if titre:
        formes.append(Texte(r(xs[0]), r(bas + 10 + taille * 2.2), titre, taille, "start", GRIS))
    return formes
