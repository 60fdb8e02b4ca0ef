"""What an identity may hold, how it is written before it is sealed, and what makes two of them one person."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from email_validator import EmailNotValidError, validate_email

from app.accounts.rules import normalise_telephone
from app.db.errors import DomainError
from app.jeunes.rules import fold, phonetic, sound
from app.parcours.rules import age_at

NOMS = ("prenom", "nom", "pseudonyme")
IDENTITE = (*NOMS, "date_naissance")
CONTACT = ("telephone", "courriel")
# A pseudonym is not an identity: it needs no information given (securite.md §7).
NOMINATIFS = frozenset({"prenom", "nom", "date_naissance", *CONTACT})
LONGUEUR_NOM = 80
LONGUEUR_COURRIEL = 254

# Followed from 11 to 26. Two years before: a primary school or a sister's file announces a child. Four after: a PLIE or
# a CEJ keeps a disabled young person to the thirtieth birthday. Beyond, the year was mistyped.
AGE_MINIMUM = 9
AGE_MAXIMUM = 30
# People forget to write down that they told; nobody was told of a file before the digital one existed.
INFORMATION_AU_PLUS_TOT = timedelta(days=20 * 365)


def normalise_courriel(text: str) -> str:
    """The address as it is compared. No network is asked. DomainError `courriel_illisible`."""
    try:
        return validate_email(text.strip(), check_deliverability=False).normalized
    except EmailNotValidError:
        # the library's message quotes the address: it stops here
        raise DomainError("courriel_illisible", field="courriel") from None


def normalise_nom(text: str) -> str:
    """One line, single spaces, no control character; accents and case as they were typed."""
    printable = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in text)
    return unicodedata.normalize("NFC", " ".join(printable.split()))


def clean_identite(identite: Mapping[str, str | date | None], *, ouvert_le: date) -> dict[str, str]:
    """What is sealed: only the known fields that hold something, the birth date as ISO text."""
    cleaned = dict(clean_noms(identite))
    birth = identite.get("date_naissance")
    if birth:
        birth = birth if isinstance(birth, date) else date.fromisoformat(birth)
        check_naissance(birth, ouvert_le=ouvert_le)
        cleaned["date_naissance"] = birth.isoformat()
    return cleaned


def clean_noms(identite: Mapping[str, object], fields: Iterable[str] = NOMS) -> Iterator[tuple[str, str]]:
    """(field, name) for those that hold something. DomainError `nom_trop_long`."""
    for field in fields:
        name = normalise_nom(str(identite.get(field) or ""))
        if len(name) > LONGUEUR_NOM:
            raise DomainError("nom_trop_long", field=field)
        if name:
            yield field, name


def clean_contact(contact: Mapping[str, str | None]) -> dict[str, str]:
    """`telephone` in E.164 and `courriel`, each only if given."""
    cleaned = {}
    if (telephone := (contact.get("telephone") or "").strip()) != "":
        cleaned["telephone"] = normalise_telephone(telephone)
    if (courriel := (contact.get("courriel") or "").strip()) != "":
        cleaned["courriel"] = normalise_courriel(courriel)
    return cleaned


def check_naissance(birth: date, *, ouvert_le: date) -> None:
    """DomainError `date_naissance_invraisemblable` outside AGE_MINIMUM..AGE_MAXIMUM on the day the file opens."""
    if not AGE_MINIMUM <= age_at(birth, ouvert_le) <= AGE_MAXIMUM:
        raise DomainError(
            "date_naissance_invraisemblable", field="date_naissance", minimum=AGE_MINIMUM, maximum=AGE_MAXIMUM
        )


def check_annee(annee: int, *, ouvert_le: date) -> None:
    """As `check_naissance`, from the year alone: the age reached that year."""
    if not AGE_MINIMUM <= age_at(annee, ouvert_le) <= AGE_MAXIMUM + 1:
        raise DomainError(
            "annee_naissance_invraisemblable", field="annee_naissance", minimum=AGE_MINIMUM, maximum=AGE_MAXIMUM
        )


def check_nommable(identite: Mapping[str, str]) -> None:
    """Something to call the person by: a first name, a name or a pseudonym. DomainError `pseudonyme_requis`."""
    if not any(identite.get(field) for field in NOMS):
        raise DomainError("pseudonyme_requis", field="pseudonyme")


def check_information(fields: Mapping[str, str], *, le: date | None, forme: object | None, today: date) -> None:
    """An identity requires that the young person was told, when and how (securite.md §7)."""
    nominative = any(fields.get(field) for field in NOMINATIFS)
    if le is None and (nominative or forme is not None):
        raise DomainError("information_requise", field="informe_le")
    if forme is None and le is not None:
        raise DomainError("forme_requise", field="informe_forme")
    if le is not None and le > today:
        raise DomainError("information_future", field="informe_le")
    if le is not None and le < today - INFORMATION_AU_PLUS_TOT:
        raise DomainError("information_trop_ancienne", field="informe_le")


@dataclass(frozen=True, slots=True)
class Age:
    """Whole years. `exact` is false when only the year of birth is known: it may be one less."""

    ans: int
    exact: bool


def age_of(birth: date | None, annee: int | None, *, today: date) -> Age | None:
    """From the birth date if it is known, else from the year; None when neither is."""
    if birth is not None:
        return Age(age_at(birth, today), exact=True)
    if annee is not None:
        return Age(age_at(annee, today), exact=False)
    return None


@dataclass(frozen=True, slots=True)
class Empreintes:
    """The texts behind the blind indexes of one person; each tuple may be empty."""

    identite: tuple[str, ...]
    phonetique: tuple[str, ...]
    telephone: tuple[str, ...]


def empreintes(identite: Mapping[str, str], contact: Mapping[str, str]) -> Empreintes:
    """What two dossiers of one person would share.

    Names in either order (forms get inverted), with the birth date; the same as they sound; and the phone *with* the
    sound of the first name. A number is shared by a family and passes from hand to hand: alone it has no index at all,
    nor has an e-mail, so that neither can ever be enough.
    """
    prenom, nom = compact(identite.get("prenom", "")), compact(identite.get("nom", ""))
    birth, number = identite.get("date_naissance"), contact.get("telephone")
    written, heard = sorted((prenom, nom)), sorted((phonetic(prenom), phonetic(nom)))
    first = phonetic(prenom)
    return Empreintes(
        identite=("|".join([*written, birth]),) if birth and all(written) else (),
        phonetique=("|".join([*heard, birth]),) if birth and all(heard) else (),
        telephone=(f"{number}|{first}",) if number and first else (),
    )


def compact(name: str) -> str:
    """A folded name without spaces: `Ben Ali` and `Benali` are one."""
    return fold(name).replace(" ", "")


@dataclass(frozen=True, slots=True)
class Portrait:
    """What is known of somebody when they are compared with somebody else."""

    prenom: str
    nom: str
    pseudonyme: str
    naissance: date | None
    annee: int | None


def looks_like(one: Portrait, other: Portrait) -> bool:
    """Whether two portraits may be one person: worth asking the worker, never deciding.

    First name and name that sound alike, in either order, or one pseudonym written alike, and births that do not
    contradict; with one birth date, the consonants are enough. A first name alone is nothing: a neighbourhood has
    forty Yanis.
    """
    if not _births_agree(one, other):
        return False
    if one.pseudonyme and fold(one.pseudonyme) == fold(other.pseudonyme):
        return True
    same_day = one.naissance is not None and one.naissance == other.naissance
    listen = phonetic if same_day else sound
    heard = [sorted(listen(compact(name)) for name in (portrait.prenom, portrait.nom)) for portrait in (one, other)]
    return all(heard[0]) and heard[0] == heard[1]


def _births_agree(one: Portrait, other: Portrait) -> bool:
    """Unknown agrees with anything; two dates of one year agree, a day is often mistyped."""
    years = {birth.naissance.year if birth.naissance else birth.annee for birth in (one, other)} - {None}
    return len(years) <= 1
