"""Roles and kinds of structure (vocabulaires.md)."""

from app.db.labelled import Labelled


class Role(Labelled):
    INTERVENANT = "intervenant", "Intervenant"
    REFERENT = "referent", "Référent"
    COORDINATEUR = "coordinateur", "Coordinateur"
    RESPONSABLE = "responsable", "Responsable"
    DPO = "dpo", "Délégué à la protection des données"
    ADMINISTRATEUR = "administrateur", "Administrateur"


# Those who may meet a name. A responsable sees cohorts, never a person (DESIGN §1).
ROLES_QUI_VOIENT_DES_DOSSIERS = frozenset({Role.INTERVENANT, Role.REFERENT, Role.COORDINATEUR, Role.DPO})


class GenreStructure(Labelled):
    MISSION_LOCALE = "mission_locale", "Mission locale"
    PREVENTION_SPECIALISEE = "prevention_specialisee", "Prévention spécialisée"
    PLIE = "plie", "PLIE"
    COMMUNE_CCAS = "commune_ccas", "Commune, CCAS"
    ETABLISSEMENT_SCOLAIRE = "etablissement_scolaire", "Établissement scolaire"
    CENTRE_SOCIAL = "centre_social", "Centre social"
    ASSOCIATION = "association", "Association"
    E2C_EPIDE = "e2c_epide", "École de la deuxième chance, EPIDE"
    AUTRE = "autre", "Autre"


# Whose agents meet young people outside: the others keep a shorter menu.
SORTENT_EN_RUE = frozenset(
    {
        GenreStructure.PREVENTION_SPECIALISEE,
        GenreStructure.COMMUNE_CCAS,
        GenreStructure.CENTRE_SOCIAL,
        GenreStructure.ASSOCIATION,
        GenreStructure.AUTRE,
    }
)
