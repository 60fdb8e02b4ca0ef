"""A ledger written by hand: what pages read, without a young person behind it.

`ville(session)` publishes a whole town with plausible numbers, and refuses two crossings.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from app.accounts.models import Structure
from app.cohortes.filtres import Critere
from app.cohortes.models import Cellule, Gel, Publication, Refus
from app.cohortes.rules_cellules import cellule, months_shown, niveau, rounded
from app.cohortes.rules_treillis import Cle
from app.cohortes.vocabulaire import BANDES_PUBLIEES, Bande, Marque, Mesure, Niveau, Raison
from app.programme.models import Territoire
from tests.conftest import NOW
from tests.factories import make_structure, make_territoire

MILLESIME = 2026 * 4  # 2026-T1
Valeurs = Mapping[tuple[int, str], tuple[Marque, int] | None]


def publish(
    session: Session,
    cle: Cle,
    mesure: Mesure,
    cellules: Valeurs,
    *,
    effectif: int = 345,
    level: Niveau = Niveau.MENSUEL,
    mois: Iterable[int] | None = None,
    trimestre: int = MILLESIME,
    millesime: int = MILLESIME,
) -> Publication:
    """One measure as published: rounded numbers, given as they are to be read; None has no row."""
    number = (session.scalar(select(func.max(Publication.id))) or 0) + 1
    shown = sorted({month for month, _ in cellules} if mois is None else mois)
    row = Publication(
        id=number, cle=cle.code, mesure=mesure, millesime=millesime, trimestre=trimestre, effectif=effectif,
        niveau=level, mois=",".join(map(str, shown)), suite_de=None,
        precedente=_mark(number - 1), empreinte=_mark(number),
    )  # fmt: skip
    session.add(row)
    session.flush()
    cells = [
        {"publication_id": number, "mois": month, "categorie": categorie, "marque": cell[0], "valeur": cell[1]}
        for (month, categorie), cell in cellules.items()
        if cell is not None
    ]
    if cells:
        session.execute(insert(Cellule), cells)
    return row


def refuse(
    session: Session, cle: Cle, raison: Raison, *, mesure: Mesure = Mesure.SITUATIONS, millesime: int = MILLESIME
) -> None:
    session.add(Refus(cle=cle.code, mesure=mesure, millesime=millesime, raison=raison))
    session.flush()


def freeze(session: Session, *, millesime: int = MILLESIME) -> None:
    session.add(Gel(millesime=millesime, commence_le=NOW, fini_le=NOW))
    session.flush()


def _mark(number: int) -> bytes:
    return sha256(str(number).encode()).digest()


@dataclass(frozen=True, slots=True)
class Ville:
    """Two quarters, two structures. `refusee` has no number, `petite` too few for curves, `minuscule` a headcount."""

    quartiers: tuple[Territoire, Territoire]
    structures: tuple[Structure, Structure]
    tout: Cle
    quartier: Cle
    croisee: Cle
    refusee: Cle
    petite: Cle
    minuscule: Cle


def ville(session: Session) -> Ville:
    quartiers = make_territoire(session), make_territoire(session)
    structures = make_structure(session), make_structure(session)
    freeze(session)
    tout, quartier = Cle(), Cle.of({Critere.TERRITOIRE: str(quartiers[0].id)})
    croisee = Cle.of({Critere.TERRITOIRE: str(quartiers[0].id), Critere.SEXE: "femme"})
    refusee = Cle.of({Critere.TERRITOIRE: str(quartiers[1].id), Critere.SEXE: "femme"})
    petite, minuscule = Cle.of({Critere.AGE: "26_plus"}), Cle.of({Critere.AGE: "11-15"})
    sizes = {tout: 612, quartier: 214, croisee: 96, petite: 33, minuscule: 13}
    sizes |= {Cle.of({Critere.TERRITOIRE: str(quartiers[1].id)}): 163}
    sizes |= {Cle.of({Critere.SEXE: sexe}): n for sexe, n in (("femme", 297), ("homme", 305))}
    sizes |= {Cle.of({Critere.ENTREE: str(2021 + rang)}): 110 + 9 * rang for rang in range(5)}
    sizes |= {Cle.of({Critere.STRUCTURE: str(one.id)}): n for one, n in zip(structures, (402, 210), strict=True)}
    for rang, (cle, size) in enumerate(sizes.items()):
        sauf = {Mesure.FLUX_24} if cle == croisee else set()
        publish_all(session, cle, size, pente=0.9 + 0.04 * (rang % 5), dernier=_last_month(cle), sauf=sauf)
    refuse(session, refusee, Raison.PROCHE)
    refuse(session, croisee, Raison.RESTE, mesure=Mesure.FLUX_24)
    session.flush()
    return Ville(quartiers, structures, tout, quartier, croisee, refusee, petite, minuscule)


def _last_month(cle: Cle) -> int:
    annee = cle.get(Critere.ENTREE)
    return 60 if annee is None else 3 * (MILLESIME - int(annee) * 4)


def publish_all(
    session: Session, cle: Cle, size: int, *, pente: float, dernier: int = 60, sauf: Collection[Mesure] = ()
) -> None:
    """Every measure that so many people may have but `sauf`; `pente` bends the curves."""
    level = niveau(size)
    assert level is not None
    common = {"effectif": rounded(size), "level": level}

    def cells(counts: Mapping[tuple[int, str], float], among: int = size) -> Valeurs:
        found = {place: cellule(count, effectif=among) for place, count in counts.items()}
        return {place: None if one is None else (one.marque, one.valeur) for place, one in found.items()}

    months = months_shown(level, dernier=dernier)
    shares = {(month, code): part * size for month in months for code, part in _parts(month, pente).items()}
    publish(session, cle, Mesure.SITUATIONS, cells(shares), mois=months, **common)
    if size < 20:
        return
    for mesure, counts in _counts(size, pente).items():
        publish(session, cle, mesure, cells(counts), **common)
    if size >= 50:
        _curves(session, cle, size, pente, months, common, cells, sauf)


def _curves(session, cle: Cle, size: int, pente: float, months: list[int], common: dict, cells, sauf) -> None:
    for mesure, most, slow in (
        (Mesure.DELAI_EMPLOI, 0.82, 16),
        (Mesure.DELAI_EMPLOI_6, 0.61, 22),
        (Mesure.DELAI_RACCROCHAGE, 0.55, 9),
    ):
        counts = {}
        for month in months:
            reached = most * (1 - math.exp(-pente * month / slow))
            counts[month, "atteint"] = size * reached
            counts[month, "attendent"] = size * (1 - reached) * (1 - month / 66)
        publish(session, cle, mesure, cells(counts), mois=months, **common)
    for mesure, (before, after) in {
        Mesure.FLUX_6: (0, 6), Mesure.FLUX_12: (6, 12), Mesure.FLUX_24: (12, 24),
    }.items():  # fmt: skip
        if months[-1] >= after and mesure not in sauf:
            start, end = _parts(before, pente), _parts(after, pente)
            counts = {
                (after, f"{a}>{b}"): size * start[a] * (0.62 * (a == b) + 0.38 * end[b]) for a in start for b in end
            }
            publish(session, cle, mesure, cells(counts), **common)
    passages = {(0, f"{Bande.DECROCHAGE}>{Bande.FORMATION}"): size * 0.4, (0, Bande.DECROCHAGE.value): size * 7.1}
    passages |= {(0, f"{Bande.FORMATION}>{Bande.EMPLOI}"): size * 0.31, (0, Bande.FORMATION.value): size * 5.2}
    publish(session, cle, Mesure.TRANSITIONS, cells(passages, 10**9), **common)
    for mesure, total in ((Mesure.DUREES_12, 12), (Mesure.DUREES_24, 24)):
        halves = {
            (total, bande.value): (Marque.NOMBRE, round(2 * sum(_parts(m, pente)[bande] for m in range(total))))
            for bande in (Bande.EMPLOI, Bande.FORMATION, Bande.DECROCHAGE)
        }
        publish(session, cle, mesure, halves, **common)


def _counts(size: int, pente: float) -> dict[Mesure, dict[tuple[int, str], float]]:
    return {
        Mesure.SORTIES: {
            (0, "sortis"): size * 0.46, (0, "positive"): size * 0.24 * pente, (0, "relais"): size * 0.12,
            (0, "autre"): size * 0.08, (0, "dynamiques"): size * 0.17 * pente, (0, "plie"): size * 0.14,
            (0, "plie_positives"): size * 0.07,
        },
        Mesure.RACCROCHAGES: {
            (0, "decroches"): size * 0.5, (0, "raccroches"): size * 0.31, (0, "observes_6"): size * 0.27,
            (0, "solides"): size * 0.18 * pente,
        },
        Mesure.CONTACTS: {
            (0, "15"): size * 0.31, (0, "30"): size * 0.63, (0, "60"): size * 0.86, (0, "plus"): size * 0.11,
        },
        Mesure.IMMOBILES: {(0, "ouverts"): size * 0.54, (0, "immobiles"): size * 0.07},
        Mesure.PREMIERE_ETAPE: {
            (1, "commencee"): size * 0.3, (3, "commencee"): size * 0.6, (6, "commencee"): size * 0.79,
        },
    }  # fmt: skip


def _parts(month: int, pente: float) -> dict[str, float]:
    """Shares of every published band at a month; what is left is “autres”."""
    gone = 1 - math.exp(-pente * month / 22)
    weights = {
        Bande.EMPLOI: 0.05 + 0.33 * gone, Bande.ALTERNANCE: 0.02 + 0.06 * gone, Bande.FORMATION: 0.1 + 0.06 * gone,
        Bande.SCOLARITE: 0.2 - 0.15 * gone, Bande.ENGAGEMENT: 0.015 + 0.02 * gone,
        Bande.RACCROCHAGE: 0.03 + 0.03 * gone, Bande.DECROCHAGE: 0.5 - 0.38 * gone, Bande.SORTI: 0.28 * gone,
    }  # fmt: skip
    return {bande.value: weights[bande] for bande in BANDES_PUBLIEES}
