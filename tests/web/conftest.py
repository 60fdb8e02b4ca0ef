"""The living style guide: every macro on a few pages, in a bare Flask application with fictional people."""

import threading
from collections import namedtuple
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from flask import Flask, flash, render_template
from flask_wtf import CSRFProtect, FlaskForm
from jinja2 import ChoiceLoader, FileSystemLoader
from werkzeug.serving import make_server
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from app.web import setup
from app.web.saisie import DateFrancaise

TODAY = date(2026, 11, 22)

Entree = namedtuple("Entree", "label endpoint_url current badge")
Agent = namedtuple("Agent", "prenom nom")
Rect = namedtuple("Rect", "x largeur famille ouverte incertaine", defaults=(False, False))
Etape = namedtuple("Etape", "label famille du au precision url", defaults=("", "", ""))
Bande = namedtuple("Bande", "label rangs etapes")
Annee = namedtuple("Annee", "x label")
Jeune = namedtuple("Jeune", "prenom nom faits gravite raison attendu situation rects")

FAMILLES = [
    "emploi",
    "formation",
    "scolarite",
    "engagement",
    "raccrochage",
    "decrochage",
    "indisponible",
    "accompagnement",
    "acces",
    "vie_sociale",
]


class Noter(FlaskForm):
    resultat = RadioField(
        "Ce qui s’est passé",
        choices={
            "echange_fait": "Échange",
            "rdv_pris": "Rendez-vous pris",
            "absent_non_excuse": "Absence",
            "sans_reponse": "Sans réponse",
        },
        validators=[InputRequired("Choisissez ce qui s’est passé.")],
    )
    canal = RadioField(
        "Comment",
        choices={
            "presence_rue": "Rue",
            "telephone": "Téléphone",
            "entretien": "Entretien",
            "message": "Message",
            "visite_domicile": "Visite",
            "autre": "Autre…",
        },
        validators=[InputRequired("Choisissez comment l’échange a eu lieu.")],
    )
    quand = RadioField(
        "Quand",
        choices={"0": "Aujourd’hui, 22 nov.", "1": "Hier, 21 nov.", "autre": "Autre jour…"},
        default="0",
    )
    jour = DateFrancaise("Quel jour", validators=[Optional()])
    themes = SelectMultipleField(
        "Thèmes",
        choices={
            "emploi": "Emploi",
            "formation": "Formation",
            "logement": "Logement",
            "mobilite": "Mobilité",
            "numerique": "Numérique",
            "administratif": "Démarches administratives",
            "loisirs_lien_social": "Loisirs, lien social",
        },
    )
    mots = TextAreaField("Quelques mots", validators=[Length(max=2000)])
    depot = HiddenField(default="00000000-0000-4000-8000-000000000000")


class Saisie(FlaskForm):
    pseudonyme = StringField("Prénom ou pseudonyme", validators=[DataRequired("Écrivez un prénom ou un pseudonyme.")])
    naissance = DateFrancaise("Date de naissance", validators=[InputRequired("Écrivez la date de naissance.")])
    territoire = SelectField(
        "Territoire",
        choices=[SelectChoice("a", "Biollay", optgroup="Quartiers"), SelectChoice("b", "Commune", optgroup="Ailleurs")],
    )
    heures = IntegerField("Durée prévue", validators=[Optional()])
    intensite = RadioField(
        "Intensité",
        choices={"soutenu": "Soutenu", "suivi": "Suivi", "veille": "Veille"},
        validators=[InputRequired("Choisissez une intensité.")],
    )
    informe = BooleanField("Le jeune a été informé", validators=[InputRequired("Confirmez l’information du jeune.")])
    precisions = TextAreaField("Précisions")

    def validate(self, extra_validators: object = None) -> bool:
        self.form_errors = ["Cette étape en recouvre une autre."]
        return super().validate(extra_validators)


JEUNES = [
    Jeune("Yanis", "Kaddour", ["15 ans", "Les Hauts-de-Chambéry"], 1, "Aucun échange depuis 31 jours",
          "Attendu tous les 14 jours. Instruction obligatoire : prévenir l’établissement.",
          "Décrochage, depuis 72 jours",
          [Rect(0, 55, "scolarite"), Rect(55, 45, "decrochage")]),
    Jeune("Inès", "Morel", ["17 ans", "Biollay"], 1, "Convocation du 20 septembre restée sans suite",
          "Obligation de formation : transmission due aujourd’hui.", "Sans solution, depuis 2 mois",
          [Rect(0, 40, "scolarite"), Rect(40, 25, "raccrochage"), Rect(65, 35, "decrochage")]),
    Jeune("Théo", "Rousseau", ["19 ans", "Les Hauts-de-Chambéry"], 2, "Rien n’est prévu après le chantier",
          "Il se termine dans 12 jours.", "Chantier éducatif, jusqu’au 4 décembre",
          [Rect(0, 30, "scolarite"), Rect(30, 40, "decrochage"), Rect(70, 30, "engagement")]),
    Jeune("Sofiane", "Belkacem-Vandenberghe", ["21 ans", "Biollay"], 0, "Dernier échange il y a 9 jours",
          "Prochain rendez-vous le 2 décembre.", "Emploi, depuis 4 mois",
          [Rect(0, 25, "decrochage"), Rect(25, 40, "formation"), Rect(65, 35, "emploi")]),
]  # fmt: skip

BANDES = [
    Bande("Scolarité et formation",
          [[Rect(0, 30, "scolarite"), Rect(38, 18, "raccrochage"), Rect(62, 16, "formation")],
           [Rect(30, 8, "decrochage", incertaine=True)]],
          [Etape("Lycée professionnel", "scolarite", "septembre 2023", "janvier 2025", url="#"),
           Etape("Décrochage", "decrochage", "janvier 2025", "", "fin inconnue"),
           Etape("Microlycée", "raccrochage", "juin 2025", "février 2026"),
           Etape("Formation qualifiante", "formation", "avril 2026", "août 2026", "objectif atteint")]),
    Bande("Emploi", [[Rect(80, 20, "emploi", ouverte=True)]],
          [Etape("Insertion par l’activité économique (ACI, EI, AI, ETTI)", "emploi",
                 "septembre 2026", "aujourd’hui")]),
    Bande("Engagement", [[Rect(45, 6, "engagement"), Rect(56, 0.2, "engagement")]],
          [Etape("Chantier éducatif", "engagement", "juillet 2025", "septembre 2025", "70 heures"),
           Etape("Stage, immersion en entreprise", "engagement", "3 mars 2026", "7 mars 2026")]),
    Bande("Accompagnement", [[Rect(10, 90, "accompagnement", ouverte=True)]],
          [Etape("Accompagnement éducatif", "accompagnement", "mars 2024", "aujourd’hui")]),
]  # fmt: skip


def _contexte() -> dict[str, object]:
    return {
        "navigation": [
            Entree("Mes jeunes", "/mes-jeunes", True, None),
            Entree("Alertes", "/pieces", False, 7),
            Entree("Revue", "/dossier", False, None),
            Entree("Sans référent", "/noter", False, 2),
            Entree("Nouveau jeune", "/saisie", False, None),
        ],
        "agent_connecte": Agent("Nadia", "Benali"),
        "demo": True,
        "today": TODAY,
    }


def _pages(app: Flask) -> None:
    @app.get("/pieces")
    def pieces() -> str:
        flash("Le suivi est enregistré.", "succes")
        flash("Deux étapes se recouvrent.", "attention")
        return render_template("pieces.html", familles=FAMILLES)

    @app.get("/mes-jeunes")
    def mes_jeunes() -> str:
        return render_template("mes_jeunes.html", jeunes=JEUNES, form=Saisie())

    @app.route("/noter", methods=["GET", "POST"])
    def noter() -> tuple[str, int]:
        form = Noter()
        statut = 200 if not form.is_submitted() or form.validate() else 422
        return render_template("noter.html", form=form), statut

    @app.route("/saisie", methods=["GET", "POST"])
    def saisie() -> tuple[str, int]:
        form = Saisie()
        statut = 200 if not form.is_submitted() or form.validate() else 422
        return render_template("saisie.html", form=form), statut

    @app.get("/dossier")
    def dossier() -> str:
        annees = [Annee(11, "2024"), Annee(41, "2025"), Annee(71, "2026")]
        return render_template("dossier.html", bandes=BANDES, annees=annees)

    app.add_url_rule("/accessibilite", "accessibilite", lambda: render_template("pages/accessibilite.html"))
    app.add_url_rule("/donnees-personnelles", "donnees", lambda: render_template("pages/donnees_personnelles.html"))

    @app.get("/connexion")
    def connexion() -> str:
        return render_template("connexion.html", form=Saisie(), navigation=[], agent_connecte=None)


@pytest.fixture(scope="session")
def guide() -> Flask:
    app = Flask("guide", static_folder=None)
    app.config.update(SECRET_KEY="guide", TESTING=True, PROPAGATE_EXCEPTIONS=False)
    CSRFProtect(app)
    setup.init_app(app)
    app.jinja_loader = ChoiceLoader([FileSystemLoader(Path(__file__).parent / "guide")])
    app.context_processor(_contexte)
    _pages(app)
    return app


@pytest.fixture(scope="session")
def adresse(guide: Flask) -> Iterator[str]:
    serveur = make_server("127.0.0.1", 0, guide, threaded=True)
    fil = threading.Thread(target=serveur.serve_forever, daemon=True)
    fil.start()
    yield f"http://127.0.0.1:{serveur.server_port}"
    serveur.shutdown()
    fil.join()
    serveur.server_close()
