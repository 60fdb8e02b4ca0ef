"""The words around the counts of a structure: the same tables make the page and the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from app.alertes.queries_chiffres import Chiffres
from app.alertes.rules_chiffres import MOIS, MOIS_RECENTS, SEUILS_CONTACT, Fraicheur, LigneMois, exits, months, share
from app.web.filters import date_longue, mois_annee, pluriel

AGE_INCONNU = "Non renseigné, ou moins de 11 ans"


@dataclass(frozen=True, slots=True)
class Ligne:
    """A label and its numbers; `de`: the line above of which this one is a part."""

    label: str
    nombres: tuple[int, ...]
    de: str = ""

    @property
    def seule(self) -> str:
        """The label of a line read alone."""
        return f"{self.de}\N{NO-BREAK SPACE}: {self.label}" if self.de else self.label


@dataclass(frozen=True, slots=True)
class Tableau:
    """Each line has one number for each of `colonnes` but the first. The first number is drawn as a bar.

    `courtes`: what heads the columns under the note, on a screen that may be narrow; `colonnes` when there are none.
    """

    titre: str
    note: str
    colonnes: tuple[str, ...]
    lignes: list[Ligne]
    large: bool = False
    courtes: tuple[str, ...] = ()

    def part(self, ligne: Ligne) -> float:
        """The width of its bar, in percent of the longest."""
        longest = max((une.nombres[0] for une in self.lignes), default=0)
        return round(100 * ligne.nombres[0] / longest, 1) if longest else 0


def reperes(chiffres: Chiffres, *, today: date) -> list[tuple[str, int, str]]:
    """(what, how many, since when or of how many): what one looks at first."""
    lignes = months(chiffres.mouvements, today=today)
    open_ = chiffres.ouverts
    return [
        ("Dossiers ouverts", open_, "aujourd’hui"),
        ("Sans personne qui réponde", chiffres.sans_reponse, "sans référent, ou dont le référent est parti ou absent"),
        *(
            (f"Sans contact réussi depuis {days} jours", count, f"sur {pluriel(open_, 'dossier')}")
            for days, count in chiffres.sans_contact()
        ),
        ("Situations fraîches", *_fresh(chiffres.fraicheur)),
        *_movements("Ouvertures", [ligne.ouverts for ligne in lignes], lignes),
        *_movements("Clôtures", [ligne.clos for ligne in lignes], lignes),
    ]


def _fresh(lignes: list[Fraicheur]) -> tuple[int, str]:
    fresh, known = sum(ligne.a_jour for ligne in lignes), sum(ligne.dossiers for ligne in lignes)
    part = share(fresh, known)
    return fresh, f"sur {pluriel(known, 'connue')}" + ("" if part is None else f", soit {part}\N{NO-BREAK SPACE}%")


def _movements(quoi: str, nombres: list[int], lignes: list[LigneMois]) -> Iterator[tuple[str, int, str]]:
    for depth in (MOIS_RECENTS, MOIS):
        yield f"{quoi} en {depth} mois", sum(nombres[:depth]), f"depuis le {date_longue(lignes[depth - 1].mois)}"


def tableaux(chiffres: Chiffres, *, today: date) -> list[Tableau]:
    """Every table of the page, in its order."""
    return [
        _situations(chiffres),
        _fraicheur(chiffres),
        Tableau(
            "Par âge, aujourd’hui",
            "L’âge atteint dans l’année.",
            ("Âge", "Dossiers"),
            [Ligne(tranche.label if tranche else AGE_INCONNU, (count,)) for tranche, count in chiffres.ages.items()],
        ),
        Tableau(
            "Par territoire, aujourd’hui",
            "Le territoire actuel, non celui de l’entrée.",
            ("Territoire", "Dossiers"),
            [Ligne(nom, (count,)) for nom, count in chiffres.territoires],
        ),
        _alertes(chiffres),
        _mois(chiffres, today),
        _sorties(chiffres),
    ]


def _situations(chiffres: Chiffres) -> Tableau:
    depuis = tuple(f"{days} jours sans contact" for days in SEUILS_CONTACT)
    return Tableau(
        "Par situation présente",
        "Dossiers ouverts aujourd’hui, et ceux qui n’ont eu aucun contact réussi (un échange avec le jeune lui-même) "
        "depuis 30, 60 et 90 jours. Pour qui n’en a jamais eu, on compte depuis l’ouverture.",
        ("Situation", "Dossiers", *depuis),
        [Ligne(ligne.situation.label, (ligne.dossiers, *ligne.sans_contact)) for ligne in chiffres.situations],
        large=True,
        courtes=("Situation", "Dossiers", *(f"{days} jours" for days in SEUILS_CONTACT)),
    )


def _fraicheur(chiffres: Chiffres) -> Tableau:
    """The definition stands on the page: it is that of the alert that asks."""
    return Tableau(
        "Fraîcheur des situations",
        "Une situation est fraîche tant que ce que l’on en sait a été noté ou confirmé depuis moins de temps qu’on ne "
        "la tient pour vraie (les jours écrits à côté, réglés par structure), ou que son parcours est en attente. "
        "Passé ce délai, le dossier et les listes la disent « à confirmer », et un geste la confirme. Les situations "
        "inconnues ne sont pas comptées ici : elles se notent. Jamais compté par référent.",
        ("Situation", "Dossiers", "Fraîches", "À confirmer"),
        [
            Ligne(
                f"{ligne.situation.label} ({ligne.jours}\N{NO-BREAK SPACE}jours)",
                (ligne.dossiers, ligne.a_jour, ligne.dossiers - ligne.a_jour),
            )
            for ligne in chiffres.fraicheur
        ],
        large=True,
    )


def _alertes(chiffres: Chiffres) -> Tableau:
    return Tableau(
        "Alertes ouvertes, par règle",
        "Des alertes : un jeune peut en avoir plusieurs. « Portées » : restées sans suite, portées à la coordination.",
        ("Règle", "Ouvertes", "Jeunes", "Portées"),
        [
            Ligne(regle.label, (ouvertes.alertes, ouvertes.jeunes, portees.alertes))
            for regle, ouvertes, portees in chiffres.alertes
        ],
        large=True,
    )


def _mois(chiffres: Chiffres, today: date) -> Tableau:
    """The bar is that of the contacts: they are the many."""
    lignes = [
        Ligne(
            mois_annee(ligne.mois) + (" (en cours)" if rang == 0 else ""), (ligne.contacts, ligne.ouverts, ligne.clos)
        )
        for rang, ligne in enumerate(months(chiffres.mouvements, today=today))
    ]
    return Tableau(
        "Mois par mois",
        "Un dossier clos puis rouvert n’est pas compté parmi les clôtures.",
        ("Mois", "Contacts réussis", "Ouvertures", "Clôtures"),
        lignes,
        large=True,
    )


def _sorties(chiffres: Chiffres) -> Tableau:
    lignes = []
    for famille, motifs in exits(chiffres.mouvements).items():
        if motifs:
            lignes.append(Ligne(famille.label, (sum(count for _, count in motifs),)))
            lignes += [Ligne(motif.label, (count,), de=famille.label) for motif, count in motifs]
    return Tableau(
        f"Sorties des {MOIS} derniers mois, par motif",
        "Issue favorable, relais, autre : trois familles de motifs. Ce n’est ni le taux de sorties dynamiques, ni "
        "l’issue positive du PLIE, qui ont chacun leur définition dans les cohortes.",
        ("Motif de sortie", "Clôtures"),
        lignes,
        large=True,
    )
