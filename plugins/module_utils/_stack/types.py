# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every type of resource that a stack can own, in the order in which they are removed.

The one table that the inventory of what stands, orphans and destroy walk. What bears no tag of its own (a route, an
association, a rule, an ACL's entry) is a key of its parent's shape, and goes with it.
"""

from __future__ import annotations

from .._ec2.address import Address
from .._ec2.internet_gateway import InternetGateway
from .._ec2.nat_gateway import NatGateway
from .._ec2.network_acl import NetworkAcl
from .._ec2.route_table import RouteTable
from .._ec2.security_group import SecurityGroup
from .._ec2.subnet import Subnet
from .._ec2.vpc import Vpc
from .._ec2.vpc_endpoint import VpcEndpoint

#: Stages: all of a stage are begun, then awaited, before the next one begins. What refers goes before what it refers to.
REMOVAL = (
    (NatGateway, VpcEndpoint),
    (Address, SecurityGroup, NetworkAcl),
    (RouteTable, InternetGateway),
    (Subnet,),
    (Vpc,),
)
TYPES = tuple(kind for stage in REMOVAL for kind in stage)
