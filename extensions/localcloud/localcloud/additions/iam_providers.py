# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IAM: OpenID Connect providers."""
from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import urlparse

from moto.core.responses import EmptyResult
from moto.iam.responses import IamResponse

from ..call import Call
from ..replies import AwsError
from . import before, patch
from .iam import backend_of

CLIENTS = 100


@before("iam", "CreateOpenIDConnectProvider", adds="the URL begins with https; a thumbprint that is not given is found by AWS",
        source="API_CreateOpenIDConnectProvider")  # fmt: skip
def provider_of_a_url(call: Call) -> None:
    url = urlparse(call.params["Url"])
    if url.scheme != "https" or not url.netloc:
        raise AwsError("InvalidInput", "Invalid Open ID Connect Provider URL")
    if not call.params.get("ThumbprintList"):
        call.rewrite({"ThumbprintList.member.1": hashlib.sha1(url.netloc.encode()).hexdigest()})


@before("iam", "DeleteOpenIDConnectProvider", adds="NoSuchEntity for one that is not there", source="API_DeleteOpenIDConnectProvider")
def provider_stands(call: Call) -> None:
    arn = call.params["OpenIDConnectProviderArn"]
    if arn not in backend_of(call).open_id_providers:
        raise AwsError("NoSuchEntity", f"OpenIDConnect Provider not found for arn {arn}", 404)


@patch("iam", "AddClientIDToOpenIDConnectProvider", "RemoveClientIDFromOpenIDConnectProvider", adds="both, safe to repeat; 100 client ids a provider",
       source="API_AddClientIDToOpenIDConnectProvider, API_RemoveClientIDFromOpenIDConnectProvider")  # fmt: skip
def client_ids() -> None:
    def clients(self: Any) -> tuple[list[str], str]:
        provider = self.backend.get_open_id_connect_provider(self._get_param("OpenIDConnectProviderArn"))
        return provider.client_id_list, self._get_param("ClientID")

    def add(self: Any) -> EmptyResult:
        known, client = clients(self)
        if client not in known:
            if len(known) >= CLIENTS:
                raise AwsError("LimitExceeded", f"Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: {CLIENTS}", 409)
            known.append(client)
        return EmptyResult()

    def remove(self: Any) -> EmptyResult:
        known, client = clients(self)
        known[:] = [one for one in known if one != client]
        return EmptyResult()

    IamResponse.add_client_id_to_open_id_connect_provider = add
    IamResponse.remove_client_id_from_open_id_connect_provider = remove
