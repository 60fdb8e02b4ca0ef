"""What stands at the head of a dossier, in one statement."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, Row, and_, bindparam, case, exists, select
from sqlalchemy.orm import Session, aliased

from app.accounts.models import Agent, Structure
from app.db.types import Identifiant
from app.jeunes.models import Identite
from app.parcours.models import Dossier, Etat, Reouverture
from app.programme.models import Territoire
from app.referents.models import Affectation
from app.referents.models_continuite import Absence
from app.referents.queries import absent_today
from app.referents.queries_reponse import told_today

_TODAY = bindparam("today", type_=Date())
_sienne, _absence, _suppleant, _par = aliased(Structure), aliased(Absence), aliased(Agent), aliased(Agent)
_HEAD = (
    select(
        Structure.nom.label("structure"),
        Territoire.nom.label("territoire"),
        Agent.prenom.label("referent_prenom"),
        Agent.nom.label("referent_nom"),
        Agent.structure_id.label("referent_structure_id"),
        _sienne.nom.label("referent_structure"),
        Agent.desactive_le.label("referent_desactive_le"),
        _absence.jusqu_au.label("absence_fin"),
        case((told_today(_TODAY) == _suppleant.id, _suppleant.id)).label("suppleant_id"),
        (_suppleant.prenom + " " + _suppleant.nom).label("suppleant"),
        Affectation.id.label("passation_id"),
        Affectation.debut.label("passation_debut"),
        Affectation.motif.label("passation_motif"),
        Affectation.accusee_le,
        Affectation.jeune_informe_le,
        _par.id.label("par_id"),
        _par.prenom.label("par_prenom"),
        _par.nom.label("par_nom"),
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
    .outerjoin(_absence, and_(_absence.agent_id == Agent.id, *absent_today(_TODAY, _absence)))
    .outerjoin(_suppleant, _suppleant.id == _absence.suppleant_id)
    .outerjoin(Affectation, and_(Affectation.dossier_id == Dossier.id, Affectation.fin.is_(None)))
    .outerjoin(_par, _par.id == Affectation.par_id)
    .outerjoin(Identite.__table__, Identite.__table__.c.dossier_id == Dossier.id)
    .where(Dossier.id == bindparam("dossier_id", type_=Identifiant))
)


def head_of(session: Session, dossier_id: int, *, today: date) -> Row:
    """Names of the structure, the territory and the référent (null: nobody answers for it), what their affectation
    says (`passation_…`, by whom, acknowledged, the young person told), the sealed `identite`, the days when a name was
    written and when the young person was told of the dossier, and `deja_clos`: it was closed before and opened again.
    `absence_fin`: the référent is away until that day excluded; `suppleant_id`, `suppleant`: who answers meanwhile, a
    null id when they cannot."""
    return session.execute(_HEAD, {"dossier_id": dossier_id, "today": today}).one()
