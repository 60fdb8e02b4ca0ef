"""The guardian of `parcours serve --avec-planificateur`: it starts the scheduler, and starts it again when it crashes.

Its standard input is a pipe from the server: it closes when the server ends, however it ends, `kill -9` included. The
scheduler is tied to the guardian in the same way, so neither outlives the other. Standard library only: it is light.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress

GRACE = 10.0
FIRST_WAIT = 1.0
LONGEST_WAIT = 300.0
# a scheduler that lived this long did not crash at start-up
LIVED = 600.0

_COMMAND = (sys.executable, "-c", "from app.cli.main import parcours; parcours()", "planificateur", "--lie")


def start_guardian() -> subprocess.Popen[bytes]:
    """In a process group of its own: Ctrl-C is for the server, which closes the pipe in its turn."""
    command = (sys.executable, "-c", "from app.cli.gardien import main; main()")
    return subprocess.Popen(command, stdin=subprocess.PIPE, bufsize=0, start_new_session=True)  # noqa: S603


def let_go(guardian: subprocess.Popen[bytes]) -> None:
    """Close our end of the pipe: tells it to end, once nobody holds it any more."""
    if guardian.stdin is not None:
        guardian.stdin.close()


def wait_for_guardian(guardian: subprocess.Popen[bytes]) -> None:
    """Give it the time to end the scheduler."""
    try:
        guardian.wait(GRACE + 2)
    except subprocess.TimeoutExpired:
        guardian.kill()


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    wait = FIRST_WAIT
    while True:
        begun = time.monotonic()
        child = subprocess.Popen(_COMMAND, stdin=subprocess.PIPE)  # noqa: S603
        try:
            code = _until_either_ends(child)
        finally:
            _end(child)
        if code is None:
            return
        wait = FIRST_WAIT if time.monotonic() - begun > LIVED else wait
        _say(f"Le planificateur s’est arrêté (code {code}) ; il repart dans {wait:.0f} s.")
        if _server_gone(wait):
            return
        wait = min(wait * 2, LONGEST_WAIT)


def _until_either_ends(child: subprocess.Popen[bytes]) -> int | None:
    """The exit code of the scheduler, or None when the server is gone."""
    while child.poll() is None:
        if _server_gone(0.5):
            return None
    return child.returncode


def _server_gone(seconds: float) -> bool:
    """Wait for so long at most; nothing is ever written in the pipe, so what can be read is its end."""
    readable, _, _ = select.select([0], [], [], seconds)
    return bool(readable) and not os.read(0, 1024)


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.stdin is not None:
        child.stdin.close()
    try:
        child.wait(GRACE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _say(words: str) -> None:
    # the terminal may be gone
    with suppress(OSError):
        sys.stderr.write(f"{words}\n")
        sys.stderr.flush()
