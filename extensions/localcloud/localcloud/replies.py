# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the cloud answers: a reply, or an AWS error in the protocol of the call's own service."""
from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from moto.core.errors import COMMON_ERROR_CODES
from moto.core.exceptions import ServiceException
from moto.core.request import determine_request_protocol
from moto.core.serialize import get_serializer_class
from werkzeug.http import HTTP_STATUS_CODES

if TYPE_CHECKING:
    from .call import Call


class AwsError(ServiceException):
    """An error as AWS's API reference names it: its code, its message and its HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(code, message)
        self.status = status


@dataclass
class Reply:
    """An HTTP answer, whole in memory."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    error_code: str | None = None

    def send(self, start_response: Any) -> Iterable[bytes]:
        """Write it out, as WSGI wants it."""
        reason = HTTP_STATUS_CODES.get(self.status, "Unknown")
        headers = [(k, v) for k, v in self.headers if k.lower() != "content-length"]
        start_response(f"{self.status} {reason}", [*headers, ("Content-Length", str(len(self.body)))])
        return [self.body]


def json_reply(value: object, status: int = 200) -> Reply:
    """`value` as JSON."""
    return Reply(status, [("Content-Type", "application/json")], json.dumps(value).encode())


def error_reply(call: Call, error: AwsError) -> Reply:
    """`error` as the call's service says it: XML, JSON or query, with the error's own status."""
    if call.model is None:
        return Reply(error.status, [("Content-Type", "text/plain")], str(error).encode(), error.code)
    if error.code not in COMMON_ERROR_CODES:
        COMMON_ERROR_CODES.append(error.code)  # or moto warns: throttling is common to all services, and in no model
    service = call.model.service_model
    protocol = determine_request_protocol(service, call.content_type)
    serialized = get_serializer_class(service.service_name, protocol)(operation_model=call.model).serialize(error)
    body = serialized["body"]
    body = body if isinstance(body, bytes) else body.encode()
    return Reply(error.status, [(k, str(v)) for k, v in serialized["headers"].items()], body, error.code)
