"""The search of *Mes jeunes*, and its filters read from the address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import Form, SelectChoice, SelectField, StringField
from wtforms.validators import Length

from app.alertes.queries_portefeuille import Alertees, Choix, Filtre, Lien
from app.alertes.rules import PAR_PAGE
from app.alertes.vocabulaire import Regle
from app.parcours.vocabulaire import Situation

LIENS = {Lien.REFERENT: "Dont je suis référent", Lien.EQUIPE: "Dont je suis dans l’équipe"}
ALERTEES = {Alertees.AVEC: "Avec une alerte", Alertees.SANS: "Sans alerte"}


def _choices(pairs: Iterable[tuple[str, str]]) -> list[SelectChoice]:
    return [SelectChoice(str(value), label) for value, label in pairs]


class RechercheForm(FlaskForm):
    texte = StringField(
        "Chercher un jeune par son nom ou son code",
        filters=[lambda text: (text or "").strip()],
        validators=[Length(max=100, message="Écrivez un nom ou un code, en moins de cent signes.")],
    )


class FiltreForm(Form):
    """Never an error: a choice that is not offered is read as none."""

    lien = SelectField("Dossiers", choices=_choices(LIENS.items()))
    situation = SelectField("Situation")
    alerte = SelectField("Alerte")
    territoire = SelectField("Quartier")

    def offer(self, choix: Choix) -> None:
        """Fill the lists with what the caseload holds, each with its number."""
        situations = (
            (code, f"{code.label} ({choix.situations[code]})") for code in Situation if code in choix.situations
        )
        territoires = ((str(number), f"{nom} ({jeunes})") for number, (nom, jeunes) in choix.territoires.items())
        self.situation.choices = _choices([("", "Toutes"), *situations])
        self.alerte.choices = _choices(
            [("", "Toutes"), *ALERTEES.items(), *((regle.value, regle.label) for regle in Regle)]
        )
        self.territoire.choices = _choices([("", "Tous"), *territoires])

    @property
    def en_mots(self) -> str:
        """What is filtered, for the folded line of a phone."""
        chosen = [
            choice.label
            for field in (self.lien, self.situation, self.alerte, self.territoire)
            for choice in field.choices
            if choice.value == field.data and choice is not field.choices[0]
        ]
        return ", ".join(label.partition(" (")[0] for label in chosen)


def read_filtre(args: MultiDict[str, str], *, defaut: Lien) -> Filtre:
    """The filter that an address asks for."""
    alerte = args.get("alerte", "")
    return Filtre(
        lien=Lien(args["lien"]) if args.get("lien") in set(Lien) else defaut,
        situation=Situation(args["situation"]) if args.get("situation") in set(Situation) else None,
        alerte=Regle(alerte) if alerte in set(Regle) else Alertees(alerte) if alerte in set(Alertees) else None,
        territoire_id=_whole(args, "territoire"),
    )


def read_page(args: MultiDict[str, str]) -> tuple[int, int]:
    """(page from 1, lines a page)."""
    par = _whole(args, "par")
    return max(_whole(args, "page") or 1, 1), par if par in PAR_PAGE else PAR_PAGE[0]


def address_of(filtre: Filtre, *, defaut: Lien) -> Mapping[str, str]:
    """The part of an address that asks for this filter again."""
    asked = {
        "lien": "" if filtre.lien is defaut else filtre.lien.value,
        "situation": filtre.situation.value if filtre.situation else "",
        "alerte": filtre.alerte.value if filtre.alerte else "",
        "territoire": str(filtre.territoire_id or ""),
    }
    return {name: value for name, value in asked.items() if value}


def _whole(args: MultiDict[str, str], name: str) -> int | None:
    text = args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
