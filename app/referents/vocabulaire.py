"""Why a dossier has this référent (vocabulaires.md), what a partner joins it for, and what a review concluded."""

from enum import Flag, auto

from app.db.labelled import Labelled
from app.parcours.vocabulaire import GenreEtape


class Relation(Flag):
    """What an agent is to a dossier they may see; several may hold at once."""

    REFERENT = auto()
    MEMBRE = auto()
    COORDINATEUR = auto()
    # covers the référent, absent today
    SUPPLEANT = auto()
    # handed it over less than `rules.LECTURE_ANCIEN` days ago, and reads it still
    ANCIEN = auto()


class MotifAffectation(Labelled):
    PREMIERE_AFFECTATION = "premiere_affectation", "Première affectation"
    CHANGEMENT_SITUATION = "changement_situation", "Changement de situation"
    DEMANDE_DU_JEUNE = "demande_du_jeune", "Demande du jeune"
    DEPART_AGENT = "depart_agent", "Départ de l’agent"
    CHARGE = "charge", "Charge"
    SECTEUR = "secteur", "Secteur"
    SUPPLEANCE = "suppleance", "Suppléance"
    RETOUR = "retour", "Retour au référent précédent"


class Finalite(Labelled):
    """What an agent of another structure joins the équipe de suivi for; it decides what steps they see."""

    SUIVI_GLOBAL = "suivi_global", "Suivi éducatif d’ensemble"
    INSERTION = "insertion", "Emploi, formation, insertion"
    SCOLARITE = "scolarite", "Scolarité, raccrochage"
    LOGEMENT = "logement", "Logement"
    SOINS_DROITS = "soins_droits", "Accès aux soins et aux droits"
    FAMILLE = "famille", "Soutien à la famille"
    VIE_SOCIALE = "vie_sociale", "Vie sociale, culture, sport"


# Shown to a partner only when ticked for them, whatever they join for.
SENSIBLES = (GenreEtape.LOGEMENT, GenreEtape.ACCES_SOINS, GenreEtape.PARENTALITE)
_ECOLE = frozenset(
    {
        GenreEtape.SCOLARITE,
        GenreEtape.SCOLARITE_FRAGILE,
        GenreEtape.ENSEIGNEMENT_SUPERIEUR,
        GenreEtape.RACCROCHAGE,
        GenreEtape.DECROCHAGE,
        GenreEtape.ACCOMPAGNEMENT_SCOLAIRE,
        GenreEtape.SAVOIRS_DE_BASE,
    }
)
_INSERTION = frozenset(
    {
        GenreEtape.EMPLOI,
        GenreEtape.IAE,
        GenreEtape.ALTERNANCE,
        GenreEtape.FORMATION,
        GenreEtape.SERVICE_CIVIQUE,
        GenreEtape.SANS_SOLUTION,
        GenreEtape.INDISPONIBLE,
        GenreEtape.ACCOMPAGNEMENT,
        GenreEtape.CHANTIER_EDUCATIF,
        GenreEtape.STAGE,
        GenreEtape.NUMERIQUE,
        GenreEtape.MOBILITE,
    }
)
_VIE_SOCIALE = frozenset(
    {
        GenreEtape.ANIMATION_SOIREE,
        GenreEtape.CITOYENNETE,
        GenreEtape.CULTURE_SPORT,
        GenreEtape.CHANTIER_EDUCATIF,
        GenreEtape.ACCOMPAGNEMENT_EDUCATIF,
    }
)
GENRES_DE: dict[Finalite, frozenset[GenreEtape]] = {
    Finalite.SUIVI_GLOBAL: frozenset(GenreEtape) - frozenset(SENSIBLES),
    Finalite.INSERTION: _INSERTION | _ECOLE,
    Finalite.SCOLARITE: _ECOLE,
    Finalite.LOGEMENT: frozenset(),
    Finalite.SOINS_DROITS: frozenset(),
    Finalite.FAMILLE: frozenset(),
    Finalite.VIE_SOCIALE: _VIE_SOCIALE,
}


class Vacance(Labelled):
    """Why nobody answers for a dossier today."""

    SANS_REFERENT = "sans_referent", "Sans référent"
    COMPTE_FERME = "compte_ferme", "À reprendre"
    ABSENT = "absent", "Référent absent"
    # the young person does not want the structure of their référent
    OPPOSITION = "opposition", "Le jeune s’y oppose"


class ActeRevue(Labelled):
    """The five acts of the portfolio review."""

    CONFIRMER = "confirmer", "Confirmer"
    PLANIFIER = "planifier", "Planifier"
    RELANCER = "relancer", "Relancer"
    PASSER_EN_VEILLE = "passer_en_veille", "Passer en veille"
    PASSER_LE_RELAIS = "passer_le_relais", "Passer le relais"


class StatutDemandeEquipe(Labelled):
    """A request to join the équipe of a dossier, by the code that the young person gave."""

    EN_ATTENTE = "en_attente", "En attente"
    ACCEPTEE = "acceptee", "Acceptée"
    REFUSEE = "refusee", "Refusée"
    # nobody answered in time, or the young person opposed the structure meanwhile
    SANS_SUITE = "sans_suite", "Sans suite"


class MotifRefusEquipe(Labelled):
    """Why a request is not accepted: kept in the dossier, never told to who asked."""

    PAS_LE_SOUHAIT_DU_JEUNE = "pas_le_souhait_du_jeune", "Le jeune ne le souhaite pas"
    PAS_NECESSAIRE = "pas_necessaire", "Sa mission ne le demande pas"
    DEJA_ACCOMPAGNE = "deja_accompagne", "Quelqu’un d’autre s’en charge déjà"
    PAS_CE_JEUNE = "pas_ce_jeune", "Ce n’est pas le bon jeune"


class SuiteRepartition(Labelled):
    """What became of a dossier when the caseload that was spread was taken back."""

    RENDU = "rendu", "Revenu à son référent d’avant"
    SANS_REFERENT = "sans_referent", "Sans référent"
    # its new référent took note of it, or it was passed on since
    RESTE = "reste", "Resté à son nouveau référent"
