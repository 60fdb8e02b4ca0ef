"""Settings, read once from the environment; without any, everything lives in `instance/`.

No secret is read from the environment: keys are files, the environment only says where they are.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

# Days and hours are those of Paris; instants are kept in UTC.
PARIS = ZoneInfo("Europe/Paris")
LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


class ConfigurationError(Exception):
    """The process must not start. The message is a whole French sentence for whoever starts it."""


class Chiffrement(StrEnum):
    """How the connection to the mail server is protected: from its first byte, after a STARTTLS, or not."""

    TLS = "TLS"
    STARTTLS = "STARTTLS"
    AUCUN = "aucun"


PORTS_SMTP = {Chiffrement.TLS: 465, Chiffrement.STARTTLS: 587, Chiffrement.AUCUN: 25}


@dataclass(frozen=True, slots=True)
class Smtp:
    """The server that takes our e-mails. The password stays in its file until a connection is opened."""

    hote: str
    port: int
    chiffrement: Chiffrement
    expediteur: str
    compte: str | None = None
    mot_de_passe_fichier: Path | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are and how the outside reaches us. Built by `read_settings` or by a test."""

    instance: Path
    database_url: str
    keys_database_url: str
    root_key_file: Path
    public_url: str = "http://localhost:5000"
    trusted_proxies: int = 0
    # none: no e-mail leaves
    smtp: Smtp | None = None
    # this process serves cohorts alone: neither the key store nor the keyring of the vault is opened
    sans_cles: bool = False

    @property
    def https(self) -> bool:
        return urlsplit(self.public_url).scheme == "https"

    @property
    def service_keyring_file(self) -> Path:
        return self.instance / "service.cles"

    @property
    def vault_keyring_file(self) -> Path:
        return self.instance / "coffre.cles"


def default_instance() -> Path:
    return Path(__file__).resolve().parent.parent / "instance"


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Typed settings from `PARCOURS_*`. Raises ConfigurationError when starting would be unsafe."""
    env = os.environ if environ is None else environ
    instance = Path(env.get("PARCOURS_INSTANCE") or default_instance()).expanduser().resolve()
    settings = Settings(
        instance=instance,
        database_url=env.get("PARCOURS_DATABASE_URL") or f"sqlite:///{instance / 'parcours.db'}",
        keys_database_url=env.get("PARCOURS_KEYS_DATABASE_URL") or f"sqlite:///{instance / 'cles.db'}",
        root_key_file=Path(env.get("PARCOURS_ROOT_KEY_FILE") or instance / "racine.cle").expanduser(),
        public_url=env.get("PARCOURS_URL") or "http://localhost:5000",
        trusted_proxies=_whole_number(env, "PARCOURS_PROXIES"),
        smtp=_smtp(env),
        sans_cles=_yes(env, "PARCOURS_SANS_CLES"),
    )
    if settings.sans_cles and env.get("PARCOURS_KEYS_DATABASE_URL"):
        raise ConfigurationError(
            "PARCOURS_SANS_CLES=1 et PARCOURS_KEYS_DATABASE_URL s’excluent : un serveur sans clés ne doit pas savoir "
            "où elles sont."
        )
    refuse_unsafe(settings)
    return settings


def refuse_unsafe(settings: Settings) -> None:
    """Names and passwords never travel in clear: http is for the loopback alone."""
    url = urlsplit(settings.public_url)
    if url.scheme not in {"http", "https"} or not url.hostname:
        raise ConfigurationError("PARCOURS_URL doit être une adresse http://… ou https://… complète.")
    if url.scheme == "http" and url.hostname not in LOOPBACK_HOSTS:
        raise ConfigurationError(
            f"PARCOURS_URL={settings.public_url} : hors de cette machine, Parcours ne se sert qu’en https."
        )
    if settings.database_url == settings.keys_database_url:
        raise ConfigurationError(
            "Les clés et les données doivent être dans deux bases séparées : "
            "PARCOURS_KEYS_DATABASE_URL est la même que PARCOURS_DATABASE_URL."
        )


def _whole_number(env: Mapping[str, str], name: str) -> int:
    text = env.get(name) or "0"
    if not text.isdecimal():
        raise ConfigurationError(f"{name}={text} : un nombre entier est attendu.")
    return int(text)


def _smtp(env: Mapping[str, str]) -> Smtp | None:
    """The mail server, or None when none is named."""
    host = (env.get("PARCOURS_SMTP_HOST") or "").strip()
    if not host:
        if lost := sorted(name for name, value in env.items() if name.startswith("PARCOURS_SMTP_") and value):
            raise ConfigurationError(f"{lost[0]} est donné sans PARCOURS_SMTP_HOST : quel serveur de courriel ?")
        return None
    protection = _protection(env)
    password_file = env.get("PARCOURS_SMTP_PASSWORD_FILE")
    smtp = Smtp(
        hote=host,
        port=_whole_number(env, "PARCOURS_SMTP_PORT") or PORTS_SMTP[protection],
        chiffrement=protection,
        expediteur=(env.get("PARCOURS_SMTP_FROM") or "").strip(),
        compte=env.get("PARCOURS_SMTP_USER") or None,
        mot_de_passe_fichier=Path(password_file).expanduser() if password_file else None,
    )
    _refuse_unsafe_smtp(smtp)
    return smtp


def _protection(env: Mapping[str, str]) -> Chiffrement:
    tls, starttls = _yes(env, "PARCOURS_SMTP_TLS"), _yes(env, "PARCOURS_SMTP_STARTTLS")
    if tls and starttls:
        raise ConfigurationError("PARCOURS_SMTP_TLS et PARCOURS_SMTP_STARTTLS s’excluent : gardez l’un des deux.")
    return Chiffrement.TLS if tls else Chiffrement.STARTTLS if starttls else Chiffrement.AUCUN


def _refuse_unsafe_smtp(smtp: Smtp) -> None:
    _, address = parseaddr(smtp.expediteur)
    if not re.fullmatch(r"[!-?A-~]+@[!-?A-~]+", address) or not smtp.expediteur.isprintable():
        raise ConfigurationError("PARCOURS_SMTP_FROM doit être l’adresse qui envoie, comme parcours@exemple.fr.")
    if smtp.port > 65535:
        raise ConfigurationError(f"PARCOURS_SMTP_PORT={smtp.port} : un port va de 1 à 65535.")
    if (smtp.compte is None) != (smtp.mot_de_passe_fichier is None):
        raise ConfigurationError("PARCOURS_SMTP_USER et PARCOURS_SMTP_PASSWORD_FILE vont ensemble.")
    if smtp.compte and smtp.chiffrement is Chiffrement.AUCUN and smtp.hote not in LOOPBACK_HOSTS:
        raise ConfigurationError(
            f"Le mot de passe du compte de courriel partirait en clair vers {smtp.hote} : "
            "mettez PARCOURS_SMTP_STARTTLS=1 ou PARCOURS_SMTP_TLS=1."
        )


def _yes(env: Mapping[str, str], name: str) -> bool:
    text = env.get(name) or "0"
    if text not in {"0", "1"}:
        raise ConfigurationError(f"{name}={text} : 1 ou 0 est attendu.")
    return text == "1"
