"""Noting a follow-up: what is frequent within the thumb's reach, the rest behind « Autre… »."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any

from wtforms import Field, HiddenField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError

from app.db.labelled import Labelled
from app.parcours.forms_refus import FormulaireParcours, Heure, forget_error
from app.parcours.models import ContactPrevu, Suivi
from app.parcours.services_suivis import Prochain
from app.parcours.vocabulaire import Canal, Resultat, Theme, Visibilite
from app.parcours.vocabulaire_actes import Accord, PartageNote
from app.web.filters import date_courte
from app.web.saisie import DateFrancaise

AUTRE = "autre"
MOTS_AU_PLUS = 4000
RESULTATS = (
    Resultat.ECHANGE_FAIT,
    Resultat.RDV_PRIS,
    Resultat.ABSENT_NON_EXCUSE,
    Resultat.EXCUSE,
    Resultat.SANS_REPONSE,
)
CANAUX = (Canal.PRESENCE_RUE, Canal.TELEPHONE, Canal.ENTRETIEN, Canal.MESSAGE, Canal.VISITE_DOMICILE)
QUI_PEUT_LIRE = {
    Visibilite.MON_EQUIPE.value: "les personnes de votre structure qui suivent ce jeune",
    Visibilite.EQUIPE_SUIVI.value: "toutes les personnes qui suivent ce jeune, partenaires compris",
    Visibilite.REFERENT_COORDINATEUR.value: "eux seuls, et vous",
}
_TROP_LONG = Length(max=MOTS_AU_PLUS, message="4 000 caractères au plus.")


def _short(jour: date) -> str:
    return date_courte(jour).replace(" ", "\N{NO-BREAK SPACE}")


def frequents(codes: Collection[Labelled]) -> dict[str, str]:
    return {code.value: code.label for code in codes} | {AUTRE: "Autre…"}


def rares(codes: type[Labelled], frequents: Collection[Labelled]) -> dict[str, str]:
    return {code.value: code.label for code in codes if code not in frequents}


class CorrigerSuiviForm(FormulaireParcours):
    """What a follow-up says. `version` is the one read, on a correction."""

    depot = HiddenField()
    version = HiddenField()
    resultat = RadioField(
        "Ce qui s’est passé",
        choices=frequents(RESULTATS),
        validators=[InputRequired("Choisissez ce qui s’est passé.")],
    )
    autre_resultat = RadioField("Autre résultat", choices=rares(Resultat, RESULTATS), validate_choice=False)
    canal = RadioField("Comment", choices=frequents(CANAUX), validators=[InputRequired("Choisissez comment.")])
    autre_canal = RadioField("Autre canal", choices=rares(Canal, CANAUX), validate_choice=False)
    quand = RadioField("Quand", validators=[InputRequired("Choisissez quand.")])
    jour = DateFrancaise("Autre jour")
    mots = TextAreaField("Quelques mots", validators=[_TROP_LONG])
    themes = SelectMultipleField("Thèmes", choices=Theme.choices())
    visibilite = RadioField(
        "Qui peut lire ces mots",
        choices=Visibilite.choices(),
        validators=[InputRequired("Choisissez qui peut lire.")],
    )
    partage = RadioField("Ce que le jeune en dit", choices=Accord.choices(), validate_choice=False)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.quand.choices = {
            "aujourdhui": f"Aujourd’hui, {_short(today)}",
            "hier": f"Hier, {_short(today - timedelta(days=1))}",
            AUTRE: "Autre jour…",
        }

    def validate_autre_resultat(self, field: Field) -> None:
        _check_rare(field, self.resultat, "Choisissez ce qui s’est passé.")

    def validate_autre_canal(self, field: Field) -> None:
        _check_rare(field, self.canal, "Choisissez comment.")

    def validate_partage(self, field: Field) -> None:
        shared = self.visibilite.data == Visibilite.EQUIPE_SUIVI and self.texte
        if shared and field.data not in field.choices:
            raise ValidationError("Dites si le jeune est d’accord que l’équipe lise ces mots, ou s’il en est informé.")

    def validate_jour(self, field: Field) -> None:
        if self.quand.data != AUTRE:
            forget_error(field)
        elif field.data is None and not field.errors:
            raise ValidationError("Écrivez le jour.")

    def le(self) -> date | None:
        """The day, when it could be read."""
        return {"aujourdhui": self.today, "hier": self.today - timedelta(days=1)}.get(self.quand.data, self.jour.data)

    def values(self) -> dict[str, Any]:
        """What the services take, but the sealed words."""
        canal = self.autre_canal.data if self.canal.data == AUTRE else self.canal.data
        resultat = self.autre_resultat.data if self.resultat.data == AUTRE else self.resultat.data
        return {
            "jour": self.le(),
            "canal": Canal(canal),
            "resultat": Resultat(resultat),
            "themes": [Theme(theme) for theme in self.themes.data or ()],
            "visibilite": Visibilite(self.visibilite.data),
            "partage": PartageNote(self.partage.data) if self.partage.data in self.partage.choices else None,
        }

    @property
    def texte(self) -> str:
        return (self.mots.data or "").replace("\r\n", "\n").strip()


class SuiviForm(CorrigerSuiviForm):
    """A new follow-up, and the next contact if one was promised."""

    prochain_jour = DateFrancaise("Jour du prochain rendez-vous")
    prochain_heure = Heure("Heure")
    prochain_canal = SelectField("Comment, la prochaine fois", choices={"": "À voir"} | Canal.choices(), default="")

    def validate_prochain_jour(self, field: Field) -> None:
        if field.data is None and not field.errors and (self.prochain_heure.data or self.prochain_canal.data):
            raise ValidationError("Écrivez le jour du rendez-vous.")

    def prochain(self) -> Prochain | None:
        if self.prochain_jour.data is None:
            return None
        canal = self.prochain_canal.data
        return Prochain(self.prochain_jour.data, self.prochain_heure.data, Canal(canal) if canal else None)


class ContactForm(FormulaireParcours):
    """A contact to come."""

    depot = HiddenField()
    version = HiddenField()
    jour = DateFrancaise("Jour", validators=[InputRequired("Écrivez le jour du rendez-vous.")])
    heure = Heure("Heure")
    canal = SelectField("Comment", choices={"": "À voir"} | Canal.choices(), default="")
    objet = StringField("Pour quoi", validators=[Length(max=200, message="200 caractères au plus.")])

    def values(self) -> dict[str, Any]:
        return {
            "jour": self.jour.data,
            "heure": self.heure.data,
            "canal": Canal(self.canal.data) if self.canal.data else None,
        }


class DeplacerForm(FormulaireParcours):
    """Another day for a contact to come."""

    version = HiddenField()
    jour = DateFrancaise("Nouveau jour", validators=[InputRequired("Écrivez le nouveau jour.")])
    heure = Heure("Heure")


def _check_rare(field: Field, frequent: Field, sentence: str) -> None:
    if frequent.data == AUTRE and field.data not in field.choices:
        raise ValidationError(sentence)


def shown(code: Labelled, frequents: Collection[Labelled], name: str) -> dict[str, str]:
    """What the tiles show for a code: itself among the frequent ones, or « Autre… » and itself among the others."""
    if code in frequents:
        return {name: code.value}
    return {name: AUTRE, f"autre_{name}": code.value}


def day_shown(jour: date, today: date) -> dict[str, Any]:
    """What the tiles show for a day."""
    near = {today: "aujourdhui", today - timedelta(days=1): "hier"}.get(jour)
    return {"quand": near} if near else {"quand": AUTRE, "jour": jour}


def suivi_shown(suivi: Suivi, texte: str, *, today: date) -> dict[str, Any]:
    """What the form of a correction shows at first."""
    return {
        **shown(suivi.resultat, RESULTATS, "resultat"),
        **shown(suivi.canal, CANAUX, "canal"),
        **day_shown(suivi.jour, today),
        "mots": texte,
        "themes": [theme.value for theme in suivi.themes],
        "visibilite": suivi.visibilite.value,
        "partage": suivi.partage.value if suivi.partage else None,
        "version": str(suivi.version),
    }


def contact_shown(contact: ContactPrevu) -> Mapping[str, Any]:
    """What the form of a move shows at first."""
    return {"jour": contact.jour, "heure": contact.heure, "version": str(contact.version)}
