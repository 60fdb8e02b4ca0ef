"""French dates, counts and typography for the templates: pure functions, given `today` where it matters.

Every date filter takes a `date` or a `datetime`; an aware instant is read in Europe/Paris.
"""

import re
from datetime import date, datetime, timedelta
from functools import lru_cache

from babel.dates import format_date
from babel.numbers import format_decimal
from markupsafe import Markup, escape

from app.config import PARIS

INSECABLE = "\N{NO-BREAK SPACE}"
# Beyond two months a number of days no longer speaks; beyond two years, neither do months.
JOURS_EN_JOURS = 60
MOIS_EN_MOIS = 24


def _jour(quand: date) -> date:
    if isinstance(quand, datetime):
        return quand.astimezone(PARIS).date() if quand.tzinfo else quand.date()
    return quand


@lru_cache(maxsize=4096)
def _formate(jour: date, motif: str) -> str:
    texte = format_date(jour, motif, locale="fr_FR")
    return re.sub(r"^1 ", "1er ", texte)


def date_longue(quand: date | None, today: date | None = None) -> str:
    """“3 septembre 2024”, “1er octobre 2024”; without the year when it is that of `today`. None gives ''."""
    if quand is None:
        return ""
    jour = _jour(quand)
    sans_annee = today is not None and jour.year == _jour(today).year
    return _formate(jour, "d MMMM" if sans_annee else "d MMMM y")


def date_courte(quand: date | None, today: date | None = None) -> str:
    """“22 nov.”; with the year when `today` is given and lies in another one. None gives ''."""
    if quand is None:
        return ""
    jour = _jour(quand)
    autre_annee = today is not None and jour.year != _jour(today).year
    return _formate(jour, "d MMM y" if autre_annee else "d MMM")


def date_numerique(quand: date | None) -> str:
    """“22/11/2026”, the form in which dates are typed. None gives ''."""
    return "" if quand is None else _jour(quand).strftime("%d/%m/%Y")


def dernier_jour(jusqu_au: date) -> date:
    """The last day of what is stored as ending on a day excluded."""
    return _jour(jusqu_au) - timedelta(days=1)


def jour_semaine(quand: date | None) -> str:
    """“mardi 24 novembre”. None gives ''."""
    if quand is None:
        return ""
    jour = _jour(quand)
    return f"{_formate(jour, 'EEEE')} {_formate(jour, 'd MMMM')}"


def mois_annee(quand: date | None) -> str:
    """“novembre 2026”. None gives ''."""
    return "" if quand is None else _formate(_jour(quand), "MMMM y")


def heure(quand: datetime | None) -> str:
    """“14 h 05”, in Paris. None gives ''."""
    if quand is None:
        return ""
    locale = quand.astimezone(PARIS) if quand.tzinfo else quand
    return f"{locale.hour}{INSECABLE}h{INSECABLE}{locale.minute:02d}"


def duree_heures(minutes: int) -> str:
    """“45 min”, “2 h”, “2 h 15”."""
    heures, reste = divmod(minutes, 60)
    if not heures:
        return f"{reste}{INSECABLE}min"
    return f"{nombre(heures)}{INSECABLE}h" + (f"{INSECABLE}{reste:02d}" if reste else "")


def moment(quand: datetime | None, today: date) -> str:
    """“aujourd’hui à 14 h 05”, “hier à 9 h 00”, “le 3 mars à 9 h 00”. None gives ''."""
    if quand is None:
        return ""
    jour = _jour(quand)
    said = il_y_a(jour, today) if jour in (today, today - timedelta(days=1)) else f"le {date_longue(jour, today)}"
    return f"{said} à {heure(quand)}"


def _mois_pleins(debut: date, fin: date) -> int:
    mois = (fin.year - debut.year) * 12 + fin.month - debut.month
    return mois - 1 if fin.day < debut.day else mois


def duree(debut: date, fin: date) -> str:
    """The length from `debut` to `fin` (later), in the unit that speaks: “9 jours”, “3 mois”, “2 ans”."""
    debut, fin = _jour(debut), _jour(fin)
    jours = (fin - debut).days
    if jours <= JOURS_EN_JOURS:
        return pluriel(jours, "jour")
    mois = _mois_pleins(debut, fin)
    return f"{mois} mois" if mois < MOIS_EN_MOIS else pluriel(mois // 12, "an")


def il_y_a(quand: date | None, today: date) -> str:
    """“aujourd’hui”, “hier”, “il y a 9 jours”, “demain”, “dans 12 jours”. None gives 'jamais'."""
    if quand is None:
        return "jamais"
    jour, today = _jour(quand), _jour(today)
    proche = {0: "aujourd’hui", 1: "hier", -1: "demain"}.get((today - jour).days)
    if proche:
        return proche
    return f"il y a {duree(jour, today)}" if jour < today else f"dans {duree(today, jour)}"


def depuis_duree(quand: date | None, today: date) -> str:
    """“depuis 9 jours”, “depuis hier”, “à partir de demain”, “à partir du 3 mars 2027”. None gives ''."""
    if quand is None:
        return ""
    jour, today = _jour(quand), _jour(today)
    ecart = (today - jour).days
    if ecart in (0, 1):
        return f"depuis {il_y_a(jour, today)}"
    if ecart > 0:
        return f"depuis {duree(jour, today)}"
    return "à partir de demain" if ecart == -1 else f"à partir du {date_longue(jour, today)}"


@lru_cache(maxsize=2048)
def nombre(n: int | float) -> str:
    """A number the French way: “1 432” (narrow no-break space), “2,5”."""
    return format_decimal(n, locale="fr_FR")


def pluriel(n: int | float, singulier: str, forme_plurielle: str | None = None) -> str:
    """“0 jeune”, “1,5 jour”, “28 jeunes”: in French the plural begins at two. Irregular forms are given."""
    return f"{nombre(n)} {accord(n, singulier, forme_plurielle)}"


def accord(n: int | float, singulier: str, forme_plurielle: str | None = None) -> str:
    """The word alone in the right number, where the figure is shown apart."""
    if abs(n) < 2:
        return singulier
    return forme_plurielle or (singulier if singulier[-1] in "sxz" else f"{singulier}s")


def telephone_lisible(numero: str | None) -> str:
    """“06 12 34 56 78” from E.164 or any French writing; another country's number is left as written."""
    if not numero:
        return ""
    chiffres = re.sub(r"[^\d+]", "", numero)
    national = re.sub(r"^(?:\+33|0033)0?", "0", chiffres)
    if not re.fullmatch(r"0\d{9}", national):
        return numero.strip()
    return INSECABLE.join(re.findall(r"\d\d", national))


def typo(texte: str) -> str:
    """Typographic apostrophes, and no-break spaces before ; : ! ? » and after «. For text, never for HTML."""
    texte = re.sub(r"(?<=\w)'(?=\w)", "’", texte)
    texte = re.sub(r"[  ]+([;:!?»])", INSECABLE + r"\1", texte)
    return re.sub(r"«[  ]*", "«" + INSECABLE, texte)


def sans_formule(texte: str) -> str:
    """What somebody typed, as a spreadsheet is to read it: words, never a formula."""
    return f"'{texte}" if texte.startswith(("=", "+", "-", "@", "\t", "\r")) else texte


def paragraphes(texte: str | None) -> Markup:
    """What a person typed, escaped, its blank lines as paragraphs and its line ends kept."""
    blocs = re.split(r"\n\s*\n", (texte or "").replace("\r\n", "\n").strip())
    lignes = [Markup("<br>").join(escape(ligne) for ligne in bloc.split("\n")) for bloc in blocs if bloc]
    return Markup("").join(Markup("<p>{}</p>").format(ligne) for ligne in lignes)


FILTRES = (
    accord,
    date_courte,
    date_longue,
    date_numerique,
    depuis_duree,
    dernier_jour,
    duree,
    duree_heures,
    heure,
    il_y_a,
    jour_semaine,
    mois_annee,
    moment,
    nombre,
    paragraphes,
    pluriel,
    telephone_lisible,
    typo,
)
