"""Quarters closed by hand, for tests that need frozen atoms and nothing else of a freeze."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.cohortes.models import Atome, EntreeCohorte, TrimestreClos
from app.cohortes.rules_treillis import quarter_of
from app.parcours.models import Dossier
from tests.conftest import NOW


def close_quarters(session: Session, *, millesime: int, tardifs: Sequence[int] = ()) -> None:
    """Everybody who came in up to the vintage is in the atom of their quarter, territory, sex, age and structure.

    `tardifs`: dossiers written after their quarter was closed, who came in in the quarter of the vintage.
    """
    atoms: dict[tuple, list[int]] = {}
    for dossier in session.scalars(select(Dossier).order_by(Dossier.id)):
        trimestre = millesime if dossier.id in tardifs else quarter_of(dossier.ouvert_le)
        kind = (dossier.entree_territoire_id, dossier.entree_sexe, dossier.entree_age, dossier.entree_structure_id)
        if trimestre <= millesime:
            atoms.setdefault((trimestre, *kind), []).append(dossier.id)
    session.execute(
        insert(TrimestreClos),
        [{"trimestre": q, "millesime": millesime, "clos_le": NOW} for q in sorted({key[0] for key in atoms})],
    )
    # not in the order of the files: what is read must not depend on it
    for number, (key, ids) in enumerate(sorted(atoms.items(), key=str), 1):
        names = ("trimestre", "territoire_id", "sexe", "age", "structure_id")
        values = dict(zip(names, key, strict=True)) | {"id": number, "effectif": len(ids)}
        session.execute(insert(Atome).values(values))
        session.execute(insert(EntreeCohorte), [{"dossier_id": one, "atome_id": number} for one in ids])
