"""Reading the ledger: the only thing that pages, files and reports ever look at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Row, case, exists, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from app.accounts.models import Structure
from app.cohortes.filtres import Critere
from app.cohortes.models import Cellule as LigneCellule
from app.cohortes.models import Gel, Publication, Refus
from app.cohortes.rules_cellules import Cellule
from app.cohortes.rules_treillis import Cle
from app.cohortes.vocabulaire import Mesure, Niveau, Raison
from app.db.sql import among, ids_parameter
from app.parcours.vocabulaire import Sexe, TrancheAge
from app.programme.models import Territoire
from app.programme.vocabulaire import GenreTerritoire


@dataclass(frozen=True, slots=True)
class Releve:
    """One measure of one cohort, as published: the people of `cle` who came in up to the quarter `trimestre`.

    `effectif` is rounded; `mois` are the months published, in order. Seen at the end of the quarter `millesime`.
    """

    cle: Cle
    mesure: Mesure
    millesime: int
    trimestre: int
    effectif: int
    niveau: Niveau
    mois: tuple[int, ...]
    cellules: Mapping[tuple[int, str], Cellule]

    def cellule(self, mois: int, categorie: str) -> Cellule | None:
        """None reads “< 11”."""
        return self.cellules.get((mois, categorie))


@dataclass(frozen=True, slots=True)
class Refuse:
    """Why the last vintage does not publish a cohort."""

    raison: Raison
    millesime: int


@dataclass(frozen=True, slots=True)
class Publiee:
    """One cohort of the lattice. `raison` says why the last vintage does not hold it; the rest is its last published
    vintage, None when there is none."""

    cle: Cle
    effectif: int | None
    niveau: Niveau | None
    millesime: int | None
    raison: Raison | None


@dataclass(frozen=True, slots=True)
class Libelles:
    """The words of a cohort; territories and structures have the names of today."""

    noms: Mapping[Critere, Mapping[str, str]]

    def of(self, cle: Cle) -> str:
        """“Tous les jeunes”, “Les Tilleuls”, “Femmes, 16 à 17 ans”."""
        return ", ".join(self.valeur(*filtre) for filtre in cle.filtres) or "Tous les jeunes"

    def valeur(self, critere: Critere, valeur: str) -> str:
        if critere is Critere.ENTREE:
            return f"Entrés en {valeur}"
        return self.noms[critere].get(valeur, valeur)

    def valeurs(self, critere: Critere) -> list[tuple[str, str]]:
        """What a form offers: (value, words), of the values that the lattice has."""
        return [(valeur, self.valeur(critere, valeur)) for valeur in self.noms[critere]]


def latest(session: Session, cle: Cle) -> dict[Mesure, Releve]:
    """Each measure at its last published vintage; empty when the cohort never was published."""
    return several(session, [cle], Mesure)[cle]


def several(
    session: Session, cles: Iterable[Cle], mesures: Iterable[Mesure], *, jusqua: int | None = None
) -> dict[Cle, dict[Mesure, Releve]]:
    """The same for many cohorts, in two statements; as it was when the vintage `jusqua` was the last."""
    wanted = list(cles)
    query = (
        select(*_LUES)
        .where(Publication.cle.in_([cle.code for cle in wanted]), Publication.mesure.in_(list(mesures)))
        .order_by(Publication.id)
    )
    chains = _chains(session.execute(query if jusqua is None else query.where(Publication.millesime <= jusqua)))
    cells = _cells(session, [one.id for chain in chains.values() for one in chain]) if chains else {}
    found: dict[Cle, dict[Mesure, Releve]] = {cle: {} for cle in wanted}
    for (code, mesure), chain in chains.items():
        found[Cle.read(code)][mesure] = _releve(chain, cells)
    return found


def refusal(session: Session, cle: Cle) -> Refuse | None:
    """Why the last vintage does not hold a cohort; None when it does, or when nothing was frozen."""
    last = session.scalar(_LAST)
    raison = session.scalar(
        select(Refus.raison).where(Refus.cle == cle.code, Refus.mesure == Mesure.SITUATIONS, Refus.millesime == last)
    )
    return None if raison is None or last is None else Refuse(raison, last)


def refusals(session: Session, cle: Cle) -> dict[Mesure, Raison]:
    """Of a published cohort, the measures that the last vintage refused, and why."""
    rows = session.execute(
        select(Refus.mesure, Refus.raison).where(Refus.cle == cle.code, Refus.millesime == _LAST.scalar_subquery())
    )
    return dict(tuple(row) for row in rows)


def is_known(session: Session, cle: Cle) -> bool:
    """Whether a freeze ever published or refused this cohort; another does not exist for anybody."""
    published = exists().where(Publication.cle == cle.code)
    refused = exists().where(Refus.cle == cle.code)
    return bool(session.scalar(select(or_(published, refused))))


def catalogue(session: Session) -> list[Publiee]:
    """Every cohort of the lattice, published or not: fewest criteria first, then in the order of the criteria."""
    last = select(func.max(Publication.id)).where(Publication.mesure == Mesure.SITUATIONS).group_by(Publication.cle)
    columns = select(Publication.cle, Publication.effectif, Publication.niveau, Publication.millesime)
    newest = {row.cle: row for row in session.execute(columns.where(Publication.id.in_(last)))}
    reasons = dict(
        session.execute(
            select(Refus.cle, Refus.raison).where(
                Refus.mesure == Mesure.SITUATIONS, Refus.millesime == _LAST.scalar_subquery()
            )
        ).all()
    )
    cles = sorted((Cle.read(code) for code in newest.keys() | reasons.keys()), key=_place)
    return [_published(cle, newest.get(cle.code), reasons.get(cle.code)) for cle in cles]


def millesimes(session: Session) -> list[int]:
    """The vintages that are finished, newest first."""
    return list(session.scalars(select(Gel.millesime).where(Gel.fini_le.is_not(None)).order_by(Gel.millesime.desc())))


Noms = Mapping[Critere, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Etat:
    """What all that is read here depends on: the last row of the ledger, the last vintage, the names of places."""

    publication: int | None
    millesime: int | None
    noms: Noms


def state(session: Session) -> Etat:
    newest = select(func.max(Publication.id)).scalar_subquery()
    publication, millesime = session.execute(select(newest, _LAST.scalar_subquery())).one()
    return Etat(publication, millesime, _names(session))


def libelles(session: Session, *, noms: Noms | None = None) -> Libelles:
    """The words of the values that the lattice has, in the order in which a form offers them.

    `noms`: of territories and structures, when the caller has read them (`state`).
    """
    used: dict[Critere, set[str]] = defaultdict(set)
    for code in session.scalars(
        select(Publication.cle).union(select(Refus.cle)).order_by("cle")  # one criterion each: they name every value
    ):
        for critere, valeur in Cle.read(code).filtres:
            used[critere].add(valeur)
    names = _names(session) if noms is None else noms
    return Libelles(
        {
            Critere.TERRITOIRE: _kept(names[Critere.TERRITOIRE], used[Critere.TERRITOIRE]),
            Critere.SEXE: _kept({item.value: item.pluriel for item in Sexe}, used[Critere.SEXE]),
            Critere.AGE: _kept({item.value: item.label for item in TrancheAge}, used[Critere.AGE]),
            Critere.ENTREE: {annee: annee for annee in sorted(used[Critere.ENTREE])},
            Critere.STRUCTURE: _kept(names[Critere.STRUCTURE], used[Critere.STRUCTURE]),
        }
    )


_LAST = select(func.max(Gel.millesime)).where(Gel.fini_le.is_not(None))


_LUES = tuple(
    getattr(Publication, name)
    for name in ("id", "cle", "mesure", "millesime", "trimestre", "effectif", "niveau", "mois", "suite_de")
)
_CELLULES = select(
    LigneCellule.publication_id,
    LigneCellule.mois,
    LigneCellule.categorie,
    LigneCellule.marque,
    LigneCellule.valeur,
).where(among(LigneCellule.publication_id, ids_parameter("ids")))


def _chains(rows: Iterable[Row]) -> dict[tuple[str, Mesure], list[Row]]:
    """For each measure of each cohort, its last publication and those of the same people that it follows."""
    chains: dict[tuple[str, Mesure], list[Row]] = {}
    for row in rows:
        before = chains.get((row.cle, row.mesure), [])
        follows = before and row.suite_de == before[-1].id
        chains[row.cle, row.mesure] = [*before, row] if follows else [row]
    return chains


def _cells(session: Session, ids: list[int]) -> dict[int, dict[tuple[int, str], Cellule]]:
    cells: dict[int, dict[tuple[int, str], Cellule]] = defaultdict(dict)
    for number, mois, categorie, marque, valeur in session.execute(_CELLULES, {"ids": ids}):
        cells[number][mois, categorie] = Cellule(marque, valeur)
    return cells


def _releve(chain: list[Row], cells: Mapping[int, dict[tuple[int, str], Cellule]]) -> Releve:
    last = chain[-1]
    mois = sorted({int(mois) for one in chain for mois in one.mois.split(",") if mois})
    together = {place: cell for one in chain for place, cell in cells.get(one.id, {}).items()}
    return Releve(
        cle=Cle.read(last.cle),
        mesure=last.mesure,
        millesime=last.millesime,
        trimestre=last.trimestre,
        effectif=last.effectif,
        niveau=last.niveau,
        mois=tuple(mois),
        cellules=together,
    )


def _published(cle: Cle, row: Row | None, raison: Raison | None) -> Publiee:
    if row is None:
        return Publiee(cle, None, None, None, raison)
    return Publiee(cle, row.effectif, row.niveau, row.millesime, raison)


def _place(cle: Cle) -> tuple[object, ...]:
    order = list(Critere)
    return (len(cle.filtres), [(order.index(critere), valeur) for critere, valeur in cle.filtres])


def _names(session: Session) -> dict[Critere, dict[str, str]]:
    """Names of territories and of structures, in the order of the alphabet, a commune before what it holds."""
    rang = case((Territoire.genre == GenreTerritoire.COMMUNE, 0), else_=1).label("rang")
    both = union_all(
        select(literal(Critere.TERRITOIRE.value).label("critere"), Territoire.id, Territoire.nom, rang),
        select(literal(Critere.STRUCTURE.value), Structure.id, Structure.nom, literal(0)),
    ).subquery()
    found: dict[Critere, dict[str, str]] = {Critere.TERRITOIRE: {}, Critere.STRUCTURE: {}}
    order = (both.c.rang, func.lower(both.c.nom), both.c.id)
    for critere, number, nom, _ in session.execute(select(both).order_by(*order)):
        found[Critere(critere)][str(number)] = nom
    return found


def _kept(names: Mapping[str, str], used: set[str]) -> dict[str, str]:
    return {valeur: nom for valeur, nom in names.items() if valeur in used}
