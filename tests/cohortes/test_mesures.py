"""The numbers of every measure, against lists of months counted one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.cohortes import rules_exactes
from app.cohortes.rules_definitions import MOTIFS_DYNAMIQUES, held_a_job, raccrochage_of
from app.cohortes.rules_denombrement import RANG, aalen_johansen, from_sejours
from app.cohortes.rules_exactes import Issue, Passage, Retour
from app.cohortes.rules_mesures import DELAIS, DUREES, FLUX, HORS, OBSERVES, Compte, compter, observes
from app.cohortes.rules_mesures_observations import Observations, Personnes, Sejours
from app.cohortes.rules_survie import Attente
from app.cohortes.vocabulaire import BANDES, Bande, Mesure
from app.parcours.vocabulaire import FamilleSortie, MotifSortie, Situation
from tests.cohortes.sequences import Suite, attente_of, sejours_of, slow_aalen_johansen, slow_curve, slow_durees

V = 2026 * 4
MOTIFS = list(MotifSortie)


@dataclass(frozen=True)
class Vie:
    """Somebody of the atom `atome`: their observed months, and the facts that no month tells."""

    suite: Suite
    atome: int = 0
    motif: MotifSortie | None = None
    plie: bool = False
    qualifie: bool = False
    premiere: int = -1
    ecart: float = float("nan")
    ouvert: bool = True
    arrete: bool = False


def observations(vies: Sequence[Vie], *, trimestres: Sequence[int], effaces: Sequence[int]) -> Observations:
    """Atoms of these quarters; `effaces` of each are not there any more."""
    vies = sorted(vies, key=lambda vie: vie.atome)
    nombre = np.bincount([vie.atome for vie in vies], minlength=len(trimestres))
    trimestre = np.array(trimestres)
    spells = [(rang, sejour) for rang, vie in enumerate(vies) for sejour in sejours_of([vie.suite])]
    return Observations(
        V,
        np.arange(len(trimestres)),
        trimestre,
        nombre + np.array(effaces),
        Personnes(
            np.array([vie.atome for vie in vies], dtype=int),
            np.array([-1 if vie.motif is None else MOTIFS.index(vie.motif) for vie in vies], dtype=np.int8),
            *(np.array([getattr(vie, nom) for vie in vies], dtype=bool) for nom in ("plie", "qualifie")),
            np.array([vie.premiere for vie in vies], dtype=int),
            np.array([vie.ecart for vie in vies], dtype=float),
            *(np.array([getattr(vie, nom) for vie in vies], dtype=bool) for nom in ("ouvert", "arrete")),
        ),
        Sejours(
            np.array([rang for rang, _ in spells], dtype=np.int32),
            np.array([RANG[sejour.situation] for _, sejour in spells], dtype=np.int8),
            np.array([-1 if s.precedente is None else RANG[s.precedente] for _, s in spells], dtype=np.int8),
            np.array([sejour.debut for _, sejour in spells], dtype=np.int16),
            np.array([sejour.fin for _, sejour in spells], dtype=np.int16),
        ),
    )


SITUATIONS_TIREES = [
    Situation.EMPLOI, Situation.IAE, Situation.ALTERNANCE, Situation.DECROCHAGE, Situation.RACCROCHAGE,
    Situation.INCONNUE, Situation.SORTI,
]  # fmt: skip


@st.composite
def mondes(draw: st.DrawFn) -> tuple[list[Vie], list[int], list[int], list[bool]]:
    """(lives, quarter of each atom, erased of each, which atoms are asked about)."""
    retards = draw(st.lists(st.sampled_from([0, 1, 2, 4, 8, 9]), min_size=1, max_size=4))
    vies = []
    for atome, retard in enumerate(retards):
        for _ in range(draw(st.integers(0, 4))):
            runs = draw(st.lists(st.tuples(st.sampled_from(SITUATIONS_TIREES), st.integers(1, 9)), min_size=1))
            longue = [situation for situation, mois in runs for _ in range(mois)]
            suite = (longue + [longue[-1]] * (3 * retard + 1))[: 3 * retard + 1]
            vies.append(draw(st.builds(
                Vie, st.just(suite), st.just(atome), st.none() | st.sampled_from(MOTIFS), st.booleans(), st.booleans(),
                st.integers(-1, 8), st.sampled_from([float("nan"), 0.0, 15.0, 15.5, 30.0, 61.0]), st.booleans(),
                st.booleans(),
            )))  # fmt: skip
    present = [sum(vie.atome == atome for vie in vies) for atome in range(len(retards))]
    effaces = [draw(st.integers(0 if n else 1, 2)) for n in present]
    asked = draw(st.lists(st.booleans(), min_size=len(retards), max_size=len(retards)).filter(any))
    return vies, [V - retard for retard in retards], effaces, asked


def band(situation: Situation) -> str:
    return BANDES[situation].value


@dataclass(frozen=True)
class Lent:
    """The same set, as lists: `suites` of those there, `absents` the months observed of each erased person."""

    vies: list[Vie]
    absents: list[int]

    @property
    def suites(self) -> list[Suite]:
        return [vie.suite for vie in self.vies]

    def observes(self, mois: int) -> int:
        return sum(len(suite) > mois for suite in self.suites) + sum(n > mois for n in self.absents)

    def situations(self, mois: int) -> Iterator[tuple[str, float, int]]:
        parts = slow_aalen_johansen(self.suites) if self.suites else [{}]
        part = parts[min(mois, len(parts) - 1)]
        for bande in Bande:
            valeur = float(len(self.suites) * sum(p for s, p in part.items() if BANDES[s] is bande))
            vus = sum(len(suite) > mois and BANDES[suite[mois]] is bande for suite in self.suites)
            if bande is Bande.AUTRES:
                valeur, vus = valeur + len(self.absents), vus + sum(n > mois for n in self.absents)
            yield bande.value, valeur, vus


def lent(vies: Sequence[Vie], trimestres: Sequence[int], effaces: Sequence[int], asked: Sequence[bool]) -> Lent:
    return Lent(
        [vie for vie in sorted(vies, key=lambda vie: vie.atome) if asked[vie.atome]],
        [3 * (V - q) + 1 for q, n, yes in zip(trimestres, effaces, asked, strict=True) if yes for _ in range(n)],
    )


Monde = tuple[list[Vie], list[int], list[int], list[bool]]


def opened(monde: Monde) -> tuple[Observations, np.ndarray, Lent]:
    vies, trimestres, effaces, asked = monde
    return observations(vies, trimestres=trimestres, effaces=effaces), np.array(asked), lent(*monde)


def numbers(comptes: dict[tuple[int, str], Compte]) -> dict[tuple[int, str], tuple[float, int, float]]:
    """Without the zeros, which need not be there."""
    return {key: (c.valeur, c.jeunes, c.plus_grand) for key, c in comptes.items() if c.valeur}


@given(monde=mondes())
@settings(deadline=None)
def test_situations_are_the_product_integral_times_everybody(monde: Monde):
    obs, masque, slow = opened(monde)
    mois = range(0, max(map(int, obs.horizon[masque])) + 1)
    found = compter(obs, Mesure.SITUATIONS, masque, mois)
    for t in mois:
        for bande, valeur, vus in slow.situations(t):
            assert found[t, bande].valeur == pytest.approx(valeur, rel=1e-12, abs=1e-12)
            assert found[t, bande].jeunes == vus
        assert found[t, OBSERVES].jeunes == slow.observes(t) == observes(obs, masque, t)
        everybody = sum(found[t, bande.value].valeur for bande in Bande)
        assert everybody == pytest.approx(slow.observes(0), rel=1e-12)


@given(monde=mondes())
@settings(deadline=None)
def test_waits_are_kaplan_meier_times_everybody(monde: Monde):
    obs, masque, slow = opened(monde)
    mois = range(0, max(map(int, obs.horizon[masque])) + 1)
    for mesure, (vers, duree_min) in DELAIS.items():
        # somebody erased is observed to the end of their months, and never there
        suites = [*slow.suites, *([Situation.INCONNUE] * n for n in slow.absents)]
        times = [(attente_of(suite, vers, duree_min), len(suite)) for suite in suites]
        # who did not reach it leaves when no run could be seen whole any more
        left = [one if one.atteinte else Attente(max(n - duree_min, 0), False, 1) for one, n in times]
        curve = {row[0]: row[3] for row in slow_curve(left)}
        found = compter(obs, mesure, masque, mois)
        for t in mois:
            reached = sum(time.atteinte and time.mois <= t < n for time, n in times)
            survie = curve.get(t, curve[max(curve)])
            assert found[t, "atteint"].valeur == pytest.approx(float(1 - survie) * len(suites), rel=1e-12, abs=1e-12)
            assert found[t, "atteint"].jeunes == reached
            assert found[t, "attendent"].jeunes == slow.observes(t) - reached == found[t, "attendent"].valeur


@given(monde=mondes())
@settings(deadline=None)
def test_flux_counts_who_is_where_at_both_months(monde: Monde):
    obs, masque, slow = opened(monde)
    for mesure, (avant, apres) in FLUX.items():
        pairs = [(band(suite[avant]), band(suite[apres])) for suite in slow.suites if len(suite) > apres]
        pairs += [("autres", "autres")] * sum(n > apres for n in slow.absents)
        expected = {(apres, f"{de}>{vers}"): pairs.count((de, vers)) for de, vers in pairs}
        assert numbers(compter(obs, mesure, masque, ())) == {key: (n, n, 1) for key, n in expected.items()}


def totals(per_person: Sequence[dict[str, int]], mois: int) -> dict[tuple[int, str], tuple[int, int, int]]:
    names = {name for months in per_person for name in months}
    values = {name: [months[name] for months in per_person if months.get(name)] for name in names}
    return {(mois, name): (sum(found), len(found), max(found)) for name, found in values.items() if found}


@given(monde=mondes())
@settings(deadline=None)
def test_transitions_count_months_and_people(monde: Monde):
    obs, masque, slow = opened(monde)
    moves = [[(band(a), band(b)) for a, b in pairwise(suite)] for suite in slow.suites]
    departs = [{de: sum(pair[0] == de for pair in pairs) for de, _ in pairs} for pairs in moves]
    changes = [{f"{de}>{vers}": pairs.count((de, vers)) for de, vers in pairs if de != vers} for pairs in moves]
    assert numbers(compter(obs, Mesure.TRANSITIONS, masque, ())) == totals(departs, 0) | totals(changes, 0)


@given(monde=mondes())
@settings(deadline=None)
def test_months_of_each_band_and_elsewhere(monde: Monde):
    obs, masque, slow = opened(monde)
    for mesure, h in DUREES.items():
        # the caller asks about those who have all these months
        full = masque & (obs.horizon >= h)
        kept = [suite for suite in slow.suites if len(suite) > h]
        months = [{band(s): sum(band(other) == band(s) for other in suite[:h]) for s in suite[:h]} for suite in kept]
        found = compter(obs, mesure, full, ())
        here = {key: value for key, value in found.items() if not key[1].startswith(HORS)}
        assert numbers(here) == totals(months, h)
        absents = sum(n > h for n in slow.absents)
        for bande in Bande if kept else ():
            others = [h - person.get(bande.value, 0) for person in months if person.get(bande.value, 0) < h]
            hors = found.get((h, HORS + bande.value), Compte(0, 0, 0))
            if others or hors.jeunes:
                assert hors == Compte(sum(others) + h * absents, len(others) + absents, max(others, default=0))


@given(monde=mondes())
@settings(deadline=None)
def test_counts_are_those_of_the_definitions(monde: Monde):
    obs, masque, slow = opened(monde)
    vies, retours = slow.vies, [raccrochage_of(suite) for suite in slow.suites]
    sortis = [vie.motif for vie in vies if vie.motif is not None]
    expected = {
        Mesure.SORTIES: {
            "sortis": len(sortis),
            **{famille.value: sum(motif.famille is famille for motif in sortis) for famille in FamilleSortie},
            "dynamiques": sum(motif in MOTIFS_DYNAMIQUES for motif in sortis),
            "plie": sum(vie.plie for vie in vies),
            "plie_positives": sum(vie.plie and (vie.qualifie or held_a_job(vie.suite)) for vie in vies),
        },
        Mesure.RACCROCHAGES: {
            "decroches": sum(retour.decroche for retour in retours),
            "raccroches": sum(retour.retour is not None for retour in retours),
            "observes_6": sum(retour.observe for retour in retours),
            "solides": sum(retour.solide for retour in retours),
        },
        Mesure.CONTACTS: {
            "15": sum(vie.ecart <= 15 for vie in vies),
            "30": sum(vie.ecart <= 30 for vie in vies),
            "60": sum(vie.ecart <= 60 for vie in vies),
            "plus": sum(vie.ecart > 60 for vie in vies),
        },
        Mesure.IMMOBILES: {
            "ouverts": sum(vie.ouvert for vie in vies),
            "immobiles": sum(vie.ouvert and vie.arrete for vie in vies),
        },
    }
    for mesure, counts in expected.items():
        found = compter(obs, mesure, masque, ())
        assert {key: (c.valeur, c.jeunes) for key, c in found.items()} == {(0, k): (n, n) for k, n in counts.items()}
    begun = compter(obs, Mesure.PREMIERE_ETAPE, masque, ())
    for h in (1, 3, 6):
        assert begun[h, "commencee"].jeunes == sum(0 <= vie.premiere < h for vie in vies)


@given(
    suites=st.lists(st.lists(st.sampled_from(SITUATIONS_TIREES), min_size=25, max_size=25), min_size=1, max_size=12),
    motifs=st.lists(st.none() | st.sampled_from(MOTIFS), min_size=12, max_size=12),
)
@settings(deadline=None)
def test_with_one_horizon_the_whole_equals_the_exact_tables(suites: list[Suite], motifs: list[MotifSortie | None]):
    vies = [Vie(suite, motif=motif, plie=True) for suite, motif in zip(suites, motifs, strict=False)]
    obs = observations(vies, trimestres=[V - 8], effaces=[0])
    tout = np.array([True])
    found = {mesure: compter(obs, mesure, tout, range(25)) for mesure in Mesure}
    parts = aalen_johansen(from_sejours(sejours_of(suites)))
    for t in range(25):
        for bande in Bande:
            exact = sum(parts[t, RANG[s]] for s in Situation if BANDES[s] is bande) * len(suites)
            assert found[Mesure.SITUATIONS][t, bande.value].valeur == pytest.approx(exact, rel=1e-12, abs=1e-12)
    horizons = [(0, 6), (6, 12), (12, 24)]
    passages = [Passage(de, vers, suite[de], suite[vers], 1) for suite in suites for de, vers in horizons]
    together: dict[tuple[int, str], int] = {}
    for row in rules_exactes.flux(passages):
        key = (row.mois_vers, f"{band(row.de)}>{band(row.vers)}")
        together[key] = together.get(key, 0) + row.effectif
    assert {key: c.valeur for mesure in FLUX for key, c in found[mesure].items()} == together
    exits = {
        row.mesure if row.mesure != "famille" else row.code: row.effectif
        for row in rules_exactes.sorties([Issue(vie.motif, True, held_a_job(vie.suite), 1) for vie in vies])
    }
    names = {"sorties": "sortis", "sorties_dynamiques": "dynamiques", "issues_positives_plie": "plie_positives"}
    for name, effectif in exits.items():
        if name != "motif":
            assert found[Mesure.SORTIES][0, names.get(name, name)].valeur == effectif
    retours = [raccrochage_of(suite) for suite in suites]
    (exact,) = rules_exactes.raccrochages(
        [Retour(r.decroche, r.retour is not None, r.observe, r.solide, 1) for r in retours]
    )
    for name in ("decroches", "raccroches", "observes_6", "solides"):
        assert found[Mesure.RACCROCHAGES][0, name].valeur == getattr(exact, name)
    premiers = {row[0]: float(row[1]) * len(suites) for row in slow_durees([suite[:12] for suite in suites])}
    for bande in Bande:
        exact_months = sum(mois for situation, mois in premiers.items() if BANDES[situation] is bande)
        months = found[Mesure.DUREES_12].get((12, bande.value), Compte(0, 0, 0))
        assert months.valeur == pytest.approx(exact_months, rel=1e-12)


def test_a_set_of_nobody_has_nothing():
    obs = observations([Vie([Situation.EMPLOI])], trimestres=[V], effaces=[0])
    assert all(compter(obs, mesure, np.array([False]), (0,)) == {} for mesure in Mesure)


def test_a_set_of_erased_people_is_all_in_autres():
    obs = observations([], trimestres=[V - 4], effaces=[3])
    found = compter(obs, Mesure.SITUATIONS, np.array([True]), (0, 12))
    assert found[12, "autres"] == Compte(3.0, 3, 1.0)
    assert compter(obs, Mesure.DELAI_EMPLOI, np.array([True]), (12,))[12, "atteint"].valeur == 0
    assert compter(obs, Mesure.FLUX_12, np.array([True]), ()) == {(12, "autres>autres"): Compte(3.0, 3, 1.0)}
