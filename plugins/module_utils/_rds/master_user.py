# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The master user's name and password, read from a secret at the moment they are needed, and kept nowhere."""

from __future__ import annotations

import json
import typing as t

from .._aws import Aws
from .._core.plan import is_unknown
from .._core.plan import Refusal


def master_user(aws: Aws, secret_id: str | None, name: str | None) -> tuple[str, str]:
    """Name and password of the master user. Raise Refusal, in words that tell nothing of the secret, where it holds none."""
    if not secret_id or is_unknown(secret_id):
        raise Refusal("secret_id names no secret that stands; make it first, and run again")
    answer = aws.call("secretsmanager", "get_secret_value", SecretId=secret_id)
    found = _parsed(answer.get("SecretString"))
    user, password = found.get("username"), found.get("password")
    # The SDK would put a value of another type into its error.
    if not isinstance(user, str) or not isinstance(password, str) or not user or not password:
        raise Refusal(f"secret {secret_id} is not a JSON object with the texts username and password; mend it, and run again")
    if name and name != user:
        raise Refusal(f"secret {secret_id} is of another user than master_username: {name}; let them agree, and run again")
    return user, password


def _parsed(text: str | None) -> dict[str, t.Any]:
    try:
        found = json.loads(text or "")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
