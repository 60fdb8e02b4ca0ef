"""A handover in words: what the head of a dossier says of it, to each of those whom it concerns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from app.accounts.models import Agent
from app.referents.policies import may_follow_passation, may_say_told
from app.referents.queries import DossierVisible
from app.referents.rules_passation import awaits_receipt, last_reading_day, recent_since
from app.referents.vocabulaire import MotifAffectation, Relation


@dataclass(frozen=True, slots=True)
class Bandeau:
    """`a_accuser`: by who reads this; `attendu`: by the référent, somebody else. `lecture`: the last day on which a
    former référent reads the dossier. `a_dire`: the young person was not told of a recent change, and they may say
    that it is done. `retour`: it was given back."""

    affectation_id: UUID | None
    debut: datetime | None
    par: str
    referent: str
    a_accuser: bool
    attendu: bool
    retour: bool
    a_dire: bool
    lecture: date | None

    @property
    def says(self) -> bool:
        return self.a_accuser or self.attendu or self.a_dire or self.lecture is not None


def banner(head: Any, vu: DossierVisible, *, agent: Agent, today: date) -> Bandeau | None:
    """What the head of an open dossier says of its last handover; None when there is nothing to say.

    `head`: the row of `jeunes.queries_dossier.head_of`.
    """
    if not may_follow_passation(vu.relation):
        return None
    waits = head.passation_id is not None and awaits_receipt(
        agent_id=vu.etat.referent_id, par_id=head.par_id, accusee_le=head.accusee_le
    )
    mine = Relation.REFERENT in vu.relation
    said = Bandeau(
        head.passation_id,
        head.passation_debut,
        f"{head.par_prenom} {head.par_nom}" if head.par_id else "",
        f"{head.referent_prenom} {head.referent_nom}",
        a_accuser=waits and mine,
        attendu=waits and not mine,
        retour=head.passation_motif is MotifAffectation.RETOUR,
        a_dire=_to_tell(head, vu, today),
        lecture=last_reading_day(vu.sorti_le) if vu.relation is Relation.ANCIEN else None,
    )
    return said if said.says else None


def _to_tell(head: Any, vu: DossierVisible, today: date) -> bool:
    if head.passation_id is None or head.jeune_informe_le is not None:
        return False
    # the first référent of a dossier is no change, and a return to whom they know is no news
    news = head.passation_motif not in (MotifAffectation.PREMIERE_AFFECTATION, MotifAffectation.RETOUR)
    return news and head.passation_debut >= recent_since(today) and may_say_told(vu, debut=head.passation_debut)
