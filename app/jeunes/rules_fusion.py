"""When two dossiers may be made one, and until when it can be undone."""

from __future__ import annotations

from datetime import datetime, timedelta

# "Undoable for 30 days": as long as a former référent reads
ANNULABLE = timedelta(days=30)

# What belongs to a dossier and is carried to the one that is kept, in the order in which it may be written: a contact
# names the follow-up at which it was promised.
EMPORTEES = (
    "suivi",
    "etape",
    "conditions_chantier",
    "contact_prevu",
    "mise_en_attente",
    "demarche",
    "jalon",
    "verification",
    "representant_legal",
    "objectif",
    "petit_pas",
    "bilan",
    "placement",
    "opposition",
    # whoever answers for the dossier that is kept must know
    "transmission_danger",
    "proposition",
)
# What stays, and why. Nothing is lost: the other dossier keeps its rows, and its page of fusion shows what differs.
RESTENT = {
    "identite": "one is chosen",
    "affectation": "two référents of one time would overlap; who answered for it joins the équipe",
    "membre_equipe": "joined again, from the day of the merge",
    "reouverture": "past closings are of that dossier alone",
    "entree_cohorte": "what was counted once is never counted again",
    "demande_doublon": "asked of that dossier",
    "demande_equipe": "asked of that dossier; its members joined again",
    "urgence": "asked of that dossier: those who answer for it answer",
    "note_ouverte": "who opened what, and who reviewed it, whatever became of the note",
    "ligne_repartition": "of an affectation of that dossier",
    "revue_dossier": "a run through a caseload, of one agent",
    "acte_annulable": "the seconds of one agent: a row that was carried away refuses them",
    "etat": "derived",
    "situation_mois": "derived",
    "echeance": "derived",
    "alerte": "derived",
    "evenement_alerte": "of its alert",
    "fusion": "itself",
    "ligne_fusion": "itself",
    "doublon_ecarte": "of two dossiers",
}


def may_undo(le: datetime, now: datetime) -> bool:
    """Whether a merge made at `le` can still be undone."""
    return now - le <= ANNULABLE
