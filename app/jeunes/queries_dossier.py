"""What stands at the head of a dossier, in one statement."""

from __future__ import annotations

from sqlalchemy import Row, bindparam, exists, select
from sqlalchemy.orm import Session, aliased

from app.accounts.models import Agent, Structure
from app.db.types import Identifiant
from app.jeunes.models import Identite
from app.parcours.models import Dossier, Etat, Reouverture
from app.programme.models import Territoire

_sienne = aliased(Structure)
_HEAD = (
    select(
        Structure.nom.label("structure"),
        Territoire.nom.label("territoire"),
        Agent.prenom.label("referent_prenom"),
        Agent.nom.label("referent_nom"),
        Agent.structure_id.label("referent_structure_id"),
        _sienne.nom.label("referent_structure"),
        Agent.desactive_le.label("referent_desactive_le"),
        Identite.__table__.c.identite,
        Identite.__table__.c.identifie_le,
        Identite.__table__.c.informe_le,
        exists().where(Reouverture.dossier_id == Dossier.id).label("deja_clos"),
    )
    .select_from(Dossier)
    .join(Etat, Etat.dossier_id == Dossier.id)
    .join(Structure, Structure.id == Dossier.structure_id)
    .join(Territoire, Territoire.id == Dossier.territoire_id)
    .outerjoin(Agent, Agent.id == Etat.referent_id)
    .outerjoin(_sienne, _sienne.id == Agent.structure_id)
    .outerjoin(Identite.__table__, Identite.__table__.c.dossier_id == Dossier.id)
    .where(Dossier.id == bindparam("dossier_id", type_=Identifiant))
)


def head_of(session: Session, dossier_id: int) -> Row:
    """Names of the structure, the territory and the référent (null: nobody answers for it), the sealed `identite`,
    the days when a name was written and when the young person was told, and `deja_clos`: it was closed before and
    opened again."""
    return session.execute(_HEAD, {"dossier_id": dossier_id}).one()
