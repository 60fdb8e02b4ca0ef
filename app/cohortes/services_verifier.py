"""The ledger read again from its first row: is it what was written, and does it still give nobody away?

The chain, every set through the gate once more in the order in which it joined, every number's form.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from app.audit.models import EntreeJournal
from app.audit.vocabulaire import Action
from app.cohortes import queries_registre as registre
from app.cohortes.models import Atome, EntreeCohorte, Publication
from app.cohortes.rules_cellules import PAS, PLANCHER, niveau, rounded
from app.cohortes.rules_chaine import ORIGINE, Contenu, link
from app.cohortes.rules_ensembles import Atomes, Registre
from app.cohortes.rules_mesures import DUREES
from app.cohortes.rules_treillis import Cle
from app.cohortes.vocabulaire import Bande, Marque


class Defaut(StrEnum):
    """What is wrong with the ledger."""

    LIGNE_MODIFIEE = "ligne_modifiee"
    LIGNE_ABSENTE = "ligne_absente"
    FIN_DIFFERENTE = "fin_differente"
    ENSEMBLE_EXPOSE = "ensemble_expose"
    HORS_REGISTRE = "hors_registre"
    EFFECTIF_FAUX = "effectif_faux"
    CELLULE_INTERDITE = "cellule_interdite"
    ATOME_FAUX = "atome_faux"


@dataclass(frozen=True, slots=True)
class Faute:
    """`ou` names the publication, the cohort or the atom; never a number of people."""

    defaut: Defaut
    ou: str


@dataclass(slots=True)
class Verification:
    """What was read again, and what is wrong."""

    publications: int
    ensembles: int
    fautes: list[Faute]


def verify(session: Session) -> Verification:
    """Nothing is written. An empty list of faults means that the ledger is whole and holds."""
    atomes = registre.atomes(session, millesime=registre.last_closed(session) or 0)
    held = registre.published_sets(session)
    fautes = [*_gate(atomes, held), *_atoms(session)]
    count, end = 0, ORIGINE
    for row, cells in registre.ledger(session):
        count += 1
        fautes += _row(row, cells, numero=count, precedente=end, sets=set(held), atomes=atomes)
        end = row.empreinte
    return Verification(count, len(held), [*fautes, *_anchored(session, count, end)])


def _gate(atomes: Atomes, held: Sequence[tuple[Cle, int]]) -> Iterator[Faute]:
    known = Registre(atomes, seuils={trimestre for _, trimestre in held})
    for cle, trimestre in held:
        if not known.holds(cle, trimestre) and known.examine(cle, trimestre) is not None:
            yield Faute(Defaut.ENSEMBLE_EXPOSE, cle.code)
        known.admit(cle, trimestre)


def _atoms(session: Session) -> Iterator[Faute]:
    """Nobody joins a closed quarter: an atom never holds more people than it did."""
    present = func.count(EntreeCohorte.dossier_id)
    query = select(Atome.id).join(EntreeCohorte).group_by(Atome.id, Atome.effectif).having(present > Atome.effectif)
    for number in session.scalars(query):
        yield Faute(Defaut.ATOME_FAUX, str(number))


def _row(
    row: Publication,
    cells: Sequence[Row],
    *,
    numero: int,
    precedente: bytes,
    sets: set[tuple[Cle, int]],
    atomes: Atomes,
) -> Iterator[Faute]:
    where = f"n°{row.id}"
    if row.id != numero or row.precedente != precedente:
        yield Faute(Defaut.LIGNE_ABSENTE, where)
    contenu = Contenu(
        row.cle, row.mesure, row.millesime, row.trimestre, row.effectif, row.niveau, row.mois, row.suite_de
    )
    said = [(cell.mois, cell.categorie, cell.marque, cell.valeur) for cell in cells]
    if link(row.id, contenu, said, row.precedente) != row.empreinte:
        yield Faute(Defaut.LIGNE_MODIFIEE, where)
    cle = Cle.read(row.cle)
    if (cle, row.trimestre) not in sets:
        yield Faute(Defaut.HORS_REGISTRE, where)
        return
    size = atomes.size(atomes.mask(cle, row.trimestre))
    if (row.effectif, row.niveau) != (rounded(size), niveau(size)):
        yield Faute(Defaut.EFFECTIF_FAUX, where)
    if not all(_is_allowed(row, cell) for cell in cells):
        yield Faute(Defaut.CELLULE_INTERDITE, where)


def _is_allowed(row: Publication, cell: Row) -> bool:
    """R6: a multiple of 5, never below 15 people; nothing of the band that hides what is masked."""
    if cell.mois not in {int(mois) for mois in row.mois.split(",") if mois}:
        return False
    if Bande.AUTRES in cell.categorie.split(">"):
        return False
    if row.mesure in DUREES:
        return cell.marque is Marque.NOMBRE and cell.valeur > 0
    if cell.marque is Marque.PRESQUE_TOUS:
        return cell.valeur % PAS == 0 and cell.valeur < 100
    return cell.valeur % PAS == 0 and cell.valeur >= PLANCHER


def _anchored(session: Session, count: int, end: bytes) -> Iterable[Faute]:
    """The signed journal remembers where the chain ended at the last freeze."""
    line = select(EntreeJournal.nombre, EntreeJournal.precision).where(EntreeJournal.action == Action.COHORTES_FIGEES)
    last = session.execute(line.order_by(EntreeJournal.id.desc()).limit(1)).one_or_none()
    if registre.unfinished(session) is not None or (last is None and not count):
        return []
    if last is None or last.nombre != count or not end.hex().startswith(last.precision.partition(":")[2]):
        return [Faute(Defaut.FIN_DIFFERENTE, "chaîne")]
    return []
