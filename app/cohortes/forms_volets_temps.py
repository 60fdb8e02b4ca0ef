"""The parts of a cohort's page that follow time: situations, flux, delays, passages."""

from __future__ import annotations

from collections.abc import Iterator

from app.cohortes import forms_mots as mots
from app.cohortes.forms_phrases import INSECABLE
from app.cohortes.forms_tableaux import Ligne, Releves, Tableau, Volet
from app.cohortes.rules_cellules import drawn, percent
from app.cohortes.rules_delai import mediane
from app.cohortes.rules_graphiques import Figure
from app.cohortes.rules_graphiques_barres import horizons
from app.cohortes.rules_graphiques_chronogramme import chronogramme
from app.cohortes.rules_graphiques_delai import delai
from app.cohortes.rules_graphiques_flux import flux
from app.cohortes.rules_lecture import (
    Lu,
    bands_seen,
    column,
    curve,
    jump,
    landmarks,
    parts,
    passages,
    thins_out,
)
from app.cohortes.rules_mesures import DELAIS, FLUX
from app.cohortes.vocabulaire import Mesure, Niveau
from app.web.filters import nombre

PASSAGES_EN_VUE = 8


def situations(releves: Releves) -> Iterator[Volet]:
    found = releves.get(Mesure.SITUATIONS)
    if found is None or found.niveau is Niveau.EFFECTIF or not found.mois:
        return
    drawing = _bars(found) if found.niveau is Niveau.HORIZONS else _areas(found)
    yield Volet(
        "situations",
        "Où en sont-ils, mois après mois\N{NO-BREAK SPACE}?",
        mots.SITUATIONS_LIRE,
        (every_month(found),),
        note=_thinned(found),
        figure=drawing,
        alt=situations_alt(found),
        legende=drawing.codes if found.niveau is Niveau.HORIZONS else (),
        court="Situations",
        repere=landmark_table(found),
        date=mots.dated(found),
    )


def _thinned(found: Lu) -> str:
    mois = thins_out(found)
    return "" if mois is None else mots.AMINCI.format(mois=mois)


def _areas(found: Lu) -> Figure:
    return chronogramme(found.effectif, found.mois, parts(found), noms=mots.NOMS, axe=mots.AXE_MOIS)


def _bars(found: Lu) -> Figure:
    lignes = [(mots.DATES.get(mois, f"{mois} mois"), column(found, mois)) for mois in found.mois]
    return horizons(found.effectif, lignes, noms=mots.NOMS)


def situations_alt(found: Lu) -> str:
    """The landmarks in sentences."""
    said = []
    for mois in landmarks(found):
        shown = [
            f"{mots.NOMS[bande]} {mots.share_text(cell, found.effectif)}"
            for bande, cell in column(found, mois).items()
            if cell is not None
        ]
        said.append(f"{mots.DATES[mois]}, {', '.join(shown) or 'rien ne peut être montré'}.")
    return f"{mots.headcount(found)}. {' '.join(said)}"


def landmark_table(found: Lu) -> Tableau:
    """Shares at a few dates."""
    dates = landmarks(found)
    lignes = [
        (mots.NOMS[bande], tuple(mots.share_text(found.cellule(mois, bande), found.effectif) for mois in dates))
        for bande in bands_seen(found)
    ]
    return Tableau("Part des jeunes, à quelques dates", ("Situation", *(mots.DATES[m] for m in dates)), lignes)


def every_month(found: Lu, *, nom: str = "Nombre de jeunes") -> Tableau:
    """Every published cell; `nom` begins the caption."""
    bandes = bands_seen(found)
    lignes = [(f"{mois}", tuple(mots.cell_text(found.cellule(mois, bande)) for bande in bandes)) for mois in found.mois]
    titre = f"{nom} par mois depuis l’entrée, sur {nombre(found.effectif)}"
    return Tableau(titre, ("Mois", *(mots.NOMS[bande] for bande in bandes)), lignes)


def flux_volets(releves: Releves) -> Iterator[Volet]:
    found = [releves[mesure] for mesure in FLUX if mesure in releves and releves[mesure].cellules]
    if not found:
        return
    sauts = [jump(one, de=_date(FLUX[one.mesure][0]), vers=_date(FLUX[one.mesure][1])) for one in found]
    drawing = flux(sauts, noms=mots.NOMS)
    yield Volet(
        "flux",
        "D’où vers où\N{NO-BREAK SPACE}?",
        mots.FLUX_LIRE,
        tuple(_flux_table(one) for one in found),
        figure=drawing,
        alt=" ".join(_flux_alt(one) for one in found),
        legende=drawing.codes,
        court="Flux",
        date=" ".join(f"{_between(one)}{INSECABLE}: {mots.small(mots.dated(one))}" for one in found),
    )


def _date(mois: int) -> str:
    return "À l’entrée" if mois == 0 else f"{mois} mois"


def _between(one: Lu) -> str:
    de, vers = FLUX[one.mesure]
    return f"De l’entrée à {vers} mois" if de == 0 else f"De {de} à {vers} mois"


def _arrows(one: Lu) -> list[tuple[str, str, str]]:
    """(before, after, text), the most people first."""
    found = sorted(one.cellules.items(), key=lambda item: (-drawn(item[1], one.effectif), item[0]))
    return [(*_named(categorie), mots.cell_text(cell)) for (_, categorie), cell in found]


def _named(categorie: str) -> tuple[str, str]:
    de, _, vers = categorie.partition(">")
    return mots.NOMS[de], mots.NOMS[vers]


def _flux_alt(one: Lu) -> str:
    said = [f"{de} puis {vers}, {texte}" for de, vers, texte in _arrows(one)[:6]]
    return f"{_between(one)}, sur {nombre(one.effectif)} jeunes{INSECABLE}: {' ; '.join(said)}.".replace(
        " ;", f"{INSECABLE};"
    )


def _flux_table(one: Lu) -> Tableau:
    lignes = [(f"{de} → {vers}", (texte,)) for de, vers, texte in _arrows(one)]
    return Tableau(f"{_between(one)}, sur {nombre(one.effectif)} jeunes", ("Passage", "Jeunes"), lignes)


def delais(releves: Releves) -> Iterator[Volet]:
    for mesure in DELAIS:
        found = releves.get(mesure)
        if found is not None and found.mois:
            courbe = curve(found, "")
            yield Volet(
                mesure.value.replace("_", "-"),
                mesure.label,
                (mots.DEFINITIONS_DELAI[mesure], *mots.DELAI_LIRE),
                (_delai_table(found),),
                dit=(delai_said(found),),
                figure=delai([courbe], axe=mots.AXE_MOIS),
                alt=delai_said(found),
                court=mots.COURTS[mesure],
                date=mots.dated(found),
            )


def delai_said(found: Lu) -> str:
    """When half are there, with its interval; else how many at the last month shown."""
    courbe = curve(found, "").paliers
    if not courbe:
        return "Ils sont encore trop peu à y être arrivés pour que leur nombre soit montré."
    milieu = mediane(courbe)
    if milieu.mois is not None:
        bornes = ""
        if milieu.au_plus_tot is not None and milieu.au_plus_tard is not None:
            bornes = f" (entre {milieu.au_plus_tot} et {milieu.au_plus_tard} mois, compte tenu de l’incertitude)"
        return f"La moitié y est arrivée {milieu.mois} mois après l’entrée{bornes}."
    fin = courbe[-1]
    part = f"{percent(fin.part)}{INSECABLE}%"
    return f"{fin.mois} mois après l’entrée, {part} y sont arrivés{INSECABLE}: on n’a pas vu la moitié y arriver."


def _delai_table(found: Lu) -> Tableau:
    bandes = {point.mois: point for point in curve(found, "").paliers}
    lignes = []
    for mois in found.mois:
        point = bandes.get(mois)
        sure = point is not None and point.bas is not None and point.haut is not None
        entre = f"{percent(point.bas)} à {percent(point.haut)}{INSECABLE}%" if sure else "–"
        atteint = found.cellule(mois, "atteint")
        lignes.append(
            (
                f"{mois}",
                (
                    mots.cell_text(atteint),
                    "–" if point is None else f"{percent(point.part)}{INSECABLE}%",
                    entre,
                    mots.cell_text(found.cellule(mois, "attendent")),
                ),
            )
        )
    titre = f"Arrivés et en attente, par mois depuis l’entrée, sur {nombre(found.effectif)} jeunes"
    return Tableau(titre, ("Mois", "Arrivés", "Part", "Bande à 95\N{NO-BREAK SPACE}%", "En attente"), lignes)


def transitions(releves: Releves) -> Iterator[Volet]:
    found = releves.get(Mesure.TRANSITIONS)
    lus = passages(found) if found is not None else []
    if found is None or not lus:
        return
    lignes: list[Ligne] = [
        (
            f"{mots.NOMS[one.de]} → {mots.NOMS[one.vers]}",
            (f"{nombre(one.pour_cent)}{INSECABLE}%" if one.pour_cent else "–", mots.cell_text(one.cellule)),
        )
        for one in lus
    ]
    colonnes = ("Passage", "Par mois", "Passages en tout")
    reste = (Tableau("Tous les passages montrés", colonnes, lignes),) if len(lignes) > PASSAGES_EN_VUE else ()
    yield Volet(
        "passages",
        "D’un mois au suivant",
        mots.TRANSITIONS_LIRE,
        reste,
        court="Passages",
        repere=Tableau("Les passages les plus fréquents", colonnes, lignes[:PASSAGES_EN_VUE]),
        date=mots.dated(found),
    )
