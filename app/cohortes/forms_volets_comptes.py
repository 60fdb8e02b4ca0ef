"""The parts of a cohort's page that count once: exits, returns, first steps, contacts, mean months, stalled files."""

from __future__ import annotations

from collections.abc import Iterator

from app.cohortes import forms_mots as mots
from app.cohortes.forms_phrases import INSECABLE
from app.cohortes.forms_tableaux import Ligne, Releves, Tableau, Volet
from app.cohortes.rules_cellules import DENOMINATEUR_MIN, Cellule
from app.cohortes.rules_graphiques_barres import Barre, barre, barres
from app.cohortes.rules_lecture import Lu, half_to_months, met_twice, people
from app.cohortes.rules_mesures import DUREES
from app.cohortes.vocabulaire import BANDES_PUBLIEES, Marque, Mesure
from app.web.filters import nombre


def durees(releves: Releves) -> Iterator[Volet]:
    found = [releves[mesure] for mesure in DUREES if mesure in releves and releves[mesure].cellules]
    for one in found:
        total = DUREES[one.mesure]
        moyennes = {
            bande: mois for bande in BANDES_PUBLIEES if (mois := half_to_months(one.cellule(total, bande))) is not None
        }
        groupes = [
            (mots.NOMS[bande], [Barre(100 * mois / total, 100 * mois / total, mots.months_text(mois))])
            for bande, mois in moyennes.items()
        ]
        lignes = [(mots.NOMS[bande], (mots.months_text(mois),)) for bande, mois in moyennes.items()]
        yield Volet(
            f"durees-{total}",
            f"Sur leurs {total} premiers mois, combien dans chaque situation\N{NO-BREAK SPACE}?",
            mots.DUREES_LIRE,
            (Tableau(f"Mois passés en moyenne, sur {total}", ("Situation", "En moyenne"), lignes),),
            court=f"{total} premiers mois",
            figure=barres(groupes),
            alt=f"{mots.listed(f'{nom} {texte}' for nom, (texte,) in lignes)}.",
            date=mots.dated(one),
        )


def sorties(releves: Releves) -> Iterator[Volet]:
    found = releves.get(Mesure.SORTIES)
    if found is None:
        return
    groupes, lignes = [], []
    for code, sur in (("positive", "sortis"), ("dynamiques", "sortis"), ("plie_positives", "plie")):
        base = people(found, 0, sur)
        titre = mots.DEFINITIONS_SORTIES[code][0]
        cell = found.cellule(0, code)
        if base < DENOMINATEUR_MIN:
            lignes.append((titre, (mots.cell_text(cell), mots.cell_text(found.cellule(0, sur)), "–")))
            continue
        groupes.append((titre, [barre(cell, base)]))
        lignes.append(
            (titre, (mots.cell_text(cell), mots.cell_text(found.cellule(0, sur)), mots.share_text(cell, base)))
        )
    familles = [
        (mot, (mots.cell_text(found.cellule(0, code)),))
        for code, mot in (
            ("positive", "Issue favorable"),
            ("relais", "Relais vers un autre service"),
            ("autre", "Autre motif"),
        )
    ]
    yield Volet(
        "sorties",
        "Les sorties",
        mots.SORTIES_LIRE,
        (
            Tableau("Trois mesures, à ne pas additionner", ("Mesure", "Jeunes", "Sur", "Part"), lignes),
            Tableau("Motifs des suivis clos", ("Famille de motifs", "Jeunes"), familles),
        ),
        figure=barres(groupes) if groupes else None,
        alt=_rates_alt(lignes),
        date=mots.dated(found),
        definitions=tuple(mots.DEFINITIONS_SORTIES.values()),
        court="Sorties",
    )


def _rates_alt(lignes: list[Ligne]) -> str:
    return f"{mots.listed(f'{titre}{INSECABLE}: {textes[-1]}' for titre, textes in lignes)}."


def raccrochages(releves: Releves) -> Iterator[Volet]:
    found = releves.get(Mesure.RACCROCHAGES)
    if found is None:
        return
    lignes, groupes = [], []
    for titre, code, sur in (
        ("En sont revenus", "raccroches", "decroches"),
        ("Tiennent encore six mois après", "solides", "observes_6"),
    ):
        base = people(found, 0, sur)
        cell = found.cellule(0, code)
        part = mots.share_text(cell, base) if base >= DENOMINATEUR_MIN else "–"
        lignes.append((titre, (mots.cell_text(cell), mots.cell_text(found.cellule(0, sur)), part)))
        if base >= DENOMINATEUR_MIN:
            groupes.append((f"{titre}, sur {nombre(base)}", [barre(cell, base)]))
    yield Volet(
        "raccrochages",
        "Revenir d’un décrochage, et tenir",
        mots.RACCROCHAGES_LIRE,
        (Tableau("Jeunes passés par un décrochage", ("Retour", "Jeunes", "Sur", "Part"), lignes),),
        court="Retours",
        figure=barres(groupes) if groupes else None,
        alt=_rates_alt(lignes),
        date=mots.dated(found),
    )


def premiere_etape(releves: Releves) -> Iterator[Volet]:
    found = releves.get(Mesure.PREMIERE_ETAPE)
    if found is None:
        return
    cells = [
        (mot, found.cellule(mois, "commencee"))
        for mois, mot in ((1, "Commencée dans le mois"), (3, "Dans les 3 mois"), (6, "Dans les 6 mois"))
    ]
    lignes = [(mot, (mots.cell_text(cell), mots.share_text(cell, found.effectif))) for mot, cell in cells]
    yield Volet(
        "premiere-etape",
        "De l’entrée à la première étape",
        mots.PREMIERE_LIRE,
        (Tableau(f"Sur {nombre(found.effectif)} jeunes", ("", "Jeunes", "Part"), lignes),),
        court=mots.COURTS[found.mesure],
        figure=barres([(mot, [barre(cell, found.effectif)]) for mot, cell in cells]),
        alt=_rates_alt(lignes),
        date=mots.dated(found),
    )


def contacts(releves: Releves) -> Iterator[Volet]:
    """Shares of those who had two contacts; counts alone when too few are on one side for their number to be known."""
    found = releves.get(Mesure.CONTACTS)
    if found is None:
        return
    base = met_twice(found)
    cells = [(mot, found.cellule(0, code)) for code, mot in mots.CONTACTS_DITS.items()]
    lignes = [(mot, (_among_all(cell, found),)) for mot, cell in cells]
    tableau = Tableau("Jeunes qui ont eu deux échanges ou plus", ("", "Jeunes"), lignes)
    if base:
        lignes = [(mot, (mots.cell_text(cell), mots.share_text(cell, base))) for mot, cell in cells]
        tableau = Tableau(f"Sur {nombre(base)} jeunes qui ont eu deux échanges ou plus", ("", "Jeunes", "Part"), lignes)
    yield Volet(
        "contacts",
        "Combien de temps entre deux échanges\N{NO-BREAK SPACE}?",
        mots.CONTACTS_LIRE if base else (*mots.CONTACTS_LIRE, mots.CONTACTS_SANS_PART),
        (tableau,),
        court=mots.COURTS[found.mesure],
        figure=barres([(mot, [barre(cell, base)]) for mot, cell in cells]) if base else None,
        alt=_rates_alt(lignes),
        date=mots.dated(found),
    )


def _among_all(cell: Cellule | None, found: Lu) -> str:
    """A count that stands alone; nearly all are nearly all of the cohort."""
    texte = mots.cell_text(cell)
    if cell is None or cell.marque is Marque.NOMBRE:
        return texte
    return f"{texte} des {nombre(found.effectif)}{INSECABLE}jeunes de la cohorte"


def immobiles(releves: Releves) -> Iterator[Volet]:
    found = releves.get(Mesure.IMMOBILES)
    if found is None:
        return
    ouverts, arretes = found.cellule(0, "ouverts"), found.cellule(0, "immobiles")
    base = people(found, 0, "ouverts")
    part = mots.share_text(arretes, base) if base >= DENOMINATEUR_MIN else "–"
    lignes = [("Parcours arrêtés", (mots.cell_text(arretes), mots.cell_text(ouverts), part))]
    yield Volet(
        "immobiles",
        "Parcours arrêtés",
        mots.IMMOBILES_LIRE,
        (Tableau("Parmi les dossiers ouverts", ("", "Dossiers", "Sur", "Part"), lignes),),
        figure=barres([(f"Arrêtés, sur {nombre(base)} dossiers ouverts", [barre(arretes, base)])])
        if part != "–"
        else None,
        alt=_rates_alt(lignes),
        date=mots.dated(found),
    )
