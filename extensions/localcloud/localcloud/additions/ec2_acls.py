# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""EC2: network ACLs, their entries and their associations."""
from __future__ import annotations

from typing import Any

from moto.ec2.models.network_acls import NetworkAclBackend

from ..call import Call
from ..dials import within
from ..ec2_kinds import backend_of, found
from ..replies import AwsError
from . import before, patch
from .ec2_routes import different_networks
from .ec2_vpc import in_vpc

_QUOTAS_PAGE = "VPC user guide, amazon-vpc-limits; EC2 error codes"
LAST_RULE = 32767


def _entry(call: Call) -> Any:
    acl, params = found(call, call.params["NetworkAclId"]), call.params
    alike = (e for e in acl.network_acl_entries if (e.rule_number, e.egress) == (params["RuleNumber"], params["Egress"]))
    return next(alike, None)


@before("ec2", "CreateNetworkAcl", adds="quota: NetworkAclLimitExceeded", source=_QUOTAS_PAGE)
def acl_quota(call: Call) -> None:
    acls = in_vpc(backend_of(call).network_acls.values(), call.params["VpcId"])
    within("network_acls_per_vpc", len(acls), "NetworkAclLimitExceeded", "network ACLs")


@patch("ec2", "CreateNetworkAcl", adds="a new ACL denies all, by its last entries, numbered 32767", source="VPC user guide, custom-network-acl")
def new_acls_deny() -> None:
    first = NetworkAclBackend.create_network_acl

    def create(self: Any, vpc_id: str, tags: Any = None, default: bool = False) -> Any:
        acl = first(self, vpc_id, tags, default)
        for egress in (True, False) if not default else ():
            self.create_network_acl_entry(
                acl.id, LAST_RULE, "-1", "deny", egress, "0.0.0.0/0", None, None, None, None, None
            )  # fmt: skip
        return acl

    NetworkAclBackend.create_network_acl = create


@before("ec2", "DeleteNetworkAcl", adds="the default one stays", source="API_DeleteNetworkAcl")
def keep_the_default_acl(call: Call) -> None:
    acl = found(call, call.params["NetworkAclId"])
    if acl.default:
        raise AwsError("InvalidParameterValue", f"cannot delete default network ACL {acl.id}")


@before("ec2", "DescribeNetworkAcls", adds="InvalidNetworkAclID.NotFound for an unknown id", source="EC2 error codes")
def describe_acls(call: Call) -> None:
    for acl_id in call.params.get("NetworkAclIds", []):
        found(call, acl_id)


@before("ec2", "CreateNetworkAclEntry", "ReplaceNetworkAclEntry", adds="rule numbers 1-32766; a CIDR; a port range with TCP and "
        "UDP, in order", source="API_CreateNetworkAclEntry")  # fmt: skip
def check_entry(call: Call) -> None:
    params = call.params
    if not 1 <= params["RuleNumber"] < LAST_RULE:
        raise AwsError("InvalidParameterValue", f"Invalid rule number {params['RuleNumber']}: 1 to 32766 are allowed")
    if "CidrBlock" not in params and "Ipv6CidrBlock" not in params:
        raise AwsError("MissingParameter", "The request must contain the parameter CidrBlock or Ipv6CidrBlock")
    if params["Protocol"].lower() in ("6", "17", "tcp", "udp"):
        ports = params.get("PortRange", {})
        if not 0 <= ports.get("From", -1) <= ports.get("To", -1) <= 65535:
            raise AwsError("InvalidParameterValue", f"Invalid value for portRange: {ports or 'null'}")


@before("ec2", "CreateNetworkAclEntry", adds="quota a direction: NetworkAclEntryLimitExceeded", source=_QUOTAS_PAGE)
def entry_quota(call: Call) -> None:
    entries = found(call, call.params["NetworkAclId"]).network_acl_entries
    counting = [e for e in entries if e.egress == call.params["Egress"] and e.rule_number < LAST_RULE]
    within("entries_per_acl", len(counting), "NetworkAclEntryLimitExceeded", "network ACL entries")


@before("ec2", "DeleteNetworkAclEntry", "ReplaceNetworkAclEntry", adds="InvalidNetworkAclEntry.NotFound", source="EC2 error codes")
def entry_must_stand(call: Call) -> None:
    if _entry(call) is None:
        text = f"The network acl entry identified by {call.params['RuleNumber']} does not exist."
        raise AwsError("InvalidNetworkAclEntry.NotFound", text)


@before("ec2", "ReplaceNetworkAclAssociation", adds="association and ACL exist (InvalidAssociationID.NotFound) and lie in one VPC",
        source="API_ReplaceNetworkAclAssociation")  # fmt: skip
def replace_acl_association(call: Call) -> None:
    acl, association_id = found(call, call.params["NetworkAclId"]), call.params["AssociationId"]
    holder = next((a for a in backend_of(call).network_acls.values() if association_id in a._associations), None)
    if holder is None:
        raise AwsError("InvalidAssociationID.NotFound", f"The association ID '{association_id}' does not exist")
    if holder.vpc_id != acl.vpc_id:
        raise different_networks(f"networkAcl {acl.id}", f"association {association_id}")
