"""May this agent put off an alert, or say that it is of no use?"""

from __future__ import annotations

from app.referents.policies import may_amend
from app.referents.vocabulaire import Relation


def may_put_off(relation: Relation) -> bool:
    """Whoever an alert of this dossier speaks to."""
    return may_amend(relation)


def may_put_off_again(relation: Relation) -> bool:
    """A second time in a row is decided with the coordinateur of the structure."""
    return bool(relation & Relation.COORDINATEUR)
