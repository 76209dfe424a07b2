# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One AWS request: which service, which operation, which parameters, and whether it changes anything."""
from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from botocore.exceptions import UnknownServiceError
from botocore.model import OperationNotFoundError
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model, service_name_from_moto_package_name
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from werkzeug.exceptions import NotFound

READ_VERBS = (
    "Describe", "Get", "List", "Lookup", "Head", "Search", "BatchGet", "TransactGet", "Query", "Scan", "Check",
    "Validate", "Simulate", "Estimate", "Preview", "Select", "Filter", "Discover", "Decode", "AssumeRole",
)  # fmt: skip
# Names of moto's packages that are no name of botocore's.
_BOTOCORE_NAMES = {"awslambda": "lambda", "moto_api": "", "instance_metadata": ""}
_SECRET = re.compile(r"password|passphrase|secret(?!id|arn|name)|privatekey|userdata|authtoken", re.IGNORECASE)
_NAMING = re.compile(r"(Ids?|Names?|Arns?|Bucket|Key|Resources|Identifiers?|PublicIps?)$")
_NOT_NAMING = re.compile(r"Token|Filter")
_CREDENTIAL = re.compile(r"Credential=[^/]+/\d{8}/([^/]+)/")


@dataclass
class Call:
    """An AWS request as the server understands it.

    `model` and `operation` are None where no service model knows the request; `malformed` says why its
    parameters could not be read. `params` are typed by botocore's model and named as boto3 names them; `asked`
    are those that the client sent, where the cloud has rewritten them since.
    """

    environ: dict[str, Any]
    body: bytes
    service: str
    region: str
    operation: str | None = None
    model: OperationModel | None = None
    params: dict[str, Any] = field(default_factory=dict)
    malformed: str | None = None
    account: str = DEFAULT_ACCOUNT_ID
    asked: dict[str, Any] = field(default_factory=dict)

    @property
    def content_type(self) -> str:
        return self.environ.get("CONTENT_TYPE", "")

    @property
    def dry_run(self) -> bool:
        return bool(self.params.get("DryRun"))

    @property
    def mutating(self) -> bool:
        """By the operation's name; of an unknown operation by its HTTP method."""
        if self.operation is None:
            return self.environ["REQUEST_METHOD"] not in ("GET", "HEAD", "OPTIONS")
        return not self.operation.startswith(READ_VERBS) and not self.dry_run

    @property
    def form(self) -> dict[str, str]:
        """The body of a query call, key by key as it came."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    def rewrite(self, changes: dict[str, str]) -> None:
        """Let moto see other values for some keys of a query call's body."""
        self.body = urlencode(self.form | changes).encode()
        self.rewind()
        _read_params(self, Request(self.environ), {})

    def rewind(self) -> None:
        """Make the body readable once more."""
        self.environ["wsgi.input"] = io.BytesIO(self.body)
        self.environ["CONTENT_LENGTH"] = str(len(self.body))

    def shown_params(self) -> Any:
        """The parameters as JSON can hold them, secrets taken out."""
        return _shown(self.params, self.model.input_shape if self.model else None)

    def resources(self) -> list[str]:
        """Best effort: the ids and names that the parameters hold."""
        return list(dict.fromkeys(_named(self.params)))


def read_call(environ: dict[str, Any], dispatcher: DomainDispatcherApplication) -> Call:
    """Understand a request; a request that no model knows gives a call without operation."""
    length = environ.get("CONTENT_LENGTH")
    chunked = environ.get("wsgi.input_terminated")
    body = environ["wsgi.input"].read(*([] if chunked else [int(length or 0)]))
    scope = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
    call = Call(environ, body, "", scope[1] if scope else "us-east-1")
    call.rewind()
    moto_name = getattr(dispatcher.get_application(environ), "service", "")
    call.service = _BOTOCORE_NAMES.get(moto_name, moto_name)
    if call.service == "elb" and b"Version=2015-12-01" in body:
        call.service = "elbv2"
    call.rewind()
    if call.service:
        _match(call)
    call.rewind()
    return call


def _match(call: Call) -> None:
    request = Request(call.environ)
    try:
        if call.service.isalnum():
            call.service = service_name_from_moto_package_name(call.service)
        call.model, uri_params = get_service_router(call.service).match(request)
    except (NotFound, NotImplementedError, OperationNotFoundError, UnknownServiceError):
        return
    call.operation = call.model.name
    _read_params(call, request, uri_params)
    call.asked = call.params


def _read_params(call: Call, request: Request, uri_params: dict[str, Any]) -> None:
    assert call.model is not None
    protocol = determine_request_protocol(get_service_model(call.service), call.content_type)
    parser = PROTOCOL_PARSERS[protocol](call.model)
    try:
        call.params = parser.parse(
            {
                "method": request.method,
                "values": request.values,
                "headers": request.headers,
                "body": call.body,
                "url_path": request.path,
                "url_params": uri_params,
            }
        )
    except Exception as problem:  # noqa: BLE001 - whatever cannot be read is the client's fault, and is answered so
        call.malformed = str(problem)
    call.rewind()


def _shown(value: Any, shape: Any, name: str = "") -> Any:
    if _SECRET.search(name) or getattr(shape, "metadata", {}).get("sensitive"):
        return "********"
    kind = getattr(shape, "type_name", "")
    if isinstance(value, dict):
        members = shape.members if kind == "structure" else {}
        inner = shape.value if kind == "map" else None
        return {str(k): _shown(v, members.get(k, inner), str(k)) for k, v in value.items()}
    if isinstance(value, list):
        return [_shown(v, shape.member if kind == "list" else None) for v in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return f"<{len(value)} bytes>" if isinstance(value, bytes) else value


def _named(value: Any, name: str = "") -> Iterator[str]:
    if _NOT_NAMING.search(name):
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _named(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _named(inner, name)
    elif isinstance(value, str) and _NAMING.search(name):
        yield value
