"""Freins et ressources: what one places oneself on, worded positively, in five levels, and who says so."""

from __future__ import annotations

from collections.abc import Mapping

from app.db.labelled import Labelled
from app.parcours.vocabulaire import Theme


class Dimension(Labelled):
    MOBILITE = "mobilite", "Se déplacer"
    LOGEMENT = "logement", "Avoir un logement"
    ACCES_SOINS = "acces_soins", "Pouvoir se soigner"
    CONTRAINTES_FAMILIALES = "contraintes_familiales", "Concilier avec la famille"
    DEMARCHES_ADMINISTRATIVES = "demarches_administratives", "Faire ses démarches"
    RESSOURCES_FINANCIERES = "ressources_financieres", "Avoir de quoi vivre"
    MAITRISE_LANGUE = "maitrise_langue", "S’exprimer en français"
    NUMERIQUE = "numerique", "Se servir du numérique"
    SAVOIRS_DE_BASE = "savoirs_de_base", "Lire, écrire, compter"
    PROJET_PROFESSIONNEL = "projet_professionnel", "Avoir un projet"
    CONFIANCE_LIEN_SOCIAL = "confiance_lien_social", "Avoir confiance, être entouré"


class Inconnu(Labelled):
    """Three unknowns that are not the same, where a person is asked."""

    NE_SAIT_PAS = "ne_sait_pas", "Ne sait pas"
    NE_SOUHAITE_PAS_REPONDRE = "ne_souhaite_pas_repondre", "Ne souhaite pas répondre"
    NON_DEMANDE = "non_demande", "Non demandé"


class DitPar(Labelled):
    """Whose word it is; two may stand side by side."""

    JEUNE = "jeune", "Le jeune"
    PROFESSIONNEL = "professionnel", "Le professionnel"
    LES_DEUX = "les_deux", "Les deux ensemble"


NIVEAUX: Mapping[int, str] = {
    1: "Tout est à construire",
    2: "Premiers pas",
    3: "En chemin",
    4: "Presque autonome",
    5: "Autonome",
}

# What a partner may read of a theme says what they may read of a dimension: one rule for both.
THEMES_DE: Mapping[Dimension, frozenset[Theme]] = {
    Dimension.MOBILITE: frozenset({Theme.MOBILITE}),
    Dimension.LOGEMENT: frozenset({Theme.LOGEMENT}),
    Dimension.ACCES_SOINS: frozenset({Theme.SANTE_ACCES}),
    Dimension.CONTRAINTES_FAMILIALES: frozenset({Theme.FAMILLE}),
    Dimension.DEMARCHES_ADMINISTRATIVES: frozenset({Theme.ADMINISTRATIF}),
    Dimension.RESSOURCES_FINANCIERES: frozenset({Theme.RESSOURCES}),
    Dimension.MAITRISE_LANGUE: frozenset({Theme.LANGUE}),
    Dimension.NUMERIQUE: frozenset({Theme.NUMERIQUE}),
    Dimension.SAVOIRS_DE_BASE: frozenset({Theme.LANGUE}),
    Dimension.PROJET_PROFESSIONNEL: frozenset({Theme.EMPLOI, Theme.FORMATION, Theme.SCOLARITE}),
    Dimension.CONFIANCE_LIEN_SOCIAL: frozenset({Theme.CITOYENNETE, Theme.LOISIRS_LIEN_SOCIAL}),
}
