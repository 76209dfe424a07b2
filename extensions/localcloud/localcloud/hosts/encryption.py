# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The agent's end of a session that is encrypted by a KMS key: AES-256-GCM, the nonce first, a key for each way."""
from __future__ import annotations

import os

from moto.kms.models import kms_backends

_KEY, _NONCE = 32, 12


class CannotDecrypt(Exception):
    """What cannot be read; says why."""


class Cipher:
    """`data_key` is 64 bytes: the first half is what the agent writes with, the other half what it reads with."""

    def __init__(self, data_key: bytes) -> None:
        # Needed by who encrypts, and by nobody else.
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        if len(data_key) != 2 * _KEY:
            raise CannotDecrypt(f"the data key has {len(data_key)} bytes, and must have {2 * _KEY}")
        self._writing, self._reading = AESGCM(data_key[:_KEY]), AESGCM(data_key[_KEY:])

    def encrypt(self, plain: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + self._writing.encrypt(nonce, plain, None)

    def decrypt(self, body: bytes) -> bytes:
        """Raises CannotDecrypt."""
        from cryptography.exceptions import InvalidTag

        try:
            return self._reading.decrypt(body[:_NONCE], body[_NONCE:], None)
        except (InvalidTag, ValueError) as error:
            raise CannotDecrypt(f"cannot decrypt: {type(error).__name__}") from None


def unwrap(account: str, region: str, wrapped: bytes, context: dict[str, str]) -> Cipher:
    """The cipher of a data key that KMS wrapped in a context, as the agent asks KMS for it. Raises CannotDecrypt."""
    try:
        plain, _key = kms_backends[account][region].decrypt(ciphertext_blob=wrapped, encryption_context=context)
    except Exception as error:  # noqa: BLE001 - moto raises whatever its parts do on a blob that is none
        raise CannotDecrypt(f"Fetching data key failed: {error}") from None
    return Cipher(plain)
