"""The freeze (cohortes.md, R2 to R5): quarters close, what may be said of them joins the ledger, once and for ever.

A vintage is closed in one transaction, its gate held in another, then its cohorts are published a few at a time: a
crash leaves a vintage that the next call takes up where it was, and a second call finds nothing to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import case, func, insert, select, update
from sqlalchemy.orm import Session

from app.audit import services as audit
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.cohortes import queries_registre as registre
from app.cohortes.models import Atome, Ensemble, EntreeCohorte, Gel, Refus, TrimestreClos
from app.cohortes.queries_observations import observe
from app.cohortes.rules_admission import Admission, hold_gate, in_order
from app.cohortes.rules_ensembles import Registre
from app.cohortes.rules_treillis import RETARDS, Cle, quarter_code, quarter_of
from app.cohortes.services_publication import Plume, Vitrine, publish
from app.cohortes.vocabulaire import Mesure, Raison
from app.db.errors import DomainError
from app.db.unit import Database
from app.parcours.models import Dossier
from app.programme.models import Territoire

# As many cohorts in one transaction.
LOT = 20


@dataclass(frozen=True, slots=True)
class Suivi:
    """Who watches a freeze: told (vintage, cohorts done, cohorts in all); asked to stop between two transactions."""

    avance: Callable[[int, int, int], None] = lambda millesime, faits, total: None
    entre: Callable[[], None] = lambda: None


@dataclass(slots=True)
class Bilan:
    """What a freeze did for one vintage. A refusal of the measure SITUATIONS is that of the whole cohort."""

    millesime: int
    publications: int = 0
    refus: list[tuple[Cle, Mesure, Raison]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Gele:
    """What a freeze works with. `arretes` gives the dossiers that a stall rule speaks of today."""

    database: Database
    acteur: Acteur
    clock: Callable[[], datetime]
    arretes: Callable[[Session], Iterable[int]]
    suivi: Suivi = Suivi()


def freeze(gele: Gele, *, jusqua: int) -> list[Bilan]:
    """Close every quarter up to `jusqua` and publish what may be: one vintage the first time, then one a quarter.

    DomainError: rien_a_figer when there is nobody to count. IntegrityError when two processes freeze at once: the
    second one wrote nothing.
    """
    found = []
    while (millesime := _next(gele.database, jusqua)) is not None:
        _close(gele, millesime)
        _admit(gele, millesime)
        _publish(gele, millesime)
        found.append(_finish(gele, millesime))
    return found


def _next(database: Database, jusqua: int) -> int | None:
    """The vintage to work on: one that was left, else the next one to close."""
    with database.reading() as session:
        left = registre.unfinished(session)
        if left is not None:
            return left
        last = registre.last_closed(session)
        if last is None:
            if registre.first_day(session, millesime=jusqua) is None:
                raise DomainError("rien_a_figer")
            return jusqua
    return last + 1 if last < jusqua else None


def _close(gele: Gele, millesime: int) -> None:
    """Freeze who came in, by quarter and kind. Whoever came in earlier and was not there belongs to this quarter."""
    with gele.database.writing() as session:
        if session.get(Gel, millesime) is not None:
            return
        last, now = registre.last_closed(session), gele.clock()
        first = last + 1 if last is not None else quarter_of(registre.first_day(session, millesime=millesime))
        session.execute(insert(Gel).values(millesime=millesime, commence_le=now))
        rows = [{"trimestre": q, "millesime": millesime, "clos_le": now} for q in range(first, millesime + 1)]
        session.execute(insert(TrimestreClos), rows)
        _freeze_atoms(session, millesime, premier=first)


def _freeze_atoms(session: Session, millesime: int, *, premier: int) -> None:
    names = ("trimestre", "territoire_id", "commune_id", "sexe", "age", "structure_id", "effectif")
    rows = [tuple(row) for row in registre.entering(session, millesime=millesime, premier=premier)]
    if not rows:
        return
    before = session.scalar(select(func.max(Atome.id))) or 0
    numbered = enumerate(sorted(rows, key=str), before + 1)
    session.execute(insert(Atome), [dict(zip(names, row, strict=True)) | {"id": number} for number, row in numbered])
    people = (
        select(Dossier.id, Atome.id)
        .join(Territoire, Territoire.id == Dossier.entree_territoire_id)
        .join(
            Atome,
            (Atome.territoire_id == Dossier.entree_territoire_id)
            & (Atome.structure_id == Dossier.entree_structure_id)
            & (Atome.sexe == Dossier.entree_sexe)
            & (Atome.trimestre == registre.entry_quarter(premier=premier))
            # an unknown age is a kind of its own; a null is equal to nothing
            & (case((Atome.age.is_(None), ""), else_=Atome.age) == func.coalesce(Dossier.entree_age, "")),
        )
        .where(Atome.id > before, *registre.unplaced(millesime))
    )
    session.execute(insert(EntreeCohorte).from_select(["dossier_id", "atome_id"], people))


def _admit(gele: Gele, millesime: int) -> None:
    """Hold the gate of the vintage, and write at once all that it lets in or refuses."""
    with gele.database.reading() as session:
        if registre.admitted(session, millesime=millesime):
            return
        atomes = registre.atomes(session, millesime=millesime)
        held = registre.published_sets(session)
    cuts = {*(trimestre for _, trimestre in held), *(millesime - retard for retard in RETARDS)}
    known = Registre(atomes, seuils=cuts)
    for cle, trimestre in held:
        known.admit(cle, trimestre)
    admission = hold_gate(known, atomes, millesime, pause=gele.suivi.entre)
    with gele.database.writing() as session:
        _write_admission(session, admission, millesime, after=len(held))


def _write_admission(session: Session, admission: Admission, millesime: int, *, after: int) -> None:
    sets = [
        {"rang": rang, "cle": cle.code, "trimestre": trimestre, "millesime": millesime}
        for rang, (cle, trimestre) in enumerate(admission.ensembles, after + 1)
    ]
    refused = [
        {"cle": cle.code, "mesure": mesure, "millesime": millesime, "raison": raison}
        for cle, mesure, raison in admission.refus
    ]
    for table, rows in ((Ensemble, sets), (Refus, refused)):
        if rows:
            session.execute(insert(table), rows)


def _publish(gele: Gele, millesime: int) -> None:
    with gele.database.reading() as session:
        atomes = registre.atomes(session, millesime=millesime)
        observations = observe(session, millesime=millesime, arretes=gele.arretes)
        sets = registre.published_sets(session)
        vitrine = Vitrine(millesime, atomes, observations, sets, registre.earlier(session))
        plume = Plume(*registre.chain_end(session))
        done = registre.written(session, millesime=millesime)
    held = {cle for cle, trimestre in sets if trimestre == millesime}
    cles = [cle for cle in in_order(atomes, millesime) if cle in held]
    todo = [cle for cle in cles if cle.code not in done]
    for start in range(0, len(todo), LOT):
        gele.suivi.entre()
        with gele.database.writing() as session:
            for cle in todo[start : start + LOT]:
                publish(session, vitrine, plume, cle)
        gele.suivi.avance(millesime, len(cles) - len(todo) + min(start + LOT, len(todo)), len(cles))


def _finish(gele: Gele, millesime: int) -> Bilan:
    """The end of the vintage; the end of the chain goes to the signed journal: nobody can write the ledger again."""
    with gele.database.writing() as session:
        now = gele.clock()
        session.execute(update(Gel).where(Gel.millesime == millesime).values(fini_le=now))
        number, end = registre.chain_end(session)
        precision = f"{quarter_code(millesime).lower()}:{end.hex()[:24]}"
        audit.record(session, Action.COHORTES_FIGEES, acteur=gele.acteur, now=now, nombre=number, precision=precision)
        published = registre.count_published(session, millesime=millesime)
        return Bilan(millesime, published, registre.refused(session, millesime=millesime))
