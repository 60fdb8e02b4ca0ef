"""Cohorts: the exact statistics of a million people, a freeze of the whole lattice, a page of the ledger.

The peer is what one would write first, as TraMineR stores sequences: a matrix of people by months, and a pass over it
for each table. Its counts must equal ours.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from time import perf_counter, process_time

import numpy as np
from numpy.typing import NDArray

from app import create_app
from app.cohortes.filtres import Cohorte
from app.cohortes.queries import sejours
from app.cohortes.rules_denombrement import (
    RANG,
    SITUATIONS,
    Denombrement,
    aalen_johansen,
    denombrer,
    durees_of,
    from_sejours,
    transitions_of,
)
from app.cohortes.rules_survie import Attente, Survie, delai
from app.cohortes.rules_treillis import quarter_of
from app.parcours.vocabulaire import Situation
from bench import foule as foules
from bench.banc import Banc, signed_in
from bench.chrono import Call, alternate, ms, once
from bench.foule import DERNIER, RESPONSABLE, Foule
from bench.lieux import Lieu, clone, remove, ticking
from bench.navigateur import Navigateur
from bench.rapport import Ligne, at_least, at_most

TAILLES = (60_000, 1_000_000)
MILLESIME = quarter_of(date(2025, 12, 1))
PASSAGES = ((0, 6), (6, 12), (12, 24))
EMPLOI = RANG[Situation.EMPLOI]
FOIS = 3
# The floor of a page: the same session, journal and frame, and no figure.
MOTS = "words"


class WrongResult(AssertionError):
    """Two ways of counting disagree."""


@dataclass(frozen=True, slots=True, eq=False)
class Colonnes:
    """Observed spells in months since entry, and how many months each person is observed."""

    personne: NDArray[np.int32]
    debut: NDArray[np.int16]
    fin: NDArray[np.int16]
    situation: NDArray[np.int8]
    precedente: NDArray[np.int8]
    mois: NDArray[np.int16]


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """`flux`: of each pair of months, [S, S]."""

    nombres: Denombrement
    parts: NDArray[np.float64]
    flux: list[NDArray[np.int64]]
    delai: list[Survie]


def cohortes(banc: Banc) -> Iterator[Ligne]:
    petite, grande = TAILLES
    lieu, foule = foules.ready(grande, banc.lieu.dossier)
    yield from _statistics(lieu, foule)
    del foule
    small, _ = foules.ready(petite, banc.lieu.dossier)
    for one in (small, lieu):
        yield from _freeze(one, page=one is small)


def columns_of(foule: Foule) -> Colonnes:
    entree = foule.entree[foule.personne]
    return Colonnes(
        foule.personne,
        (foule.m0 - entree).astype(np.int16),
        (np.minimum(foule.m1, DERNIER + 1) - entree).astype(np.int16),
        foule.situation,
        foule.precedente,
        (DERNIER + 1 - foule.entree).astype(np.int16),
    )


def ours(c: Colonnes) -> Tables:
    """Chronogramme, flux and délai; transitions and mean months are read off the first."""
    nombres = denombrer(c.debut, c.fin, c.situation, c.precedente)
    horizons = {mois: _situations_at(c, mois) for mois in sorted({mois for pair in PASSAGES for mois in pair})}
    flux = [_crossed(horizons[de], horizons[vers]) for de, vers in PASSAGES]
    rows = np.flatnonzero(c.situation == EMPLOI)
    firsts = rows[np.diff(c.personne[rows], prepend=-1) > 0]
    atteint = np.zeros(len(c.mois), dtype=np.bool_)
    atteint[c.personne[firsts]] = True
    found = Tables(nombres, aalen_johansen(nombres), flux, _delai(c.debut[firsts], c.mois[~atteint]))
    transitions_of(nombres)
    durees_of(nombres)
    return found


def _situations_at(c: Colonnes, mois: int) -> NDArray[np.int8]:
    found = np.full(len(c.mois), -1, dtype=np.int8)
    ici = np.flatnonzero((c.debut <= mois) & (c.fin > mois))
    found[c.personne[ici]] = c.situation[ici]
    return found


def _crossed(de: NDArray[np.int8], vers: NDArray[np.int8]) -> NDArray[np.int64]:
    nombre, both = len(SITUATIONS), vers >= 0
    return np.bincount(de[both] * np.intp(nombre) + vers[both], minlength=nombre**2).reshape(nombre, nombre)


def _delai(atteints: NDArray[np.int16], censures: NDArray[np.int16]) -> list[Survie]:
    counts = ((True, np.bincount(atteints)), (False, np.bincount(censures)))
    return delai(Attente(mois, reached, int(n)) for reached, found in counts for mois, n in enumerate(found) if n)


def peer(c: Colonnes) -> Tables:
    """The same from everybody's situation, month by month."""
    nombre, longest = len(SITUATIONS), int(c.mois.max())
    suites = np.full((len(c.mois), longest), nombre, dtype=np.int8)
    lengths = (c.fin - c.debut).astype(np.intp)
    suites[np.arange(longest) < c.mois[:, None]] = np.repeat(c.situation, lengths)
    presents = np.array([np.bincount(mois, minlength=nombre + 1)[:nombre] for mois in suites.T])
    passages = np.zeros((longest, nombre, nombre), dtype=np.int64)
    for mois in range(1, longest):
        pairs = suites[:, mois - 1] * np.intp(nombre + 1) + suites[:, mois]
        counts = np.bincount(pairs, minlength=(nombre + 1) ** 2).reshape(nombre + 1, nombre + 1)
        passages[mois] = counts[:nombre, :nombre]
    flux = [_crossed(suites[:, de], np.where(suites[:, vers] == nombre, -1, suites[:, vers])) for de, vers in PASSAGES]
    emploi = suites == EMPLOI
    atteint = emploi.any(axis=1)
    nombres = Denombrement(presents, passages)
    transitions_of(nombres)
    durees_of(nombres)
    return Tables(nombres, aalen_johansen(nombres), flux, _delai(emploi.argmax(axis=1)[atteint], c.mois[~atteint]))


def _check(left: Tables, right: Tables) -> None:
    same = (
        np.array_equal(left.nombres.presents, right.nombres.presents)
        and np.array_equal(left.nombres.passages, right.nombres.passages)
        and np.array_equal(left.parts, right.parts)
        and all(map(np.array_equal, left.flux, right.flux))
        and left.delai == right.delai
    )
    if not same:
        raise WrongResult("spells and months do not count the same")


def _statistics(lieu: Lieu, foule: Foule) -> Iterator[Ligne]:
    columns = columns_of(foule)
    _check(ours(columns), peer(columns))
    (cpu, took), (peer_cpu, peer_took) = _least(lambda: ours(columns)), _least(lambda: peer(columns))
    what = f"{len(columns.mois):,} people, {len(columns.debut):,} spells"
    yield Ligne(
        f"The four statistics from arrays, {what}",
        f"{ms(cpu)} of CPU",
        f"{ms(took)} of wall",
        cpu,
        at_most(0.5, " s"),
    )
    yield Ligne(
        "The same by month-by-month expansion in numpy, equal to the last unit",
        f"{ms(peer_cpu)} of CPU",
        f"{ms(peer_took)} of wall",
        peer_cpu / cpu,
        at_least(1),
    )
    yield _aggregate(lieu, columns)


def _least(call: Call) -> tuple[float, float]:
    """(CPU, wall) of the call that nobody disturbed."""
    return min(once(call) for _ in range(FOIS))


def _aggregate(lieu: Lieu, columns: Colonnes) -> Ligne:
    """The GROUP BY of the exact command, of everybody. Long: once."""
    app = create_app(lieu.settings(), clock=ticking())
    maison = app.extensions["parcours"]
    try:
        with maison.database.reading() as session:
            wall, cpu = perf_counter(), process_time()
            counted = sejours(session, Cohorte(DERNIER))
            wall, cpu = perf_counter() - wall, process_time() - cpu
    finally:
        maison.database.engines.dispose()
    expected, found = (
        denombrer(columns.debut, columns.fin, columns.situation, columns.precedente),
        from_sejours(counted),
    )
    if not (np.array_equal(expected.presents, found.presents) and np.array_equal(expected.passages, found.passages)):
        raise WrongResult("the stored spells and the arrays do not count the same")
    return Ligne(
        "The stored aggregate of everybody, SQLite",
        f"{cpu:.1f} s of CPU",
        f"{wall:.1f} s of wall",
        cpu,
        at_most(3, " s"),
    )


def _freeze(lieu: Lieu, *, page: bool) -> Iterator[Ligne]:
    """The first freeze, of every quarter at once, on a copy; then a page of what it published."""
    copy = Lieu(lieu.taille, "sqlite", lieu.dossier / "copie", foules.SUFFIXE)
    clone(lieu, copy)
    try:
        found = _frozen(copy)
        each = found["mur"] / max(1, found["cohortes"])
        yield Ligne(
            f"First freeze of the full lattice, {lieu.taille:,} people: {found['cohortes']:,} cohorts, "
            f"{found['ensembles']:,} sets through the gate, {found['publications']:,} publications",
            f"{found['mur']:.0f} s, {found['cpu']:.0f} s of CPU",
            f"{ms(each)} a cohort",
        )
        yield Ligne(
            f"Of which the one read of everybody, {lieu.taille:,} people",
            f"{found['lecture']:.1f} s",
            f"memory of the process at its highest: {found['memoire']:.0f} MiB",
            found["lecture"],
            at_most(60, " s"),
        )
        if page:
            yield from _page(copy)
    finally:
        remove(copy)
        copy.dossier.rmdir()


def _frozen(lieu: Lieu) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.gel", str(lieu.dossier), str(lieu.taille), str(MILLESIME)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def _page(lieu: Lieu) -> Iterator[Ligne]:
    app = create_app(lieu.settings(), clock=ticking())
    try:
        navigateur = signed_in(app, RESPONSABLE)
        pages = {"everybody": "/cohortes/cohorte", "a crossing": "/cohortes/cohorte?sexe=femme&entree=2022"}
        once(navigateur.repeat(pages["everybody"]))
        yield from _timed(navigateur, pages)
    finally:
        app.extensions["parcours"].database.engines.dispose()


def _timed(navigateur: Navigateur, pages: dict[str, str]) -> Iterator[Ligne]:
    calls = {name: navigateur.repeat(path) for name, path in (pages | {MOTS: "/cohortes/methode"}).items()}
    found = alternate(calls, tours=5, par_tour=20)
    floor = found.pop(MOTS).mediane
    for name, durations in found.items():
        cpu = durations.mediane
        yield Ligne(
            f"A page of the ledger, {name}: curves, tables, sentences",
            f"{ms(cpu)} of CPU",
            f"a page of words for the same manager: {ms(floor)}; p99 / p50: {durations.queue:.2f}",
            cpu * 1_000,
            at_most(5, " ms"),
        )
