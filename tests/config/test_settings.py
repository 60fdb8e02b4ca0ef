"""Where things are, and what refuses to start."""

from pathlib import Path

import pytest

from app.config import Chiffrement, ConfigurationError, Smtp, read_settings


def test_without_any_variable_everything_is_in_the_instance() -> None:
    settings = read_settings({})
    assert settings.instance.name == "instance"
    assert settings.database_url == f"sqlite:///{settings.instance / 'parcours.db'}"
    assert settings.keys_database_url == f"sqlite:///{settings.instance / 'cles.db'}"
    assert settings.root_key_file == settings.instance / "racine.cle"


def test_each_variable_chooses_its_place(tmp_path: Path) -> None:
    settings = read_settings(
        {
            "PARCOURS_INSTANCE": str(tmp_path),
            "PARCOURS_DATABASE_URL": "postgresql://h/donnees",
            "PARCOURS_KEYS_DATABASE_URL": "postgresql://h/cles",
            "PARCOURS_ROOT_KEY_FILE": "/run/racine",
            "PARCOURS_URL": "https://parcours.example.org",
            "PARCOURS_PROXIES": "1",
        }
    )
    assert settings.instance == tmp_path
    assert (settings.database_url, settings.keys_database_url) == ("postgresql://h/donnees", "postgresql://h/cles")
    assert settings.root_key_file == Path("/run/racine")
    assert settings.https
    assert settings.trusted_proxies == 1


@pytest.mark.parametrize(
    "env",
    [
        {"PARCOURS_URL": "http://parcours.example.org"},
        {"PARCOURS_URL": "http://192.168.1.4:5000"},
        {"PARCOURS_URL": "parcours.example.org"},
        {"PARCOURS_URL": "ftp://localhost"},
        {"PARCOURS_PROXIES": "-1"},
        {"PARCOURS_PROXIES": "deux"},
        {"PARCOURS_SANS_CLES": "oui"},
        {"PARCOURS_SANS_CLES": "1", "PARCOURS_KEYS_DATABASE_URL": "postgresql://h/cles"},
        {"PARCOURS_DATABASE_URL": "sqlite:////tmp/a.db", "PARCOURS_KEYS_DATABASE_URL": "sqlite:////tmp/a.db"},
    ],
)
def test_an_unsafe_setting_stops_the_start_with_a_sentence(env: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        read_settings(env)
    assert str(refusal.value).endswith((".", "attendu."))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_plain_http_is_for_this_machine(host: str) -> None:
    assert not read_settings({"PARCOURS_URL": f"http://{host}:5000"}).https


SMTP = {"PARCOURS_SMTP_HOST": "smtp.exemple.fr", "PARCOURS_SMTP_FROM": "Parcours <parcours@exemple.fr>"}
COMPTE = {"PARCOURS_SMTP_USER": "parcours", "PARCOURS_SMTP_PASSWORD_FILE": "/run/smtp"}


def test_without_a_mail_server_no_email_leaves() -> None:
    assert read_settings({}).smtp is None


@pytest.mark.parametrize(
    ("env", "attendu"),
    [
        ({}, (25, Chiffrement.AUCUN)),
        ({"PARCOURS_SMTP_STARTTLS": "1"}, (587, Chiffrement.STARTTLS)),
        ({"PARCOURS_SMTP_TLS": "1"}, (465, Chiffrement.TLS)),
        (
            {"PARCOURS_SMTP_TLS": "1", "PARCOURS_SMTP_PORT": "2465", "PARCOURS_SMTP_STARTTLS": "0"},
            (2465, Chiffrement.TLS),
        ),
    ],
)
def test_the_port_follows_the_protection_unless_it_is_given(env: dict[str, str], attendu: tuple) -> None:
    smtp = read_settings(SMTP | env).smtp
    assert (smtp.port, smtp.chiffrement) == attendu


def test_an_account_travels_on_a_protected_connection_or_on_this_machine() -> None:
    with pytest.raises(ConfigurationError, match="en clair"):
        read_settings(SMTP | COMPTE)
    protected = read_settings(SMTP | COMPTE | {"PARCOURS_SMTP_STARTTLS": "1"}).smtp
    assert (protected.compte, protected.mot_de_passe_fichier) == ("parcours", Path("/run/smtp"))
    assert isinstance(read_settings(SMTP | COMPTE | {"PARCOURS_SMTP_HOST": "127.0.0.1"}).smtp, Smtp)


@pytest.mark.parametrize(
    "env",
    [
        {"PARCOURS_SMTP_FROM": ""},
        {"PARCOURS_SMTP_FROM": "Parcours"},
        {"PARCOURS_SMTP_FROM": "a@b.fr\nBcc: c@d.fr"},
        {"PARCOURS_SMTP_HOST": ""},
        {"PARCOURS_SMTP_PORT": "smtp"},
        {"PARCOURS_SMTP_PORT": "70000"},
        {"PARCOURS_SMTP_TLS": "oui"},
        {"PARCOURS_SMTP_TLS": "1", "PARCOURS_SMTP_STARTTLS": "1"},
        {"PARCOURS_SMTP_USER": "parcours", "PARCOURS_SMTP_TLS": "1"},
        {"PARCOURS_SMTP_PASSWORD_FILE": "/run/smtp", "PARCOURS_SMTP_TLS": "1"},
    ],
)
def test_a_mail_server_that_cannot_work_stops_the_start(env: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError):
        read_settings(SMTP | env)
