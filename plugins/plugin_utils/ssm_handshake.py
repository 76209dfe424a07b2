# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The client's side of a session's handshake, which the agent begins where it wants one, and the encryption that it may ask for.

Sessions for single commands always have a handshake, shells and interactive commands only where the account's preferences name a KMS
key. Then a data key is made by kms:GenerateDataKey, whose first half the agent encrypts by, and whose last half the client.
"""

from __future__ import annotations

import base64
import json
import os
import typing as t

from .ssm_message import content
from .ssm_message import Malformed
from .ssm_message import Message
from .ssm_message import PayloadType

#: What we say to be. Agents read features out of it: from 1.1.70 a client knows multiplexed ports; up to 1.2.295 it is told to be old.
CLIENT_VERSION = "1.2.677.0"
#: Status of an action that the agent asked for. Any but the first ends the session.
DONE, FAILED, UNSUPPORTED = 1, 2, 3
SESSION_TYPES = ("Standard_Stream", "InteractiveCommands", "NonInteractiveCommands")
#: Payloads that are encrypted where encryption was agreed upon.
ENCRYPTED = (PayloadType.OUTPUT, PayloadType.STDERR, PayloadType.EXIT_CODE)
KEY_BYTES = 64
NONCE_BYTES, TAG_BYTES = 12, 16

#: (payload type, payload) to be sent to the agent.
Reply = tuple[int, bytes]


class HandshakeFailed(Exception):
    """The handshake cannot come to a session. Says why, and what to do."""


class Cipher:
    """AES-256-GCM by two keys, one a direction; each text is 12 bytes of nonce, ciphertext, 16 bytes of tag."""

    def __init__(self, encrypting: bytes, decrypting: bytes):
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._encrypting, self._decrypting = AESGCM(encrypting), AESGCM(decrypting)

    def encrypt(self, data: bytes) -> bytes:
        """Any bytes, encrypted for the other end."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._encrypting.encrypt(nonce, data, None)

    def decrypt(self, data: bytes) -> bytes:
        """What the other end encrypted; raises Malformed where it did not, or where it was changed on its way."""
        from cryptography.exceptions import InvalidTag

        if len(data) < NONCE_BYTES + TAG_BYTES:
            raise Malformed("too short to be encrypted")
        try:
            return self._decrypting.decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], None)
        except InvalidTag as error:
            raise Malformed("not encrypted by this session's key") from error


class Handshake:
    """One handshake. ``generate_data_key`` is that of a KMS client: it takes the request's fields, and returns the answer's."""

    def __init__(self, session_id: str, target: str, generate_data_key: t.Callable[..., dict[str, t.Any]]):
        self._context = {"aws:ssm:SessionId": session_id, "aws:ssm:TargetId": target}
        self._generate_data_key = generate_data_key
        #: None where nothing is encrypted.
        self.cipher: Cipher | None = None
        #: What the account's administrators say to whoever opens a session.
        self.banner = ""
        #: Whether input is taken from now on. Until then the agent throws it away.
        self.complete = False
        #: Why the session cannot come about; to be raised once the agent was told.
        self.failure: Exception | None = None

    def answer(self, message: Message) -> Reply | None:
        """What to send back for a message of the handshake, if anything; raises Malformed for what is none."""
        if message.payload_type == PayloadType.HANDSHAKE_REQUEST:
            return PayloadType.HANDSHAKE_RESPONSE, json.dumps(self._agreed(content(message.payload))).encode()
        if message.payload_type == PayloadType.CHALLENGE_REQUEST:
            return PayloadType.CHALLENGE_RESPONSE, json.dumps(self._proven(content(message.payload))).encode()
        if message.payload_type == PayloadType.HANDSHAKE_COMPLETE:
            self.complete, self.banner = True, str(content(message.payload).get("CustomerMessage") or "")
        return None

    def _agreed(self, request: dict[str, t.Any]) -> dict[str, t.Any]:
        """Do the actions that the agent asks for, and tell it how each went."""
        processed = []
        for action in request.get("RequestedClientActions") or []:
            kind, parameters = _asked(action)
            status, result, error = self._act(kind, parameters)
            processed.append({"ActionType": kind, "ActionStatus": status, "ActionResult": result, "Error": error})
        errors = [one["Error"] for one in processed if one["Error"]]
        return {"ClientVersion": CLIENT_VERSION, "ProcessedClientActions": processed, "Errors": errors or None}

    def _act(self, kind: str, parameters: dict[str, t.Any]) -> tuple[int, dict[str, t.Any] | None, str]:
        """(status, result, error) of one action."""
        if kind == "SessionType" and parameters.get("SessionType") in SESSION_TYPES:
            return DONE, None, ""
        if kind == "KMSEncryption":
            try:
                return DONE, self._make_key(str(parameters.get("KMSKeyId")), parameters.get("Challenge")), ""
            except ImportError as error:
                self.failure = HandshakeFailed(
                    "This session is to be encrypted by KMS, for which the controller needs the Python package 'cryptography':"
                    " install it where Ansible runs"
                )
                return UNSUPPORTED, None, f"no encryption here: {error}"
            except Exception as error:  # noqa: BLE001 - whatever it is, the agent must be told before it is raised
                self.failure = error
                return FAILED, None, f"kms:GenerateDataKey failed: {type(error).__name__}"
        asked = parameters.get("SessionType") if kind == "SessionType" else kind
        self.failure = HandshakeFailed(f"The agent asks for '{asked}', which this connection does not do: name a document for commands or shells")
        return UNSUPPORTED, None, f"{asked} is not supported"

    def _make_key(self, key: str, challenge: str | None) -> dict[str, t.Any]:
        context = self._context | ({"aws:ssm:RandomChallenge": challenge} if challenge else {})
        made = self._generate_data_key(KeyId=key, NumberOfBytes=KEY_BYTES, EncryptionContext=context)
        half = KEY_BYTES // 2
        self.cipher = Cipher(encrypting=made["Plaintext"][half:], decrypting=made["Plaintext"][:half])
        return {"KMSCipherTextKey": base64.b64encode(made["CiphertextBlob"]).decode(), "ChallengeAcknowledgement": bool(challenge)}

    def _proven(self, request: dict[str, t.Any]) -> dict[str, t.Any]:
        """Show that we have both keys: send the agent's challenge back, encrypted by ours."""
        if not self.cipher:
            raise Malformed("a challenge without a key")
        challenge = self.cipher.decrypt(base64.b64decode(str(request.get("Challenge"))))
        return {"Challenge": base64.b64encode(self.cipher.encrypt(challenge)).decode()}


def _asked(action: t.Any) -> tuple[str, dict[str, t.Any]]:
    """What an action of the agent's is, and what it is given."""
    parameters = action.get("ActionParameters") or {} if isinstance(action, dict) else None
    if not isinstance(parameters, dict):
        raise Malformed("no action")
    return str(action.get("ActionType")), parameters
