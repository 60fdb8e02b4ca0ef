"""The other exact tables of the data controller: flux between horizons, exits, returns. Counts in, tables out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from app.cohortes.rules_definitions import MOTIFS_DYNAMIQUES
from app.parcours.vocabulaire import FamilleSortie, MotifSortie, Situation

HORIZONS = (0, 6, 12, 24)
PASSAGES = tuple(pairwise(HORIZONS))


@dataclass(frozen=True, slots=True)
class Passage:
    """`effectif` people, observed at both months, are in `de` at `mois_de` and in `vers` at `mois_vers`."""

    mois_de: int
    mois_vers: int
    de: Situation
    vers: Situation
    effectif: int


@dataclass(frozen=True, slots=True)
class Flux:
    """`part` is of all the people observed at both months: the parts of two horizons add up to 1."""

    mois_de: int
    mois_vers: int
    de: Situation
    vers: Situation
    effectif: int
    part: float


@dataclass(frozen=True, slots=True)
class Issue:
    """`effectif` people whose file is closed under `motif` at the end of observation, or open (None).

    `plie`: their structure at entry is a PLIE; `positive`: they have the positive issue of one.
    """

    motif: MotifSortie | None
    plie: bool
    positive: bool
    effectif: int


@dataclass(frozen=True, slots=True)
class Sortie:
    """`effectif` of `sur` people, and that `part`. `mesure` says of whom: measures are not to be added up."""

    mesure: str
    code: str
    effectif: int
    sur: int
    part: float


@dataclass(frozen=True, slots=True)
class Retour:
    """`effectif` people with the same answers (see `rules_definitions.Raccrochage`)."""

    decroche: bool
    raccroche: bool
    observe: bool
    solide: bool
    effectif: int


@dataclass(frozen=True, slots=True)
class Raccrochages:
    """People. `part_raccroches` is of those who dropped out, `part_solides` of `observes_6`; None of nobody.

    `observes_6`: those whose first return began six months or more before the end of observation.
    """

    decroches: int
    raccroches: int
    observes_6: int
    solides: int
    part_raccroches: float | None
    part_solides: float | None


def flux(passages: Iterable[Passage]) -> list[Flux]:
    """In the order of time, then of the vocabulary; a pair of situations that nobody joins has no row."""
    effectifs: Counter[tuple[int, int, Situation, Situation]] = Counter()
    observes: Counter[tuple[int, int]] = Counter()
    for passage in passages:
        effectifs[passage.mois_de, passage.mois_vers, passage.de, passage.vers] += passage.effectif
        observes[passage.mois_de, passage.mois_vers] += passage.effectif
    return [
        Flux(*entre, de, vers, effectif, effectif / observes[entre])
        for entre in sorted(observes)
        for de in Situation
        for vers in Situation
        if (effectif := effectifs[*entre, de, vers])
    ]


def sorties(issues: Iterable[Issue]) -> list[Sortie]:
    """Exits among all, then motives, families and *sorties dynamiques* among exits, then the issues of a PLIE.

    A motive that nobody left for has no row, nor has a measure of nobody.
    """
    issues = list(issues)
    motifs: Counter[MotifSortie] = Counter()
    for issue in issues:
        if issue.motif is not None:
            motifs[issue.motif] += issue.effectif
    personnes, sortis = sum(issue.effectif for issue in issues), motifs.total()
    plie = [issue for issue in issues if issue.plie]
    dynamiques = sum(motifs[motif] for motif in MOTIFS_DYNAMIQUES)
    positives = sum(issue.effectif for issue in plie if issue.positive)
    mesures = [
        ("sorties", "", sortis, personnes),
        *(("motif", motif.value, motifs[motif], sortis) for motif in MotifSortie if motifs[motif]),
        *(("famille", famille.value, _of(motifs, famille), sortis) for famille in FamilleSortie),
        ("sorties_dynamiques", "", dynamiques, sortis),
        ("issues_positives_plie", "", positives, sum(issue.effectif for issue in plie)),
    ]
    return [Sortie(mesure, code, effectif, sur, effectif / sur) for mesure, code, effectif, sur in mesures if sur]


def _of(motifs: Counter[MotifSortie], famille: FamilleSortie) -> int:
    return sum(effectif for motif, effectif in motifs.items() if motif.famille is famille)


def raccrochages(retours: Iterable[Retour]) -> list[Raccrochages]:
    """One row, or none of nobody."""
    retours = list(retours)
    if not retours:
        return []
    decroches = sum(retour.effectif for retour in retours if retour.decroche)
    raccroches = sum(retour.effectif for retour in retours if retour.raccroche)
    observes = sum(retour.effectif for retour in retours if retour.observe)
    solides = sum(retour.effectif for retour in retours if retour.solide)
    return [
        Raccrochages(decroches, raccroches, observes, solides, _part(raccroches, decroches), _part(solides, observes))
    ]


def _part(effectif: int, sur: int) -> float | None:
    return effectif / sur if sur else None
