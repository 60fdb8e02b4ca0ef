"""Forms about people, and the sentence for each refusal of this room's services."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, ValidationError
from wtforms.widgets import TextInput

from app.db.errors import DomainError
from app.jeunes.queries import FicheIdentite, Representant
from app.jeunes.rules_identite import LONGUEUR_COURRIEL, LONGUEUR_NOM
from app.jeunes.vocabulaire import REPONSES, AutoriteParentale, FormeInformation, Lien, PeutEtreContacte, StatutDemande
from app.parcours.vocabulaire import CANAUX_SANS_LE_JEUNE, Canal, Diplome, Origine, Sexe
from app.programme.forms import territoire_choices
from app.web.filters import telephone_lisible
from app.web.saisie import DateFrancaise, Refusable, lire_date

REFUS = {
    "pseudonyme_requis": "Écrivez un prénom, un nom ou un pseudonyme.",
    "nom_trop_long": f"Ce nom est trop long : {LONGUEUR_NOM} caractères au plus.",
    "date_naissance_invraisemblable": "Vérifiez cette date : elle donnerait moins de 9 ans ou plus de 30 ans.",
    "annee_naissance_invraisemblable": "Vérifiez cette année : elle donnerait moins de 9 ans ou plus de 30 ans.",
    "annee_invraisemblable": "Vérifiez cette année de naissance.",
    "telephone_illisible": "Ce numéro n’est pas complet. Exemple : 06 12 34 56 78.",
    "courriel_illisible": "Cette adresse n’est pas complète. Exemple : prenom@exemple.fr.",
    "information_requise": "Une identité demande que le jeune ait été informé : écrivez quand.",
    "forme_requise": "Dites comment le jeune a été informé.",
    "information_future": "Cette date est dans le futur.",
    "information_trop_ancienne": "Vérifiez cette date : elle est trop ancienne.",
    "representant_sans_nom": "Écrivez un prénom ou un nom.",
    "representants_trop_nombreux": "Ce dossier a déjà dix représentants légaux. Retirez-en un d’abord.",
    "jeune_a_informer": (
        "Ce référent est d’une autre structure : le jeune en est informé avant. Écrivez quel jour, ou choisissez "
        "quelqu’un de votre structure."
    ),
    "information_a_venir": "Cette date est dans le futur.",
    "referent_inconnu": "Choisissez un référent de la liste.",
    "agent_desactive": "Le compte de cette personne est fermé. Choisissez un autre référent.",
    "agent_sans_role": "Cette personne n’est pas référente. Choisissez quelqu’un d’autre.",
    "deja_repondu": "Une réponse a déjà été donnée à cette demande.",
    "reponse_inconnue": "Choisissez une réponse.",
    "depot_inconnu": "Cette page a expiré. Rechargez-la avant d’enregistrer.",
}
# what does not travel when somebody goes on under a pseudonym
IDENTITE_SAISIE = ("pseudonyme", "prenom", "nom", "naissance", "telephone", "courriel", "informe_le", "informe_forme")
NOTE_AU_PLUS = 4000
_RENCONTRES = {canal.value: canal.label for canal in Canal if canal not in CANAUX_SANS_LE_JEUNE}


class Naissance(Field):
    """JJ/MM/AAAA, or the year alone; `data` is a `date`, an `int`, or None."""

    widget = TextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return self.data.strftime("%d/%m/%Y") if isinstance(self.data, date) else str(self.data or "")

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        text = valuelist[0].strip() if valuelist else ""
        if re.fullmatch(r"\d{4}", text, re.ASCII):
            self.data = int(text)
        elif text:
            try:
                self.data = lire_date(text)
            except ValueError as error:
                raise ValidationError(f"{error} L’année seule suffit aussi.") from None

    @property
    def date(self) -> date | None:
        return self.data if isinstance(self.data, date) else None

    @property
    def annee(self) -> int | None:
        return self.data.year if isinstance(self.data, date) else self.data


class Formulaire(Refusable):
    """A form of this room."""

    refus = REFUS
    # the year alone and the whole date are typed in one field
    champs = {"date_naissance": "naissance", "annee_naissance": "naissance"}


def _nom(label: str) -> StringField:
    return StringField(label, validators=[Length(max=LONGUEUR_NOM, message=REFUS["nom_trop_long"])])


def _coordonnee(label: str) -> StringField:
    too_long = f"{LONGUEUR_COURRIEL} caractères au plus."
    return StringField(label, validators=[Length(max=LONGUEUR_COURRIEL, message=too_long)])


def _informe_le() -> DateFrancaise:
    return DateFrancaise("Informé le", validators=[Optional()])


def _informe_forme() -> RadioField:
    return RadioField("Comment l’information a été donnée", choices=FormeInformation.choices(), validators=[Optional()])


class Informe:
    """When and how somebody was told that a file is kept."""

    informe_le: DateFrancaise
    informe_forme: RadioField

    def information(self) -> dict[str, object]:
        forme = self.informe_forme.data
        return {
            "informe_le": self.informe_le.data,
            "informe_forme": FormeInformation(forme) if forme in set(FormeInformation) else None,
        }


class Personne(Formulaire, Informe):
    """The fields of an identity, wherever it is typed."""

    pseudonyme = _nom("Pseudonyme")
    prenom = _nom("Prénom")
    nom = _nom("Nom")
    naissance = Naissance("Date ou année de naissance", validators=[Optional()])
    telephone = _coordonnee("Téléphone")
    courriel = _coordonnee("Courriel")
    informe_le = _informe_le()
    informe_forme = _informe_forme()
    anonymat_demande = BooleanField("Le jeune demande l’anonymat")

    def identity(self) -> dict[str, object]:
        names = {"pseudonyme": self.pseudonyme.data, "prenom": self.prenom.data, "nom": self.nom.data}
        return {
            "identite": names | {"date_naissance": self.naissance.date},
            "contact": {"telephone": self.telephone.data, "courriel": self.courriel.data},
            "annee_naissance": self.naissance.annee,
            "anonymat_demande": self.anonymat_demande.data,
            **self.information(),
        }


class NouveauJeune(Personne):
    champs = Personne.champs | {"jeune_informe_le": "informe_le"}

    territoire_id = SelectField(
        "Territoire", coerce=int, validators=[InputRequired("Choisissez un territoire.")], default=0
    )
    note = TextAreaField(
        "Quelques mots", validators=[Length(max=NOTE_AU_PLUS, message=f"{NOTE_AU_PLUS} caractères au plus.")]
    )
    canal = SelectField("Comment vous vous êtes rencontrés", choices=_RENCONTRES, default=Canal.PRESENCE_RUE.value)
    referent_id = SelectField("Référent unique")
    sexe = RadioField("Sexe", choices=Sexe.choices(), default=Sexe.NON_RENSEIGNE.value)
    origine = SelectField("Origine", choices={"": "Non précisée"} | Origine.choices(), default="")
    diplome = SelectField("Diplôme le plus élevé", choices=Diplome.choices(), default=Diplome.INCONNU.value)
    depot = HiddenField()
    rencontre = HiddenField()

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        # errors are listed in the order of the page: the meeting first, the identity below
        first = {
            name: self._fields.pop(name) for name in ("pseudonyme", "territoire_id", "note", "canal", "referent_id")
        }
        self._fields = first | self._fields

    def offer(self, territoires: Iterable, referents: Iterable, *, moi: int | None) -> None:
        """Rows of `programme.queries.territoires_ouverts` and `queries_receveurs.possible_referents`; `moi` is the
        signed-in agent when they are référent themselves."""
        self.territoire_id.choices = [
            SelectChoice(0, "Choisir…"),
            *territoire_choices(territoires),
        ]
        mine = {} if moi is None else {str(moi): "Moi"}
        others = {str(row.id): f"{row.prenom} {row.nom} ({row.structure})" for row in referents if row.id != moi}
        self.referent_id.choices = mine | {"": "Personne pour l’instant"} | others
        if self.referent_id.data is None:
            self.referent_id.data = next(iter(mine), "")

    def validate_territoire_id(self, field: SelectField) -> None:
        if not field.data:
            raise ValidationError("Choisissez un territoire.")

    @property
    def referent(self) -> int | None:
        return int(self.referent_id.data) if self.referent_id.data else None

    def values(self) -> dict[str, object]:
        """What an `Accueil` holds, before `services_accueil.prepare`."""
        return self.identity() | {
            "depot": read_uuid(self.depot.data),
            "territoire_id": self.territoire_id.data,
            "sexe": Sexe(self.sexe.data),
            "origine": Origine(self.origine.data) if self.origine.data else None,
            "diplome": Diplome(self.diplome.data),
            "canal": Canal(self.canal.data),
            "note": self.note.data or "",
            "rencontre": bool(self.rencontre.data),
        }


class Inconnu(NouveauJeune):
    """The same, of somebody met in the street: what is asked is how they are called there."""

    pseudonyme = _nom("Surnom")


class IdentiteForm(Personne):
    version = HiddenField(default="0")

    @staticmethod
    def shown(fiche: FicheIdentite | None, *, annee: int | None, anonymat: bool) -> dict[str, object]:
        """What the form shows of what is known."""
        if fiche is None:
            return {"naissance": annee, "anonymat_demande": anonymat, "version": "0"}
        birth = fiche.identite.get("date_naissance")
        return {
            **{field: fiche.identite.get(field, "") for field in ("pseudonyme", "prenom", "nom")},
            "naissance": date.fromisoformat(birth) if birth else annee,
            "telephone": telephone_lisible(fiche.contact.get("telephone")),
            "courriel": fiche.contact.get("courriel", ""),
            "anonymat_demande": anonymat,
            "informe_le": fiche.informe_le,
            "informe_forme": fiche.informe_forme,
            "version": str(fiche.version),
        }


class RepresentantForm(Formulaire, Informe):
    prenom = _nom("Prénom")
    nom = _nom("Nom")
    lien = RadioField("Lien avec le jeune", choices=Lien.choices(), validators=[InputRequired("Choisissez le lien.")])
    autorite_parentale = RadioField(
        "Autorité parentale", choices=AutoriteParentale.choices(), default=AutoriteParentale.INCONNUE.value
    )
    peut_etre_contacte = RadioField(
        "Peut être contacté", choices=PeutEtreContacte.choices(), default=PeutEtreContacte.A_DEMANDER.value
    )
    telephone = _coordonnee("Téléphone")
    courriel = _coordonnee("Courriel")
    informe_le = _informe_le()
    informe_forme = _informe_forme()
    depot = HiddenField()
    version = HiddenField(default="0")

    @staticmethod
    def shown(representant: Representant) -> dict[str, object]:
        fields = ("prenom", "nom", "lien", "autorite_parentale", "peut_etre_contacte", "courriel")
        return {
            **{field: getattr(representant, field) for field in fields},
            "telephone": telephone_lisible(representant.telephone),
            "informe_le": representant.informe_le,
            "informe_forme": representant.informe_forme,
            "version": str(representant.version),
        }

    def values(self) -> dict[str, object]:
        """What `FicheRepresentant` holds."""
        return {
            "identite": {field: self[field].data for field in ("prenom", "nom", "telephone", "courriel")},
            "lien": Lien(self.lien.data),
            "autorite_parentale": AutoriteParentale(self.autorite_parentale.data),
            "peut_etre_contacte": PeutEtreContacte(self.peut_etre_contacte.data),
            **self.information(),
        }


class ReponseForm(Formulaire):
    reponse = RadioField(
        "Votre réponse",
        choices={reponse.value: reponse.label for reponse in REPONSES},
        validators=[InputRequired(REFUS["reponse_inconnue"])],
    )

    @property
    def choisie(self) -> StatutDemande:
        return StatutDemande(self.reponse.data)


def read_uuid(text: str | None) -> UUID:
    """A hidden field's id. DomainError `depot_inconnu` when it was tampered with."""
    try:
        return UUID(text or "")
    except ValueError:
        raise DomainError("depot_inconnu") from None


def carried(form: FlaskForm, *, without: Iterable[str] = ()) -> Mapping[str, str]:
    """Everything that was typed, to travel in hidden fields to the next page of the same act."""
    left_out = {"csrf_token", *without}
    return {
        name: "y" if isinstance(field, BooleanField) else field.raw_data[0]
        for name, field in form._fields.items()
        if name not in left_out and field.raw_data and (field.data if isinstance(field, BooleanField) else True)
    }
