"""What a partner's purpose withholds, in SQL, for lists: the page of one dossier reads it in `DossierVisible`.

A former référent who comes back as a partner is here a partner already; the page shows them more while they read on.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, String, and_, cast, exists, or_, select
from sqlalchemy.orm import aliased

from app.db.sql import code
from app.parcours.models import Dossier, Etat
from app.referents.models import MembreEquipe
from app.referents.queries import covered_by, member_today
from app.referents.rules import situations_shown
from app.referents.vocabulaire import GENRES_DE, Finalite

_MEMBRE, _DOSSIER, _ETAT = aliased(MembreEquipe), aliased(Dossier), aliased(Etat)
# No sensitive kind decides a situation: the purpose alone says which are shown.
SITUATIONS_DE = {finalite: situations_shown(genres) for finalite, genres in GENRES_DE.items()}


@dataclass(frozen=True, slots=True)
class Regardeur:
    """Who looks at a list, and when: the parameters of its statement."""

    agent_id: Any
    structure_id: Any
    today: Any

    def purpose(self, dossier_id: Any) -> ScalarSelect[str]:
        """For what they see this dossier as a partner alone; null for who is anything else to it."""
        return select(cast(_MEMBRE.finalite, String)).where(*self._lent(dossier_id)).scalar_subquery()

    def withholds(
        self, dossier_id: Any, column: Any, shown: Mapping[Finalite, Collection[Enum]]
    ) -> ColumnElement[bool]:
        """Whether their purpose withholds the value of `column`: `shown` says what each shows."""
        hides = [
            and_(_MEMBRE.finalite == code(finalite), column.not_in([code(item.value) for item in sorted(values)]))
            for finalite, values in shown.items()
        ]
        return exists().where(*self._lent(dossier_id), or_(*hides)).correlate(dossier_id.table, column.table)

    def hides_situation(self, dossier_id: Any, situation: Any) -> ColumnElement[bool]:
        return self.withholds(dossier_id, situation, SITUATIONS_DE)

    def _lent(self, dossier_id: Any) -> tuple[ColumnElement[bool], ...]:
        covered = _ETAT.referent_id.in_(covered_by(self.agent_id, self.today))
        answers = or_(_ETAT.referent_id == self.agent_id, covered)
        return (
            _MEMBRE.dossier_id == dossier_id,
            _MEMBRE.agent_id == self.agent_id,
            *member_today(self.today, _MEMBRE),
            _DOSSIER.id == _MEMBRE.dossier_id,
            _DOSSIER.structure_id != self.structure_id,
            _ETAT.dossier_id == _MEMBRE.dossier_id,
            or_(_ETAT.referent_id.is_(None), ~answers),
        )
