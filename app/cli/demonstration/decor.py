"""Who and where: everybody and every place here is invented. The e-mail domain is reserved (RFC 2606)."""

from __future__ import annotations

from dataclasses import dataclass

from app.accounts.vocabulaire import GenreStructure, Role
from app.jeunes.rules import fold
from app.programme.vocabulaire import GenreTerritoire

MOT_DE_PASSE = "colline-verte-sous-la-pluie"


@dataclass(frozen=True, slots=True)
class Compte:
    """An account of the demonstration. `part` is its share of the open files of its structure."""

    prenom: str
    nom: str
    structure: str
    roles: tuple[Role, ...]
    part: int = 0

    @property
    def courriel(self) -> str:
        return f"{fold(self.prenom)}.{fold(self.nom)}@demo.example.org"


STRUCTURES = (
    ("ML", "Mission locale du Val d’Orne", GenreStructure.MISSION_LOCALE),
    ("CLUB", "Club de prévention Les Passerelles", GenreStructure.PREVENTION_SPECIALISEE),
    ("PLIE", "PLIE du Grand Valmont", GenreStructure.PLIE),
)

COMPTES = (
    Compte("Nadia", "Berrada", "ML", (Role.REFERENT,), 12),
    Compte("Thomas", "Lemoine", "ML", (Role.REFERENT,), 10),
    Compte("Awa", "Diallo", "ML", (Role.REFERENT,), 14),
    Compte("Hélène", "Marchand", "ML", (Role.COORDINATEUR, Role.REFERENT), 4),
    Compte("Julien", "Roche", "ML", (Role.INTERVENANT,)),
    Compte("Karim", "Haddad", "CLUB", (Role.REFERENT, Role.INTERVENANT), 5),
    Compte("Sarah", "Cohen", "CLUB", (Role.REFERENT, Role.INTERVENANT), 5),
    Compte("Moussa", "Traoré", "CLUB", (Role.INTERVENANT,)),
    Compte("Claire", "Fontaine", "CLUB", (Role.COORDINATEUR,)),
    Compte("Lucie", "Perrin", "PLIE", (Role.REFERENT,), 5),
    Compte("David", "Nguyen", "PLIE", (Role.REFERENT, Role.COORDINATEUR), 3),
    Compte("Odile", "Garnier", "ML", (Role.RESPONSABLE,)),
    Compte("Paul", "Besson", "ML", (Role.DPO,)),
    Compte("Inès", "Vidal", "ML", (Role.ADMINISTRATEUR,)),
)

COMMUNE = ("C-VALMONT", "Valmont")
TERRITOIRES = (
    ("QN09901M", "Les Tilleuls", GenreTerritoire.QPV, 2024),
    ("QN09902M", "La Croix-Verte", GenreTerritoire.QPV, 2024),
    ("QN09903M", "Bellevue", GenreTerritoire.QPV, 2024),
    ("QN09904M", "Le Moulin-Neuf", GenreTerritoire.QPV, 2024),
    ("QP099005", "Les Aubépines", GenreTerritoire.QPV, 2015),
    ("QP099006", "Port-Saint-Jean", GenreTerritoire.QPV, 2015),
)
HORS_QPV = ("HORS-QPV", "Hors quartier prioritaire")

PRENOMS_FEMININS = """
    Inès Lina Yasmine Sarah Aïcha Manon Chloé Léa Jade Emma Camille Fatoumata Aminata Mariam Nour Assia Sofia
    Louna Maëlys Clara Anaïs Romane Élisa Zoé Salomé Kenza Hafsa Safia Rania Malak Océane Mélissa Priscilla
    Laurine Ambre Lou Alicia Eva Juliette Margaux Naïma Djamila Leïla Samira Imane Oumou Bintou Grâce Dina Selma
""".split()
PRENOMS_MASCULINS = """
    Yanis Rayan Adam Mehdi Sofiane Ilyes Amine Bilal Karim Ibrahim Moussa Mamadou Théo Lucas Enzo Hugo Nathan
    Tom Mathis Kylian Dylan Kevin Jordan Maxime Antoine Léo Noah Ethan Axel Rémi Quentin Florian Walid Nassim
    Hamza Ismaël Younes Ousmane Abdoulaye Cheikh Samuel Daniel Ruben Diego Mateo Nolan Timéo Gabin Malo Erwan
""".split()
NOMS = """
    Rousseau Benali Diop Martin Kaci Moreau Lefèvre Traoré Garcia Petit Haddad Roux Fournier Girard Bonnet
    Dupuis Camara Keita Mercier Blanc Guérin Boyer Chevalier Lopes Da-Silva Ferreira Morel Gauthier Perrot
    Barbier Renaud Saïdi Bouzid Mansouri Cherif Belkacem Yilmaz Kaya Nguyen Tran Rivière Colin Vasseur Leroux
    Charpentier Bailly Ndiaye Sow Cissé Konaté Touré Fofana Bamba Lacroix Masson Hamon Prévost Delmas Aubert
    Poulain Meunier Carré Brunet Schmitt Weber Muller Kowalski Novak Popescu Marin Rey Faure Collet Pichon
    Lambert Marchal
""".split()
PSEUDONYMES = (
    "Casquette bleue",
    "Le grand du city-stade",
    "Trottinette",
    "La petite du tram",
    "Mistral",
    "Caméléon",
    "Numéro 10",
    "Bonnet rouge",
    "Pixel",
    "La danseuse",
)

ECHANGES = (
    "Bon échange. Souhaite reparler du projet la semaine prochaine.",
    "Point sur les démarches en cours. Carte d’identité à renouveler.",
    "Se lève difficilement ; essai d’un rendez-vous l’après-midi.",
    "Permis : code obtenu, heures de conduite à financer.",
    "Discussion au city-stade, à l’aise. Accepte un rendez-vous.",
    "Demande de logement en FJT à constituer.",
)
ECHANGES_PAR_GENRE = {
    "emploi": (
        "Premier salaire reçu. Fier. Ouverture d’un compte à faire.",
        "Dit être fatigué des trajets : une heure vingt par jour.",
        "L’équipe lui plaît. Questions sur la fiche de paie.",
    ),
    "alternance": (
        "Rythme entreprise et centre trouvé. Deux semaines sans absence.",
        "Cherche un hébergement les semaines de cours.",
    ),
    "formation": (
        "A visité l’atelier, retour plutôt content.",
        "Avance bien ; stage à trouver pour le mois prochain.",
        "A besoin d’aide pour le dossier de rémunération.",
    ),
    "scolarite": (
        "Rencontre avec le professeur principal : tout va bien ce trimestre.",
        "A besoin d’aide pour le dossier de bourse.",
    ),
    "raccrochage": ("Retour par demi-journées, tient bon.", "A retrouvé le rythme. Content de revoir sa classe."),
    "decrochage": (
        "Ne voit pas encore de projet. Aime le sport et la cuisine.",
        "Veut essayer la mécanique. Stage d’observation évoqué.",
        "Le chantier se passe bien : ponctuel, apprécié de l’équipe.",
    ),
    "sans_solution": (
        "CV terminé ensemble, trois envois prévus d’ici vendredi.",
        "Prépare un entretien : simulation faite, à l’aise.",
    ),
}
TENTATIVES = (
    "Message laissé, rappel prévu.",
    "N’était pas au rendez-vous ; message envoyé dans la foulée.",
    "Téléphone coupé. Passer par le city-stade jeudi.",
    "",
    "",
)
TIERS = (
    "Le professeur principal signale une reprise difficile après les vacances.",
    "L’employeur est satisfait, souhaite prolonger.",
    "Échange avec la conseillère du centre social.",
)
PRECISIONS = {
    "emploi": ("Vendeur en boulangerie", "Préparateur de commandes", "Agent d’entretien", "Aide à domicile"),
    "alternance": ("CAP cuisine", "CAP maintenance", "BP coiffure", "Bac pro électricité"),
    "formation": ("Titre professionnel soudeur", "Prépa projet", "Remise à niveau", "E2C"),
    "scolarite": ("Collège", "Lycée professionnel", "Lycée général"),
    "chantier_educatif": ("Peinture d’une cage d’escalier", "Jardin partagé", "Rénovation du local"),
    "stage": ("Garage", "Crèche municipale", "Restaurant"),
}


def echanges(genre: str | None) -> tuple[str, ...]:
    """What could be said at an exchange with somebody in this kind of step."""
    return ECHANGES + 2 * ECHANGES_PAR_GENRE.get(genre or "", ())
