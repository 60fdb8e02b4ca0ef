"""`parcours agent creer|desactiver`: the first account of an installation, and the last resort."""

from __future__ import annotations

REFUS = {
    "courriel_pris": "Un compte existe déjà avec cette adresse.",
    "courriel_invalide": "Cette adresse de courriel n’est pas valable.",
    "mot_de_passe_court": "Le mot de passe doit compter au moins 12 caractères.",
    "mot_de_passe_commun": "Ce mot de passe est trop facile à deviner.",
    "responsable_sans_dossier": "Un responsable ne peut avoir aucun rôle qui voit des dossiers.",
    "sans_role": "Un compte a au moins un rôle.",
}
