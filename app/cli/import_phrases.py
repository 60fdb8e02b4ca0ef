"""What an import says, in French. Never a value of a cell: the line and the column are enough to find it."""

from __future__ import annotations

from collections.abc import Mapping

from app.db.errors import DomainError
from app.jeunes.import_lecture import Defaut

FICHIER = {
    "introuvable": "Ce fichier n’existe pas.",
    "illisible": "Ce fichier ne s’ouvre pas : est-ce bien un fichier, et avez-vous le droit de le lire ?",
    "trop_gros": "Ce fichier dépasse {maximum} Mo : découpez-le en plusieurs.",
    "vide": "Ce fichier est vide.",
    "sans_ligne": "Ce fichier n’a aucune ligne sous son en-tête.",
    "tableur": "C’est un classeur de tableur, pas un CSV : enregistrez-le d’abord au format CSV.",
    "utf16": "Ce fichier est en UTF-16 : enregistrez-le en UTF-8 (« CSV UTF-8 » dans un tableur).",
    "octet_nul": "Ligne {ligne} : il y a un octet nul, ce n’est pas un fichier de texte.",
    "caractere_de_controle": "Ligne {ligne} : il y a un caractère de contrôle, ce n’est pas un CSV.",
    "utf8_abime": "Ligne {ligne} : ce fichier est en UTF-8, mais cette ligne est abîmée. Exportez-le à nouveau.",
    "encodage_inconnu": "Ligne {ligne} : ce texte n’est ni en UTF-8 ni en Windows-1252.",
    "guillemet": "À partir de la ligne {ligne} : un guillemet est ouvert et jamais fermé, ou mal placé.",
    "sans_entete": "La première ligne n’est pas un en-tête. Colonnes attendues : {colonnes}.",
    "colonne_sans_nom": "Ligne {ligne} : des colonnes de l’en-tête n’ont pas de nom (rang {colonnes}).",
    "colonnes_en_double": "Ligne {ligne} : l’en-tête a deux fois la même colonne : {colonnes}.",
    "colonnes_inconnues": "Ligne {ligne} : l’en-tête a des colonnes inconnues : {colonnes}.",
    "colonnes_manquantes": "Ligne {ligne} : il manque des colonnes à l’en-tête : {colonnes}.",
    "structure_inconnue": "Aucune structure ouverte n’a le code donné par --structure.",
    "code_pris": "Un territoire de ce nom vient d’être créé : relancez la même commande, elle complétera.",
    "auteur_inconnu": "Aucun compte actif n’a l’adresse donnée par --par.",
}

LIGNE = {
    "nombre_de_cellules": "{lu} cellules, {attendu} attendues",
    "manquant": "rien dans cette cellule, une valeur est nécessaire",
    "date_illisible": "la date s’écrit AAAA-MM-JJ ou JJ/MM/AAAA",
    "date_inexistante": "ce jour n’existe pas",
    "date_invraisemblable": "date invraisemblable",
    "annee_illisible": "l’année s’écrit en quatre chiffres",
    "annee_invraisemblable": "année invraisemblable",
    "naissances_discordantes": "l’année n’est pas celle de date_naissance",
    "code_inconnu": "valeur inconnue{attendus}",
    "nombre_illisible": "un nombre entier est attendu",
    "trop_long": "plus de {maximum} caractères",
    "plusieurs_lignes": "cette cellule s’étend sur plusieurs lignes : un guillemet est sans doute mal fermé",
    "caractere_invisible": "il y a un caractère invisible",
    "telephone_illisible": "numéro de téléphone illisible",
    "courriel_illisible": "adresse de courriel illisible",
    "structure_inconnue": "aucune structure ouverte n’a ce code",
    "territoire_ambigu": "plusieurs territoires ont ce nom : donnez son code",
    "referent_inconnu": "aucun agent n’a cette adresse",
    "referent_desactive": "le compte de cet agent est désactivé",
    "pas_referent": "cet agent n’a pas le rôle de référent",
    "reference_en_double": "cette référence est déjà à la ligne {premiere}",
    "deja_autrement": "déjà importé avec d’autres valeurs : {colonnes}",
    "ouverture_future": "l’ouverture est dans l’avenir",
    "motif_absent": "une date de clôture va avec un motif de sortie",
    "cloture_absente": "un motif de sortie va avec une date de clôture",
    "cloture_future": "la clôture est dans l’avenir",
    "cloture_avant_ouverture": "la clôture est avant l’ouverture",
    "dossier_inconnu": "aucun dossier n’a cette référence dans cette structure",
    "etape_en_double": "la même étape, du même type et du même jour, est déjà à la ligne {premiere}",
    "avant_naissance": "l’étape commence avant la naissance",
    "trop_jeune": "l’étape commence avant six ans",
    "debut_futur": "une étape commencée ne peut pas commencer dans l’avenir",
    "fin_absente": "une étape terminée ou interrompue a une date de fin",
    "fin_sans_statut": "une étape de ce statut n’a pas de date de fin",
    "fin_avant_debut": "la fin est avant le début",
    "fin_future": "la fin est dans l’avenir",
    "issue_sans_fin": "une étape qui n’est pas finie n’a pas d’issue",
    "contrat_hors_emploi": "seul un emploi a un contrat",
    "niveau_hors_formation": "seule une formation a un niveau visé",
    "heures_hors_chantier": "seul un chantier éducatif a un nombre d’heures",
    "heures_invraisemblables": "nombre d’heures invraisemblable",
    "chantier_moins_de_14": "chantier éducatif avant 14 ans (code du travail, L. 4153-3)",
}


def phrase_fichier(error: DomainError) -> str:
    """Why the whole file, or an option, is refused."""
    return FICHIER[error.code].format_map(_lisibles(error.facts))


def phrase_ligne(defaut: Defaut) -> str:
    """`Ligne 12, colonne debut : …`"""
    ou = f"Ligne {defaut.ligne}" + (f", colonne {defaut.colonne}" if defaut.colonne else "")
    return f"{ou} : {LIGNE[defaut.code].format_map(_lisibles(defaut.faits))}."


def _lisibles(faits: Mapping[str, object]) -> dict[str, object]:
    lisibles = {nom: ", ".join(valeur) if isinstance(valeur, list) else valeur for nom, valeur in faits.items()}
    if "attendus" in faits:
        lisibles["attendus"] = f" ; attendu : {lisibles['attendus']}" if faits["attendus"] else ""
    return lisibles
