"""`create_app`: the one place that knows every room. It wires them and does nothing else."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from app.accounts.maison import Clock, Maison
    from app.config import Settings

VIEWS = (
    "accounts.views_accueil",
    "accounts.views_connexion",
    "accounts.views_brouillons",
    "accounts.views_admin",
    "accounts.views_agents",
    "accounts.views_structures",
    "accounts.views_territoires",
    "accounts.views_sante",
    "parcours.views_annulation",
    "parcours.views_propositions",
    "parcours.views_suivis",
    "parcours.views_noter",
    "parcours.views_groupe",
    "parcours.views_etapes",
    "parcours.views_contacts",
    "parcours.views_reperes",
    "parcours.views_injoignable",
    "parcours.views_chantier",
    "parcours.views_jalons",
    "parcours.views_attentes",
    "parcours.views_verifications",
    "parcours.views_objectifs",
    "parcours.views_freins",
    "referents.views",
    "referents.views_cloture",
    "referents.views_equipe",
    "referents.views_opposition",
    "referents.views_demandes",
    "referents.views_passation",
    "referents.views_revue",
    "referents.views_absences",
    "referents.views_continuite",
    "referents.views_charge",
    "referents.views_repartition",
    "referents.views_repartitions",
    "jeunes.views",
    "jeunes.views_demandes",
    "jeunes.views_fusion",
    "jeunes.views_representants",
    "jeunes.views_dossier",
    "jeunes.views_feuille",
    "referents.views_danger",
    "referents.views_urgence",
    "referents.views_ouvertures",
    "alertes.views",
    "alertes.views_journee",
    "alertes.views_reports",
    "alertes.views_chiffres",
    "alertes.views_reglages",
    "alertes.views_explications",
    "agenda.views",
    "agenda.views_flux",
    "rue.views",
    "rue.views_lieux",
    "rue.views_activite",
    "cohortes.views",
    "cohortes.views_exports",
    "cohortes.views_fiche",
    "cohortes.views_rapport",
    "cohortes.views_ines",
)


def build_maison(settings: Settings, *, clock: Clock | None = None) -> Maison:
    """Open the databases and the vault, and register who follows the touched dossiers, lowest room first.

    Raises ConfigurationError: the process must not start.
    """
    from app.accounts.maison import Maison, jour_de, utc_now
    from app.alertes.queries_ecarts import configure as configure_naissances
    from app.alertes.services import reevaluate
    from app.audit.services import Journal, configure
    from app.db.engine import make_engines
    from app.db.unit import Database
    from app.jeunes.queries import birth_dates
    from app.parcours.etat import refresh
    from app.referents.services import refresh_referent
    from app.vault.opening import open_keyless, open_vault

    clock = clock or utc_now
    engines = make_engines(settings, keys=not settings.sans_cles)
    vault = open_keyless(settings) if settings.sans_cles else open_vault(settings, engines, clock=clock)
    database = Database(engines)
    configure(database, Journal(pseudonymise=vault.pseudonymise, sign=vault.sign))
    database.on_touch(refresh)
    database.on_touch(refresh_referent)
    configure_naissances(database, partial(birth_dates, vault))
    database.on_touch(lambda session, ids: reevaluate(session, ids, today=jour_de(clock()), now=clock()))
    return Maison(settings=settings, database=database, vault=vault, clock=clock)


def create_app(settings: Settings | None = None, *, clock: Clock | None = None) -> Flask:
    """The web application. Raises ConfigurationError rather than start unsafe."""
    from flask import Flask
    from flask_wtf.csrf import CSRFProtect
    from werkzeug.middleware.proxy_fix import ProxyFix

    from app.accounts import garde, interruptions, requete, web_sessions
    from app.accounts.navigation import contexte
    from app.config import read_settings
    from app.web import setup

    settings = settings or read_settings()
    app = Flask(__name__, static_folder=None)
    app.config.update(
        PARCOURS_HTTPS=settings.https,
        MAX_CONTENT_LENGTH=2 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_I18N_ENABLED=False,
    )
    app.extensions["parcours"] = build_maison(settings, clock=clock)
    requete.init_app(app)
    web_sessions.init_app(app)
    interruptions.init_app(app)
    CSRFProtect(app)
    garde.init_app(app)
    _open_cohortes(app)
    setup.init_app(app)
    app.context_processor(contexte)
    for name in VIEWS:
        app.register_blueprint(import_module(f"app.{name}").bp)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)
    return app


def _open_cohortes(app: Flask) -> None:
    """Hand the pages of cohorts what they may know of a request; they import neither it nor the vault."""
    from app.accounts import requete, saisie
    from app.cohortes import acces

    supplied = acces.Acces(
        session=requete.session,
        agent=requete.agent,
        acteur=requete.acteur,
        today=requete.today,
        now=requete.now,
        journal_read=requete.journal_read,
        demonstration=requete.demonstration,
        form_data=saisie.form_data,
    )
    acces.init_app(app, supplied)
