# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Client tokens: who sends the same request twice gets the first answer twice, and makes one thing.

https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html
"""
from __future__ import annotations

from typing import Any

from .call import Call
from .replies import AwsError, Reply

_NAMES = ("ClientToken", "ClientRequestToken", "clientToken", "clientRequestToken", "IdempotencyToken")
# Here the token is the name of a version, and moto keeps it so.
_OWN_MEANING = {"secretsmanager", "efs"}

Answered = tuple[dict[str, Any], Reply]


class ClientTokens:
    """The answers that were given to tokens, for as long as the cloud stands (AWS: a day at least)."""

    def __init__(self) -> None:
        self._answered: dict[tuple[str, ...], Answered] = {}

    def replay(self, call: Call) -> Reply | None:
        """The first answer to a call whose token is known. Raises AwsError if it now asks for something else."""
        key, params = _token(call)
        if key is None or key not in self._answered:
            return None
        first, reply = self._answered[key]
        if first != params:
            raise AwsError(_mismatch(call), "The request uses the same client token as a previous, but non-identical request.")
        return reply

    def keep(self, call: Call, reply: Reply) -> None:
        """Remember the answer to a call that carried a token."""
        key, params = _token(call)
        if key is not None:
            self._answered[key] = (params, reply)

    def reset(self) -> None:
        self._answered.clear()


def _token(call: Call) -> tuple[tuple[str, ...] | None, dict[str, Any]]:
    shape = call.model.input_shape if call.model else None
    if shape is None or not call.mutating or call.service in _OWN_MEANING:
        return None, {}
    name = next((n for n, m in shape.members.items() if m.metadata.get("idempotencyToken") or n in _NAMES), None)
    token = call.params.get(name) if name else None
    if not token:
        return None, {}
    key = (call.account, call.region, call.service, call.operation or "", str(token))
    return key, {k: v for k, v in call.asked.items() if k != name}


def _mismatch(call: Call) -> str:
    """The service's own error for it, where its model names one."""
    assert call.model is not None
    shapes = call.model.service_model.error_shapes
    return next((s.error_code for s in shapes if "idempotent" in s.name.lower()), "IdempotentParameterMismatch")
