"""May this agent do this to that dossier? Référent and team: read, log. Référent and coordinateur: hand over, close.

Who covers the référent has their rights while it lasts; whoever was it reads for some days, and does nothing more.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Row

from app.accounts.models import Agent
from app.parcours.vocabulaire import Visibilite
from app.referents.queries import DossierVisible
from app.referents.vocabulaire import Relation

_IN_CHARGE = Relation.REFERENT | Relation.SUPPLEANT
_FOLLOWS = _IN_CHARGE | Relation.MEMBRE
_ANSWERS = _IN_CHARGE | Relation.COORDINATEUR


def may_log(relation: Relation) -> bool:
    """Log a follow-up, plan a contact, write a step."""
    return bool(relation & _FOLLOWS)


def may_amend(relation: Relation) -> bool:
    """Correct what stands beside the journey (who it is about, where they live), decide of an alert: all but those
    who only read on for some days."""
    return bool(relation & (_FOLLOWS | _ANSWERS))


def may_answer(relation: Relation, *, clos: bool) -> bool:
    """Answer a check with one tap: those who write there; after the exit, the coordinateur too."""
    return may_amend(relation) if clos else may_log(relation)


def may_hand_over(relation: Relation) -> bool:
    return bool(relation & _ANSWERS)


def may_acknowledge(relation: Relation) -> bool:
    """Say that one took note of a handover, or give it back: its receiver alone, whoever covers them."""
    return Relation.REFERENT in relation


def may_follow_passation(relation: Relation) -> bool:
    """Read what goes from one référent to the next, and whether it was received."""
    return bool(relation & (_ANSWERS | Relation.ANCIEN))


def may_say_told(vu: DossierVisible, *, debut: datetime) -> bool:
    """Say when the young person was told of the handover that took effect at `debut`: those who answer for the
    dossier, and whoever handed it over then, whose last act here it is."""
    return bool(vu.relation & _ANSWERS) or vu.sorti_le == debut


def may_read_passation(vu: DossierVisible) -> bool:
    """The words from one référent to the next, in the journal; a partner, who sees some kinds of step, has no need
    of them."""
    return vu.genres is None


def may_close(relation: Relation) -> bool:
    return bool(relation & _ANSWERS)


def may_merge(one: Relation, other: Relation) -> bool:
    """Make one dossier of two: whoever is the référent of both, or coordinates their structure, in their own name: what
    somebody covers for some days goes back to whom they cover as it was."""
    own = Relation.REFERENT | Relation.COORDINATEUR
    return bool(one & own) and bool(other & own)


def may_reopen(vu: DossierVisible, agent: Agent) -> bool:
    """The coordinateur; or a référent who was in the équipe when it was closed, since nobody is its référent. Not a
    partner, who sees some kinds of step: they would answer for all."""
    member = bool(vu.relation & Relation.MEMBRE) and vu.genres is None
    return bool(vu.relation & _ANSWERS) or (agent.referent and member)


def may_invite(relation: Relation) -> bool:
    """Say who follows the dossier beside them, for what and until when."""
    return bool(relation & _ANSWERS)


def may_keep(relation: Relation) -> bool:
    """Give the dossier to oneself, or oneself a place in its équipe: who covers the référent has their rights for that
    time, and nothing after."""
    return bool(relation & (Relation.REFERENT | Relation.COORDINATEUR))


def may_leave(relation: Relation) -> bool:
    """A member goes when they want; who answers for the dossier hands it over first."""
    return bool(relation & Relation.MEMBRE) and not relation & Relation.REFERENT


def may_oppose(vu: DossierVisible) -> bool:
    """Write down that the young person does not want a structure: whoever heard it, but not one partner of another."""
    return may_amend(vu.relation) and vu.genres is None


def may_write_etape(vu: DossierVisible) -> bool:
    """Write a step, of a kind that they see."""
    return may_log(vu.relation) and (vu.genres is None or bool(vu.genres))


def may_confirm(vu: DossierVisible, *, clos: bool) -> bool:
    """Say that the situation is still so: whoever may answer a check, and sees the situation."""
    return may_answer(vu.relation, clos=clos) and vu.situation_montree


def may_check(vu: DossierVisible, *, clos: bool) -> bool:
    """Answer the other checks, which may tell of any situation."""
    return may_answer(vu.relation, clos=clos) and vu.tout_montre


def may_read_objet(vu: DossierVisible, *, structure_id: int | None) -> bool:
    """Read what an appointment is for: a partner, of what somebody of their own structure planned."""
    return vu.genres is None or structure_id in vu.equipes


def may_take_up_contact(relation: Relation) -> bool:
    """Be told by name whose appointment nobody holds any more: whoever answers for the dossier."""
    return bool(relation & _ANSWERS)


def may_set_intensity(relation: Relation) -> bool:
    """The rhythm is for whoever answers for the dossier to decide."""
    return bool(relation & _IN_CHARGE)


def may_note_absence(agent: Agent, *, of: int, structure_id: int) -> bool:
    """Say that the agent `of`, of that structure, is away, or is back: themselves, and their coordinateurs."""
    return agent.id == of or (agent.coordinateur and agent.structure_id == structure_id)


def may_note_danger(relation: Relation) -> bool:
    """Write that a danger was transmitted: whoever works with the young person, coordinateur included."""
    return bool(relation & (_FOLLOWS | Relation.COORDINATEUR))


def may_read_danger(relation: Relation) -> bool:
    """Read what was transmitted about a danger: those who answer for the dossier, never the équipe nor a partner."""
    return bool(relation & _ANSWERS)


def may_break_glass(note: Row, vu: DossierVisible, agent: Agent) -> bool:
    """Open for a reason, as a coordinateur of its structure, a note that one may not read.

    `note`: a row with visibilite, agent_id, structure_id and cree_le.
    """
    if not vu.relation & Relation.COORDINATEUR:
        return False
    author = {"auteur_id": note.agent_id, "auteur_structure_id": note.structure_id}
    return not may_read_note(note.visibilite, vu, agent, ecrite_le=note.cree_le, **author)


def may_read_note(
    visibilite: Visibilite,
    vu: DossierVisible,
    agent: Agent,
    *,
    auteur_id: int | None,
    auteur_structure_id: int | None,
    ecrite_le: datetime,
) -> bool:
    """Whether `agent`, who sees the dossier, reads the words of this note. Its author always does.

    mon_equipe: those of the author's structure, and who covers one of them. equipe_suivi: all who see the dossier.
    Of what is reserved, a former référent reads what was written while they answered for it.
    """
    if auteur_id is not None and agent.id == auteur_id:
        return True
    if visibilite is Visibilite.EQUIPE_SUIVI:
        return True
    if visibilite is Visibilite.MON_EQUIPE:
        return auteur_structure_id is not None and auteur_structure_id in vu.equipes
    return bool(vu.relation & _ANSWERS) or (vu.sorti_le is not None and ecrite_le <= vu.sorti_le)


def may_take_back(relation: Relation, *, author_id: int | None, agent: Agent) -> bool:
    """A goal or a bilan written by mistake: whoever wrote it, or who answers for the dossier."""
    return bool(relation & _IN_CHARGE) or (author_id is not None and author_id == agent.id)
