# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keys that open a host: one made at random for each run, and those that were made in the account by whoever held one already.

The rest of the cloud takes any key, and looks at no signature: there is nothing behind it. Behind a session stands a host, which is
a privileged container: so what leads there must be signed (Signature Version 4) by a key that this keyring knows.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""
from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, UTC
from typing import Any
from urllib.parse import parse_qsl, quote

from .replies import AwsError

#: Seconds that a request's date may be off.
SKEW = 300.0
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<id>\w+)/(?P<scope>(?P<day>\d{8})/(?P<region>[\w-]+)/(?P<service>[\w-]+)/aws4_request),"
    r" ?SignedHeaders=(?P<signed>[\w;-]+), ?Signature=(?P<signature>[0-9a-f]{64})"
)


@dataclass(frozen=True)
class Key:
    """An access key; `token` where it is temporary."""

    id: str
    secret: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


class Keyring:
    """The run's own key (`own`), which is the account's root, and the keys that were made with one of these."""

    def __init__(self) -> None:
        self.own = self._new()
        self.reset()

    @staticmethod
    def _new() -> Key:
        return Key("AKIA" + base64.b32encode(secrets.token_bytes(10)).decode(), secrets.token_urlsafe(30))

    def renew(self) -> None:
        """Another run, another key."""
        self.own = self._new()
        self.reset()

    def reset(self) -> None:
        """Forget what was made in the account."""
        self._keys = {self.own.id: self.own}

    def keep(self, key: Key) -> None:
        self._keys[key.id] = key

    def holder(self, environ: Mapping[str, Any], body: bytes) -> Key:
        """The key by which a request (WSGI's environ) is signed. Raises AwsError, as services of the JSON protocol say it."""
        found = _AUTHORIZATION.fullmatch(environ.get("HTTP_AUTHORIZATION", ""))
        if found is None:
            raise AwsError("MissingAuthenticationTokenException", "Request is missing Authentication Token")
        key = self._keys.get(found["id"])
        token = environ.get("HTTP_X_AMZ_SECURITY_TOKEN")
        if key is None or not hmac.compare_digest((key.token or "").encode(), (token or "").encode()):
            text = "The security token included in the request is invalid. (The local cloud opens hosts to the key of its run alone: see `env` and `exec`.)"
            raise AwsError("UnrecognizedClientException", text)
        date = environ.get("HTTP_X_AMZ_DATE", "")
        if not date.startswith(found["day"]) or abs(_seconds_from_now(date)) > SKEW:
            raise AwsError("InvalidSignatureException", f"Signature expired or not yet current: {date}")
        if not hmac.compare_digest(_signature(key, found, environ, body), found["signature"]):
            text = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method."
            raise AwsError("InvalidSignatureException", text)
        return key


KEYS = Keyring()


def _seconds_from_now(date: str) -> float:
    try:
        return (datetime.now(UTC) - datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)).total_seconds()
    except ValueError:
        return float("inf")


def _signature(key: Key, found: re.Match[str], environ: Mapping[str, Any], body: bytes) -> str:
    names = found["signed"].split(";")
    if missing := _must_be_signed(environ) - set(names):
        raise AwsError("InvalidSignatureException", f"'{min(missing)}' must be a 'SignedHeader' in the AWS Authorization.")
    headers = "".join(f"{name}:{' '.join(_header(environ, name).split())}\n" for name in names)
    query = "&".join(f"{quote(k, '-_.~')}={quote(v, '-_.~')}" for k, v in sorted(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)))
    digest = hashlib.sha256(body).hexdigest()
    canonical = "\n".join([environ["REQUEST_METHOD"], quote(environ["PATH_INFO"], "/-_.~"), query, headers, found["signed"], digest])
    said = "\n".join(["AWS4-HMAC-SHA256", environ["HTTP_X_AMZ_DATE"], found["scope"], hashlib.sha256(canonical.encode()).hexdigest()])
    derived = f"AWS4{key.secret}".encode()
    for part in (found["day"], found["region"], found["service"], "aws4_request"):
        derived = hmac.digest(derived, part.encode(), "sha256")
    return hmac.digest(derived, said.encode(), "sha256").hex()


def _must_be_signed(environ: Mapping[str, Any]) -> set[str]:
    """The host, the date, and whatever says which operation is meant."""
    theirs = {name.removeprefix("HTTP_").replace("_", "-").lower() for name in environ if name.startswith("HTTP_X_AMZ_")}
    return {"host", "x-amz-date"} | theirs


def _header(environ: Mapping[str, Any], name: str) -> str:
    variable = name.upper().replace("-", "_")
    return str(environ.get(variable if variable in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{variable}", ""))
