"""The connection to the mail server: protected or not at all, the account, and the words of the command line."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult
from click.testing import CliRunner, Result
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.alertes.courriels_poste import EnvoiRefuse, Poste, Refus, compose
from app.cli.main import parcours
from app.config import Chiffrement, ConfigurationError, Settings, Smtp
from tests.alertes.courriers import MARDI, Boite, environment, listening

A = "quelqu.un@exemple.test"


@dataclass(frozen=True)
class Certificat:
    """A certificate for 127.0.0.1 that signs itself, and what a server makes of it."""

    fichier: Path

    @property
    def serveur(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.fichier)
        return context


@pytest.fixture(scope="session")
def certificat(tmp_path_factory: pytest.TempPathFactory) -> Certificat:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "poste")])
    today = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "poste.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(signed.public_bytes(serialization.Encoding.PEM) + private)
    return Certificat(path)


@pytest.fixture
def reconnu(certificat: Certificat, monkeypatch: pytest.MonkeyPatch) -> Certificat:
    """The same, trusted by this machine."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificat.fichier))
    return certificat


@pytest.fixture
def mot_de_passe(tmp_path: Path) -> Path:
    path = tmp_path / "smtp.mdp"
    path.write_text("trombone-lavande\n")
    path.chmod(0o600)
    return path


def checked(server, session, envelope, mechanism, data) -> AuthResult:
    known = (data.login, data.password) == (b"parcours", b"trombone-lavande")
    # not handled: aiosmtpd itself answers that it is refused
    return AuthResult(success=known, handled=known)


def post(settings: Settings, smtp: Smtp, *, times: int = 1, texte: str = "Bonjour") -> None:
    message = compose(smtp, destinataire=A, objet="Essai", texte=texte, now=MARDI)
    with Poste(settings, smtp) as poste:
        for _ in range(times):
            poste.send(message, destinataire=A)


def refused(settings: Settings, smtp: Smtp) -> Refus:
    """Why; twice in a row, so that a connection half opened is not used for the second."""
    message = compose(smtp, destinataire=A, objet="Essai", texte="Bonjour", now=MARDI)
    with Poste(settings, smtp) as poste:
        motifs = set()
        for _ in range(2):
            with pytest.raises(EnvoiRefuse) as refus:
                poste.send(message, destinataire=A)
            motifs.add(refus.value.motif)
    (motif,) = motifs
    return motif


def test_one_connection_takes_every_message_whole(sqlite_settings: Settings) -> None:
    boite, texte = Boite(), ".\n.un point\n\nÉtape « œuvre » " + "x" * 2000 + "\n..\n"
    with listening(boite) as smtp:
        post(sqlite_settings, smtp, times=3, texte=texte)
    assert [lu.get_content().replace("\r\n", "\n") for lu in boite.lus()] == [texte] * 3
    assert boite.connexions == ["localhost"]
    assert all(envelope.mail_from == "parcours@exemple.test" for envelope in boite.recus)
    assert all(line.isascii() and len(line) <= 998 for line in boite.recus[0].content.splitlines())


# aiosmtpd does not see that its socket is TLS from the first byte
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")
@pytest.mark.parametrize("chiffrement", [Chiffrement.TLS, Chiffrement.STARTTLS])
def test_an_account_is_given_on_a_protected_connection(
    sqlite_settings: Settings, reconnu: Certificat, mot_de_passe: Path, chiffrement: Chiffrement
) -> None:
    boite, options = Boite(), {"authenticator": checked, "auth_required": True}
    if chiffrement is Chiffrement.TLS:
        options |= {"ssl_context": reconnu.serveur, "auth_require_tls": False}
    else:
        options |= {"tls_context": reconnu.serveur, "require_starttls": True}
    with listening(boite, **options) as plain:
        smtp = replace(plain, chiffrement=chiffrement, compte="parcours", mot_de_passe_fichier=mot_de_passe)
        post(sqlite_settings, smtp, times=2)
        assert len(boite.recus) == 2
        mot_de_passe.write_text("autre")
        assert refused(sqlite_settings, smtp) is Refus.COMPTE
    assert len(boite.recus) == 2


@pytest.mark.parametrize("chiffrement", [Chiffrement.TLS, Chiffrement.STARTTLS])
def test_a_certificate_that_nobody_vouches_for_is_refused(
    sqlite_settings: Settings, certificat: Certificat, chiffrement: Chiffrement
) -> None:
    boite, direct = Boite(), chiffrement is Chiffrement.TLS
    options = {"ssl_context" if direct else "tls_context": certificat.serveur}
    with listening(boite, **options) as smtp:
        assert refused(sqlite_settings, replace(smtp, chiffrement=chiffrement)) is Refus.CERTIFICAT
    assert boite.recus == []


def test_a_certificate_of_another_name_is_refused(sqlite_settings: Settings, reconnu: Certificat) -> None:
    with listening(Boite(), tls_context=reconnu.serveur) as smtp:
        other = replace(smtp, hote="localhost", chiffrement=Chiffrement.STARTTLS)
        assert refused(sqlite_settings, other) is Refus.CERTIFICAT


def test_nothing_leaves_in_clear_when_starttls_was_asked_for(sqlite_settings: Settings) -> None:
    boite = Boite()
    with listening(boite) as smtp:
        assert refused(sqlite_settings, replace(smtp, chiffrement=Chiffrement.STARTTLS)) is Refus.STARTTLS
    assert boite.recus == []


def test_a_password_that_others_may_read_or_that_is_not_there_stops_everything(
    sqlite_settings: Settings, mot_de_passe: Path, tmp_path: Path
) -> None:
    smtp = Smtp("127.0.0.1", 25, Chiffrement.TLS, "a@b.test", "parcours", mot_de_passe)
    mot_de_passe.chmod(0o640)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        Poste(sqlite_settings, smtp)
    mot_de_passe.chmod(0o600)
    mot_de_passe.write_text("\n")
    with pytest.raises(ConfigurationError, match="est vide"):
        Poste(sqlite_settings, smtp)
    with pytest.raises(ConfigurationError, match="ne peut pas être lu"):
        Poste(sqlite_settings, replace(smtp, mot_de_passe_fichier=tmp_path / "absent"))


@pytest.fixture
def run(sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    def command(smtp: Smtp | None, *words: str, **more: str) -> Result:
        given = environment(sqlite_settings, smtp) if smtp else {"PARCOURS_INSTANCE": str(sqlite_settings.instance)}
        for name, value in (given | more).items():
            monkeypatch.setenv(name, value)
        return CliRunner().invoke(parcours, words, catch_exceptions=False)

    return command


def test_the_trial_says_that_the_server_took_it_or_what_prevents_it(run: Callable[..., Result]) -> None:
    boite = Boite(refuse={"inconnu@exemple.test": "550 5.1.1 no"})
    with listening(boite) as smtp:
        sent = run(smtp, "courriels", "essai", "--a", A)
        assert (sent.exit_code, boite.a) == (0, [A]), sent.output
        unknown = run(smtp, "courriels", "essai", "--a", "inconnu@exemple.test")
        assert (unknown.exit_code, "réponse 550" in unknown.stderr) == (1, True)
        plain = run(smtp, "courriels", "essai", "--a", A, PARCOURS_SMTP_STARTTLS="1")
        assert (plain.exit_code, "STARTTLS" in plain.stderr) == (1, True)
    down = run(smtp, "courriels", "essai", "--a", A, PARCOURS_SMTP_STARTTLS="0")
    assert (down.exit_code, "ne répond pas" in down.stderr) == (1, True)
    assert "Traceback" not in unknown.output + plain.output + down.output
    assert run(smtp, "courriels", "essai", "--a", "ni une ni deux").exit_code == 1


def test_check_says_whether_emails_leave(run: Callable[..., Result], mot_de_passe: Path) -> None:
    assert "aucun ne part" in run(None, "check").stdout
    assert run(None, "courriels", "essai", "--a", A).exit_code == 1
    smtp = Smtp("127.0.0.1", 2525, Chiffrement.AUCUN, "a@b.test")
    said = run(smtp, "check")
    assert (said.exit_code, "par 127.0.0.1, port 2525" in said.stdout) == (0, True)
    mot_de_passe.chmod(0o644)
    account = {"PARCOURS_SMTP_USER": "p", "PARCOURS_SMTP_PASSWORD_FILE": str(mot_de_passe)}
    shared = run(smtp, "check", **account)
    assert (shared.exit_code, "chmod 600" in shared.stderr) == (1, True)
