"""One connection to the mail server for a whole batch, and what became of each message, without a doubt or with one.

A message is accepted when the server answers 250 to its last line. Before that line leaves, any failure is a refusal:
the message can be sent again. After it, silence says nothing: the message may have been accepted, and is never sent
again. Nothing here quotes an address, a code or what a server said: its answers repeat addresses.
"""

from __future__ import annotations

import logging
import os
import re
import smtplib
import ssl
from collections.abc import Callable
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid, parseaddr
from enum import StrEnum
from types import TracebackType
from typing import NoReturn, Self
from urllib.parse import urlsplit

from app.config import PARIS, Chiffrement, ConfigurationError, Settings, Smtp
from app.vault.files import refuse_shared

logger = logging.getLogger(__name__)

# seconds that each answer of the server may take
PATIENCE = 20
ACCEPTE = 250
PRET_A_RECEVOIR = 354
_MOT_DE_PASSE_MAX = 1_000


class Refus(StrEnum):
    """Why a message was certainly not accepted."""

    CONNEXION = "connexion"
    CERTIFICAT = "certificat"
    STARTTLS = "starttls"
    COMPTE = "compte"
    EXPEDITEUR = "expediteur"
    DESTINATAIRE = "destinataire"
    MESSAGE = "message"
    COUPURE = "coupure"


class EnvoiRefuse(Exception):
    """The message was not accepted. `reponse`: the number that the server answered, when it did."""

    def __init__(self, motif: Refus, reponse: int | None = None) -> None:
        super().__init__(motif.value)
        self.motif, self.reponse = motif, reponse

    @property
    def sans_serveur(self) -> bool:
        """Nothing was wrong with the message: there was nobody to give it to."""
        return self.motif in {Refus.CONNEXION, Refus.CERTIFICAT, Refus.STARTTLS, Refus.COMPTE}

    @property
    def passager(self) -> bool:
        """The same message may be accepted later: RFC 5321, a number 4xx, or no number at all."""
        return self.sans_serveur or self.motif is Refus.COUPURE or (self.reponse or 0) // 100 == 4


class EnvoiIncertain(Exception):
    """The whole message left and no answer came: nobody knows whether it was accepted."""


def compose(smtp: Smtp, *, destinataire: str, objet: str, texte: str, now: datetime) -> EmailMessage:
    """A plain text message of the program. Raises ValueError when no header can hold the address."""
    message = EmailMessage(policy=SMTP)
    message["From"] = smtp.expediteur
    try:
        message["To"] = Address(addr_spec=destinataire)
    except MessageError:
        raise ValueError("an address that no header can hold") from None
    message["Subject"] = objet
    message["Date"] = format_datetime(now.astimezone(PARIS))
    message["Message-ID"] = make_msgid(domain=_domain(smtp))
    # RFC 3834: no out-of-office answers it
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(texte, cte="quoted-printable")
    return message


def in_ascii(adresse: str) -> str:
    """The address with the letters of its domain as the DNS writes them. Raises ValueError when none can be."""
    name, _, domain = adresse.rpartition("@")
    return f"{name}@{domain.encode('idna').decode('ascii')}"


class Poste:
    """Sends one message after another; a connection that failed is opened again for the next one.

    Raises ConfigurationError when the file of the password cannot be used.
    """

    def __init__(self, settings: Settings, smtp: Smtp) -> None:
        self._smtp = smtp
        self._nom = urlsplit(settings.public_url).hostname or "localhost"
        self._mot_de_passe = read_password(smtp)
        self._serveur: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._leave(politely=error is None)

    def send(self, message: EmailMessage, *, destinataire: str) -> None:
        """Returns once the server accepted it. Raises EnvoiRefuse, EnvoiIncertain."""
        corps = _body(message)
        serveur = self._connected()
        try:
            self._announce(serveur, destinataire)
        except (smtplib.SMTPException, OSError) as error:
            self._fail(Refus.COUPURE, error)
        try:
            serveur.send(corps)
            reponse, _ = serveur.getreply()
        except (smtplib.SMTPException, OSError):
            self._leave(politely=False)
            raise EnvoiIncertain from None
        if reponse != ACCEPTE:
            self._refuse(Refus.MESSAGE, reponse)

    def _announce(self, serveur: smtplib.SMTP, destinataire: str) -> None:
        """The envelope, to the point where the server waits for the message."""
        _, expediteur = parseaddr(self._smtp.expediteur)
        steps: tuple[tuple[Refus, int, Callable[[], tuple[int, bytes]]], ...] = (
            (Refus.EXPEDITEUR, 2, lambda: serveur.mail(expediteur)),
            (Refus.DESTINATAIRE, 2, lambda: serveur.rcpt(destinataire)),
            (Refus.MESSAGE, 3, lambda: serveur.docmd("DATA")),
        )
        for motif, wanted, step in steps:
            reponse, _ = step()
            if reponse // 100 != wanted:
                self._refuse(motif, reponse)

    def _connected(self) -> smtplib.SMTP:
        if self._serveur is not None and self._alive(self._serveur):
            return self._serveur
        try:
            serveur = self._open()
        except ssl.SSLError as error:
            self._fail(Refus.CERTIFICAT, error)
        except (smtplib.SMTPException, OSError) as error:
            self._fail(Refus.CONNEXION, error)
        try:
            self._identify(serveur)
        except BaseException:
            # a connection that is not protected, or not ours, serves nothing
            serveur.close()
            raise
        self._serveur = serveur
        return serveur

    def _open(self) -> smtplib.SMTP:
        smtp, told = self._smtp, {"local_hostname": self._nom, "timeout": PATIENCE}
        if smtp.chiffrement is Chiffrement.TLS:
            return smtplib.SMTP_SSL(smtp.hote, smtp.port, context=ssl.create_default_context(), **told)
        return smtplib.SMTP(smtp.hote, smtp.port, **told)

    def _identify(self, serveur: smtplib.SMTP) -> None:
        """STARTTLS or nothing: a server that no longer offers it may be somebody in between. Then the account."""
        try:
            serveur.ehlo_or_helo_if_needed()
            if self._smtp.chiffrement is Chiffrement.STARTTLS:
                serveur.starttls(context=ssl.create_default_context())
        except ssl.SSLError as error:
            self._fail(Refus.CERTIFICAT, error)
        except (smtplib.SMTPNotSupportedError, smtplib.SMTPResponseException) as error:
            self._fail(Refus.STARTTLS, error)
        except (smtplib.SMTPException, OSError) as error:
            self._fail(Refus.CONNEXION, error)
        if self._smtp.compte is not None:
            try:
                serveur.login(self._smtp.compte, self._mot_de_passe)
            except (smtplib.SMTPException, UnicodeError) as error:
                self._fail(Refus.COMPTE, error)
            except OSError as error:
                self._fail(Refus.CONNEXION, error)

    def _alive(self, serveur: smtplib.SMTP) -> bool:
        """Also forgets the envelope of a message that was refused."""
        try:
            reponse, _ = serveur.rset()
        except (smtplib.SMTPException, OSError):
            reponse = 0
        if reponse == ACCEPTE:
            return True
        self._leave(politely=False)
        return False

    def _fail(self, motif: Refus, error: Exception) -> NoReturn:
        self._leave(politely=False)
        self._refuse(motif, getattr(error, "smtp_code", None))

    def _refuse(self, motif: Refus, reponse: int | None) -> NoReturn:
        logger.warning("courriel refusé : %s, réponse %s", motif.value, reponse or "absente")
        raise EnvoiRefuse(motif, reponse) from None

    def _leave(self, *, politely: bool) -> None:
        serveur, self._serveur = self._serveur, None
        if serveur is None:
            return
        try:
            if politely:
                serveur.quit()
        except (smtplib.SMTPException, OSError):
            pass
        finally:
            serveur.close()


def read_password(smtp: Smtp) -> str:
    """The password of the account; "" without an account. Raises ConfigurationError."""
    path, what = smtp.mot_de_passe_fichier, "Le mot de passe du compte de courriel"
    if path is None:
        return ""
    try:
        with path.open(encoding="utf-8") as file:
            refuse_shared(path, os.fstat(file.fileno()).st_mode, what=what)
            password = file.read(_MOT_DE_PASSE_MAX).strip("\r\n")
    except (OSError, UnicodeError):
        raise ConfigurationError(f"{what} ne peut pas être lu : {path}.") from None
    if not password:
        raise ConfigurationError(f"{what} manque : {path} est vide.")
    return password


def _body(message: EmailMessage) -> bytes:
    """As DATA wants it: CRLF, a dot more before each line that begins with one, a dot alone at the end."""
    return re.sub(rb"(?m)^\.", b"..", message.as_bytes().rstrip(b"\r\n")) + b"\r\n.\r\n"


def _domain(smtp: Smtp) -> str:
    return parseaddr(smtp.expediteur)[1].rpartition("@")[2]
