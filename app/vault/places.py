"""The closed lists of the vault: what is sealed, for what, and what is indexed."""

from __future__ import annotations

from enum import Enum, StrEnum


class Place(Enum):
    """A sealed column: `table.column`, and the bucket in bytes that hides the length of what it holds."""

    IDENTITE = ("identite.identite", 64)
    CONTACT = ("identite.contact", 64)
    REPRESENTANT = ("representant_legal.identite", 64)
    NOTE = ("suivi.note", 256)
    ETAPE = ("etape.precisions", 64)
    PASSATION = ("affectation.note", 256)
    REFUS = ("affectation.refus", 256)
    PREVU = ("contact_prevu.objet", 64)
    OBJECTIF_JEUNE = ("objectif.mots_jeune", 256)
    OBJECTIF_PRO = ("objectif.mots_pro", 256)
    PETIT_PAS = ("petit_pas.mots", 64)
    FUSION = ("fusion.avant", 256)
    URGENCE = ("urgence.mots", 256)
    TRANSMISSION = ("transmission_danger.texte", 256)
    DEMANDE_EQUIPE = ("demande_equipe.mots", 256)
    PROPOSITION = ("proposition.contenu", 256)

    def __new__(cls, column: str, bucket: int) -> Place:
        place = object.__new__(cls)
        place._value_ = column
        place.bucket = bucket
        return place


class ServicePurpose(StrEnum):
    """What a process without the vault may still seal."""

    SESSIONS = "sessions"
    DOUBLE_FACTEUR = "double_facteur"


class IndexKind(StrEnum):
    """What may be compared across structures without being read."""

    IDENTITE = "identite"
    PHONETIQUE = "phonetique"
    TELEPHONE = "telephone"
