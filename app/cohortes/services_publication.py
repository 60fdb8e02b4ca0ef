"""Publishing one cohort of a vintage: what its level allows, each number protected, each row linked to the last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.cohortes.models import Cellule, Publication
from app.cohortes.queries_registre import Ancienne
from app.cohortes.rules_admission import MESURES_PAR_RETARD
from app.cohortes.rules_cellules import least_observed, may_publish, months_shown, niveau, rounded
from app.cohortes.rules_chaine import Contenu, link
from app.cohortes.rules_ensembles import Atomes
from app.cohortes.rules_mesures import MOIS_PREMIERE_ETAPE, compter
from app.cohortes.rules_mesures_observations import Observations
from app.cohortes.rules_protection import proteger
from app.cohortes.rules_treillis import Cle, observed_months
from app.cohortes.vocabulaire import Mesure

# What is read month after month; the rest is a state at the end of the vintage, or at a horizon.
PAR_MOIS = (Mesure.SITUATIONS, Mesure.DELAI_EMPLOI, Mesure.DELAI_EMPLOI_6, Mesure.DELAI_RACCROCHAGE)
ETATS = (Mesure.TRANSITIONS, Mesure.SORTIES, Mesure.RACCROCHAGES, Mesure.CONTACTS, Mesure.IMMOBILES)


@dataclass(frozen=True, slots=True)
class Vitrine:
    """What a vintage publishes from: atoms, what everybody lived, the sets let in, the publications of the past."""

    millesime: int
    atomes: Atomes
    observations: Observations
    ensembles: Sequence[tuple[Cle, int]]
    anciennes: Mapping[tuple[str, Mesure], Sequence[Ancienne]]
    _par_cle: dict[Cle, list[int]] = field(default_factory=dict)
    _courbes: dict[Cle, Observations] = field(default_factory=dict)

    def trimestres(self, cle: Cle) -> list[int]:
        """The quarters at which this cohort is cut in the ledger."""
        if not self._par_cle:
            for one, trimestre in self.ensembles:
                self._par_cle.setdefault(one, []).append(trimestre)
        return self._par_cle.get(cle, [])

    def curves_of(self, cle: Cle, membres: NDArray[np.bool_]) -> Observations:
        """What the curves of a cohort stand on: at each month, a set that went through the gate, and nobody else."""
        if cle not in self._courbes:
            # only one cohort is published at a time
            self._courbes.clear()
            trimestre = self.observations.trimestre
            horizon = np.full(len(trimestre), -1, dtype=np.int64)
            for cut in sorted(self.trimestres(cle), reverse=True):
                if cut <= self.millesime:
                    horizon[trimestre <= cut] = observed_months(cut, self.millesime)
            self._courbes[cle] = self.observations.cut(membres, horizon)
        return self._courbes[cle]


@dataclass(slots=True)
class Plume:
    """Where the chain of the ledger is."""

    numero: int
    empreinte: bytes


@dataclass(frozen=True, slots=True)
class Annonce:
    """One measure to publish of a set: the months, and the publication of the same people that it follows."""

    mesure: Mesure
    trimestre: int
    mois: tuple[int, ...]
    suite_de: int | None = None


def publish(session: Session, vitrine: Vitrine, plume: Plume, cle: Cle) -> None:
    """Write every measure of a cohort that its vintage, its level and the gate allow."""
    for annonce in _announced(vitrine, cle):
        _write(session, vitrine, plume, cle, annonce)


def _announced(vitrine: Vitrine, cle: Cle) -> Iterator[Annonce]:
    millesime, atomes = vitrine.millesime, vitrine.atomes
    effectif = atomes.size(atomes.mask(cle, millesime))
    curves = tuple(_months(vitrine, cle))
    for mesure in PAR_MOIS:
        if may_publish(mesure, effectif):
            yield from _new(vitrine, cle, mesure, millesime, curves)
    for mesure in ETATS:
        if may_publish(mesure, effectif):
            yield Annonce(mesure, millesime, (0,))
    cuts = vitrine.trimestres(cle)
    for retard, mesures in MESURES_PAR_RETARD.items():
        part = atomes.size(atomes.mask(cle, millesime - retard))
        for mesure in mesures:
            if millesime - retard in cuts and may_publish(mesure, part):
                months = MOIS_PREMIERE_ETAPE if mesure is Mesure.PREMIERE_ETAPE else (3 * retard,)
                yield from _new(vitrine, cle, mesure, millesime - retard, months)


def _months(vitrine: Vitrine, cle: Cle) -> list[int]:
    """The months of the curves: as far as enough people have lived them."""
    atomes, millesime = vitrine.atomes, vitrine.millesime
    effectif = atomes.size(atomes.mask(cle, millesime))
    level, least = niveau(effectif), least_observed(effectif)
    if level is None:
        return []
    lived = [
        observed_months(cut, millesime)
        for cut in vitrine.trimestres(cle)
        if cut <= millesime and atomes.size(atomes.mask(cle, cut)) >= least
    ]
    return months_shown(level, dernier=max(lived, default=0))


def _new(vitrine: Vitrine, cle: Cle, mesure: Mesure, trimestre: int, mois: tuple[int, ...]) -> Iterator[Annonce]:
    """What was not said of the same people yet: a published month is never computed again (R3)."""
    past = vitrine.anciennes.get((cle.code, mesure), ())
    if not past or not _same_people(vitrine.atomes, cle, past[-1].trimestre, trimestre):
        yield Annonce(mesure, trimestre, mois)
        return
    said = _said(past)
    fresh = tuple(one for one in mois if one not in said)
    if fresh:
        yield Annonce(mesure, trimestre, fresh, suite_de=past[-1].id if mesure in PAR_MOIS else None)


def _said(past: Sequence[Ancienne]) -> set[int]:
    """The months of the last publication and of those that it follows."""
    months, expected = set(past[-1].mois), past[-1].suite_de
    for one in reversed(past[:-1]):
        if one.id != expected:
            break
        months.update(one.mois)
        expected = one.suite_de
    return months


def _same_people(atomes: Atomes, cle: Cle, before: int, now: int) -> bool:
    return atomes.size(atomes.mask(cle, before)) == atomes.size(atomes.mask(cle, now))


def _write(session: Session, vitrine: Vitrine, plume: Plume, cle: Cle, annonce: Annonce) -> None:
    membres = vitrine.atomes.mask(cle, annonce.trimestre)
    effectif = vitrine.atomes.size(membres)
    cells = _cells(vitrine, cle, annonce, membres, effectif)
    contenu = Contenu(
        cle=cle.code,
        mesure=annonce.mesure,
        millesime=vitrine.millesime,
        trimestre=annonce.trimestre,
        effectif=rounded(effectif),
        niveau=niveau(effectif),
        mois=",".join(str(one) for one in annonce.mois),
        suite_de=annonce.suite_de,
    )
    numero, precedente = plume.numero + 1, plume.empreinte
    plume.numero, plume.empreinte = numero, link(numero, contenu, cells, precedente)
    row = asdict(contenu) | {"id": numero, "precedente": precedente, "empreinte": plume.empreinte}
    session.execute(insert(Publication).values(row))
    if cells:
        names = ("mois", "categorie", "marque", "valeur")
        rows = [dict(zip(names, cell, strict=True)) | {"publication_id": numero} for cell in cells]
        session.execute(insert(Cellule), rows)


def _cells(
    vitrine: Vitrine, cle: Cle, annonce: Annonce, membres: NDArray[np.bool_], effectif: int
) -> list[tuple[int, str, str, int]]:
    seen, those = vitrine.observations, membres
    if annonce.mesure in PAR_MOIS:
        seen = vitrine.curves_of(cle, membres)
        those = np.ones(len(seen.effectif), dtype=np.bool_)
    found = proteger(annonce.mesure, compter(seen, annonce.mesure, those, annonce.mois), effectif=effectif)
    return [(mois, categorie, cell.marque, cell.valeur) for (mois, categorie), cell in found.items()]
