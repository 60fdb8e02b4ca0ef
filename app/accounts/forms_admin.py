"""Forms of the administration, and the sentence for each refusal of the services."""

from __future__ import annotations

from collections.abc import Iterable

from wtforms import HiddenField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from app.accounts.forms_connexion import REFUS_MOT_DE_PASSE, REFUS_TELEPHONE
from app.accounts.vocabulaire import GenreStructure, Role
from app.programme.vocabulaire import GENERATIONS, GenreTerritoire
from app.web.saisie import Refusable

REFUS = REFUS_MOT_DE_PASSE | {
    **REFUS_TELEPHONE,
    "courriel_invalide": "Cette adresse de courriel n’est pas complète. Exemple : prenom.nom@structure.fr",
    "courriel_pris": "Un compte existe déjà avec cette adresse de courriel.",
    "nom_manquant": "Écrivez un nom.",
    "sans_role": "Choisissez au moins un rôle.",
    "responsable_sans_dossier": (
        "Un responsable voit des cohortes et jamais un dossier : ce rôle ne se cumule pas avec intervenant, référent, "
        "coordinateur ou délégué à la protection des données."
    ),
    "structure_des_notes": (
        "Cette personne a suivi des jeunes dans sa structure, et ses notes sont à cette équipe. Désactivez ce compte, "
        "puis créez-en un autre, avec un autre courriel, dans la nouvelle structure."
    ),
    "structure_fermee": "Cette structure est fermée. Choisissez-en une autre, ou rouvrez-la d’abord.",
    "dernier_administrateur": (
        "C’est le seul compte qui administre Parcours. Donnez d’abord ce rôle à quelqu’un d’autre."
    ),
    "dossiers_a_confier": (
        "Cette personne est référente de dossiers ouverts : sans rôle qui voit des dossiers, plus personne n’y "
        "répondrait. Faites d’abord passer le relais, ou désactivez le compte."
    ),
    "telephone_de_service": "Ce numéro n’est pas complet. Exemple : 01 23 45 67 89.",
    "code_manquant": "Écrivez un code.",
    "code_pris": "Ce code est déjà pris.",
    "code_requis": "Écrivez un code.",
    "code_trop_long": "Ce code est trop long.",
    "nom_requis": "Écrivez un nom.",
    "nom_trop_long": "Ce nom est trop long.",
    "generation_impossible": (
        "Un QPV est de la génération 2015 ou 2024, un QVA de 2015 ; les autres territoires n’en ont pas."
    ),
    "commune_impossible": "Choisissez une commune ; une commune n’appartient pas à une autre.",
    "agents_actifs": "Des agents y travaillent encore : changez-les de structure ou désactivez leur compte d’abord.",
}
_SANS = {"": "Aucune"}


class Formulaire(Refusable):
    """A form of the administration."""

    refus = REFUS


class Confirmation(Formulaire):
    """One button; what it refuses concerns the whole page."""


def _texte(label: str, manque: str, longueur: int) -> StringField:
    validators = [DataRequired(manque), Length(max=longueur, message=f"{longueur} caractères au plus.")]
    return StringField(label, validators=validators)


class AgentForm(Formulaire):
    prenom = _texte("Prénom", "Écrivez le prénom.", 80)
    nom = _texte("Nom", "Écrivez le nom.", 80)
    courriel = _texte("Adresse de courriel", "Écrivez l’adresse de courriel.", 254)
    telephone = StringField("Téléphone professionnel", validators=[Length(max=40, message="40 caractères au plus.")])
    structure_id = SelectField(
        "Structure", coerce=int, validators=[InputRequired("Choisissez une structure.")], validate_choice=False
    )
    roles = SelectMultipleField(
        "Rôles", choices=Role.choices(), validators=[InputRequired("Choisissez au moins un rôle.")]
    )
    version = HiddenField(default="0")

    def offer(self, structures: Iterable[tuple[int, str]]) -> None:
        self.structure_id.choices = dict(tuple(row) for row in structures)

    def values(self) -> dict[str, object]:
        """What the services take, named one by one: nothing else that is posted reaches the account."""
        return {
            "prenom": self.prenom.data,
            "nom": self.nom.data,
            "courriel": self.courriel.data,
            "telephone": self.telephone.data or "",
            "structure_id": self.structure_id.data,
            "roles": [Role(code) for code in self.roles.data],
        }


class NouvelAgentForm(AgentForm):
    mot_de_passe = _texte("Mot de passe provisoire", "Écrivez un mot de passe provisoire.", 1000)


class MotDePasseForm(Formulaire):
    mot_de_passe = _texte("Nouveau mot de passe", "Écrivez un nouveau mot de passe.", 1000)


class StructureForm(Formulaire):
    nom = _texte("Nom", "Écrivez le nom de la structure.", 120)
    code = _texte("Code", "Écrivez un code.", 30)
    genre = RadioField(
        "Genre de structure",
        choices=GenreStructure.choices(),
        validators=[InputRequired("Choisissez un genre de structure.")],
    )
    crip_nom = StringField("Nom", validators=[Length(max=120, message="120 caractères au plus.")])
    crip_telephone = StringField("Téléphone", validators=[Length(max=40, message="40 caractères au plus.")])
    crip_courriel = StringField("Courriel", validators=[Length(max=254, message="254 caractères au plus.")])
    version = HiddenField(default="0")

    def values(self) -> dict[str, object]:
        crip = {"nom": self.crip_nom, "telephone": self.crip_telephone, "courriel": self.crip_courriel}
        return {
            "nom": self.nom.data,
            "code": self.code.data,
            "genre": GenreStructure(self.genre.data),
            "crip": {name: field.data or "" for name, field in crip.items()},
        }


class TerritoireForm(Formulaire):
    nom = _texte("Nom", "Écrivez le nom du territoire.", 120)
    code = _texte("Code", "Écrivez un code.", 60)
    genre = RadioField(
        "Genre de territoire",
        choices=GenreTerritoire.choices(),
        validators=[InputRequired("Choisissez un genre de territoire.")],
    )
    generation = SelectField("Génération", choices=_SANS | {str(year): str(year) for year in GENERATIONS})
    commune_id = SelectField("Commune")
    version = HiddenField(default="0")

    def offer(self, communes: Iterable[tuple[int, str]]) -> None:
        self.commune_id.choices = _SANS | {str(commune_id): nom for commune_id, nom in communes}

    def values(self) -> dict[str, object]:
        return {
            "nom": self.nom.data,
            "code": self.code.data,
            "genre": GenreTerritoire(self.genre.data),
            "generation": _number(self.generation.data),
            "commune_id": _number(self.commune_id.data),
        }


def _number(text: str | None) -> int | None:
    return int(text) if text else None
