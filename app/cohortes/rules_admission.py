"""The gate of one vintage, cohort after cohort: which sets join the ledger, which are refused and why. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import groupby

from app.cohortes.rules_cellules import DENOMINATEUR_MIN, may_publish, niveau
from app.cohortes.rules_ensembles import Atomes, Registre
from app.cohortes.rules_treillis import FILTRES_MAX, RETARDS, Cle, lattice
from app.cohortes.vocabulaire import Mesure, Niveau, Raison

# What is said of those who have lived so many quarters since they came in, whole.
MESURES_PAR_RETARD: dict[int, tuple[Mesure, ...]] = {
    2: (Mesure.FLUX_6, Mesure.PREMIERE_ETAPE),
    4: (Mesure.FLUX_12, Mesure.DUREES_12),
    8: (Mesure.FLUX_24, Mesure.DUREES_24),
}
# A headcount has no month; bars, and the curves of a crossing, go as far as the flux: two years.
_DEUX_ANS = tuple(MESURES_PAR_RETARD)
_RETARDS_DES_NIVEAUX = {Niveau.EFFECTIF: (), Niveau.HORIZONS: _DEUX_ANS}


@dataclass(slots=True)
class Admission:
    """What a vintage adds to the ledger: sets (cle, trimestre) in order, and refusals (cle, measure, why)."""

    ensembles: list[tuple[Cle, int]] = field(default_factory=list)
    refus: list[tuple[Cle, Mesure, Raison]] = field(default_factory=list)


def in_order(atomes: Atomes, millesime: int) -> list[Cle]:
    """Fewest criteria first, then the most people, then the code: a total order that no situation changes."""
    cles = list(lattice(atomes.valeurs(millesime)))
    sizes = {cle: atomes.size(atomes.mask(cle, millesime)) for cle in cles}
    return sorted(cles, key=lambda cle: (len(cle.filtres), -sizes[cle], cle.code))


def hold_gate(registre: Registre, atomes: Atomes, millesime: int, *, pause: Callable[[], None]) -> Admission:
    """Judge every cohort of the lattice at that vintage; `pause` is called between two of them.

    Fewest criteria first. Of as many criteria, whole cohorts, then those who have lived 6 months, 12…: a part is never
    the reason to refuse a cohort of its rank, and a crossing never shortens the curve of what it crosses.
    """
    found = Admission()
    for _, cles in groupby(in_order(atomes, millesime), key=lambda cle: len(cle.filtres)):
        kept = []
        for cle in cles:
            pause()
            raison = _judge(registre, found, cle, millesime)
            if raison is None:
                kept.append(cle)
            else:
                found.refus.append((cle, Mesure.SITUATIONS, raison))
        for retard in RETARDS[1:]:
            for cle in kept:
                pause()
                _judge_part(registre, atomes, found, cle, millesime, retard)
    return found


def _judge(registre: Registre, found: Admission, cle: Cle, trimestre: int) -> Raison | None:
    if registre.has(cle, trimestre):
        return None
    raison = None if registre.holds(cle, trimestre) else registre.examine(cle, trimestre)
    if raison is None:
        registre.admit(cle, trimestre)
        found.ensembles.append((cle, trimestre))
    return raison


def _judge_part(registre: Registre, atomes: Atomes, found: Admission, cle: Cle, millesime: int, retard: int) -> None:
    effectif = atomes.size(atomes.mask(cle, millesime))
    furthest = _DEUX_ANS if len(cle.filtres) == FILTRES_MAX else RETARDS
    if retard not in _RETARDS_DES_NIVEAUX.get(niveau(effectif), furthest):
        return
    part = atomes.size(atomes.mask(cle, millesime - retard))
    enough = part >= DENOMINATEUR_MIN
    raison = _judge(registre, found, cle, millesime - retard) if enough else Raison.EFFECTIF
    for mesure in MESURES_PAR_RETARD.get(retard, ()):
        why = raison or (None if may_publish(mesure, part) else Raison.EFFECTIF)
        if why is not None and may_publish(mesure, effectif):
            found.refus.append((cle, mesure, why))
