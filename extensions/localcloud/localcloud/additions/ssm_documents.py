# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Systems Manager's session documents: AWS's own stand in each account, and those of the account are what a session can run."""
from __future__ import annotations

import json
from typing import Any

import yaml
from moto.ssm.models import Document, Documents, SimpleSystemManagerBackend, ssm_backends

from ..call import Call
from ..hosts.documents import AWS_OWNED, BadDocument, check_document
from ..keys import KEYS
from ..replies import AwsError
from . import before, patch

_SESSION = "Session"
_WRITES = ("CreateDocument", "UpdateDocument", "UpdateDocumentDefaultVersion", "DeleteDocument")


def short_name(name: str) -> str:
    """A document may be named by its ARN."""
    return name.rpartition("document/")[2]


def content_of(backend: SimpleSystemManagerBackend, name: str) -> dict[str, Any] | None:
    """What a session document says now; None where there is none. Raises AwsError for a document of another kind."""
    known = backend._documents.get(short_name(name))
    if known is None:
        return AWS_OWNED.get(short_name(name))
    document = known.get_default_version()
    if document.document_type != _SESSION:
        raise AwsError("InvalidDocument", f"Document {name} is of the type {document.document_type}, and must be of the type {_SESSION}.")
    return dict(document.content_json)


@patch("ssm", "GetDocument", "DescribeDocument", adds="AWS's own session documents: AWS-StartInteractiveCommand, AWS-StartNonInteractiveCommand, "
       "AWS-StartSSHSession; documents named by ARN", source="Systems Manager user guide, session-manager-schema")  # fmt: skip
def own_documents_stand() -> None:
    first = SimpleSystemManagerBackend._get_documents

    def get(self: SimpleSystemManagerBackend, name: str) -> Documents:
        name = short_name(name)
        if name in self._documents or name not in AWS_OWNED:
            return first(self, name)
        return Documents(Document("Amazon", name, "", json.dumps(AWS_OWNED[name]), _SESSION, "JSON", [], [], ""))

    SimpleSystemManagerBackend._get_documents = get


@before("ssm", *_WRITES, adds="what a session runs is changed by who may open one: the request is signed by a key of this run",
        source="the local cloud's own rule")  # fmt: skip
def be_signed_to_write(call: Call) -> None:
    known = ssm_backends[call.account][call.region]._documents.get(call.params["Name"])
    if _SESSION in (call.params.get("DocumentType"), known and known.get_default_version().document_type):
        KEYS.holder(call.environ, call.body)


@before("ssm", "CreateDocument", "UpdateDocument", adds="a session document has schema 1.0 and one of the session types",
        source="API_CreateDocument: InvalidDocumentContent; user guide, session-manager-schema")  # fmt: skip
def hold_session_documents_to_their_schema(call: Call) -> None:
    known = ssm_backends[call.account][call.region]._documents.get(call.params["Name"])
    if _SESSION not in (call.params.get("DocumentType"), known and known.get_default_version().document_type):
        return
    read = yaml.safe_load if call.params.get("DocumentFormat") == "YAML" else json.loads
    try:
        check_document(read(call.params["Content"]))
    except (BadDocument, ValueError, yaml.YAMLError) as problem:
        raise AwsError("InvalidDocumentContent", f"The content for the document is not valid: {problem}") from None
