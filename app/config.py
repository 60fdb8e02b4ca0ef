"""Settings, read once from the environment; without any, everything lives in `instance/`.

No secret is read from the environment: keys are files, the environment only says where they are.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


class ConfigurationError(Exception):
    """The process must not start. The message is a whole French sentence for whoever starts it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are and how the outside reaches us. Built by `read_settings` or by a test."""

    instance: Path
    database_url: str
    keys_database_url: str
    root_key_file: Path
    public_url: str = "http://localhost:5000"
    trusted_proxies: int = 0

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
