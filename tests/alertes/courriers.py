"""A mail server of our own on this machine, which can refuse, hang up or die, and what it accepted."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from app.config import Chiffrement, Settings, Smtp

ROOT = Path(__file__).resolve().parents[2]
OK = "250 2.0.0 Ok"
LUNDI = datetime(2026, 3, 16, 6, tzinfo=UTC)
MARDI = datetime(2026, 3, 17, 6, tzinfo=UTC)


@dataclass
class Boite:
    """Handler of aiosmtpd: keeps what it accepts. `refuse`: the answer to these recipients.

    `avant`, `apres`: called when the envelope is known and when the whole message is there; what `apres` returns is
    the answer.
    """

    refuse: dict[str, str] = field(default_factory=dict)
    avant: Callable[[SMTP], None] | None = None
    apres: Callable[[SMTP], str] | None = None
    recus: list[Envelope] = field(default_factory=list)
    connexions: list[str] = field(default_factory=list)

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.connexions.append(hostname)
        return responses

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.avant is not None:
            self.avant(server)
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return OK

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self.apres(server) if self.apres is not None else OK
        if answer.startswith("250"):
            self.recus.append(envelope)
        return answer

    @property
    def a(self) -> list[str]:
        """To whom, in order."""
        return [address for envelope in self.recus for address in envelope.rcpt_tos]

    def lus(self) -> list[EmailMessage]:
        return [message_from_bytes(envelope.content, policy=policy.default) for envelope in self.recus]

    def textes(self) -> dict[str, str]:
        """The text that each address received, decoded."""
        return {envelope.rcpt_tos[0]: text_of(lu) for envelope, lu in zip(self.recus, self.lus(), strict=True)}


def text_of(message: EmailMessage) -> str:
    return message.get_content().replace("\r\n", "\n")


def hang_up(server: SMTP) -> str:
    """The line is cut, whatever the protocol was waiting for."""
    server.transport.abort()
    return OK


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextmanager
def listening(boite: Boite, **options: Any) -> Iterator[Smtp]:
    """The server answers; the settings that reach it, without an account."""
    controller = Controller(boite, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        yield Smtp("127.0.0.1", controller.port, Chiffrement.AUCUN, "Parcours <parcours@exemple.test>")
    finally:
        controller.stop()


def with_smtp(settings: Settings, smtp: Smtp | None) -> Settings:
    return replace(settings, smtp=smtp, public_url="https://parcours.exemple.test/")


def environment(settings: Settings, smtp: Smtp) -> dict[str, str]:
    """The same, as a process reads it."""
    return os.environ | {
        "PYTHONPATH": str(ROOT),
        "PARCOURS_INSTANCE": str(settings.instance),
        "PARCOURS_DATABASE_URL": settings.database_url,
        "PARCOURS_URL": "https://parcours.exemple.test",
        "PARCOURS_SMTP_HOST": smtp.hote,
        "PARCOURS_SMTP_PORT": str(smtp.port),
        "PARCOURS_SMTP_FROM": smtp.expediteur,
    }


PROCESS = """
import sys
from datetime import datetime
from app import build_maison
from app.alertes.courriels import send_digests
from app.config import read_settings
now = datetime.fromisoformat(sys.argv[1])
maison = build_maison(read_settings(), clock=lambda: now)
print("ready", flush=True)
sys.stdin.readline()
print(send_digests(maison, sys.argv[2], now=now), flush=True)
"""


def process(settings: Settings, smtp: Smtp, now: datetime) -> subprocess.Popen[str]:
    """A process that has opened the house and waits for a line to send the day's e-mails."""
    started = subprocess.Popen(
        [sys.executable, "-c", PROCESS, now.isoformat(), now.date().isoformat()],
        env=environment(settings, smtp),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert started.stdout.readline() == "ready\n"
    return started
