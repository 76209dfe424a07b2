# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A task's place in the network: an interface of its own in one of its subnets, and the target groups that know its address.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html
"""
from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Any

from moto.ec2.models import ec2_backends
from moto.elbv2.models import FakeTargetGroup, elbv2_backends
from moto.moto_api._internal import mock_random

from ..replies import AwsError

#: What AWS keeps of each subnet: the first four addresses and the last one (VPC user guide, subnet-sizing).
_FIRST = 4


class Interface:
    """The elastic network interface of a task, from PROVISIONING to DEPROVISIONING."""

    def __init__(self, account: str, region: str, configuration: dict[str, Any], neighbours: Iterable[str], tags: dict[str, str]) -> None:
        """`neighbours`: the subnets of the tasks beside which this one is placed; the emptiest subnet is taken.

        Raises EC2's own error where a subnet or a group is not there any more, and for a subnet without a free address.
        """
        self._backend = ec2_backends[account][region]
        self.attachment, self.status = str(mock_random.uuid4()), "PRECREATED"
        taken = list(neighbours)
        subnet = self._backend.get_subnet(min(configuration["subnets"], key=taken.count))
        groups = configuration.get("securityGroups") or [self._backend.get_default_security_group(subnet.vpc_id).id]
        if gone := [one for one in groups if self._backend.get_security_group_from_id(one) is None]:
            raise AwsError("InvalidGroup.NotFound", f"The security group '{gone[0]}' does not exist")
        arn = f"arn:aws:ecs:{region}:{account}:attachment/{self.attachment}"
        made = self._backend.create_network_interface(subnet, _free_address(self._backend, subnet), group_ids=groups, description=arn, tags=tags)
        made.status, made.requester_managed = "in-use", True
        self.id, self.address, self.subnet, self.zone = made.id, made.private_ip_address, subnet.id, subnet.availability_zone
        self._mac, self._name = made.mac_address, f"ip-{made.private_ip_address.replace('.', '-')}.{region}.compute.internal"

    def remove(self) -> None:
        self._backend.enis.pop(self.id, None)
        self.status = "DELETED"

    def told(self) -> dict[str, Any]:
        """API_Attachment."""
        details = {"subnetId": self.subnet, "networkInterfaceId": self.id, "macAddress": self._mac, "privateDnsName": self._name,
                   "privateIPv4Address": self.address}  # fmt: skip
        listed = [{"name": name, "value": value} for name, value in details.items()]
        return {"id": self.attachment, "type": "ElasticNetworkInterface", "status": self.status, "details": listed}


def _free_address(backend: Any, subnet: Any) -> str:
    used = {one.private_ip_address for one in backend.enis.values()}
    network = ipaddress.ip_network(subnet.cidr_block)
    numbers = range(_FIRST, network.num_addresses - 1)
    free = next((str(network[number]) for number in numbers if str(network[number]) not in used), None)
    if free is None:
        raise AwsError("InsufficientFreeAddressesInSubnet", f"The specified subnet does not have enough free addresses to satisfy the request: {subnet.id}")
    return free


class Target:
    """A task in one target group: its address, at the port of one of its containers."""

    def __init__(self, account: str, region: str, group: str, address: str, port: int) -> None:
        self.group, self._address, self.port = group, address, port
        self._elbv2, self._ec2 = elbv2_backends[account][region], ec2_backends[account][region]

    @property
    def _found(self) -> FakeTargetGroup | None:
        return self._elbv2.target_groups.get(self.group)

    def register(self) -> None:
        if group := self._found:
            group.targets = dict(group.targets)  # whoever goes through them meanwhile keeps the old ones
            group.register([{"Id": self._address, "Port": self.port}])

    def deregister(self) -> None:
        if (group := self._found) and self._address in group.targets:
            group.targets = dict(group.targets)
            group.deregister([{"Id": self._address, "Port": self.port}])

    def state(self) -> tuple[str, str]:
        """How the load balancer finds it, and why: API_TargetHealth."""
        group = self._found
        if group is None:
            return "unused", "Target group is not there any more"
        health = group.health_for({"Id": self._address, "Port": self.port}, self._ec2)
        return health.status, health.description or ""
