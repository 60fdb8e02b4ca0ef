"""The duty of training in words: where it stands, what comes next for whom, the form of one dated act."""

from __future__ import annotations

from datetime import date
from typing import Any

from wtforms import Field, HiddenField, RadioField
from wtforms.validators import InputRequired

from app.parcours.forms_refus import REFUS, FormulaireParcours, forget_error
from app.parcours.rules_obligation import RESERVES_A_LA_MISSION_LOCALE, Etape, Stade
from app.parcours.vocabulaire_actes import GenreJalon
from app.web.filters import date_longue
from app.web.saisie import DateFrancaise

REFUS_JALON = REFUS | {
    "dossier_clos": "Ce dossier est clos : rouvrez-le d’abord.",
    "reserve_mission_locale": "La mission locale seule convoque et transmet : prenez contact avec elle.",
    "jalon_futur": "Ce jour n’est pas encore arrivé : il se note quand c’est fait.",
    "jalon_avant_obligation": "L’obligation de formation existe depuis septembre 2020. Vérifiez l’année.",
    "jalon_avant_16": "Ce jour-là, le jeune n’avait pas 16 ans : l’instruction était encore obligatoire.",
    "jalon_apres_18": "Ce jour-là, le jeune avait 18 ans : l’obligation de formation était finie.",
    "jalon_en_double": "C’est déjà noté à cette date.",
    "absence_sans_entretien": "Notez d’abord l’entretien proposé : l’absence vient après.",
    "transmission_sans_convocation": "Notez d’abord la convocation : la transmission vient après.",
    "exemption_seulement": "Seule une exemption a un dernier jour.",
    "exemption_a_l_envers": "Le dernier jour est avant le premier.",
    "exemption_trop_longue": "L’obligation dure deux ans : l’exemption ne peut pas durer davantage.",
    "jalon_suivi": "Un acte noté plus tard repose sur celui-ci : annulez-le d’abord.",
}
SOURCE = (
    "Code de l’éducation, art. L. 114-1 et R. 114-7 ; décret n° 2020-978 du 5 août 2020. "
    "Délai compté comme à l’art. 641 du code de procédure civile."
)
# (for an agent of a mission locale, for anybody else)
SUITES: dict[Etape, tuple[str, str]] = {
    Etape.ENTRETIEN: (
        "Aucun entretien n’est noté. À faire : proposer un entretien au jeune et à son représentant légal.",
        "Aucun entretien n’est noté. À faire : prendre contact avec la mission locale.",
    ),
    Etape.PROPOSE: (
        "Entretien proposé le {jalon}. À faire : noter l’absence si elle n’est pas justifiée.",
        "Entretien proposé le {jalon}. À faire : encourager le jeune à y aller.",
    ),
    Etape.CONVOCATION: (
        "Absence non justifiée le {jalon}. À faire : convoquer le jeune et son représentant légal.",
        "Absence non justifiée le {jalon}. À faire : prendre contact avec la mission locale.",
    ),
    Etape.ATTENTE: (
        "Convocation le {jalon}. Si rien n’a changé, la situation est à transmettre au département au plus tard "
        "le {transmission}.",
        "Convocation par la mission locale le {jalon}. À faire : prendre contact avec la mission locale.",
    ),
    Etape.TRANSMISE: (
        "Situation transmise au département le {jalon}. L’accompagnement continue.",
        "Situation transmise au département le {jalon}. L’accompagnement continue.",
    ),
    Etape.EXEMPTION: (
        "Exemption depuis le {jalon} : rien n’est à faire tant qu’elle dure.",
        "Exemption depuis le {jalon} : rien n’est à faire tant qu’elle dure.",
    ),
}


class JalonForm(FormulaireParcours):
    """One dated act; `offer` keeps those that this agent may note."""

    refus = REFUS_JALON
    depot = HiddenField()
    genre = RadioField("Ce qui a été fait", validators=[InputRequired("Choisissez ce qui a été fait.")])
    jour = DateFrancaise("Le", validators=[InputRequired("Écrivez la date.")])
    jusqu_au = DateFrancaise("Dernier jour de l’exemption")

    def offer(self, *, mission_locale: bool) -> None:
        offered = [genre for genre in GenreJalon if mission_locale or genre not in RESERVES_A_LA_MISSION_LOCALE]
        self.genre.choices = {genre.value: genre.label for genre in offered}

    def validate_jusqu_au(self, field: Field) -> None:
        if self.genre.data != GenreJalon.EXEMPTION_MEDICALE:
            forget_error(field)

    def values(self) -> dict[str, Any]:
        genre = GenreJalon(self.genre.data)
        last = self.jusqu_au.data if genre is GenreJalon.EXEMPTION_MEDICALE else None
        return {"genre": genre, "jour": self.jour.data, "jusqu_au": last}


def suite(stade: Stade, *, mission_locale: bool) -> str:
    """Where it stands and what comes next; the duty to transmit is said to the mission locale alone."""
    words = SUITES[stade.etape][0 if mission_locale else 1]
    return words.format(jalon=_said(stade.jalon), transmission=_said(stade.transmission_le))


def _said(day: date | None) -> str:
    return "" if day is None else date_longue(day)
