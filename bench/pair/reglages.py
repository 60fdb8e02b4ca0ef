"""The peer: Django on the same database, set as `startproject` sets it, by somebody who knows how to make it fast.

Same SQLite library, same pragmas, durable commits, cached templates, no debug. Its own tables (users, sessions,
messages, history) are made in the copy that is being measured.
"""

from __future__ import annotations

import sys
from typing import Any

from sqlalchemy import make_url

from app.db.engine import sqlite_module
from bench.lieux import Lieu
from bench.navigateur import Navigateur, Wsgi

PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
    "PRAGMA busy_timeout=10000; PRAGMA temp_store=MEMORY"
)
MIDDLEWARE = (
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
)
APPS = ("admin", "auth", "contenttypes", "sessions", "messages")
CONTEXT = ("django.template.context_processors.request", "django.contrib.auth.context_processors.auth")


def start(lieu: Lieu) -> Wsgi:
    """Configure Django on this installation, once a process, and give its WSGI application."""
    _same_sqlite()
    import django
    from django.conf import settings

    settings.configure(
        ALLOWED_HOSTS=["localhost"],
        DATABASES={"default": database(lieu)},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=[*(f"django.contrib.{name}" for name in APPS), "bench.pair"],
        LANGUAGE_CODE="fr",
        LOGIN_URL="/connexion",
        MIDDLEWARE=list(MIDDLEWARE),
        ROOT_URLCONF="bench.pair.urls",
        SECRET_KEY="only for this measure, in this process",
        TEMPLATES=[_templates()],
        TIME_ZONE="Europe/Paris",
        USE_TZ=True,
    )
    django.setup()
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application

    call_command("migrate", verbosity=0, interactive=False)
    return get_wsgi_application()


def signed_in(application: Wsgi, *, agent_id: int, courriel: str) -> Navigateur:
    """A browser whose user has the id of an agent, so that a view needs no other lookup."""
    from django.contrib.auth.models import User
    from django.middleware.csrf import _get_new_csrf_string
    from django.test import Client

    user, _ = User.objects.get_or_create(id=agent_id, defaults={"username": courriel})
    client = Client()
    client.force_login(user)
    session = client.cookies["sessionid"].value
    return Navigateur(application, {"sessionid": session, "csrftoken": _get_new_csrf_string()})


def database(lieu: Lieu) -> dict[str, Any]:
    url = make_url(lieu.settings().database_url)
    if lieu.moteur == "sqlite":
        options = {"init_command": PRAGMAS, "transaction_mode": "IMMEDIATE"}
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": url.database,
            "CONN_MAX_AGE": None,
            "OPTIONS": options,
        }
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.database,
        "USER": url.username,
        "PASSWORD": url.password or "",
        "HOST": url.host,
        "PORT": url.port,
        "CONN_MAX_AGE": None,
    }


def _templates() -> dict[str, Any]:
    return {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": [*CONTEXT, "django.contrib.messages.context_processors.messages"]},
    }


def _same_sqlite() -> None:
    """One SQLite library in the process. Two of them on one file would also drop each other's locks."""
    if sqlite_module.__name__ != "sqlite3.dbapi2":
        sys.modules["sqlite3"] = sys.modules[sqlite_module.__name__.partition(".")[0]]
