"""The parts of a cohort's page that count once: exits, returns, first steps, contacts, mean months, stalled files."""

from __future__ import annotations

from collections.abc import Iterator

from app.cohortes import forms_mots as mots
from app.cohortes.forms_phrases import INSECABLE
from app.cohortes.forms_tableaux import Ligne, Releves, Tableau, Volet
from app.cohortes.rules_cellules import DENOMINATEUR_MIN, Cellule
from app.cohortes.rules_graphiques_barres import Barre, barre, barres
from app.cohortes.rules_lecture import DUREES, Lu, half_to_months, people
from app.cohortes.vocabulaire import BANDES_PUBLIEES, Mesure
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


_COMPTES: tuple[tuple[Mesure, str, str, tuple[str, ...], tuple[tuple[int, str, str], ...]], ...] = (
    (
        Mesure.PREMIERE_ETAPE,
        "premiere-etape",
        "De l’entrée à la première étape",
        mots.PREMIERE_LIRE,
        (
            (1, "commencee", "Commencée dans le mois"),
            (3, "commencee", "Dans les 3 mois"),
            (6, "commencee", "Dans les 6 mois"),
        ),
    ),
    (
        Mesure.CONTACTS,
        "contacts",
        "Combien de temps entre deux échanges\N{NO-BREAK SPACE}?",
        mots.CONTACTS_LIRE,
        (
            (0, "15", "Tous les 15 jours ou plus souvent"),
            (0, "30", "Tous les 30 jours ou plus souvent"),
            (0, "60", "Tous les 60 jours ou plus souvent"),
            (0, "plus", "Moins souvent que tous les 60 jours"),
        ),
    ),
)


def counts(releves: Releves) -> Iterator[Volet]:
    for mesure, number, titre, lire, cases in _COMPTES:
        found = releves.get(mesure)
        if found is not None:
            yield _counted(number, titre, lire, found, [(mot, found.cellule(mois, code)) for mois, code, mot in cases])


def _counted(
    number: str, titre: str, lire: tuple[str, ...], found: Lu, cells: list[tuple[str, Cellule | None]]
) -> Volet:
    """Counts among everybody, as bars."""
    lignes = [(mot, (mots.cell_text(cell), mots.share_text(cell, found.effectif))) for mot, cell in cells]
    return Volet(
        number,
        titre,
        lire,
        (Tableau(f"Sur {nombre(found.effectif)} jeunes", ("", "Jeunes", "Part"), lignes),),
        court=mots.COURTS[found.mesure],
        figure=barres([(mot, [barre(cell, found.effectif)]) for mot, cell in cells]),
        alt=_rates_alt(lignes),
        date=mots.dated(found),
    )


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
