"""What the vault refuses. No message carries a key, a plaintext or a ciphertext."""


class VaultError(Exception):
    """The vault cannot do what was asked."""


class KeylessProcess(VaultError):
    """This process was started without the vault's keys: it cannot see a person."""

    def __init__(self) -> None:
        super().__init__("this process has no key to the vault")


class Unreadable(VaultError):
    """A ciphertext that does not open. `reason` is one of the constants below."""

    MISSING_KEY = "cle_absente"
    UNKNOWN_VERSION = "version_inconnue"
    REFUSED = "refuse"

    def __init__(self, reason: str = REFUSED) -> None:
        super().__init__(reason)
        self.reason = reason


class SuspiciousSweep(VaultError):
    """So many keys seem to have no dossier that the data base is probably not the right one."""

    def __init__(self, orphans: int) -> None:
        super().__init__(f"{orphans} keys without a dossier: nothing was removed")
        self.orphans = orphans
