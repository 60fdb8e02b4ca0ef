"""The words of the search for somebody who does not answer: what to say, what to keep, why it is refused."""

from __future__ import annotations

from app.jeunes.vocabulaire import PeutEtreContacte
from app.parcours.forms_refus import REFUS
from app.parcours.vocabulaire_actes import MoyenDemarche

REFUS_INJOIGNABLE = REFUS | {
    "dossier_clos": "Ce dossier est clos : rouvrez-le d’abord.",
    "famille_a_ne_pas_contacter": "La famille n’est pas à contacter : rien n’a été noté.",
    "demarche_deja_notee": "C’est déjà noté.",
    "demarche_a_garder": "Seul son auteur annule une démarche, le jour même. Elle reste au journal.",
}
# (what to say, what never to say), one line each; nothing of the file leaves it.
CONSEILS: dict[MoyenDemarche, tuple[str, str]] = {
    MoyenDemarche.MESSAGE: (
        "Quelques mots pour prendre des nouvelles, et un numéro où vous joindre.",
        "Pourquoi vous le suivez : un téléphone ou une enveloppe se lit à plusieurs.",
    ),
    MoyenDemarche.VISITE: (
        "Votre prénom, et que vous repasserez ; au besoin, un mot sous enveloppe.",
        "Votre service, ni le suivi, à qui ouvre la porte ou aux voisins.",
    ),
    MoyenDemarche.PARTENAIRE: (
        "« L’avez-vous vu ? Pouvez-vous lui dire de m’appeler ? »",
        "Sa situation, son parcours, ce qu’il vous a confié.",
    ),
    MoyenDemarche.FAMILLE: (
        "Que vous aimeriez avoir de ses nouvelles, et comment vous joindre.",
        "Ce qu’il vous a confié, ni ce que vous préparez ensemble.",
    ),
    MoyenDemarche.PAIRS: (
        "« Passe-lui le bonjour, et mon numéro. »",
        "Qu’il est suivi, ni pourquoi vous le cherchez.",
    ),
}
FAMILLE_NON: dict[PeutEtreContacte | None, str] = {
    PeutEtreContacte.NON_DANGER: "Ne pas contacter la famille : danger.",
    PeutEtreContacte.NON_SOUHAIT_DU_JEUNE: "Ne pas contacter la famille : le jeune ne le souhaite pas.",
    PeutEtreContacte.A_DEMANDER: "Ne pas contacter la famille sans l’accord du jeune : il n’a pas encore été demandé.",
    None: "Ne pas contacter la famille : aucun représentant noté au dossier ne peut l’être.",
}
FAMILLE_OUI = "Seulement les représentants notés « Peut être contacté »."
