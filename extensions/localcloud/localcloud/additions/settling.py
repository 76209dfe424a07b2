# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The `settle` dial: what takes AWS its time is pending, or deleting, for that many seconds."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.ec2.models.nat_gateways import NatGateway
from moto.ec2.models.subnets import Subnet
from moto.ec2.models.vpcs import VPC, VPCEndPoint

from ..call import Call
from ..clock import CLOCK
from ..dials import DIALS
from ..ec2_kinds import backend_of
from . import ANY, before, patch

TOMBSTONE_SECONDS = 3600
_COMING = {"available": "pending", "failed": "pending"}
_GOING = {"deleted": "deleting"}


class Settling:
    """An attribute that gets where moto puts it at once only after `settle` seconds; until then it is on its way.

    The first value counts from the object's making. Setting what is already aimed at changes nothing. What the dial `hold`
    names (by its class) stays on its way until it is named no more.
    """

    def __init__(self, on_the_way: dict[str, str], at_once: Callable[[Any, str], bool] | None = None) -> None:
        self._on_the_way, self._at_once = on_the_way, at_once

    def __set_name__(self, owner: type, name: str) -> None:
        self._slot = f"_settling_{name}"

    def __set__(self, thing: Any, value: str) -> None:
        aim, _since = thing.__dict__.get(self._slot, (None, 0.0))
        if aim != value:
            seconds = 0.0 if self._at_once and self._at_once(thing, value) else DIALS.settle
            thing.__dict__[self._slot] = (value, CLOCK.monotonic() + seconds)

    def __get__(self, thing: Any, owner: type | None = None) -> Any:
        if thing is None:
            return self
        aim, due = thing.__dict__[self._slot]
        here = CLOCK.monotonic() >= due and type(thing).__name__ not in DIALS.hold
        return aim if here else self._on_the_way.get(aim, aim)


def settled_since(thing: Any, name: str = "state") -> float:
    """Seconds since it got where it was going (below 0: not yet)."""
    return CLOCK.monotonic() - thing.__dict__[f"_settling_{name}"][1]


def settle(owner: type, name: str, on_the_way: dict[str, str], at_once: Callable[[Any, str], bool] | None = None) -> None:
    """Let `name` of moto's class settle, but for what is there `at_once` (by the thing and where it is going)."""
    descriptor = Settling(on_the_way, at_once)
    descriptor.__set_name__(owner, name)
    setattr(owner, name, descriptor)


@patch("ec2", "CreateVpc", "CreateSubnet", "CreateNatGateway", "CreateVpcEndpoint", "DeleteNatGateway",
       "DeleteVpcEndpoints", adds="`settle`: pending before available or failed, deleting before deleted",
       source="API_Vpc, API_Subnet, API_NatGateway, API_VpcEndpoint: State; create-vpc-endpoint in the CLI's reference")  # fmt: skip
def network_settles() -> None:
    for owner in (VPC, Subnet):
        settle(owner, "state", _COMING)
    settle(NatGateway, "state", _COMING | _GOING)
    # A gateway endpoint is but routes; the create call's own answer says that it is available.
    settle(VPCEndPoint, "state", _COMING | _GOING, at_once=lambda it, aim: aim == "available" and it.vpc_endpoint_type == "Gateway")


@before("ec2", ANY, adds="a deleted NAT gateway gives up its address and interface, and is seen for an hour; a deleted "
        "endpoint takes its routes and interfaces along", source="VPC user guide, nat-gateway-basics; API_DeleteVpcEndpoints")  # fmt: skip
def sweep(call: Call) -> None:
    backend = backend_of(call)
    for gateway in list(backend.nat_gateways.values()):
        if gateway.state == "deleted":
            _free(backend, gateway)
        if gateway.state in ("deleted", "failed") and settled_since(gateway) > TOMBSTONE_SECONDS:
            del backend.nat_gateways[gateway.id]
            backend.tags.pop(gateway.id, None)
    for endpoint in list(backend.vpc_end_points.values()):
        if endpoint.state == "deleted":
            for interface in endpoint.network_interface_ids:
                backend.enis.pop(interface, None)
            for table in backend.route_tables.values():
                for key in [k for k, route in table._routes.items() if route.gateway_id == endpoint.id]:
                    del table._routes[key]
            del backend.vpc_end_points[endpoint.id]
            backend.tags.pop(endpoint.id, None)


def _free(backend: Any, gateway: NatGateway) -> None:
    if backend.enis.pop(gateway._eni.id, None):
        for address in backend.addresses:
            if address.eni is gateway._eni:
                backend.disassociate_address(association_id=address.association_id)
