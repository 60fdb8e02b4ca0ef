"""What a role may do, and what a view says that it needs. A permission's label is a sentence of the rights matrix."""

from collections.abc import Callable, Iterable
from typing import Any

from app.accounts.vocabulaire import Role
from app.db.labelled import Labelled

_DECLARED = "parcours_permission"
PUBLIC = "public"


class Permission(Labelled):
    ACCUEIL = "accueil", "Se connecter, verrouiller, retrouver ses brouillons"
    VOIR_SES_DOSSIERS = "voir_ses_dossiers", "Voir les dossiers dont on est référent, membre ou coordinateur"
    NOTER = "noter", "Noter un suivi, une étape, un rendez-vous"
    CREER_DOSSIER = "creer_dossier", "Ouvrir un dossier pour un nouveau jeune"
    PASSER_LE_RELAIS = "passer_le_relais", "Changer le référent d’un dossier"
    CLORE = "clore", "Clore et rouvrir un dossier"
    VOIR_SANS_REFERENT = "voir_sans_referent", "Voir qui répond, ou personne, des dossiers de sa structure"
    REPARTIR = "repartir", "Répartir les dossiers d’un référent de sa structure entre plusieurs, et les reprendre"
    OUVRIR_RESERVEE = "ouvrir_reservee", "Ouvrir, avec un motif, une note réservée d’un dossier de sa structure"
    RELIRE_OUVERTURES = "relire_ouvertures", "Relire les ouvertures de notes réservées, jamais les siennes"
    VOIR_COHORTES = "voir_cohortes", "Voir les cohortes anonymisées, jamais un dossier"
    ADMINISTRER = "administrer", "Gérer les comptes, les structures, les territoires, les règles des alertes"


_SUIVRE = frozenset({Permission.ACCUEIL, Permission.VOIR_SES_DOSSIERS, Permission.NOTER, Permission.CREER_DOSSIER})

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.INTERVENANT: _SUIVRE,
    Role.REFERENT: _SUIVRE | {Permission.PASSER_LE_RELAIS, Permission.CLORE, Permission.RELIRE_OUVERTURES},
    Role.COORDINATEUR: _SUIVRE
    | {
        Permission.PASSER_LE_RELAIS,
        Permission.CLORE,
        Permission.VOIR_SANS_REFERENT,
        Permission.REPARTIR,
        Permission.OUVRIR_RESERVEE,
        Permission.RELIRE_OUVERTURES,
    },
    Role.RESPONSABLE: frozenset({Permission.ACCUEIL, Permission.VOIR_COHORTES}),
    Role.DPO: frozenset({Permission.ACCUEIL, Permission.RELIRE_OUVERTURES}),
    Role.ADMINISTRATEUR: frozenset({Permission.ACCUEIL, Permission.ADMINISTRER}),
}


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    """Roles add up."""
    return frozenset().union(*(PERMISSIONS[role] for role in roles))


# what a process that can open nothing personal serves
SANS_CLES = frozenset({Permission.ACCUEIL, Permission.VOIR_COHORTES, Permission.RELIRE_OUVERTURES})


def served_without_keys(roles: Iterable[Role]) -> bool:
    """Whether a process without keys has every page of this account; to any other it does not open at all."""
    return permissions_of(roles) <= SANS_CLES


def requires(permission: Permission) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare the permission that a view needs."""

    def declare(view: Callable[..., Any]) -> Callable[..., Any]:
        setattr(view, _DECLARED, permission)
        return view

    return declare


def public(view: Callable[..., Any]) -> Callable[..., Any]:
    """Declare that a view needs no account."""
    setattr(view, _DECLARED, PUBLIC)
    return view


def declared(view: Callable[..., Any]) -> Permission | str | None:
    """What a view declared; None when it forgot, and the guard does not serve it."""
    return getattr(view, _DECLARED, None)
