"""Key files: private, whole or absent, never half written.

Everything here runs when a process starts or when an epoch is added; messages are for whoever starts it.
"""

from __future__ import annotations

import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.config import ConfigurationError

PRIVATE = 0o600
# systemd gives a unit its credentials through an ACL, which shows as group bits; no one else enters there.
SYSTEMD_CREDENTIALS = Path("/run/credentials")
_LARGEST = 1_000_000


def read_private(path: Path, *, what: str) -> bytes:
    """The bytes of a key file. `what` names it in French, with its article and a capital."""
    try:
        with path.open("rb") as file:
            refuse_shared(path, os.fstat(file.fileno()).st_mode, what=what)
            return file.read(_LARGEST)
    except FileNotFoundError:
        raise ConfigurationError(
            f"{what} manque : {path} n’existe pas. Remettez ce fichier depuis la sauvegarde des clés ; "
            "pour une installation neuve, lancez « parcours init »."
        ) from None
    except OSError as error:
        raise ConfigurationError(
            f"{what} ne peut pas être lu par ce compte : {path} ({error.strerror}). "
            "Vérifiez à quel compte appartient ce fichier, puis relancez."
        ) from None


def refuse_shared(path: Path, mode: int, *, what: str) -> None:
    """A key that others of this machine may read is no longer a key."""
    if not stat.S_ISREG(mode):
        raise ConfigurationError(f"{what} doit être un fichier : {path} n’en est pas un.")
    if path.is_relative_to(SYSTEMD_CREDENTIALS):
        return
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigurationError(
            f"{what} peut être lu par d’autres comptes de cette machine : {path}. "
            f"Lancez « chmod 600 {path} », puis recommencez."
        )


def write_private(path: Path, content: bytes) -> None:
    """Put `content` at `path`, 0600: after a power cut the file is the old one or the new one."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".nouveau")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), PRIVATE)
            _keep_owner(file.fileno(), path)
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_directory(path.parent)


def create_private(path: Path) -> None:
    """An empty 0600 file where there is none, for a library that would make it readable by all."""
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, PRIVATE))
    _sync_directory(path.parent)


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """One process and one thread at a time changes the key files of `directory`."""
    handle = os.open(directory / "cles.verrou", os.O_CREAT | os.O_RDWR, PRIVATE)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _keep_owner(handle: int, path: Path) -> None:
    # an administrator's command, run as root, must leave a file that the service still reads
    if path.exists() and os.geteuid() == 0:
        former = path.stat()
        os.fchown(handle, former.st_uid, former.st_gid)


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
