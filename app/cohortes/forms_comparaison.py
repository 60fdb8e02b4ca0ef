"""Two cohorts side by side, on one scale, and what may be said of their differences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.cohortes import forms_mots as mots
from app.cohortes.filtres import Critere
from app.cohortes.forms_adresse import Comparaison, Groupes, Paire, groups, parameters
from app.cohortes.forms_pages import Lien
from app.cohortes.forms_phrases import INSECABLE
from app.cohortes.forms_tableaux import Releves, Tableau, Volet
from app.cohortes.forms_volets_temps import every_month, situations_alt
from app.cohortes.queries_releves import Libelles
from app.cohortes.rules_cellules import DENOMINATEUR_MIN, percent
from app.cohortes.rules_graphiques import Figure
from app.cohortes.rules_graphiques_barres import barre, barres
from app.cohortes.rules_graphiques_chronogramme import chronogramme
from app.cohortes.rules_graphiques_delai import delai
from app.cohortes.rules_lecture import (
    Intervalle,
    Lu,
    at_month,
    bands_seen,
    common_months,
    curve,
    interval,
    parts,
    people,
    told_apart,
)
from app.cohortes.rules_mesures import DELAIS
from app.cohortes.rules_treillis import Cle
from app.cohortes.vocabulaire import Marque, Mesure, Niveau
from app.web.filters import nombre

ON_NE_PEUT_PAS_DIRE = "On ne peut pas dire qu’elles diffèrent\N{NO-BREAK SPACE}: l’écart peut tenir au hasard."
# names of places keep their capital inside a sentence
_PROPRES = (Critere.TERRITOIRE, Critere.STRUCTURE)
# month at which two delays are compared, when both publish it
_JUGE = (24, 12, 36, 6)
COMPARES = (0, 12, 24)
_TAUX = (
    (Mesure.PREMIERE_ETAPE, 3, "commencee", None, "Une première étape commencée dans les 3 mois"),
    (Mesure.RACCROCHAGES, 0, "solides", "observes_6", "Un retour qui tient encore six mois après"),
    (Mesure.SORTIES, 0, "positive", "sortis", "Une issue favorable, parmi les suivis clos"),
    (Mesure.SORTIES, 0, "dynamiques", "sortis", "Une sortie dynamique, parmi les suivis clos"),
)


@dataclass(frozen=True, slots=True)
class Cote:
    """One of the two cohorts. `figure` is None without a curve."""

    lien: Lien
    date: str
    figure: Figure | None
    alt: str
    table: Tableau | None = None


@dataclass(frozen=True, slots=True)
class Ecran:
    titre: str
    cotes: tuple[Cote, Cote]
    tronque: bool
    tableau: Tableau | None
    volets: list[Volet]
    groupes: Groupes
    paire: Paire


def pair(asked: Comparaison, found: Mapping[Cle, Releves], libelles: Libelles) -> Ecran:
    a, b = asked.cles
    noms = (libelles.valeur(asked.par, asked.a), libelles.valeur(asked.par, asked.b))
    dits = (_inside(asked.par, noms[0]), _inside(asked.par, noms[1]))
    situations = [found[cle].get(Mesure.SITUATIONS) for cle in (a, b)]
    curves = [one for one in situations if one is not None and one.niveau in (Niveau.COURBES, Niveau.MENSUEL)]
    common = common_months(curves) if len(curves) == 2 else []
    cotes = tuple(
        _side(Lien(nom, parameters(cle)), one, common) for nom, cle, one in zip(noms, (a, b), situations, strict=True)
    )
    parmi = f"{INSECABLE}: {libelles.of(asked.parmi)}" if asked.parmi.filtres else ""
    return Ecran(
        f"{noms[0]} et {_inside(asked.par, noms[1])}{parmi}",
        (cotes[0], cotes[1]),
        any(common and one.mois[-1] > common[-1] for one in curves),
        _landmarks(dits, situations),
        [*_delays(dits, found[a], found[b]), *_rates(dits, found[a], found[b])],
        groups(libelles),
        Paire.showing(asked),
    )


def _inside(critere: Critere, nom: str) -> str:
    return nom if critere in _PROPRES else mots.small(nom)


def _side(lien: Lien, one: Lu | None, common: list[int]) -> Cote:
    if one is None:
        return Cote(lien, "", None, "")
    named = Lien(lien.mots, lien.parametres, mots.headcount(one))
    if not common:
        return Cote(named, mots.dated(one), None, "")
    drawing = chronogramme(one.effectif, common, parts(one, common), noms=mots.NOMS, axe=mots.AXE_MOIS)
    table = every_month(one, nom=f"{lien.mots},")
    return Cote(named, mots.dated(one), drawing, situations_alt(one), table)


def _landmarks(noms: tuple[str, str], situations: list[Lu | None]) -> Tableau | None:
    """Both at the dates that both publish."""
    a, b = situations
    if a is None or b is None:
        return None
    dates = [mois for mois in COMPARES if mois in common_months([a, b])]
    bandes = [bande for bande in mots.NOMS if bande in {*bands_seen(a), *bands_seen(b)}]
    if not dates or not bandes:
        return None
    colonnes = tuple(f"{mots.DATES[mois]}, {nom}" for mois in dates for nom in noms)
    lignes = [
        (
            mots.NOMS[bande],
            tuple(mots.share_text(one.cellule(mois, bande), one.effectif) for mois in dates for one in (a, b)),
        )
        for bande in bandes
    ]
    return Tableau("Part des jeunes dans chaque situation", ("Situation", *colonnes), lignes)


def _delays(noms: tuple[str, str], a: Releves, b: Releves) -> Iterator[Volet]:
    for mesure in DELAIS:
        if mesure in a and mesure in b and a[mesure].mois and b[mesure].mois:
            courbes = [curve(one[mesure], mots.capital(nom)) for one, nom in zip((a, b), noms, strict=True)]
            dit = _delay_said(noms, (a[mesure], b[mesure]))
            yield Volet(
                mesure.value.replace("_", "-"),
                mesure.label,
                (mots.DEFINITIONS_DELAI[mesure], *mots.DELAI_LIRE),
                (_delay_table(noms, a[mesure], b[mesure]),),
                dit=(dit,),
                figure=delai(courbes, axe=mots.AXE_MOIS),
                alt=dit,
            )


def _delay_said(noms: tuple[str, str], found: tuple[Lu, Lu]) -> str:
    common = common_months(found)
    mois = next((mois for mois in _JUGE if mois in common), None)
    points = [] if mois is None else [at_month(curve(one, "").paliers, mois) for one in found]
    if len(points) != 2 or points[0] is None or points[1] is None:
        return "Il n’y a pas de mois où les deux puissent être comparées."
    return f"À {mois} mois{INSECABLE}: {_verdict(noms, (points[0], points[1]))}"


def _verdict(noms: tuple[str, str], intervals: tuple[Intervalle, Intervalle]) -> str:
    """Both shares, and whether they may be said to differ."""
    parts_said = [f"{nom}, {percent(one.part)}{INSECABLE}%" for nom, one in zip(noms, intervals, strict=True)]
    both = f"{parts_said[0]}{INSECABLE}; {parts_said[1]}."
    if not told_apart(*intervals):
        return f"{both} {ON_NE_PEUT_PAS_DIRE}"
    higher = noms[0] if intervals[0].part > intervals[1].part else noms[1]
    return f"{both} L’écart dépasse l’incertitude{INSECABLE}: plus souvent pour «{INSECABLE}{higher}{INSECABLE}»."


def _delay_table(noms: tuple[str, str], a: Lu, b: Lu) -> Tableau:
    lignes = [
        (
            f"{mois}",
            tuple(
                mots.share_text(one.cellule(mois, "atteint"), one.effectif) if mois in one.mois else "–"
                for one in (a, b)
            ),
        )
        for mois in sorted({*a.mois, *b.mois})
    ]
    return Tableau("Part arrivée, par mois depuis l’entrée", ("Mois", *map(mots.capital, noms)), lignes)


def _rates(noms: tuple[str, str], a: Releves, b: Releves) -> Iterator[Volet]:
    """Shares of counts, one part each, so that measures stay apart."""
    for mesure, mois, code, sur, titre in _TAUX:
        if mesure not in a or mesure not in b:
            continue
        found = (a[mesure], b[mesure])
        bases = [one.effectif if sur is None else people(one, mois, sur) for one in found]
        cells = [one.cellule(mois, code) for one in found]
        if min(bases) < DENOMINATEUR_MIN:
            continue
        known = [cell for cell in cells if cell is not None and cell.marque is Marque.NOMBRE]
        dit = "L’un des deux nombres n’est pas montré\N{NO-BREAK SPACE}: on ne peut pas les comparer."
        if len(known) == 2:
            intervals = [interval(cell.valeur, base) for cell, base in zip(known, bases, strict=True)]
            dit = mots.capital(_verdict(noms, (intervals[0], intervals[1])))
        lignes = [
            (mots.capital(nom), (mots.cell_text(cell), nombre(base), mots.share_text(cell, base)))
            for nom, cell, base in zip(noms, cells, bases, strict=True)
        ]
        yield Volet(
            f"{mesure.value}-{code}".replace("_", "-"),
            titre,
            _LIRE[code],
            (Tableau(titre, ("", "Jeunes", "Sur", "Part"), lignes),),
            dit=(dit,),
            figure=barres(
                [(mots.capital(nom), [barre(cell, base)]) for nom, cell, base in zip(noms, cells, bases, strict=True)]
            ),
            alt=dit,
        )


_LIRE = {
    "commencee": mots.PREMIERE_LIRE,
    "solides": mots.RACCROCHAGES_LIRE,
    "positive": (mots.DEFINITIONS_SORTIES["positive"][1],),
    "dynamiques": (mots.DEFINITIONS_SORTIES["dynamiques"][1],),
}
