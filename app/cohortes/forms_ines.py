"""The words of “Essayez de retrouver Inès”: two attacks, step after step, on an ordinary dashboard and on ours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from werkzeug.datastructures import MultiDict

from app.cohortes import rules_ines as ines
from app.cohortes.filtres import Critere
from app.cohortes.forms_adresse import read_cle
from app.cohortes.forms_phrases import INSECABLE, MASQUE, trimestre_lisible
from app.cohortes.rules_cellules import Cellule
from app.cohortes.rules_ines import APRES, ARRIVEE, VEILLE, Edition, Question
from app.cohortes.vocabulaire import Bande, Marque, Raison
from app.parcours.vocabulaire import Sexe, TrancheAge
from app.web.filters import date_longue, pluriel, typo

SON_AGE = TrancheAge.DE_16_A_17
AUTRES_AGES = frozenset(TrancheAge) - {SON_AGE}
_MOINS = "\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True)
class Volet:
    """What a dashboard answers at one step. `lignes`: (what, number as shown); `refus`: why there is nothing newer."""

    quand: str
    lignes: list[tuple[str, str]]
    phrase: str
    refus: str = ""


@dataclass(frozen=True, slots=True)
class Etape:
    titre: str
    demande: str
    ordinaire: Volet
    protege: Volet


@dataclass(frozen=True, slots=True)
class Attaque:
    code: str
    titre: str
    resume: str
    etapes: tuple[Callable[[], Etape], ...]
    perdu: str
    tenu: str


@dataclass(frozen=True, slots=True)
class Partie:
    """One attack, played so far. `suivant`: the number of the next step, null when all are played."""

    attaque: Attaque
    etapes: list[Etape]
    suivant: int | None

    @property
    def total(self) -> int:
        return len(self.attaque.etapes)


def read_partie(args: MultiDict[str, str]) -> Partie | None:
    """The attack and the step that an address names. Raises ValueError when it names none."""
    if not args:
        return None
    attaque = next((one for one in ATTAQUES if args.getlist("attaque") == [one.code]), None)
    steps = [str(rang) for rang in range(1, len(attaque.etapes) + 1)] if attaque else []
    if attaque is None or set(args) != {"attaque", "pas"} or len(args.getlist("pas")) != 1 or args["pas"] not in steps:
        raise ValueError("no such step")
    pas = int(args["pas"])
    etapes = [etape() for etape in attaque.etapes[:pas]]
    return Partie(attaque, etapes, pas + 1 if pas < len(steps) else None)


def _exact(count: int | None) -> str:
    return MASQUE if count is None else str(count)


def _shown(cell: Cellule | None) -> str:
    if cell is None:
        return MASQUE
    return str(cell.valeur) if cell.marque is Marque.NOMBRE else f"≥{INSECABLE}{cell.valeur}{INSECABLE}%"


def _live(question: Question, phrase: str, *bandes: Bande) -> Volet:
    """The ordinary dashboard, with its headcount and these situations."""
    found = ines.ordinary(question)
    lines = [("Jeunes", _exact(found.effectif)), *((bande.label, _exact(found.bandes[bande])) for bande in bandes)]
    return Volet(f"En direct, le {date_longue(question.jour)}", lines, typo(phrase))


def _ours(edition: Edition, phrase: str, *bandes: Bande) -> Volet:
    """Our ledger; a refusal is said in the words of the real pages."""
    refus = edition.refus.label if edition.refus else ""
    if edition.millesime is None:
        return Volet("Jamais publié", [], typo(phrase), refus)
    cells = edition.cellules or {}
    lines = [("Jeunes", str(edition.effectif)), *((bande.label, _shown(cells.get(bande))) for bande in bandes)]
    return Volet(f"Édition du {trimestre_lisible(edition.millesime)}", lines, typo(phrase), refus)


def _tout(jour: date) -> tuple[Question, Edition]:
    question = Question(jour)
    return question, ines.published(question.cle, jour)


def _decroches(volet: Volet) -> tuple[int, int]:
    """(young people, those who dropped out), read from the numbers that a dashboard shows."""
    shown = dict(volet.lignes)
    return int(shown["Jeunes"]), int(shown[Bande.DECROCHAGE.label])


def _less(whole: Volet, *parts: Volet) -> list[tuple[str, str]]:
    """The subtraction, done on what is shown."""
    rows = [_decroches(one) for one in (whole, *parts)]
    lines = []
    for rang, quoi in enumerate(("Jeunes", Bande.DECROCHAGE.label)):
        numbers = [row[rang] for row in rows]
        result = numbers[0] - sum(numbers[1:])
        written = f"{_MOINS}{-result}" if result < 0 else str(result)
        lines.append((quoi, f" {_MOINS} ".join(map(str, numbers)) + f" = {written}"))
    return lines


def _the_day_before() -> Etape:
    question, edition = _tout(VEILLE)
    return Etape(
        "La veille de son arrivée",
        "Tout le quartier",
        _live(question, "Un seuil de 11 cache les petits nombres. Tout a l’air sage.", *ines.bandes_vues()),
        _ours(edition, "Les chiffres arrêtés à la fin du dernier trimestre, arrondis.", *ines.bandes_vues()),
    )


def _the_day() -> Etape:
    question, edition = _tout(ARRIVEE)
    return Etape(
        "Le lendemain, Inès est inscrite",
        "Tout le quartier, encore",
        _live(question, "Deux nombres ont bougé, loin au-dessus du seuil.", *ines.bandes_vues()),
        _ours(edition, "Rien n’a bougé : un trimestre n’est publié qu’une fois fini.", *ines.bandes_vues()),
    )


def _day_from_day() -> Etape:
    before, after = _the_day_before(), _the_day()
    return Etape(
        "La soustraction",
        "Aujourd’hui moins hier",
        Volet(
            "Deux copies d’écran",
            _less(after.ordinaire, before.ordinaire),
            "Une seule personne est arrivée, et l’on sait où elle en est.",
        ),
        Volet(
            "La même page, deux fois",
            _less(after.protege, before.protege),
            typo("Il n’y a rien à comparer : rien n’a changé."),
        ),
    )


def _end_of_quarter() -> Etape:
    question, edition = _tout(APRES)
    alone = ines.refused_alone()
    came = len([one for one in ines.QUARTIER if one.arrivee >= ARRIVEE])
    return Etape(
        "Attendre la fin du trimestre",
        "Tout le quartier, en janvier",
        _live(question, "Trop tard pour Inès : tout s’est joué le jour de son inscription.", Bande.DECROCHAGE),
        _ours(
            edition,
            f"Elle y est, parmi {pluriel(came, 'jeune')} arrivés dans le trimestre : jamais moins de 11. Si elle avait "
            f"été seule à arriver, le quartier aurait gardé son ancienne édition. « {alone.label if alone else ''} »",
            Bande.DECROCHAGE,
        ),
    )


def _straight() -> Etape:
    question = Question(APRES, Sexe.FEMME, frozenset({SON_AGE}))
    return Etape(
        "Demander droit au but",
        "Les filles de 16 à 17 ans",
        _live(question, "Le seuil tient. Contournons-le.", Bande.DECROCHAGE),
        _ours(ines.published(question.cle, APRES), ""),
    )


def _whole() -> Etape:
    question, edition = _tout(APRES)
    return Etape(
        "Prendre l’ensemble",
        "Tout le quartier",
        _live(question, "Rien d’indiscret.", Bande.DECROCHAGE),
        _ours(edition, "Arrondi au multiple de 5.", Bande.DECROCHAGE),
    )


def _boys() -> Etape:
    question = Question(APRES, Sexe.HOMME)
    edition = ines.published(question.cle, APRES)
    found = "Le calcul de l’étape 5 a été fait avant vous : ce chiffre l’aurait permis."
    return Etape(
        "Retrancher les garçons",
        "Les garçons",
        _live(question, "Un filtre, un grand nombre.", Bande.DECROCHAGE),
        _ours(edition, found if edition.refus is Raison.DEDUCTION else "", Bande.DECROCHAGE),
    )


def _other_girls() -> Etape:
    ages = sorted(AUTRES_AGES)
    several = MultiDict([(Critere.SEXE.value, Sexe.FEMME.value), *((Critere.AGE.value, age.value) for age in ages)])
    exists = read_cle(several) is not None
    nearest = ines.published(Question(APRES, Sexe.FEMME).cle, APRES)
    said = "Cette question n’existe pas ici : ni liste, ni « sauf ». L’adresse répond 404. " if not exists else ""
    return Etape(
        "Retrancher les autres filles",
        "Les filles, sauf celles de 16 à 17 ans",
        _live(Question(APRES, Sexe.FEMME, AUTRES_AGES), "Plusieurs âges cochés, un de décoché.", Bande.DECROCHAGE),
        _ours(nearest, f"{said}Reste « les filles », dans leur ancienne édition.", Bande.DECROCHAGE),
    )


def _remainder() -> Etape:
    whole, boys, girls = _whole(), _boys(), _other_girls()
    return Etape(
        "La soustraction",
        "Tous, moins les garçons, moins les autres filles",
        Volet(
            "Trois nombres au-dessus du seuil",
            _less(whole.ordinaire, boys.ordinaire, girls.ordinaire),
            "Il reste une personne. Le seuil n’a servi à rien.",
        ),
        Volet(
            "Trois nombres, arrondis, de deux éditions",
            _less(whole.protege, boys.protege, girls.protege),
            typo(
                "Ce reste n’est le nombre de personne : trois arrondis, et deux éditions. Même sans arrondi, ce serait "
                "l’écart entre ces éditions : jamais moins de 11 jeunes."
            ),
        ),
    )


ATTAQUES = (
    Attaque(
        "hier",
        "Comparer hier et aujourd’hui",
        "Vous savez seulement qu’Inès a été inscrite le 12 octobre. Regardez le tableau la veille, puis ce jour-là.",
        (_the_day_before, _the_day, _day_from_day, _end_of_quarter),
        typo("Inès est en décrochage. Deux copies d’écran l’ont dit à qui savait seulement son jour d’arrivée."),
        typo("Rien sur Inès : elle n’entre dans un chiffre qu’avec 10 autres jeunes au moins."),
    ),
    Attaque(
        "filtres",
        "Retrancher par les filtres",
        "Vous savez seulement qu’Inès a 16 ans et habite le quartier. En janvier, cochez et décochez.",
        (_straight, _whole, _boys, _other_girls, _remainder),
        typo("Inès est en décrochage. Aucun des nombres qui l’ont dit n’était petit."),
        typo(
            "Rien sur Inès : chaque soustraction a été essayée avant de publier, et la cohorte de trop a été refusée."
        ),
    ),
)
POURQUOI = (
    (
        "Une question fermée",
        "Deux critères au plus, une valeur chacun, pas de liste, pas de « sauf », pas de dates libres.",
    ),
    ("Un gel par trimestre", "Rien ne bouge entre deux éditions. Ce qui est publié ne change plus jamais."),
    (
        "Une porte avant chaque édition",
        "Une cohorte n’entre que si elle diffère d’au moins 11 jeunes de toutes celles qui l’emboîtent, et si aucun "
        "calcul sur tout ce qui est publié ne donne un groupe de moins de 11, ni deux réunis.",
    ),
    ("Des nombres arrondis", "Au multiple de 5, jamais en dessous de 15 ; de 0 à 10, « < 11 »."),
)
LIMITES = (
    "Ce qui est vérifié l’est pour un groupe et pour deux groupes réunis. Pour trois groupes et plus, qui feraient "
    "ensemble moins de 11 jeunes, ce n’est pas prouvé : les attaques essayées n’ont trouvé personne, ce qui n’est pas "
    "une preuve.",
    "La protection vaut pour nos chiffres. Elle ne peut rien contre ce que quelqu’un sait déjà, ni contre d’autres "
    "chiffres publiés ailleurs sur les mêmes jeunes.",
    "Elle coûte : des cohortes sont refusées, des nombres arrondis, et l’on attend la fin du trimestre.",
)
POURQUOI = tuple((titre, typo(texte)) for titre, texte in POURQUOI)
LIMITES = tuple(map(typo, LIMITES))
