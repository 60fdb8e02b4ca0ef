"""Where things are, and what refuses to start."""

from pathlib import Path

import pytest

from app.config import ConfigurationError, read_settings


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
