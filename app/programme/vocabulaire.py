"""Kinds of territory, parts of a contract, themes of action (vocabulaires.md)."""

from app.db.labelled import Labelled


class GenreTerritoire(Labelled):
    QPV = "qpv", "Quartier prioritaire (QPV)"
    QVA = "qva", "Quartier vécu, veille active (QVA)"
    COMMUNE = "commune", "Commune"
    HORS_QPV = "hors_qpv", "Hors quartier prioritaire"


GENERATIONS = (2015, 2024)


class GenreAxe(Labelled):
    """What a row of a contrat de ville is."""

    PILIER = "pilier", "Pilier"
    AXE = "axe", "Axe transversal"
    ENJEU = "enjeu", "Enjeu local"


class Thematique(Labelled):
    """What an action is about."""

    DECROCHAGE_RACCROCHAGE = "decrochage_raccrochage", "Décrochage et raccrochage"
    CHANTIERS_EDUCATIFS = "chantiers_educatifs", "Chantiers éducatifs"
    PREVENTION_DELINQUANCE = "prevention_delinquance", "Prévention de la délinquance"
    ANIMATIONS_SOIREE = "animations_soiree", "Animations en soirée"
    SAVOIRS_DE_BASE = "savoirs_de_base", "Savoirs de base"
    USAGES_NUMERIQUES = "usages_numeriques", "Usages numériques"
    EMPLOI_INSERTION = "emploi_insertion", "Emploi, insertion"
    FORMATION = "formation", "Formation"
    LOGEMENT_HABITAT = "logement_habitat", "Logement, habitat"
    SANTE = "sante", "Santé"
    PARENTALITE = "parentalite", "Parentalité"
    PETITE_ENFANCE = "petite_enfance", "Petite enfance"
    ACCOMPAGNEMENT_SCOLAIRE = "accompagnement_scolaire", "Accompagnement à la scolarité"
    CULTURE_SPORT_LOISIRS = "culture_sport_loisirs", "Culture, sport, loisirs"
    CITOYENNETE_LIEN_SOCIAL = "citoyennete_lien_social", "Citoyenneté, lien social"
    MEDIATION_TRANQUILLITE = "mediation_tranquillite", "Médiation, tranquillité publique"
    MEMOIRE_ANIMATION_TERRITOIRE = "memoire_animation_territoire", "Mémoire et animation du territoire"
