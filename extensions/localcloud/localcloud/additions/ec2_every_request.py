# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""EC2: what holds for all its requests: tags, canonical CIDRs, dry runs."""
from __future__ import annotations

import ipaddress
from collections import Counter
from typing import Any

from moto.ec2 import utils as moto_names

from ..call import Call
from ..ec2_kinds import CREATED_BY, DELETED_BY, backend_of, found, kind_of
from ..replies import AwsError, Reply
from . import ANY, after, before, last, patch

_TAGS_PAGE = "EC2 user guide, Using_Tags: tag restrictions"
_CIDR_KEYS = {
    "CidrBlock", "Ipv6CidrBlock", "DestinationCidrBlock", "DestinationIpv6CidrBlock", "CidrIp", "CidrIpv6", "CidrIpv4",
}  # fmt: skip


@patch("ec2", "CreateTags", "DescribeTags", adds="NAT gateways are `natgateway`, elastic IPs `elastic-ip`",
       source="API_TagSpecification")  # fmt: skip
def name_types_as_aws_does() -> None:
    for name, moto_has in (("natgateway", "nat-gateway"), ("elastic-ip", "vpc-elastic-ip")):
        prefix = moto_names.EC2_RESOURCE_TO_PREFIX[moto_has]
        moto_names.EC2_PREFIX_TO_RESOURCE[prefix] = name


@before("ec2", ANY, adds="tag keys 1-128 and values up to 256 characters, no `aws:`, none twice, 50 at most; in a create "
        "only of its own resource type", source=_TAGS_PAGE)  # fmt: skip
def restrict_tags(call: Call) -> None:
    if call.operation == "CreateTags":
        _restrict(call.params.get("Tags", []))
    own = CREATED_BY.get(call.operation or "")
    for specification in call.params.get("TagSpecifications", []):
        said = specification.get("ResourceType")
        if own and said != own.tag_type:
            text = f"'{said}' is not a valid taggable resource type for this operation."
            raise AwsError("InvalidParameterValue", text)
        _restrict(specification.get("Tags", []))


def _restrict(tags: list[dict[str, Any]]) -> None:
    for tag in tags:
        key, value = tag.get("Key", ""), tag.get("Value", "")
        if not 1 <= len(key) <= 128:
            raise AwsError("InvalidParameterValue", f"Tag key '{key}' must have 1 to 128 characters")
        if len(value) > 256:
            raise AwsError("InvalidParameterValue", f"The value of tag '{key}' exceeds 256 characters")
        if key.lower().startswith("aws:"):
            raise AwsError("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use")
    twice = [key for key, times in Counter(tag.get("Key") for tag in tags).items() if times > 1]
    if twice:
        raise AwsError("InvalidParameterValue", f"Duplicate tag key '{twice[0]}' specified.")
    if len(tags) > 50:
        raise AwsError("TagLimitExceeded", "The maximum number of Tags for a resource has been reached.")


@before("ec2", "CreateTags", "DeleteTags", adds="every kind of resource that is tagged must exist", source="API_CreateTags")
def tag_what_exists(call: Call) -> None:
    for resource_id in call.params.get("Resources", []):
        if kind_of(resource_id):
            found(call, resource_id)


@before("ec2", ANY, adds="a CIDR is kept in its canonical form: 10.0.100.0/18 becomes 10.0.64.0/18",
        source="API_CreateVpc, API_CreateSubnet, API_CreateRoute, API_IpRange")  # fmt: skip
def canonical_cidrs(call: Call) -> None:
    changes = {}
    for key, value in call.form.items() if call.mutating else ():
        if key.rpartition(".")[2] in _CIDR_KEYS and (canonical := _canonical(value)) != value:
            changes[key] = canonical
    if changes:
        call.rewrite(changes)


def _canonical(cidr: str) -> str:
    try:
        return str(ipaddress.ip_network(cidr, strict=False)) if "/" in cidr else cidr
    except ValueError:
        return cidr  # moto and the checks below refuse it


@last("ec2", ANY, adds="DryRun answers DryRunOperation (412) and changes nothing, for every operation",
      source="EC2 error codes: DryRunOperation")  # fmt: skip
def dry_run(call: Call) -> None:
    if call.dry_run:
        raise AwsError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)


@after("ec2", *DELETED_BY, adds="tags end with their resource", source=_TAGS_PAGE)
def tags_end(call: Call, reply: Reply) -> None:
    backend = backend_of(call)
    for resource_id in call.resources():
        kind = kind_of(resource_id)
        if kind and kind.find(backend, resource_id) is None:
            backend.tags.pop(resource_id, None)
