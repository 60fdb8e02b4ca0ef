"""Forms of the acts around a journey: waiting until a day, a question that has changed its answer."""

from __future__ import annotations

from datetime import date
from typing import Any

from wtforms import Field, HiddenField, RadioField, SelectField
from wtforms.validators import InputRequired, ValidationError

from app.parcours.forms_refus import REFUS, FormulaireParcours, forget_error
from app.parcours.rules_verifications import GENRES_POSSIBLES, MOIS
from app.parcours.vocabulaire import GenreEtape
from app.parcours.vocabulaire_actes import MotifAttente, ObjetVerification, ReponseVerification
from app.web.saisie import DateFrancaise

REFUS_ATTENTE = {
    "attente_passee": "Choisissez un jour à venir.",
    "attente_trop_longue": "Ce jour est trop loin : une attente se borne, puis se reparle avec le jeune.",
    "attente_en_cours": "Ce parcours est déjà en attente : reprenez-le d’abord.",
    "attente_sans_contact": (
        "Ce parcours sort d’une attente. Avant une autre, il faut un échange avec le jeune : "
        "notez-le, puis revenez ici."
    ),
}
REFUS_VERIFICATION = {
    "mois_inconnu": "Cette vérification n’existe pas.",
    "reponse_impossible": "Une situation qui a changé s’écrit comme une étape.",
    "genre_absent": "Choisissez ce que le jeune fait maintenant.",
    "genre_de_trop": "Cette réponse ne dit pas de changement.",
    "sans_verification": "Ce motif de sortie ne demande aucune vérification.",
    "verification_trop_tot": "Cette vérification vient plus tard.",
    "deja_repondu": "Une réponse est déjà notée. Annulez-la d’abord pour en noter une autre.",
}


class AttenteForm(FormulaireParcours):
    """Why a journey waits, and until when."""

    refus = REFUS | REFUS_ATTENTE
    depot = HiddenField()
    motif = RadioField("Pourquoi", choices=MotifAttente.choices(), validators=[InputRequired("Choisissez un motif.")])
    jusqu_au = DateFrancaise("Jusqu’au", validators=[InputRequired("Écrivez le jour de la reprise.")])

    def values(self) -> dict[str, Any]:
        return {"motif": MotifAttente(self.motif.data), "jusqu_au": self.jusqu_au.data}


class VerificationForm(FormulaireParcours):
    """An answer to one question; the hidden fields say which, as the page showed it."""

    refus = REFUS | REFUS_VERIFICATION
    depot = HiddenField()
    objet = HiddenField()
    mois = HiddenField()
    repere = HiddenField()
    reponse = RadioField(
        "Réponse", choices=ReponseVerification.choices(), validators=[InputRequired("Choisissez une réponse.")]
    )
    genre = SelectField(
        "Ce que le jeune fait maintenant",
        choices={"": "Choisir…"} | {genre.value: genre.label for genre in GENRES_POSSIBLES},
        default="",
    )

    def validate_genre(self, field: Field) -> None:
        if self.reponse.data != ReponseVerification.CHANGEE:
            forget_error(field)
        elif not field.data:
            raise ValidationError(REFUS_VERIFICATION["genre_absent"])

    def values(self) -> dict[str, Any]:
        reponse = ReponseVerification(self.reponse.data)
        changed = reponse is ReponseVerification.CHANGEE
        return {"reponse": reponse, "genre": GenreEtape(self.genre.data) if changed else None}


def asked(objet: str | None, mois: str | None) -> tuple[ObjetVerification, int] | None:
    """The dated question that an address or a form names; None when there is no such question."""
    possible = MOIS[ObjetVerification(objet)] if objet in set(ObjetVerification) else ()
    which = next((number for number in possible if str(number) == mois), None)
    return None if which is None else (ObjetVerification(objet), which)


def read_day(texte: str | None) -> date | None:
    """The day that a hidden field carries, as ISO text; None when it was tampered with."""
    try:
        return date.fromisoformat(texte or "")
    except ValueError:
        return None
