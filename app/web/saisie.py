"""What forms share: the French date field, what a service refused, the list of errors that heads an invalid page."""

import re
from collections.abc import Iterator, Mapping
from datetime import date

from flask_wtf import FlaskForm
from wtforms import Field, Form
from wtforms.validators import ValidationError
from wtforms.widgets import TextInput

from app.db.errors import DomainError

DATE_ILLISIBLE = "Écrivez la date comme ceci : 22/11/2026."
DATE_ABSENTE_DU_CALENDRIER = "Cette date n’existe pas. Vérifiez le jour et le mois."


def lire_numero(texte: str) -> int:
    """The number of a row, as an address writes it. ValueError when no database could hold it."""
    if not re.fullmatch(r"\d{1,18}", texte, re.ASCII):
        raise ValueError(texte)
    return int(texte)


def storable(number: int) -> int:
    """The number of an address; 0, which is no row's, when no database could hold it."""
    return number if number < 10**18 else 0


def lire_date(texte: str) -> date:
    """Read “22/11/2026”, “3.9.24”, “03 09 2024”, “22112026” (a phone's figures have no stroke) or “2024-09-03”.

    Two figures of year mean 20xx. Raises ValueError with the sentence to show.
    """
    if iso := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", texte.strip()):
        annee, mois, jour = (int(n) for n in iso.groups())
    elif usuelle := (
        re.fullmatch(r"(\d{1,2})[/. -]+(\d{1,2})[/. -]+(\d{4}|\d{2})", texte.strip())
        or re.fullmatch(r"(\d{2})(\d{2})(\d{4})", texte.strip())
    ):
        jour, mois, annee = (int(n) for n in usuelle.groups())
        annee += 2000 if len(usuelle[3]) == 2 else 0
    else:
        raise ValueError(DATE_ILLISIBLE)
    try:
        return date(annee, mois, jour)
    except ValueError:
        raise ValueError(DATE_ABSENTE_DU_CALENDRIER) from None


def read_version(texte: str | None) -> int:
    """The version that an edit was read at; -1, which none is, when it was tampered with."""
    return int(texte) if texte and re.fullmatch(r"\d{1,9}", texte, re.ASCII) else -1


class Refusable(FlaskForm):
    """A form that shows what a service refused beside the field that it concerns, else at the head of the page.

    `refus`: the sentence of each code. `champs`: the field of the form, where the service names it otherwise.
    """

    refus: Mapping[str, str] = {}
    champs: Mapping[str, str] = {}

    class Meta(FlaskForm.Meta):
        locales = ("fr",)

    def refuse(self, error: DomainError) -> None:
        name = error.field or ""
        field = self._fields.get(self.champs.get(name, name))
        if field is None:
            self.form_errors.append(self.refus[error.code])
        else:
            field.errors = [*field.errors, self.refus[error.code]]


class DateFrancaise(Field):
    """A date typed as JJ/MM/AAAA whatever the browser's language; `data` is a `date` or None.

    What was typed is shown again as it was when it cannot be read.
    """

    widget = TextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return self.data.strftime("%d/%m/%Y") if self.data else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if valuelist and not valuelist[0].strip():
            # spaces alone are nothing typed, also for InputRequired
            self.raw_data = [""]
        elif valuelist:
            try:
                self.data = lire_date(valuelist[0])
            except ValueError as erreur:
                raise ValidationError(str(erreur)) from None


def ancre(champ: Field) -> str:
    """The id of the first thing to fill in: a group of tiles is reached by its first tile."""
    return f"{champ.id}-0" if champ.type in ("RadioField", "SelectMultipleField") else champ.id


def erreurs_saisie(form: Form) -> Iterator[tuple[str | None, str]]:
    """Yield (id of the element to go to, or None for the whole form; message), in the order of the page."""
    for message in form.form_errors:
        yield None, str(message)
    for champ in form:
        yield from _erreurs_du_champ(champ)


def _erreurs_du_champ(champ: Field) -> Iterator[tuple[str | None, str]]:
    if champ.type == "FormField":
        yield from erreurs_saisie(champ.form)
    elif champ.type == "FieldList":
        for entree in champ:
            yield from _erreurs_du_champ(entree)
    else:
        for message in champ.errors:
            yield None if champ.type == "CSRFTokenField" else ancre(champ), str(message)
