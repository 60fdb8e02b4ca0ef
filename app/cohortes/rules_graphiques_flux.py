"""The flux: who was where at one date and where at the next, as ribbons between two columns.

Each pair of dates was published apart, for its own people: a pair is drawn from its own cells alone, on its own 100 %.
Where two pairs meet, a node is two bars side by side, the arrivals of one and the departures of the other: their
heights may differ a little, and each is true.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from app.cohortes.rules_graphiques import (
    COULEURS,
    ENCRE,
    ETROIT,
    GRIS,
    HACHURES,
    LARGE,
    PLEINES,
    Aire,
    Dessin,
    Figure,
    Format,
    Forme,
    Ligne,
    Rectangle,
    Texte,
    bottom,
    dodge,
    lines_at,
    path,
    r,
    stacked,
    text_width,
    wrap,
)
from app.cohortes.vocabulaire import Bande

ESPACE, BARRE = 7.0, 9.0


@dataclass(frozen=True, slots=True)
class Saut:
    """The published cells of one pair of dates: (band before, band after) -> people, None for “< 11”.

    `de` and `vers`: the words of the dates. `rubans`: the share of every ribbon, “autres” to “autres” for all that
    is not shown; they add to 1.
    """

    de: str
    vers: str
    effectif: int
    cellules: Mapping[tuple[str, str], int | None]

    rubans: Mapping[tuple[str, str], float] = field(init=False)
    _cotes: tuple[dict[str, float], dict[str, float]] = field(init=False)

    def __post_init__(self) -> None:
        rubans = _ribbons(self.effectif, self.cellules)
        cotes = (dict.fromkeys(COULEURS, 0.0), dict.fromkeys(COULEURS, 0.0))
        for cle, part in rubans.items():
            for cote, code in zip(cotes, cle, strict=True):
                cote[code] += part
        object.__setattr__(self, "rubans", rubans)
        # sums of shares come out at 0 or far from it: no tolerance is needed
        object.__setattr__(self, "_cotes", tuple({c: part for c, part in cote.items() if part} for cote in cotes))

    def side(self, rang: int) -> dict[str, float]:
        """Share of every node before (0) or after (1)."""
        return self._cotes[rang]

    def count(self, rang: int, code: str) -> int:
        """How many people are shown in a node."""
        return sum(nombre or 0 for cle, nombre in self.cellules.items() if cle[rang] == code)


def _ribbons(effectif: int, cellules: Mapping[tuple[str, str], int | None]) -> dict[tuple[str, str], float]:
    """Share of every ribbon, “autres” to “autres” for all that is not shown; they add to 1."""
    montres = {cle: n for cle in _PAIRES if (n := cellules.get(cle))}
    total = max(effectif, sum(montres.values()), 1)
    reste = total - sum(montres.values())
    rubans = {cle: nombre / total for cle, nombre in montres.items()}
    return rubans | {(Bande.AUTRES.value, Bande.AUTRES.value): reste / total} if reste else rubans


_PAIRES = tuple((de, vers) for de in PLEINES for vers in PLEINES)
Noeuds = dict[str, tuple[float, float]]


def flux(sauts: Sequence[Saut], *, noms: Mapping[str, str]) -> Figure:
    """All the pairs in one row on a wide page, one under the other on a phone; raises ValueError without a pair.

    Numbers stand beside the nodes that have room for them. `codes` is empty when the first and the last column
    already name every band.
    """
    if not sauts:
        raise ValueError("a flux needs two dates")
    presents = {code for saut in sauts for rang in (0, 1) for code in saut.side(rang)}
    nommes = {*sauts[0].side(0), *sauts[-1].side(1)}
    codes = stacked(presents) if presents - nommes else ()
    return Figure(_row(LARGE, sauts, noms), _pile(ETROIT, sauts, noms), codes)


def place(parts: Mapping[str, float], codes: Sequence[str], haut: float, bas: float, espaces: int) -> Noeuds:
    """Top and bottom of every node of a column, from the bottom up; `codes` that have no part keep their gap.

    `espaces` gaps are set aside in the height, the same for all columns, so that one share has one height.
    """
    echelle = bas - haut - ESPACE * espaces
    noeuds: Noeuds = {}
    y = bas
    for code in codes:
        suivant = y - echelle * parts.get(code, 0.0)
        noeuds[code] = (suivant, y)
        y = suivant - ESPACE
    return noeuds


def ribbons(saut: Saut, gauche: Noeuds, droite: Noeuds, x0: float, x1: float) -> Iterator[tuple[str, str, str]]:
    """Code before, code after and outline of each ribbon; they fill their nodes on both sides."""
    pris_a, pris_b = ({code: bas for code, (_, bas) in noeuds.items()} for noeuds in (gauche, droite))
    hauteurs = _scale(saut.side(0), gauche)
    rangs = {code: rang for rang, code in enumerate(COULEURS)}
    departs: dict[tuple[str, str], float] = {}
    for cle in sorted(saut.rubans, key=lambda cle: (rangs[cle[0]], rangs[cle[1]])):
        departs[cle] = pris_a[cle[0]]
        pris_a[cle[0]] -= saut.rubans[cle] * hauteurs
    milieu = (x0 + x1) / 2
    for cle in sorted(departs, key=lambda cle: (rangs[cle[1]], rangs[cle[0]])):
        epais = saut.rubans[cle] * hauteurs
        ya, yb = departs[cle], pris_b[cle[1]]
        pris_b[cle[1]] -= epais
        nombres = (x0, ya, milieu, ya, milieu, yb, x1, yb, x1, yb - epais, milieu, yb - epais, milieu, ya - epais)
        a = [f"{r(nombre):g}" for nombre in (*nombres, x0, ya - epais)]
        yield (
            *cle,
            (
                f"M{a[0]} {a[1]}C{a[2]} {a[3]} {a[4]} {a[5]} {a[6]} {a[7]}"
                f"L{a[8]} {a[9]}C{a[10]} {a[11]} {a[12]} {a[13]} {a[14]} {a[15]}Z"
            ),
        )


def _scale(parts: Mapping[str, float], noeuds: Noeuds) -> float:
    """Height of 100 %."""
    return sum(noeuds[code][1] - noeuds[code][0] for code in parts) / sum(parts.values())


def _gap(saut: Saut, gauche: Noeuds, droite: Noeuds, xs: tuple[float, float], noms: Mapping[str, str]) -> list[Forme]:
    formes: list[Forme] = []
    for de, vers, chemin in ribbons(saut, gauche, droite, xs[0] + BARRE, xs[1] - BARRE):
        tu = de == Bande.AUTRES
        fond = HACHURES if tu else COULEURS[de]
        nombre = saut.cellules.get((de, vers))
        nom = noms[de] if tu else f"{noms[de]} → {noms[vers]}\u00a0: {nombre}"
        formes.append(Aire(chemin, fond, nom, opacite=0.5 if tu else 0.45, contour="none"))
    for noeuds, rang, x in ((gauche, 0, xs[0]), (droite, 1, xs[1] - BARRE)):
        for code in saut.side(rang):
            haut, bas = noeuds[code]
            formes.append(Rectangle(r(x), r(haut), BARRE, r(max(bas - haut, 0.5)), COULEURS[code], noms[code]))
    return formes


def _row(fmt: Format, sauts: Sequence[Saut], noms: Mapping[str, str]) -> Dessin:
    haut, bas, marge = 34.0, 64 + fmt.hauteur, 136.0
    colonnes = _columns(sauts)
    espaces = max(len(codes) for codes in colonnes) - 1
    xs = [marge + (fmt.largeur - 2 * marge) * rang / len(sauts) for rang in range(len(colonnes))]
    formes: list[Forme] = []
    textes: list[Forme] = []
    for rang, saut in enumerate(sauts):
        # a line of ground between the two bars of an inner column
        bords = (xs[rang] + (1 if rang else 0), xs[rang + 1] - (1 if rang + 1 < len(sauts) else 0))
        gauche, droite = (place(saut.side(cote), colonnes[rang + cote], haut, bas, espaces) for cote in (0, 1))
        formes += _gap(saut, gauche, droite, bords, noms)
        for cote, noeuds in enumerate((gauche, droite)):
            ecrire = _names if rang + cote in (0, len(sauts)) else _numbers
            textes += ecrire(fmt, saut, cote, noeuds, bords[cote], noms)
    for mots, x in zip([*(saut.de for saut in sauts), sauts[-1].vers], xs, strict=True):
        textes.append(Texte(r(x), fmt.taille + 2, mots, fmt.taille, "middle", gras="600"))
    return Dessin(fmt.largeur, r(bottom(textes, bas) + 10), (*formes, *textes))


def _columns(sauts: Sequence[Saut]) -> list[list[str]]:
    """The bands of every date, those of both pairs that meet there."""
    avant = [set[str](), *(set(saut.side(1)) for saut in sauts)]
    apres = [*(set(saut.side(0)) for saut in sauts), set[str]()]
    return [[code for code in COULEURS if code in a | b] for a, b in zip(avant, apres, strict=True)]


def _pile(fmt: Format, sauts: Sequence[Saut], noms: Mapping[str, str]) -> Dessin:
    formes: list[Forme] = []
    marge, y = 100.0, 0.0
    xs = (marge, fmt.largeur - marge)
    for saut in sauts:
        codes = [[code for code in COULEURS if code in saut.side(cote)] for cote in (0, 1)]
        haut, bas = y + 30, y + 30 + fmt.hauteur * 0.85
        espaces = max(len(c) for c in codes) - 1
        gauche, droite = (place(saut.side(cote), codes[cote], haut, bas, espaces) for cote in (0, 1))
        formes += _gap(saut, gauche, droite, xs, noms)
        formes += _names(fmt, saut, 0, gauche, xs[0], noms) + _names(fmt, saut, 1, droite, xs[1], noms)
        formes.append(Texte(r(xs[0]), r(y + fmt.taille + 2), saut.de, fmt.taille, "middle", gras="600"))
        formes.append(Texte(r(xs[1]), r(y + fmt.taille + 2), saut.vers, fmt.taille, "middle", gras="600"))
        y = bottom(formes, bas) + 18
    return Dessin(fmt.largeur, r(y - 8), tuple(formes))


def _names(fmt: Format, saut: Saut, cote: int, noeuds: Noeuds, x: float, noms: Mapping[str, str]) -> list[Forme]:
    """Name and number of every node of an outer column, that make room for each other."""
    taille = r(fmt.taille * 0.92)
    codes = [code for code in COULEURS if code in saut.side(cote)][::-1]
    vises = [sum(noeuds[code]) / 2 for code in codes]
    blocs = [
        wrap(_name(fmt, saut, cote, code, noms), fmt.marge * 0.85 if fmt is ETROIT else 122, taille) for code in codes
    ]
    hauteurs = [len(lignes) * taille * 1.2 + 2 for lignes in blocs]
    haut, bas = noeuds[codes[0]][0] - 6, noeuds[codes[-1]][1] + 14
    centres = dodge(vises, hauteurs, haut, max(bas, haut + sum(hauteurs)))
    sens: float = 1 if cote else -1
    formes: list[Forme] = []
    for lignes, vise, centre in zip(blocs, vises, centres, strict=True):
        formes.append(Ligne(path([(x + sens * 2, vise), (x + sens * 8, centre)]), GRIS))
        formes += lines_at(lignes, x + sens * 11, centre, taille, ancre="start" if cote else "end")
    return formes


def _name(fmt: Format, saut: Saut, cote: int, code: str, noms: Mapping[str, str]) -> str:
    """The number stands next to the node; where lines are short, after the name, or it would stand alone."""
    nombre = _number(saut, cote, code)
    return " ".join(filter(None, (nombre, noms[code]) if cote and fmt is LARGE else (noms[code], nombre)))


def _number(saut: Saut, cote: int, code: str) -> str:
    """Of “autres” no number is said."""
    return "" if code == Bande.AUTRES else str(saut.count(cote, code))


def _numbers(fmt: Format, saut: Saut, cote: int, noeuds: Noeuds, x: float, noms: Mapping[str, str]) -> list[Forme]:
    """Numbers of the nodes of an inner column that are tall enough, on the side of their own pair."""
    decale, ancre = (BARRE + 4, "start") if cote == 0 else (-BARRE - 4, "end")
    return [
        Texte(r(x + decale), r((haut + bas) / 2 + fmt.taille * 0.32), mots, fmt.taille * 0.92, ancre, ENCRE)
        for code, (haut, bas) in noeuds.items()
        if bas - haut >= fmt.taille and (mots := _number(saut, cote, code)) and text_width(mots, fmt.taille)
    ]
