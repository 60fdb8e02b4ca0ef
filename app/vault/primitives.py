"""The only place where a cipher is called: AES-256-GCM, HMAC-SHA256, Ed25519.

A ciphertext is `version ‖ nonce ‖ ciphertext ‖ tag`: 1, 12, n and 16 bytes. The version is also in the
associated data, so that a value of one format is never read as another.
"""

from __future__ import annotations

import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.vault.errors import Unreadable

Cipher = AESGCM
KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
FORMAT = b"\x01"
OVERHEAD = len(FORMAT) + NONCE_BYTES + TAG_BYTES
_LENGTH_BYTES = 4


def new_key() -> bytes:
    return os.urandom(KEY_BYTES)


def cipher(key: bytes) -> Cipher:
    """A key ready for use. Made per call and never kept: its memory is then given back."""
    if len(key) != KEY_BYTES:
        raise Unreadable
    return AESGCM(key)


def associated(*parts: bytes) -> bytes:
    """Associated data that no other list of parts can produce: each part carries its length."""
    return FORMAT + b"".join(len(part).to_bytes(_LENGTH_BYTES, "big") + part for part in parts)


def seal(key: Cipher, plaintext: bytes, context: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return FORMAT + nonce + key.encrypt(nonce, plaintext, context)


def open_sealed(key: Cipher, blob: bytes, context: bytes) -> bytes:
    """The plaintext. Raises Unreadable whatever was changed: a byte, the length, the place."""
    if len(blob) < OVERHEAD or blob[:1] != FORMAT:
        raise Unreadable
    try:
        return key.decrypt(blob[1 : 1 + NONCE_BYTES], blob[1 + NONCE_BYTES :], context)
    except InvalidTag:
        raise Unreadable from None


def pad(content: bytes, bucket: int) -> bytes:
    """`length ‖ content ‖ zeros` up to the next multiple of `bucket`: names of many lengths, one size."""
    framed = len(content).to_bytes(_LENGTH_BYTES, "big") + content
    return framed + bytes(-len(framed) % bucket)


def unpad(padded: bytes, bucket: int) -> bytes:
    """What `pad` was given; anything that it cannot have produced is Unreadable."""
    end = _LENGTH_BYTES + int.from_bytes(padded[:_LENGTH_BYTES], "big")
    content = padded[_LENGTH_BYTES:end]
    if pad(content, bucket) != padded:
        raise Unreadable
    return content


def mac(key: bytes, message: bytes) -> bytes:
    """32 bytes of HMAC-SHA256."""
    return hmac.digest(key, message, "sha256")


def same(left: bytes, right: bytes) -> bool:
    return hmac.compare_digest(left, right)


def sign(seed: bytes, message: bytes) -> bytes:
    """64 bytes of Ed25519."""
    return Ed25519PrivateKey.from_private_bytes(seed).sign(message)
